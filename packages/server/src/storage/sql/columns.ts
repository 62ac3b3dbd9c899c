/**
 * How an entity type lies in a table: one column for each property, named as the property is; a DateTimeOffset has
 * three (text as sent, 100 ns ticks, offset minutes). Both engines share this; only the column types differ.
 */
import {
  type EntitySet,
  type EntityType,
  type EnumType,
  enumTextOf,
  enumValueOf,
  type Property,
  parseDateTimeOffset,
  string,
} from '@open-remote-help/protocol';
import { Sealed, type Sealer, type StoredEntity, type Values } from '../../store/store.ts';
import { readWhole } from './sealed-whole.ts';

/** Columns that no property can clash with: `@` begins no property name. */
export const TENANT = '@tenant';
export const VERSION = '@version';
const SECRETS = '@secrets';

/**
 * `part` is one of several secrets of a row, which are sealed in one, in the column of kind `whole`. What lies in its
 * own column was sealed before that was so.
 */
export type ColumnKind = 'text' | 'integer' | 'boolean' | 'json' | 'sealed' | 'part' | 'whole' | 'instant';

/** What a driver binds and returns. */
export type SqlValue = string | number | bigint | boolean | Uint8Array | null;

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly property: Property;
  /** The secrets that are sealed in a `whole`. */
  readonly parts?: readonly string[];
}

/** A table: where a set's rows lie, and how to read and write them. */
export interface Table {
  readonly name: string;
  readonly set: EntitySet;
  readonly columns: readonly Column[];
}

const tables = new Map<EntityType, Table>();

/** The table of a set; a view's is that of the set it shows. */
export function tableOf(set: EntitySet): Table {
  const base = set.viewOf ?? set;
  let table = tables.get(base.type);
  if (!table) {
    table = { name: base.name, set: base, columns: columnsOf(base.type) };
    tables.set(base.type, table);
  }
  return table;
}

/** A table that `tableOf` gave before. */
export function tableNamed(name: string): Table | undefined {
  return [...tables.values()].find((table) => table.name === name);
}

function columnsOf(type: EntityType): Column[] {
  const columns = Object.entries(type.properties)
    .filter(([name]) => name !== 'id')
    .map(([name, property]): Column => ({ name, kind: kindOf(property), property }));
  const parts = columns.filter(({ kind }) => kind === 'sealed').map(({ name }) => name);
  if (parts.length < 2) return columns;
  const property = string({ isNullable: true, isSecret: true });
  return [
    ...columns.map((column): Column => (column.kind === 'sealed' ? { ...column, kind: 'part' } : column)),
    { name: SECRETS, kind: 'whole', property, parts },
  ];
}

function kindOf(property: Property): ColumnKind {
  if (property.isSecret) return 'sealed';
  if (property.isCollection || property.type.kind === 'complex') return 'json';
  if (property.type.kind === 'enum') return 'integer';
  switch (property.type.name) {
    case 'Edm.Boolean':
      return 'boolean';
    case 'Edm.Int32':
    case 'Edm.Int64':
      return 'integer';
    case 'Edm.DateTimeOffset':
      return 'instant';
    default:
      return 'text';
  }
}

/** Names of the physical columns that a property takes when written. */
export function writtenColumns(column: Column): string[] {
  return column.kind === 'instant' ? [column.name, `${column.name}@ticks`, `${column.name}@offset`] : [column.name];
}

/** The place of a row: what is sealed in it is bound to this, so that ciphertext moved to another does not open. */
export function placeOf(table: Table, tenantId: string, id: string): string {
  return `${tenantId}|${table.name}|${id}`;
}

/** What a sealed value is bound to. */
export function sealContext(table: Table, tenantId: string, id: string, property: string): string {
  return `${placeOf(table, tenantId, id)}|${property}`;
}

/** Values to bind for a property, in the order of `writtenColumns`. Booleans and JSON are as PostgreSQL takes them. */
export function encode(column: Column, value: unknown, context: () => string, sealer: Sealer): SqlValue[] {
  if (value === null || value === undefined) return column.kind === 'instant' ? [null, null, null] : [null];
  switch (column.kind) {
    case 'sealed':
      return [value instanceof Sealed ? value.bytes : sealer.seal(value as string, context())];
    case 'part':
      return [null];
    case 'json':
      return [JSON.stringify(value)];
    case 'instant': {
      const instant = parseDateTimeOffset(value as string);
      if (!instant) throw new TypeError(`${column.name} is no DateTimeOffset`);
      return [value as string, instant.ticks, instant.offsetMinutes];
    }
    case 'integer':
      return [column.property.type.kind === 'enum' ? encodeEnum(column.property.type, value) : (value as number)];
    default:
      return [value as string | boolean];
  }
}

function encodeEnum(type: EnumType, text: unknown): number {
  // A value that no member fits, such as flags of which none is set, reads as its number.
  const number = enumValueOf(type, text as string) ?? Number(text);
  if (!Number.isInteger(number)) throw new TypeError(`${type.name} has no such member`);
  return number;
}

/** The JSON value of what the driver returned for a property's first column; ciphertext as it is. */
function decode(column: Column, raw: unknown): unknown {
  if (raw === null || raw === undefined) return column.property.isNullable ? null : missingValue(column.property);
  switch (column.kind) {
    case 'json':
      return typeof raw === 'string' ? JSON.parse(raw) : raw;
    case 'boolean':
      return raw === true || raw === 1;
    case 'integer':
      return column.property.type.kind === 'enum' ? enumTextOf(column.property.type, Number(raw)) : Number(raw);
    default:
      return raw;
  }
}

/** A row written before its property existed reads as the property's default. */
export function missingValue(property: Property): unknown {
  if (property.defaultValue !== undefined) return property.defaultValue;
  if (property.type.kind === 'enum') return enumTextOf(property.type, 0);
  if (property.type.kind !== 'primitive') return null;
  switch (property.type.name) {
    case 'Edm.Boolean':
      return false;
    case 'Edm.Int32':
    case 'Edm.Int64':
      return 0;
    case 'Edm.DateTimeOffset':
      return '0001-01-01T00:00:00Z';
    default:
      return '';
  }
}

/** Columns that a read selects, in order: id, version, then one for each property. */
export function selectedColumns(table: Table, select?: readonly string[]): readonly Column[] {
  if (!select) return table.columns;
  const hasPart = table.columns.some(({ name, kind }) => kind === 'part' && select.includes(name));
  return table.columns.filter(({ name, kind }) => (kind === 'whole' ? hasPart : select.includes(name)));
}

/** An entity from a row laid out as `id, version, …selectedColumns`. */
export function entityOfRow(
  table: Table,
  tenantId: string,
  columns: readonly Column[],
  row: readonly unknown[],
): StoredEntity {
  const id = row[0] as string;
  const values: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] as Column;
    const value = decode(column, row[i + 2]);
    if (!(value instanceof Uint8Array)) {
      if (column.kind !== 'whole') values[column.name] = value;
    } else if (column.kind === 'whole') readWhole(value, placeOf(table, tenantId, id), values);
    else values[column.name] = new Sealed(value, sealContext(table, tenantId, id, column.name));
  }
  return { id, version: Number(row[1]), values: values as Values };
}

export function quote(name: string): string {
  return `"${name}"`;
}
