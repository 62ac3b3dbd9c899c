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
export interface ColumnTypes extends Readonly<Record<Exclude<ColumnKind, 'instant'>, string>> {
  /** 64-bit integer. */
  readonly ticks: string;
}

/** Physical columns: name and type. */
function physicalColumns(column: Column, types: ColumnTypes): [string, string][] {
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
  if (column.property.isNullable || column.kind === 'sealed') return [];
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

function createIndexes(table: Table): string[] {
  return table.columns.flatMap(({ name, kind, property }) => {
    const isUnique = table.set.type.alternateKeys.includes(name);
    if (!isUnique && !property.isIndexed) return [];
    const column = quote(kind === 'instant' ? `${name}@ticks` : name);
    const what = isUnique
      ? `UNIQUE INDEX IF NOT EXISTS ${quote(`${table.name}.${name}`)}`
      : `INDEX IF NOT EXISTS ${quote(`${table.name}.${name}`)}`;
    const columns = isUnique ? `${quote(TENANT)}, ${column}` : `${quote(TENANT)}, ${column}, "id"`;
    return [`CREATE ${what} ON ${quote(table.name)} (${columns})`];
  });
}

/**
 * Statements that bring a database up to the model.
 * @param existing columns by table, as the database has them now
 */
export function schemaStatements(
  tables: readonly Table[],
  existing: ReadonlyMap<string, ReadonlySet<string>>,
  types: ColumnTypes,
): string[] {
  return tables.flatMap((table) => {
    const present = existing.get(table.name);
    if (!present) return [createTable(table, types), ...createIndexes(table)];
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
    return [...missing, ...createIndexes(table)];
  });
}
