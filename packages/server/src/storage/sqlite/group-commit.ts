/**
 * Group commit: writes that arrive together share a transaction, and each is answered after COMMIT, when WAL and
 * `synchronous=FULL` have made it durable. A write that fails is undone alone.
 */
import type Database from 'better-sqlite3';
import { DomainError } from '../../errors.ts';
import { asUnavailable } from './faults.ts';

/** What is written, and what whoever asked is answered. */
interface Decision<W, T> {
  readonly writes: readonly W[];
  readonly value: T;
}

interface Waiting<W = unknown, T = unknown> {
  readonly decide: () => Decision<W, T>;
  readonly write: (write: W) => void;
  readonly resolve: (value: T) => void;
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
  readonly #rollback: Database.Statement;
  readonly #savepoint: Database.Statement;
  readonly #release: Database.Statement;
  readonly #rollbackTo: Database.Statement;
  #waiting: Waiting[] = [];

  constructor(db: Database.Database) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
    this.#savepoint = db.prepare('SAVEPOINT unit');
    this.#release = db.prepare('RELEASE unit');
    this.#rollbackTo = db.prepare('ROLLBACK TO unit');
  }

  /**
   * Decides on writes and performs them, inside the next transaction; settles after it is durable. What either throws is
   * its own.
   * @param decide may be called twice. One statement may write by itself; what throws has written nothing
   */
  run<W, T>(decide: () => Decision<W, T>, write: (write: W) => void): Promise<T> {
    if (this.#waiting.length >= MOST_WAITING) {
      return Promise.reject(new DomainError('unavailable', 'Too many writes are waiting.', { retryAfterSeconds: 1 }));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ decide, write, resolve, reject } as Waiting);
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
    let settled: readonly (() => void)[];
    try {
      settled = this.#perform(batch);
      this.#commit.run();
    } catch (error) {
      const refusal = asUnavailable(error);
      for (const { reject } of batch) reject(refusal);
      if (this.#db.inTransaction) this.#rollback.run();
      return;
    }
    for (const settle of settled) settle();
  }

  /**
   * Savepoints would copy each page that a unit changes, and hardly any unit fails after its first write: only when one
   * does, all of them begin anew, each in a savepoint.
   */
  #perform(batch: readonly Waiting[]): (() => void)[] {
    this.#begin.run();
    try {
      return this.#each(batch, performed);
    } catch (error) {
      if (!(error instanceof HalfWritten)) throw error;
      if (this.#db.inTransaction) this.#rollback.run();
      this.#begin.run();
      return this.#each(batch, (unit) => this.#performedAlone(unit));
    }
  }

  /** @returns what answers each once the transaction is durable */
  #each(batch: readonly Waiting[], perform: (unit: Waiting) => unknown): (() => void)[] {
    return batch.map((unit) => {
      const { resolve, reject } = unit;
      try {
        const value = perform(unit);
        return () => resolve(value);
      } catch (error) {
        // A full disk or an I/O error undoes the whole transaction: nobody in it may be told otherwise.
        if (error instanceof HalfWritten || !this.#db.inTransaction) throw error;
        return () => reject(asUnavailable(error));
      }
    });
  }

  #performedAlone(unit: Waiting): unknown {
    this.#savepoint.run();
    try {
      const { writes, value } = unit.decide();
      for (const write of writes) unit.write(write);
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
}

/** @throws HalfWritten when something has to be undone */
function performed({ decide, write }: Waiting): unknown {
  const { writes, value } = decide();
  for (let at = 0; at < writes.length; at++) {
    try {
      write(writes[at]);
    } catch (error) {
      // A statement that fails undoes itself.
      throw at === 0 ? error : new HalfWritten();
    }
  }
  return value;
}

/** A unit failed after its first write. */
class HalfWritten extends Error {}
