/** The statements of a commit: each takes any number of rows, as one array for each column. */
import { type Column, quote, type SqlValue, type Table, TENANT, VERSION } from '../sql/columns.ts';
import type { Fragment } from '../sql/fragment.ts';
import { type ColumnTypes, physicalColumns } from '../sql/schema.ts';

/** Types of values; those of columns add the collation. */
const TYPES: ColumnTypes = {
  text: 'text',
  integer: 'bigint',
  boolean: 'boolean',
  json: 'jsonb',
  sealed: 'bytea',
  ticks: 'bigint',
};

export const COLUMN_TYPES: ColumnTypes = { ...TYPES, text: 'text COLLATE "C"' };

/** What rows of one statement have in common. */
export interface Shape {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly table: Table;
  /** Columns written: all of an insert, the changed ones of an update, none of a delete. */
  readonly columns: readonly Column[];
  readonly text: string;
}

/** Entities by tenant and id or alternate key. */
export interface Keys {
  readonly tenants: readonly string[];
  readonly values: readonly string[];
}

const KEY: readonly [string, string][] = [
  ['tenant', 'text'],
  ['id', 'text'],
];
const SAME_ROW = `t.${quote(TENANT)} = k.tenant AND t."id" = k.id`;

/** Reads rows and keeps others from changing them. In the order of the key, so that two commits can't lock crosswise. */
export function lockRows(table: Table, keys: Keys): Fragment {
  const names = ['id', VERSION, ...table.columns.map(({ name }) => name), TENANT].map((name) => `t.${quote(name)}`);
  const text =
    `SELECT ${names.join(', ')} FROM ${rowsOf(KEY)} JOIN ${quote(table.name)} AS t ON ${SAME_ROW} ` +
    `ORDER BY t.${quote(TENANT)}, t."id" FOR UPDATE OF t`;
  return { text, values: [keys.tenants, keys.values] };
}

/** Rows of `tenant, key, id` for the entities that there are. */
export function findIds(table: Table, alternateKey: string, keys: Keys): Fragment {
  const column = quote(alternateKey);
  const text =
    `SELECT k.tenant, k.id, t."id" FROM ${rowsOf(KEY)} JOIN ${quote(table.name)} AS t ` +
    `ON t.${quote(TENANT)} = k.tenant AND t.${column} = k.id`;
  return { text, values: [keys.tenants, keys.values] };
}

export function selectByKey(table: Table, column: string): string {
  const names = ['id', VERSION, ...table.columns.map(({ name }) => name)].map(quote);
  return `SELECT ${names.join(', ')} FROM ${quote(table.name)} WHERE ${quote(TENANT)} = $1 AND ${quote(column)} = $2`;
}

const shapes = new Map<string, Shape>();

/** Shapes kept; changed columns combine without end. */
const MOST_SHAPES = 1_000;

/** The shape of a write; the same object each time, while few enough are in use. */
export function shapeOf(kind: Shape['kind'], table: Table, columns: readonly Column[]): Shape {
  const key = [kind, table.name, ...columns.map(({ name }) => name)].join('|');
  let shape = shapes.get(key);
  if (!shape) {
    if (shapes.size >= MOST_SHAPES) shapes.clear();
    shape = { kind, table, columns, text: TEXTS[kind](table, columns) };
    shapes.set(key, shape);
  }
  return shape;
}

/** @param rows of one shape: tenant, id, for an update the version that was read, then the values of its columns */
export function writeRows(shape: Shape, rows: readonly (readonly SqlValue[])[]): Fragment {
  const width = rows[0]?.length ?? 0;
  return { text: shape.text, values: Array.from({ length: width }, (_, index) => rows.map((row) => row[index])) };
}

const TEXTS: Readonly<Record<Shape['kind'], (table: Table, columns: readonly Column[]) => string>> = {
  insert: (table, columns) => {
    const physical = valueColumns(columns);
    const names = [TENANT, 'id', ...physical.map(([name]) => name), VERSION].map(quote);
    const source = rowsOf([...KEY, ...numbered(physical)]);
    return `INSERT INTO ${quote(table.name)} (${names.join(', ')}) SELECT k.*, 1 FROM ${source}`;
  },
  update: (table, columns) => {
    const physical = valueColumns(columns);
    const assignments = physical.map(([name], index) => `${quote(name)} = k.c${index}`);
    const version = `${quote(VERSION)} = t.${quote(VERSION)} + 1`;
    const source = rowsOf([...KEY, ['version', 'bigint'], ...numbered(physical)]);
    return (
      `UPDATE ${quote(table.name)} AS t SET ${[...assignments, version].join(', ')} FROM ${source} ` +
      `WHERE ${SAME_ROW} AND t.${quote(VERSION)} = k.version`
    );
  },
  delete: (table) => `DELETE FROM ${quote(table.name)} AS t USING ${rowsOf(KEY)} WHERE ${SAME_ROW}`,
};

function valueColumns(columns: readonly Column[]): [string, string][] {
  return columns.flatMap((column) => physicalColumns(column, TYPES));
}

function numbered(columns: readonly [string, string][]): [string, string][] {
  return columns.map(([, type], index) => [`c${index}`, type]);
}

/** A table `k` made of one array parameter for each column. */
function rowsOf(columns: readonly (readonly [string, string])[]): string {
  const parameters = columns.map(([, type], index) => `$${index + 1}::${type}[]`);
  return `unnest(${parameters.join(', ')}) AS k(${columns.map(([name]) => name).join(', ')})`;
}
