/** The jobs that a page and a count are. */
import type { Query } from '../../store/store.ts';
import { tableOf } from '../sql/columns.ts';
import { sqliteDialect } from '../sql/dialect.ts';
import { type Fragment, joined, raw, sql } from '../sql/fragment.ts';
import { countStatement, idAfter, pageStatement } from '../sql/queries.ts';
import type { ReadJob } from './read-job.ts';

/** What a count counts. */
export type Scope = Pick<Query, 'set' | 'tenantId' | 'filter'>;

/** Rows among which a page is looked for before all that fit are gathered: about as long as to sort as many. */
const NEAR = 10_000;

/**
 * A job that gives the rows of a page, one more than it holds where more follow, laid out as `pageStatement` selects.
 * @param within a condition besides those of the query
 */
export function pageJob(query: Query, within?: Fragment, near = NEAR): ReadJob {
  const whole = pageStatement(query, sqliteDialect, undefined, within);
  return { attempts: isInOrderOfId(query) ? [nearPage(query, near, within), whole] : [whole], enough: query.top + 1 };
}

/** A job that gives one row with one number. */
export function countJob(scope: Scope, within?: Fragment): ReadJob {
  return { attempts: [countStatement(scope, sqliteDialect, within)], enough: 1 };
}

export function isInOrderOfId(query: Query): boolean {
  return !query.orderBy?.length && !query.skip;
}

/**
 * What fits among the next rows of a page in the order of id; nothing when no more rows than these follow. A filter by
 * a range of an indexed property would otherwise have every row of the range sorted, of a million for a page of a
 * hundred.
 */
export function nearPage(query: Query, rows: number, within?: Fragment): Fragment {
  const { name } = tableOf(query.set);
  const inOrder = raw(`"${name}" INDEXED BY "sqlite_autoindex_${name}_1"`);
  const near = sql`"id" <= (${idAfter(query, rows, sqliteDialect)})`;
  return pageStatement(query, sqliteDialect, inOrder, within ? joined([within, near], ' AND ') : near);
}
