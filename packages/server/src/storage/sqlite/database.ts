/** Opens the SQLite file: durable settings, then the model's schema under an exclusive lock. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EntitySet } from '@open-remote-help/protocol';
import Database from 'better-sqlite3';
import { OperatorError } from '../../errors.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../migrations.ts';
import { type ColumnTypes, type ExistingSchema, schemaStatements, tablesOf } from '../sql/schema.ts';

const TYPES: ColumnTypes = {
  text: 'TEXT',
  integer: 'INTEGER',
  boolean: 'INTEGER',
  json: 'TEXT',
  sealed: 'BLOB',
  ticks: 'INTEGER',
};

/** Another process (the command line) holds the write lock for a few milliseconds at most. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * @param file path, or `:memory:`
 * @throws when the database was written by a newer release
 */
export function openDatabase(file: string, sets: readonly EntitySet[]): Database.Database {
  if (file !== ':memory:') {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // SQLite gives its log files the mode of the database: readable by the owner alone.
    closeSync(openSync(file, 'a', 0o600));
  }
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('journal_mode = WAL');
    // FULL syncs the log at every commit: an acknowledged write survives a power cut (sqlite.org/pragma.html).
    db.pragma('synchronous = FULL');
    // In pages, 16 MB: a checkpoint syncs twice and copies each page that changed since the last one.
    db.pragma('wal_autocheckpoint = 4000');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    db.transaction(() => migrate(db, sets)).exclusive();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: Database.Database, sets: readonly EntitySet[]): void {
  const found = db.pragma('user_version', { simple: true }) as number;
  if (found > SCHEMA_VERSION) {
    throw new OperatorError(
      `The database has schema version ${found}; this release knows ${SCHEMA_VERSION}. Use a newer release.`,
    );
  }
  for (const statement of schemaStatements(tablesOf(sets), existingSchema(db), TYPES)) db.exec(statement);
  db.exec('CREATE TABLE IF NOT EXISTS "@migrations" (id INTEGER PRIMARY KEY, name TEXT NOT NULL)');
  const done = new Set(db.prepare('SELECT id FROM "@migrations"').pluck().all() as number[]);
  for (const migration of MIGRATIONS.filter(({ id }) => !done.has(id))) {
    for (const statement of migration.statements) db.exec(statement);
    db.prepare('INSERT INTO "@migrations" (id, name) VALUES (?, ?)').run(migration.id, migration.name);
  }
  db.pragma(`user_version = ${SCHEMA_VERSION}`);
}

function existingSchema(db: Database.Database): ExistingSchema {
  const rows = db
    .prepare("SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'")
    .raw()
    .all() as [string, string][];
  const columns = new Map<string, Set<string>>();
  for (const [table, column] of rows) columns.set(table, (columns.get(table) ?? new Set()).add(column));
  const indexes = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'").pluck().all() as string[];
  return { columns, indexes: new Set(indexes) };
}
