/**
 * Group commit: units that arrive while commits are under way share the next one. A unit that fails in company is run
 * again alone, so that it fails alone; one that touches a row of another waits for the commit after.
 */
import type { Pool } from 'pg';
import { DomainError } from '../../errors.ts';
import type { Sealer, Unit } from '../../store/store.ts';
import { commit, type Progress } from './commit.ts';
import { run } from './connections.ts';
import { asRefusal, isCollision, isConnectionLost, isDeadConnection, isUniqueViolation, StaleRow } from './faults.ts';
import type { Outcome } from './plan.ts';

interface Waiting {
  readonly unit: Unit<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** More units than this waiting are refused: the database can't keep up and memory must not pay for it. */
const MOST_WAITING = 20_000;

/** Units in one commit: enough to share its cost, few enough that a row is not locked for long. */
const MOST_TOGETHER = 200;

/** How often units are decided anew when others were in the way. */
const MOST_ATTEMPTS = 5;

export class CommitQueue {
  readonly #pool: Pool;
  readonly #sealer: Sealer;
  readonly #lanes: number;
  #waiting: Waiting[] = [];
  #busyLanes = 0;
  #whenIdle: (() => void)[] = [];

  /** @param pool has a connection for each lane; commits of several lanes overlap */
  constructor(pool: Pool, lanes: number, sealer: Sealer) {
    this.#pool = pool;
    this.#lanes = lanes;
    this.#sealer = sealer;
  }

  /** Settles once the unit is durable, or refused. */
  run<T>(unit: Unit<T>): Promise<T> {
    if (this.#waiting.length >= MOST_WAITING) {
      return Promise.reject(new DomainError('unavailable', 'Too many writes are waiting.', { retryAfterSeconds: 1 }));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ unit, resolve: resolve as (value: unknown) => void, reject });
      // What the same turn of the event loop brings goes into the same commit.
      if (this.#waiting.length === 1) setImmediate(() => this.#fillLanes());
    });
  }

  /** Resolves when every unit given so far is settled. */
  async idle(): Promise<void> {
    if (this.#waiting.length === 0 && this.#busyLanes === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #fillLanes(): void {
    while (this.#waiting.length > 0 && this.#busyLanes < this.#lanes) {
      this.#busyLanes++;
      void this.#serve(this.#waiting.splice(0, MOST_TOGETHER));
    }
    if (this.#waiting.length > 0 || this.#busyLanes > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #serve(batch: Waiting[]): Promise<void> {
    const deferred = await this.#settle(batch);
    this.#waiting.unshift(...deferred);
    this.#busyLanes--;
    this.#fillLanes();
  }

  /** Settles every unit but those that have to wait for another; these are returned. */
  async #settle(batch: Waiting[]): Promise<Waiting[]> {
    for (let attempt = 1; ; attempt++) {
      const progress: Progress = { isConnected: false, isCommitSent: false, isSomethingAbsent: false };
      try {
        const outcomes = await this.#commit(batch, progress);
        return batch.filter((waiting, index) => !isSettled(waiting, outcomes[index] as Outcome));
      } catch (error) {
        if (attempt < MOST_ATTEMPTS && mayRetry(error, progress, batch.length)) continue;
        const refusal = asRefusal(error);
        const isUnavailable = refusal instanceof DomainError && refusal.code === 'unavailable';
        if (!isUnavailable && batch.length > 1) return this.#settleOneByOne(batch);
        for (const { reject } of batch) reject(refusal);
        if (isUnavailable && isConnectionLost(error)) this.#refuseWaiting(refusal);
        return [];
      }
    }
  }

  async #settleOneByOne(batch: Waiting[]): Promise<Waiting[]> {
    for (const waiting of batch) await this.#settle([waiting]);
    return [];
  }

  /** The database is gone: whoever waits would only wait longer for the same answer. */
  #refuseWaiting(refusal: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(refusal);
  }

  async #commit(batch: Waiting[], progress: Progress): Promise<Outcome[]> {
    const client = await this.#pool.connect();
    progress.isConnected = true;
    let isUsable = true;
    try {
      const units = batch.map(({ unit }) => unit);
      return await commit(client, units, this.#sealer, progress).catch(async (error: unknown) => {
        isUsable = false;
        if (!isConnectionLost(error)) {
          await run(client, { text: 'ROLLBACK', values: [] });
          isUsable = true;
        }
        throw error;
      });
    } finally {
      client.release(!isUsable);
    }
  }
}

/** Answers a unit; false when its turn has not come. */
function isSettled({ resolve, reject }: Waiting, outcome: Outcome): boolean {
  if (outcome.kind === 'accepted') resolve(outcome.value);
  if (outcome.kind === 'refused') reject(outcome.error);
  return outcome.kind !== 'deferred';
}

/** Whether the same units may succeed now, and nothing of the failed attempt can have stayed. */
function mayRetry(error: unknown, progress: Progress, units: number): boolean {
  if (isCollision(error) || error instanceof StaleRow) return true;
  // What the unit read as absent was inserted by another commit since: it now finds it.
  if (isUniqueViolation(error)) return units === 1 && progress.isSomethingAbsent;
  // Connections that were dead for long, as after a restart of the database, are found out one by one.
  return isDeadConnection(error) && progress.isConnected && !progress.isCommitSent;
}
