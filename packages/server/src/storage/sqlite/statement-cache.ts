/** Reading statements by their text. `$filter` texts differ without end, so the oldest go. */
import type Database from 'better-sqlite3';
import type { Fragment } from '../sql/fragment.ts';

const MOST_STATEMENTS = 500;

export class StatementCache {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #plans = new Map<string, readonly string[]>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  rows({ text, values }: Fragment): unknown[][] {
    const statement = kept(this.#statements, text, () => this.#db.prepare(text).raw());
    return statement.all(...values) as unknown[][];
  }

  /** The steps in which SQLite would perform a statement, as it words them (sqlite.org/eqp.html). */
  plan({ text, values }: Fragment): readonly string[] {
    return kept(this.#plans, text, () => {
      const steps = this.#db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values) as { detail: string }[];
      return steps.map(({ detail }) => detail);
    });
  }
}

function kept<T>(all: Map<string, T>, text: string, make: () => T): T {
  let found = all.get(text);
  if (found !== undefined) return found;
  const [oldest] = all.keys();
  if (all.size >= MOST_STATEMENTS && oldest !== undefined) all.delete(oldest);
  found = make();
  all.set(text, found);
  return found;
}
