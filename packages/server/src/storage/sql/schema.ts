/**
 * The tables that the model asks for, as statements. A table is created whole; a property that a later release adds
 * becomes `ADD COLUMN`. Nothing is ever dropped: migrations go forward only.
 */
import type { EntitySet } from '@open-remote-help/protocol';
import {
  type Column,
  type ColumnKind,
  encode,
  missingValue,
  quote,
  type Table,
  TENANT,
  tableOf,
  VERSION,
  writtenColumns,
} from './columns.ts';

/** Column types of one engine. */
export interface ColumnTypes extends Readonly<Record<Exclude<ColumnKind, 'instant' | 'part' | 'whole'>, string>> {
  /** 64-bit integer. */
  readonly ticks: string;
}

/** Name and type of the columns that a property takes in its table, in the order of `writtenColumns`. */
export function physicalColumns(column: Column, types: ColumnTypes): [string, string][] {
  if (column.kind === 'part' || column.kind === 'whole') return [[column.name, types.sealed]];
  if (column.kind !== 'instant') return [[column.name, types[column.kind]]];
  const [text, ticks, offset] = writtenColumns(column) as [string, string, string];
  return [
    [text, types.text],
    [ticks, types.ticks],
    [offset, types.integer],
  ];
}

/** SQL of what rows that lack a property read as, so that a column that may not be null holds no NULL. */
function columnDefaults(column: Column): (string | undefined)[] {
  if (column.property.isNullable || column.property.isSecret) return [];
  const sealer = { seal: unused, open: unused };
  return encode(column, missingValue(column.property), () => '', sealer).map((value) =>
    typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value),
  );
}

function unused(): never {
  throw new TypeError('Secret properties have no default in the table.');
}

/** Every table of the sets, each once. */
export function tablesOf(sets: readonly EntitySet[]): Table[] {
  return [...new Set(sets.map(tableOf))];
}

function createTable(table: Table, types: ColumnTypes): string {
  const columns: [string, string][] = [
    [TENANT, `${types.text} NOT NULL`],
    ['id', `${types.text} NOT NULL`],
    [VERSION, `${types.integer} NOT NULL`],
    ...table.columns.flatMap((column) => physicalColumns(column, types)),
  ];
  const lines = columns.map(([name, type]) => `${quote(name)} ${type}`);
  return `CREATE TABLE ${quote(table.name)} (${lines.join(', ')}, PRIMARY KEY (${quote(TENANT)}, "id"))`;
}

/** PostgreSQL cuts longer names off, and would not find them again. */
const LONGEST_NAME = 63;

/** Brings the indexes of a table to those that the model names. */
function indexStatements(table: Table, existing: ReadonlySet<string>): string[] {
  const wanted = new Set<string>();
  const created = table.columns.flatMap(({ name, kind, property }) => {
    const isUnique = table.set.type.alternateKeys.includes(name);
    const index = `${table.name}.${name}`;
    if (!isUnique && !property.isIndexed) return [];
    wanted.add(index);
    if (existing.has(index)) return [];
    if (index.length > LONGEST_NAME) throw new TypeError(`The index name ${index} is too long`);
    const column = quote(kind === 'instant' ? `${name}@ticks` : name);
    const columns = isUnique ? `${quote(TENANT)}, ${column}` : `${quote(TENANT)}, ${column}, "id"`;
    return [`CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${quote(index)} ON ${quote(table.name)} (${columns})`];
  });
  const dropped = [...existing].filter((index) => index.startsWith(`${table.name}.`) && !wanted.has(index));
  return [...dropped.map((index) => `DROP INDEX ${quote(index)}`), ...created];
}

/** What a database has now. */
export interface ExistingSchema {
  /** Names of columns by table. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  readonly indexes: ReadonlySet<string>;
}

/** Statements that bring a database up to the model; none when it is. */
export function schemaStatements(tables: readonly Table[], existing: ExistingSchema, types: ColumnTypes): string[] {
  return tables.flatMap((table) => {
    const present = existing.columns.get(table.name);
    if (!present) return [createTable(table, types), ...indexStatements(table, existing.indexes)];
    const missing = table.columns
      .flatMap((column) => {
        const defaults = columnDefaults(column);
        return physicalColumns(column, types).map(([name, type], index) => [name, type, defaults[index]] as const);
      })
      .filter(([name]) => !present.has(name))
      .map(([name, type, value]) => {
        const suffix = value === undefined ? '' : ` DEFAULT ${value}`;
        return `ALTER TABLE ${quote(table.name)} ADD COLUMN ${quote(name)} ${type}${suffix}`;
      });
    return [...missing, ...indexStatements(table, existing.indexes)];
  });
}
