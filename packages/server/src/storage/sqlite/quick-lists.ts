/**
 * Pages and counts for which few rows have to be looked at, whatever the table holds, and those of internal sets: the
 * event loop can wait for them.
 */
import type { Query } from '../../store/store.ts';
import { TENANT } from '../sql/columns.ts';
import { conditionsOf, isSoonDecided } from '../sql/cost.ts';
import { sqliteDialect } from '../sql/dialect.ts';
import type { Fragment } from '../sql/fragment.ts';
import { countStatement, idAfter, pageStatement } from '../sql/queries.ts';
import { isInOrderOfId, nearPage, type Scope } from './list-job.ts';
import type { StatementCache } from './statement-cache.ts';

/** Rows that may be looked at for one page or count: about half a millisecond. */
const FEW = 500;

export class QuickLists {
  readonly #statements: StatementCache;
  readonly #few: number;

  constructor(statements: StatementCache, few = FEW) {
    this.#statements = statements;
    this.#few = few;
  }

  /** Rows of a page, one more than it holds where more follow; undefined when more than a few would be looked at. */
  page(query: Query): unknown[][] | undefined {
    const whole = pageStatement(query, sqliteDialect);
    if (isInternal(query)) return this.#statements.rows(whole);
    if (!isSoonDecided(query)) return undefined;
    if (this.#looksAtFew(query, whole) || this.#holdsFew(query)) return this.#statements.rows(whole);
    if (!isInOrderOfId(query)) return undefined;
    const rows = this.#statements.rows(nearPage(query, this.#few));
    return rows.length > query.top ? rows : undefined;
  }

  /** One row with one number; undefined when more than a few would be counted. */
  count(scope: Scope): unknown[][] | undefined {
    if (!isInternal(scope) && !(isSoonDecided(scope) && this.#holdsFew(scope))) return undefined;
    return this.#statements.rows(countStatement(scope, sqliteDialect));
  }

  /** Whether the tenant has but a few rows in the set. */
  #holdsFew({ set, tenantId }: Scope): boolean {
    const last = idAfter({ set, tenantId, top: 1 }, this.#few, sqliteDialect);
    return this.#statements.rows(last).length === 0;
  }

  /** Whether an index leads to the rows of the page and, but for one, to no others. */
  #looksAtFew(query: Query, whole: Fragment): boolean {
    if ((query.skip ?? 0) > this.#few) return false;
    const [step = '', ...others] = this.#statements.plan(whole);
    const terms = /^SEARCH .* USING (?:COVERING )?INDEX .*\((.*)\)$/.exec(step)?.[1]?.split(' AND ') ?? [];
    if (others.length > 0) return false;
    return isOneRow(query, terms) || terms.length === conditionsIn(query);
  }
}

/** What the service asks for itself it bounds itself; it must not wait for what others ask. */
function isInternal({ set }: Scope): boolean {
  return set.path === '';
}

/** Whether the index leads to one row by its key. Many rows may lack an alternate key that is nullable. */
function isOneRow({ set: { type } }: Query, terms: readonly string[]): boolean {
  const unique = ['id', ...type.alternateKeys.filter((name) => !type.properties[name]?.isNullable)];
  return terms[0] === `${TENANT}=?` && unique.some((name) => terms[1] === `${name}=?`);
}

/** How many conditions stand in the page's WHERE; those of a cursor are two where the page has an order of its own. */
function conditionsIn({ filter, after, orderBy = [] }: Query): number {
  return 1 + (filter ? conditionsOf(filter) : 0) + (after ? 1 + Math.min(orderBy.length, 1) : 0);
}
