/**
 * The reads that one turn of the event loop brings share a transaction: to take and give back SQLite's locks costs a
 * third of reading a row. They run once the turn is over and see everything that was committed by then.
 */
import type Database from 'better-sqlite3';
import { asUnavailable } from './faults.ts';

export class SharedReads {
  readonly #db: Database.Database;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  #waiting: (() => void)[] = [];

  constructor(db: Database.Database) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN');
    this.#commit = db.prepare('COMMIT');
  }

  /** Rejects with what the read throws, a fault of the database as `unavailable`. */
  run<T>(read: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(read());
        } catch (error) {
          reject(asUnavailable(error));
        }
      });
      if (this.#waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Performs what waits, now. */
  flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    const isShared = batch.length > 1 && this.#begins();
    for (const read of batch) read();
    // A fault may have ended the transaction; what came after it was read on its own.
    if (isShared && this.#db.inTransaction) this.#end();
  }

  /** Without a transaction each read runs on its own, and tells its own fault. */
  #begins(): boolean {
    try {
      this.#begin.run();
      return true;
    } catch {
      return false;
    }
  }

  /** Nothing was written, so that a COMMIT that fails loses nothing. */
  #end(): void {
    try {
      this.#commit.run();
    } catch {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    }
  }
}
