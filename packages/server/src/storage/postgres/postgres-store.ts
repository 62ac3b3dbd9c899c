/** The store on PostgreSQL: writes by group commit on connections of their own, reads on the others. */
import type { EntitySet } from '@open-remote-help/protocol';
import type { Pool, PoolClient } from 'pg';
import { DomainError } from '../../errors.ts';
import type { EntityKey, Page, Query, Sealer, Store, StoredEntity, Unit } from '../../store/store.ts';
import { entityOfRow, tableOf } from '../sql/columns.ts';
import { postgresDialect } from '../sql/dialect.ts';
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
import { asUnavailable, RETRY_AFTER_SECONDS } from './faults.ts';
import { selectByKey } from './statements.ts';

/** Connections for reads. */
const READERS = 8;

/** Commits under way at once: while one waits for the disk, the next is prepared. */
const LANES = 2;

const IS_READ_ONLY = { text: 'SHOW transaction_read_only', values: [] };

export class PostgresStore implements Store {
  readonly #readers: Pool;
  readonly #writers: Pool;
  readonly #commits: CommitQueue;

  constructor(readers: Pool, writers: Pool, sealer: Sealer) {
    this.#readers = readers;
    this.#writers = writers;
    this.#commits = new CommitQueue(writers, LANES, sealer);
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
    patience: Patience = USUAL_PATIENCE,
  ): Promise<PostgresStore> {
    const settings = await prepareDatabase(url, sets, patience);
    const pool = (max: number) => createPool(url, max, patience, settings);
    return new PostgresStore(pool(READERS), pool(LANES), sealer);
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
    const { rows } = await this.#run((client) => run(client, statement));
    return pageOfRows(query, rows);
  }

  async count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>): Promise<number> {
    const statement = countStatement(query, postgresDialect);
    const { rows } = await this.#run((client) => run(client, statement));
    return Number(rows[0]?.[0]);
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
    await Promise.all([this.#readers.end(), this.#writers.end()]);
  }

  async #run(statement: (client: PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await runAnywhere(this.#readers, statement);
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}
