/** The store on PostgreSQL: writes by group commit on connections of their own, reads on the others. */
import type { EntitySet } from '@open-remote-help/protocol';
import type { Pool, PoolClient } from 'pg';
import { type Clock, systemClock } from '../../clock.ts';
import { DomainError } from '../../errors.ts';
import type { EntityKey, Page, Query, Sealer, Store, StoredEntity, Unit } from '../../store/store.ts';
import { entityOfRow, tableOf } from '../sql/columns.ts';
import { tooCostly } from '../sql/cost.ts';
import { postgresDialect } from '../sql/dialect.ts';
import type { Fragment } from '../sql/fragment.ts';
import { withKeys } from '../sql/fresh-keys.ts';
import { countStatement, pageOfRows, pageStatement, purgeAll, purgeStatement } from '../sql/queries.ts';
import { CommitQueue } from './commit-queue.ts';
import {
  createPool,
  type Patience,
  presentInstant,
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

/** A node whose clock is further off than this would arm its timers too late, and promise deadlines that do not hold. */
const CLOCKS_APART_MS = 500;

export class PostgresStore implements Store {
  readonly #readers: Pool;
  readonly #listers: Pool;
  readonly #writers: Pool;
  readonly #commits: CommitQueue;
  readonly #sealer: Sealer;
  readonly #listMs: number;
  readonly #clock: Clock;

  constructor(
    pools: { readers: Pool; listers: Pool; writers: Pool },
    sealer: Sealer,
    listMs: number,
    clock: Clock = systemClock,
  ) {
    this.#readers = pools.readers;
    this.#listers = pools.listers;
    this.#writers = pools.writers;
    this.#sealer = sealer;
    this.#commits = new CommitQueue(pools.writers, LANES, sealer);
    this.#listMs = listMs;
    this.#clock = clock;
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
    clock: Clock = systemClock,
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
    return new PostgresStore(pools, sealer, listMs, clock);
  }

  transact<T>(unit: Unit<T>): Promise<T> {
    return withKeys(this.#sealer, () => this.#commits.run(unit));
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
    return pageOfRows(query, await this.#list(statement, query));
  }

  async count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>): Promise<number> {
    const statement = countStatement(query, postgresDialect);
    const [row] = await this.#list(statement, query);
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
    if (rows[0]?.[0] !== 'off') throw unusable('The database is read-only now.');
    await this.#compareClocks();
  }

  /** The database's clock decides what has expired: a node whose own is far from it is of no use. */
  async #compareClocks(): Promise<void> {
    const before = this.#clock.now();
    const there = await this.#run(presentInstant);
    const isAhead = before - there > CLOCKS_APART_MS;
    if (isAhead || there - this.#clock.now() > CLOCKS_APART_MS) {
      throw unusable(`The clock of this node is ${isAhead ? 'ahead of' : 'behind'} that of the database.`);
    }
  }

  /** Settles what was accepted, then closes every connection. */
  async close(): Promise<void> {
    await this.#commits.idle();
    await Promise.all([this.#readers.end(), this.#listers.end(), this.#writers.end()]);
  }

  /** What the service asks for itself does not wait for what others ask. */
  async #list(statement: Fragment, { set }: Pick<Query, 'set'>): Promise<unknown[][]> {
    if (set.path === '') return (await this.#run((client) => run(client, statement))).rows;
    try {
      return (await runAnywhere(this.#listers, (client) => run(client, statement))).rows;
    } catch (error) {
      throw isGivenUp(error) ? tooCostly(this.#listMs) : asUnavailable(error);
    }
  }

  async #run<T>(statement: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await runAnywhere(this.#readers, statement);
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

function unusable(message: string): DomainError {
  return new DomainError('unavailable', message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
