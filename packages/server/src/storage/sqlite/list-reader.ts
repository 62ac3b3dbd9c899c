/** Pages and counts. Statements are kept by their text; `$filter` texts differ without end, so the oldest go. */
import type Database from 'better-sqlite3';
import type { Query } from '../../store/store.ts';
import { tableOf } from '../sql/columns.ts';
import { sqliteDialect } from '../sql/dialect.ts';
import { type Fragment, raw, sql } from '../sql/fragment.ts';
import { countStatement, idAfter, pageStatement } from '../sql/queries.ts';

const MOST_STATEMENTS = 500;

/** Rows among which a page is looked for at first: about as long as to sort as many. */
const NEAR = 10_000;

interface Prepared {
  readonly statement: Database.Statement;
  /** Whether SQLite gathers every row that fits, to sort them, before it gives the first. */
  readonly isSorting: boolean;
}

export class ListReader {
  readonly #db: Database.Database;
  readonly #near: number;
  readonly #prepared = new Map<string, Prepared>();

  /** @param near rows among which a page is looked for before all rows that fit are sorted */
  constructor(db: Database.Database, near = NEAR) {
    this.#db = db;
    this.#near = near;
  }

  /** Rows of a page, one more than it holds where more follow, laid out as `pageStatement` selects. */
  page(query: Query): unknown[][] {
    const whole = pageStatement(query, sqliteDialect);
    const { statement, isSorting } = this.#prepare(whole);
    if (isSorting && !query.orderBy?.length && !query.skip) {
      const rows = this.#nearPage(query);
      if (rows.length > query.top) return rows;
    }
    return statement.all(...whole.values) as unknown[][];
  }

  count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>): number {
    const whole = countStatement(query, sqliteDialect);
    const [count] = this.#prepare(whole).statement.get(...whole.values) as [number];
    return count;
  }

  /**
   * What fits among the next rows in the order of the page. A filter by a range of an indexed property would otherwise
   * have every row of the range sorted by id, of a million for a page of a hundred.
   */
  #nearPage(query: Query): unknown[][] {
    const { name } = tableOf(query.set);
    const inOrder = raw(`"${name}" INDEXED BY "sqlite_autoindex_${name}_1"`);
    const within = sql`"id" <= (${idAfter(query, this.#near, sqliteDialect)})`;
    const near = pageStatement(query, sqliteDialect, inOrder, within);
    return this.#prepare(near).statement.all(...near.values) as unknown[][];
  }

  #prepare({ text, values }: Fragment): Prepared {
    let prepared = this.#prepared.get(text);
    if (prepared) return prepared;
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size >= MOST_STATEMENTS && oldest !== undefined) this.#prepared.delete(oldest);
    const steps = this.#db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values) as { detail: string }[];
    prepared = {
      statement: this.#db.prepare(text).raw(),
      isSorting: steps.some(({ detail }) => detail.includes('TEMP B-TREE FOR ORDER BY')),
    };
    this.#prepared.set(text, prepared);
    return prepared;
  }
}
