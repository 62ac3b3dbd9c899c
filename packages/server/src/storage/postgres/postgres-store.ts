/** The store on PostgreSQL: writes by group commit on connections of their own, reads on the others. */
import type { EntitySet } from '@open-remote-help/protocol';
import type { Pool, PoolClient } from 'pg';
import { DomainError } from '../../errors.ts';
import type { EntityKey, Page, Query, Sealer, Store, StoredEntity, Unit } from '../../store/store.ts';
import { entityOfRow, tableOf } from '../sql/columns.ts';
import { tooCostly } from '../sql/cost.ts';
import { postgresDialect } from '../sql/dialect.ts';
import type { Fragment } from '../sql/fragment.ts';
import { countStatement, pageOfRows, pageStatement, purgeAll, purgeStatement } from '../sql/queries.ts';
import { CommitQueue } from './commit-queue.ts';
import {
  createPool,
  type Patience,
  type Result,
  run,
  runAnywhere,
  runPrepared,
  USUAL_PATIENCE,
} from './connections.ts';
import { prepareDatabase } from './database.ts';
import { asUnavailable, isGivenUp, RETRY_AFTER_SECONDS } from './faults.ts';
import { selectByKey } from './statements.ts';

/** Connections for reads by key. */
const READERS = 8;

/** Connections for lists and counts: however long those take, reads by key find others free. */
const LISTERS = 4;

/** Commits under way at once: while one waits for the disk, the next is prepared. */
const LANES = 2;

const IS_READ_ONLY = { text: 'SHOW transaction_read_only', values: [] };

export class PostgresStore implements Store {
  readonly #readers: Pool;
  readonly #listers: Pool;
  readonly #writers: Pool;
  readonly #commits: CommitQueue;
  readonly #listMs: number;

  constructor(pools: { readers: Pool; listers: Pool; writers: Pool }, sealer: Sealer, listMs: number) {
    this.#readers = pools.readers;
    this.#listers = pools.listers;
    this.#writers = pools.writers;
    this.#commits = new CommitQueue(pools.writers, LANES, sealer);
    this.#listMs = listMs;
  }

  /**
   * Brings the database up to the model, then opens it.
   * @param url `postgres://…`
   * @throws DomainError `unavailable` when it can't be reached or used, with the reason
   */
  static async open(
    url: string,
    sets: readonly EntitySet[],
    sealer: Sealer,
    patience: Partial<Patience> = {},
  ): Promise<PostgresStore> {
    const { connectMs, statementMs, listMs } = { ...USUAL_PATIENCE, ...patience };
    const settings = await prepareDatabase(url, sets, connectMs);
    const pool = (max: number, answerMs: number, ...more: string[]) =>
      createPool(url, max, { connectMs, answerMs }, [...settings, ...more]);
    const pools = {
      readers: pool(READERS, statementMs),
      // A list that somebody's lock keeps waiting is no costly one: it ends first, with a code of its own.
      listers: pool(LISTERS, listMs, `lock_timeout=${Math.min(connectMs, listMs / 2)}`),
      writers: pool(LANES, statementMs),
    };
    return new PostgresStore(pools, sealer, listMs);
  }

  transact<T>(unit: Unit<T>): Promise<T> {
    return this.#commits.run(unit);
  }

  async get(key: EntityKey): Promise<StoredEntity | undefined> {
    const table = tableOf(key.set);
    const [column, value] = 'id' in key ? ['id', key.id] : [key.alternateKey, key.value];
    const statement = { text: selectByKey(table, column), values: [key.tenantId, value] };
    const { rows } = await this.#run((client) => runPrepared(client, statement));
    return rows[0] && entityOfRow(table, key.tenantId, table.columns, rows[0]);
  }

  async query(query: Query): Promise<Page> {
    const statement = pageStatement(query, postgresDialect);
    return pageOfRows(query, await this.#list(statement));
  }

  async count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>): Promise<number> {
    const statement = countStatement(query, postgresDialect);
    const [row] = await this.#list(statement);
    return Number(row?.[0]);
  }

  async purge(set: EntitySet, property: string, instant: string): Promise<number> {
    return purgeAll(purgeStatement(set, property, instant, postgresDialect), async (statement) => {
      const { rowCount } = await this.#run((client) => run(client, statement));
      return rowCount ?? 0;
    });
  }

  /** A standby, or a server made read-only, is of no use either. */
  async ping(): Promise<void> {
    const { rows } = await this.#run((client) => run(client, IS_READ_ONLY));
    if (rows[0]?.[0] === 'off') return;
    throw new DomainError('unavailable', 'The database is read-only now.', { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }

  /** Settles what was accepted, then closes every connection. */
  async close(): Promise<void> {
    await this.#commits.idle();
    await Promise.all([this.#readers.end(), this.#listers.end(), this.#writers.end()]);
  }

  async #list(statement: Fragment): Promise<unknown[][]> {
    try {
      return (await runAnywhere(this.#listers, (client) => run(client, statement))).rows;
    } catch (error) {
      throw isGivenUp(error) ? tooCostly(this.#listMs) : asUnavailable(error);
    }
  }

  async #run(statement: (client: PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await runAnywhere(this.#readers, statement);
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}
