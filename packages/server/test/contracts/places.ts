/** Where the stores of the contract lie. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestPostgres } from '@open-remote-help/testkit';
import type Database from 'better-sqlite3';
import { Client } from 'pg';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import type { ListOptions } from '../../src/storage/sqlite/list-reader.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import type { Place } from './store-contract.ts';

/** A file in a folder of its own. */
export async function sqliteFile(): Promise<Place> {
  return sqliteFolder({});
}

/** A file whose lists and counts are all read in threads, as costly ones are. */
export async function sqliteThreads(): Promise<Place> {
  return sqliteFolder({ isAllCostly: true });
}

function sqliteFolder(lists: Partial<ListOptions>): Place {
  const folder = mkdtempSync(join(tmpdir(), 'remote-help-contract-'));
  return sqlitePlace(join(folder, 'data.sqlite'), () => rmSync(folder, { recursive: true }), lists);
}

/** A database that is gone when its store is closed. */
export async function sqliteMemory(): Promise<Place> {
  return sqlitePlace(':memory:', () => undefined, {});
}

function sqlitePlace(file: string, remove: () => void, lists: Partial<ListOptions>): Place {
  let db: Database.Database;
  return {
    open: async (sets, sealer) => {
      db = openDatabase(file, sets);
      return new SqliteStore(db, sealer, lists);
    },
    sql: async (text) => {
      const statement = db.prepare(text);
      if (statement.reader) return statement.raw().all() as unknown[][];
      statement.run();
      return [];
    },
    literal: (bytes) => `x'${Buffer.from(bytes).toString('hex')}'`,
    remove,
  };
}

/** A database on the server, which whoever started it stops. */
export async function postgresDatabase(server: TestPostgres): Promise<Place> {
  const url = await server.createDatabase();
  return {
    open: (sets, sealer) => PostgresStore.open(url, sets, sealer),
    sql: async (text) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows;
      } finally {
        await client.end();
      }
    },
    literal: (bytes) => `'\\x${Buffer.from(bytes).toString('hex')}'::bytea`,
    remove: () => undefined,
  };
}
