/** Sees to it that a PostgreSQL database can be used: encoding, durability, then the model's schema under a lock. */
import type { EntitySet } from '@open-remote-help/protocol';
import { Client } from 'pg';
import { DomainError } from '../../errors.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../migrations.ts';
import { type ExistingSchema, schemaStatements, tablesOf } from '../sql/schema.ts';
import { connectionSettings } from './connections.ts';
import { COLUMN_TYPES } from './statements.ts';

/** Names the lock under which servers that start at once take turns; any number that stays the same. */
const MIGRATION_LOCK = 7_263_546_112;

/**
 * Migrations take as long as they take: this connection knows no time limit but that for connecting.
 * @returns server parameters that connections need in this database
 * @throws DomainError `unavailable` when the database can't be reached, is not UTF8, or was written by a newer release
 */
export async function prepareDatabase(url: string, sets: readonly EntitySet[], connectMs: number): Promise<string[]> {
  const client = new Client(connectionSettings(url, connectMs));
  // What breaks the connection rejects the statement under way as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw unusable(`cannot be reached: ${(error as Error).message || (error as NodeJS.ErrnoException).code}`, error);
  }
  try {
    const settings = await checkServer(client);
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await migrate(client, sets);
    await client.query('COMMIT');
    return settings;
  } finally {
    await client.end();
  }
}

function unusable(reason: string, cause?: unknown): DomainError {
  return new DomainError('unavailable', `The database of REMOTE_HELP_DATABASE_URL ${reason}`, { cause });
}

async function checkServer(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ encoding: string; commits: string }>(
    "SELECT current_setting('server_encoding') AS encoding, current_setting('synchronous_commit') AS commits",
  );
  const { encoding, commits } = rows[0] ?? { encoding: '', commits: '' };
  if (encoding !== 'UTF8') throw unusable(`has the encoding ${encoding}. Create one with ENCODING 'UTF8'.`);
  // An answered write must survive a crash, whatever the server's default; stricter values than `on` stay.
  return commits === 'off' ? ['synchronous_commit=on'] : [];
}

async function migrate(client: Client, sets: readonly EntitySet[]): Promise<void> {
  await client.query('CREATE TABLE IF NOT EXISTS "@schema" (version BIGINT NOT NULL)');
  const { rows } = await client.query<{ version: string }>('SELECT version FROM "@schema"');
  const found = Number(rows[0]?.version ?? 0);
  if (found > SCHEMA_VERSION) {
    throw unusable(`has schema version ${found}; this release knows ${SCHEMA_VERSION}. Use a newer release.`);
  }
  const statements = schemaStatements(tablesOf(sets), await existingSchema(client), COLUMN_TYPES);
  for (const statement of statements) await client.query(statement);
  await client.query('CREATE TABLE IF NOT EXISTS "@migrations" (id BIGINT PRIMARY KEY, name TEXT NOT NULL)');
  const done = await client.query<{ id: string }>('SELECT id FROM "@migrations"');
  const ids = new Set(done.rows.map(({ id }) => Number(id)));
  for (const { id, name, statements } of MIGRATIONS.filter((migration) => !ids.has(migration.id))) {
    for (const statement of statements) await client.query(statement);
    await client.query('INSERT INTO "@migrations" (id, name) VALUES ($1, $2)', [id, name]);
  }
  if (found === SCHEMA_VERSION) return;
  await client.query('DELETE FROM "@schema"');
  await client.query('INSERT INTO "@schema" (version) VALUES ($1)', [SCHEMA_VERSION]);
}

async function existingSchema(client: Client): Promise<ExistingSchema> {
  const { rows } = await client.query<{ name: string; kind: string; column: string | null }>(
    `SELECT c.relname AS name, c.relkind AS kind, a.attname AS column
     FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'i', 'I')`,
  );
  const columns = new Map<string, Set<string>>();
  const indexes = new Set<string>();
  for (const { name, kind, column } of rows) {
    if (kind === 'i' || kind === 'I') indexes.add(name);
    else columns.set(name, (columns.get(name) ?? new Set()).add(column ?? ''));
  }
  return { columns, indexes };
}
