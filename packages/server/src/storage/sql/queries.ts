/** List and count statements from a query, for both engines. */
import { type EntitySet, parseDateTimeOffset } from '@open-remote-help/protocol';
import type { Page, Query } from '../../store/store.ts';
import { entityOfRow, quote, selectedColumns, TENANT, tableOf, VERSION } from './columns.ts';
import { compileCondition } from './compile-expression.ts';
import { compileOrderBy, cursorOf } from './compile-order.ts';
import type { Dialect } from './dialect.ts';
import { column, type Fragment, joined, raw, sql } from './fragment.ts';

/**
 * One row more than the page holds, so that its presence tells of a next page.
 * @param source what stands after FROM, if not the table alone
 * @param within a condition besides those of the query
 */
export function pageStatement(query: Query, dialect: Dialect, source?: Fragment, within?: Fragment): Fragment {
  const table = tableOf(query.set);
  const ordering = compileOrderBy(query.orderBy ?? [], dialect, query.after);
  const names = ['id', VERSION, ...selectedColumns(table, query.select).map(({ name }) => name)];
  const select = joined([...names.map(column), ...ordering.columns], ', ');
  const where = conditions(query, dialect, within, ordering.after);
  const limit = raw(`LIMIT ${query.top + 1}${query.skip ? ` OFFSET ${query.skip}` : ''}`);
  const from = source ?? column(table.name);
  return dialect.statement(sql`SELECT ${select} FROM ${from} WHERE ${where} ORDER BY ${ordering.orderBy} ${limit}`);
}

/** The id of the row that stands `rows` rows behind the cursor of a query without order; null if there are fewer. */
export function idAfter(query: Query, rows: number, dialect: Dialect): Fragment {
  const { orderBy, after } = compileOrderBy([], dialect, query.after);
  const where = conditions({ tenantId: query.tenantId }, dialect, after);
  const table = column(tableOf(query.set).name);
  return sql`SELECT "id" FROM ${table} WHERE ${where} ORDER BY ${orderBy} LIMIT 1 OFFSET ${raw(`${rows}`)}`;
}

/**
 * One row where more than so many fit, else none.
 * @param source what stands after FROM, if not the table alone
 */
export function moreThanStatement(
  query: Pick<Query, 'set' | 'tenantId' | 'filter'>,
  rows: number,
  dialect: Dialect,
  source?: Fragment,
): Fragment {
  const from = source ?? column(tableOf(query.set).name);
  const where = conditions(query, dialect);
  return dialect.statement(sql`SELECT 1 FROM ${from} WHERE ${where} LIMIT 1 OFFSET ${raw(`${rows}`)}`);
}

/** @param within a condition besides that of the query */
export function countStatement(
  query: Pick<Query, 'set' | 'tenantId' | 'filter'>,
  dialect: Dialect,
  within?: Fragment,
): Fragment {
  const table = tableOf(query.set);
  const where = conditions(query, dialect, within);
  return dialect.statement(sql`SELECT count(*) FROM ${column(table.name)} WHERE ${where}`);
}

/** Rows that one statement of a purge deletes: others wait no longer than that takes. */
const PURGED_AT_ONCE = 2_000;

/** @param property an instant; rows in which it lies before `instant` are deleted, whatever their tenant, some at a time */
export function purgeStatement(set: EntitySet, property: string, instant: string, dialect: Dialect): Fragment {
  const before = parseDateTimeOffset(instant);
  if (!before) throw new TypeError('purge needs a DateTimeOffset');
  const condition = sql`${column(`${property}@ticks`)} < ${dialect.ticks(before.ticks)}`;
  return dialect.statement(dialect.deleteSome(column(tableOf(set).name), condition, PURGED_AT_ONCE));
}

/**
 * Repeats a purge until nothing is left to delete.
 * @param run gives how many rows the statement deleted
 * @returns how many in all
 */
export async function purgeAll(statement: Fragment, run: (statement: Fragment) => Promise<number>): Promise<number> {
  for (let purged = 0; ; ) {
    const step = await run(statement);
    purged += step;
    if (step < PURGED_AT_ONCE) return purged;
  }
}

/** The page from the rows that `pageStatement` gave, each laid out as selected. */
export function pageOfRows(query: Query, rows: readonly (readonly unknown[])[]): Page {
  const table = tableOf(query.set);
  const columns = selectedColumns(table, query.select);
  const shown = rows.slice(0, query.top);
  const entities = shown.map((row) => entityOfRow(table, query.tenantId, columns, row));
  const last = shown.at(-1);
  if (rows.length <= query.top || !last) return { entities };
  return { entities, next: cursorOf(query.orderBy ?? [], last.slice(columns.length + 2), last[0] as string) };
}

function conditions(
  { tenantId, filter }: Pick<Query, 'tenantId' | 'filter'>,
  dialect: Dialect,
  ...others: readonly (Fragment | undefined)[]
): Fragment {
  const parts = [sql`${raw(quote(TENANT))} = ${dialect.string(tenantId)}`];
  // SQLite asks in this order: what limits a read comes before what it looks for.
  for (const other of others) if (other) parts.push(sql`(${other})`);
  if (filter) parts.push(sql`(${compileCondition(filter, dialect)})`);
  return joined(parts, ' AND ');
}
