/**
 * Pages and counts for which few rows have to be looked at, whatever the table holds, and those of internal sets: the
 * event loop can wait for them.
 */
import type { EntitySet } from '@open-remote-help/protocol';
import type { Query } from '../../store/store.ts';
import { tableOf } from '../sql/columns.ts';
import { conditionsOf, conditionsOn, isSoonDecided } from '../sql/cost.ts';
import { sqliteDialect } from '../sql/dialect.ts';
import { type Fragment, raw } from '../sql/fragment.ts';
import { countStatement, moreThanStatement, pageStatement } from '../sql/queries.ts';
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
    if (this.#looksAtFew(query, whole) || this.#holdsFew(tenantOf(query))) return this.#statements.rows(whole);
    const led = this.#ledPage(query);
    if (led || !isInOrderOfId(query)) return led;
    const rows = this.#statements.rows(nearPage(query, this.#few));
    return rows.length > query.top ? rows : undefined;
  }

  /** One row with one number; undefined when more than a few would be counted. */
  count(scope: Scope): unknown[][] | undefined {
    if (!isInternal(scope) && !(isSoonDecided(scope) && this.#holdsFew(tenantOf(scope)))) return undefined;
    return this.#statements.rows(countStatement(scope, sqliteDialect));
  }

  /** Whether but a few rows fit, of which an index, that of the key or of `source`, has to tell. */
  #holdsFew(scope: Scope, source?: Fragment): boolean {
    return this.#statements.rows(moreThanStatement(scope, this.#few, sqliteDialect, source)).length === 0;
  }

  /** Whether SQLite, as it would read the page, looks at the rows of it and no others but those passed over. */
  #looksAtFew(query: Query, whole: Fragment): boolean {
    if ((query.skip ?? 0) > this.#few) return false;
    const [step = '', ...others] = this.#statements.plan(whole);
    const terms = /^SEARCH .* USING (?:COVERING )?INDEX .*\((.*)\)$/.exec(step)?.[1]?.split(' AND ') ?? [];
    return others.length === 0 && terms.length === conditionsIn(query);
  }

  /** The page by an index that leads to but a few rows: SQLite, which has no statistics, may have chosen another. */
  #ledPage(query: Query): unknown[][] | undefined {
    for (const [property, index] of indexesOf(query.set)) {
      const filter = query.filter && conditionsOn(query.filter, property);
      if (!filter) continue;
      const source = raw(`"${tableOf(query.set).name}" INDEXED BY "${index}"`);
      if (!this.#holdsFew({ ...tenantOf(query), filter }, source)) continue;
      return this.#statements.rows(pageStatement(query, sqliteDialect, source));
    }
    return undefined;
  }
}

/** All rows of the tenant in the set. */
function tenantOf({ set, tenantId }: Scope): Scope {
  return { set, tenantId };
}

/** What the service asks for itself it bounds itself; it must not wait for what others ask. */
function isInternal({ set }: Scope): boolean {
  return set.path === '';
}

/** Names of a set's indexes by property. Guids are compared without regard to case, which no index serves. */
function indexesOf(set: EntitySet): [string, string][] {
  const { name: table, columns } = tableOf(set);
  const indexed = columns.filter(
    ({ name, property }) =>
      (property.isIndexed || set.type.alternateKeys.includes(name)) &&
      !(property.type.kind === 'primitive' && property.type.name === 'Edm.Guid'),
  );
  return [
    ['id', `sqlite_autoindex_${table}_1`],
    ...indexed.map(({ name }) => [name, `${table}.${name}`] as [string, string]),
  ];
}

/** How many conditions stand in the page's WHERE; those of a cursor are two where the page has an order of its own. */
function conditionsIn({ filter, after, orderBy = [] }: Query): number {
  return 1 + (filter ? conditionsOf(filter) : 0) + (after ? 1 + Math.min(orderBy.length, 1) : 0);
}
