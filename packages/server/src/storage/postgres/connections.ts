/** Connections to PostgreSQL, bounded in number and in patience: a server that stands still is given up in seconds. */
import { type ClientBase, type ClientConfig, Pool, type PoolClient, type QueryArrayResult } from 'pg';
import type { Instant } from '../../clock.ts';
import type { Fragment } from '../sql/fragment.ts';
import { firstCause, isConnectionLost, isDeadConnection } from './faults.ts';

/** How long the database may take, in milliseconds. */
export interface Patience {
  /** To accept a connection, or to have one free. */
  readonly connectMs: number;
  /** To answer a statement: after this the server is told to cancel it. */
  readonly statementMs: number;
  /** To answer a list or a count, likewise. */
  readonly listMs: number;
}

export const USUAL_PATIENCE: Patience = { connectMs: 5_000, statementMs: 8_000, listMs: 10_000 };

/** How much longer than the server's own limit an answer is waited for: it stands still if even that passes. */
const GRACE_MS = 1_000;

/**
 * A plan that was cached while a table was small would read the whole table once it is large. Every statement here finds
 * its rows by an index, so it is told to; and none is long enough to be worth compiling.
 */
const PLANNING = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit'].map((name) => `-c ${name}=off`);

/** Settings of every connection; those of the URL take precedence. */
export function connectionSettings(url: string, connectMs: number): ClientConfig {
  return {
    connectionString: url,
    application_name: 'remote-help',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
  };
}

/**
 * @param max connections
 * @param settings server parameters, `name=value`, for each connection
 */
export function createPool(
  url: string,
  max: number,
  { connectMs, answerMs }: { connectMs: number; answerMs: number },
  settings: readonly string[],
): Pool {
  const pool = new Pool({
    ...connectionSettings(url, connectMs),
    max,
    statement_timeout: answerMs,
    query_timeout: answerMs + GRACE_MS,
    // A node that stands still in the middle of a transaction must not keep its locks.
    idle_in_transaction_session_timeout: answerMs,
    options: [...PLANNING, ...settings.map((setting) => `-c ${setting}`)].join(' '),
    pipeline: true,
    // Connections that nobody uses keep no process alive.
    allowExitOnIdle: true,
  });
  // A connection that breaks while nobody uses it is replaced at the next use; unheard, its error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Statements that are prepared, for each connection; texts differ without end, so the later ones are not. */
const MOST_PREPARED = 300;

const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_PREPARED) return known;
  const name = `s${names.size}`;
  names.set(text, name);
  return name;
}

/** Rows as arrays of column values. */
export type Result = QueryArrayResult<unknown[]>;

export function run(on: ClientBase, { text, values }: Fragment): Promise<Result> {
  return on.query<unknown[]>({ text, values: values as unknown[], rowMode: 'array' });
}

/** Runs a statement whose text comes again and again, prepared once for each connection. */
export function runPrepared(on: ClientBase, { text, values }: Fragment): Promise<Result> {
  const name = nameOf(text);
  return on.query<unknown[]>({ text, values: values as unknown[], rowMode: 'array', ...(name ? { name } : {}) });
}

/** The present instant by the database's clock, which goes on within a transaction. */
export async function presentInstant(on: ClientBase): Promise<Instant> {
  const { rows } = await run(on, PRESENT_INSTANT);
  return Number(rows[0]?.[0]);
}

const PRESENT_INSTANT = { text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)', values: [] };

/**
 * Runs a statement that may be run twice, on any connection of the pool: those that turn out to be dead, as after a
 * restart of the database, are passed over.
 */
export async function runAnywhere<T>(pool: Pool, runOn: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let left = pool.totalCount; ; left--) {
    const client = await pool.connect();
    try {
      const result = await runOn(client);
      client.release();
      return result;
    } catch (error) {
      client.release(isConnectionLost(error));
      if (left <= 0 || !isDeadConnection(error)) throw error;
    }
  }
}

/** Awaits statements that were sent at once; throws what made the first of them fail. */
export async function together<T>(statements: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(statements);
  if (outcomes.some(({ status }) => status === 'rejected')) throw firstCause(outcomes);
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<T>).value);
}
