/** Somebody else at work on a PostgreSQL server: its administrator, or a forgotten session. */
import { Client } from 'pg';

/** Runs statements on a connection of its own; the rows of the last one, as objects. */
export async function query(url: string, sql: string, values: readonly unknown[] = []): Promise<object[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Runs a statement from another database of the server, whatever state the named one is in. */
export async function execute(url: string, sql: string, values: readonly unknown[] = []): Promise<void> {
  const other = new URL(url);
  other.pathname = '/postgres';
  await query(other.href, sql, values);
}

/** Ends every connection to the database. */
export async function disconnectAll(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await execute(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
}

/** Runs a statement and leaves its transaction open until the returned function is called. */
export async function hold(url: string, sql: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await client.query(sql);
  return () => client.end();
}
