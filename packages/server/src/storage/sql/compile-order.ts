/**
 * `$orderby` to SQL, and the condition "after this row" of keyset paging. Nulls sort first ascending, last descending;
 * `id` ascending makes the order total. The column of a property that isn't nullable holds no NULL: an index then
 * serves its order both ways.
 */
import type { Expression } from '../../store/expression.ts';
import type { Cursor, OrderBy } from '../../store/store.ts';
import { compileValue } from './compile-expression.ts';
import type { Dialect } from './dialect.ts';
import { column, type Fragment, joined, raw, sql } from './fragment.ts';

export interface Ordering {
  /** For the select list, one for each order expression: `… AS "@o0"`. */
  readonly columns: readonly Fragment[];
  /** What stands after ORDER BY. */
  readonly orderBy: Fragment;
  /** Condition that leaves the rows after the cursor; absent without one. */
  readonly after?: Fragment;
}

/** @param after a cursor that fits `orderBy`: made by `cursorOf`, or checked with `$skiptoken` */
export function compileOrderBy(orderBy: readonly OrderBy[], dialect: Dialect, after?: Cursor): Ordering {
  const terms = orderBy.map((item) => ({ ...item, value: compileValue(item.expression, dialect) }));
  return {
    columns: terms.map(({ value, expression }, index) => {
      const selected = expression.type.kind === 'instant' ? sql`CAST(${value} AS text)` : value;
      return sql`${selected} AS ${column(`@o${index}`)}`;
    }),
    orderBy: joined([...terms.map(orderTerm), raw('"id" ASC')], ', '),
    ...(after ? { after: afterCursor(terms, after, dialect) } : {}),
  };
}

/**
 * The cursor of a row.
 * @param values of `"@o0"`, `"@o1"`, … as the driver gives them
 */
export function cursorOf(orderBy: readonly OrderBy[], values: readonly unknown[], id: string): Cursor {
  return [...orderBy.map(({ expression }, index) => cursorValue(expression, values[index])), id];
}

interface Term extends OrderBy {
  readonly value: Fragment;
}

function orderTerm({ value, expression, isDescending }: Term): Fragment {
  const direction = isDescending ? 'DESC' : 'ASC';
  const nulls = isDescending ? 'NULLS LAST' : 'NULLS FIRST';
  return sql`${value} ${raw(canBeNull(expression) ? `${direction} ${nulls}` : direction)}`;
}

function canBeNull(expression: Expression): boolean {
  return expression.kind !== 'property' || expression.path.length > 1 || expression.property.isNullable;
}

/** From the last term to the first: behind the cursor's value, or level with it and behind in the rest. */
function afterCursor(terms: readonly Term[], cursor: Cursor, dialect: Dialect): Fragment {
  const id = sql`"id" > ${dialect.string(String(cursor.at(-1)))}`;
  return terms.reduceRight((rest, term, index) => behind(term, cursor[index] ?? null, rest, dialect), id);
}

function behind(term: Term, at: Cursor[number], rest: Fragment, dialect: Dialect): Fragment {
  const { value, expression, isDescending } = term;
  if (at === null) {
    return isDescending ? sql`(${value} IS NULL AND ${rest})` : sql`(${value} IS NOT NULL OR ${rest})`;
  }
  const level = cursorConstant(expression, at, dialect);
  const beyond = raw(isDescending ? '<' : '>');
  // The outer bound is what an index can serve.
  const within = sql`(${value} ${beyond}= ${level} AND (${value} ${beyond} ${level} OR ${rest}))`;
  return isDescending && canBeNull(expression) ? sql`(${within} OR ${value} IS NULL)` : within;
}

function cursorConstant({ type }: Expression, value: NonNullable<Cursor[number]>, dialect: Dialect): Fragment {
  switch (type.kind) {
    case 'instant':
      return dialect.ticks(BigInt(value));
    case 'number':
    case 'enum':
      return dialect.number(Number(value));
    case 'boolean':
      return dialect.boolean(value === true);
    default:
      return dialect.string(String(value));
  }
}

function cursorValue({ type }: Expression, value: unknown): Cursor[number] {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'number':
    case 'enum':
      return Number(value);
    case 'boolean':
      return Boolean(value);
    default:
      return String(value);
  }
}
