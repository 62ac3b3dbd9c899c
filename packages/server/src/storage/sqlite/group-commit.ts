/**
 * Group commit: writes that arrive together share a transaction, and each is answered after COMMIT, when WAL and
 * `synchronous=FULL` have made it durable. A write that fails is undone alone.
 */
import type Database from 'better-sqlite3';
import { DomainError } from '../../errors.ts';
import { asUnavailable } from './faults.ts';

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** More writes than this waiting for one commit are refused: the disk can't keep up and memory must not pay for it. */
const MOST_WAITING = 20_000;

/** Turns of the event loop for which a commit waits at most, and writes that are enough for one. */
const MOST_TURNS = 8;
const ENOUGH = 500;

export class GroupCommit {
  readonly #db: Database.Database;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #savepoint: Database.Statement;
  readonly #release: Database.Statement;
  readonly #rollbackTo: Database.Statement;
  #waiting: Waiting[] = [];

  constructor(db: Database.Database) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#savepoint = db.prepare('SAVEPOINT unit');
    this.#release = db.prepare('RELEASE unit');
    this.#rollbackTo = db.prepare('ROLLBACK TO unit');
  }

  /** Runs synchronous work inside the next transaction; settles after it is durable. What it throws is its own. */
  run<T>(work: () => T): Promise<T> {
    if (this.#waiting.length >= MOST_WAITING) {
      return Promise.reject(new DomainError('unavailable', 'Too many writes are waiting.', { retryAfterSeconds: 1 }));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (this.#waiting.length === 1) this.#gather(0, MOST_TURNS);
    });
  }

  /** Commits after the first turn of the event loop that brings no further write: while they come, reading them pays. */
  #gather(seen: number, turnsLeft: number): void {
    setImmediate(() => {
      const { length } = this.#waiting;
      if (length > seen && length < ENOUGH && turnsLeft > 0) this.#gather(length, turnsLeft - 1);
      else this.flush();
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    const settled: (() => void)[] = [];
    try {
      this.#begin.run();
      for (const { work, resolve, reject } of batch) {
        try {
          const value = this.#runAlone(work);
          settled.push(() => resolve(value));
        } catch (error) {
          // A full disk or an I/O error undoes the whole transaction: nobody in it may be told otherwise.
          if (!this.#db.inTransaction) throw error;
          settled.push(() => reject(asUnavailable(error)));
        }
      }
      this.#commit.run();
    } catch (error) {
      const refusal = asUnavailable(error);
      for (const { reject } of batch) reject(refusal);
      this.#abandon();
      return;
    }
    for (const settle of settled) settle();
  }

  #runAlone(work: () => unknown): unknown {
    this.#savepoint.run();
    try {
      const value = work();
      this.#release.run();
      return value;
    } catch (error) {
      if (this.#db.inTransaction) {
        this.#rollbackTo.run();
        this.#release.run();
      }
      throw error;
    }
  }

  #abandon(): void {
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
  }
}
