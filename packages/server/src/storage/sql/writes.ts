/** What both engines need to write an entity: which row, which columns, which values. */
import { DomainError } from '../../errors.ts';
import type { Sealer, StoredEntity, Values, Write } from '../../store/store.ts';
import { type Column, encode, placeOf, type SqlValue, sealContext, type Table, tableOf } from './columns.ts';
import { sealWhole } from './sealed-whole.ts';

/** Names a row; no id or tenant holds U+0000. */
export function rowKey(table: Table, tenantId: string, id: string): string {
  return `${table.name}\0${tenantId}\0${id}`;
}

/** Names the row that a write is of. */
export function rowWritten(write: Write): string {
  return rowKey(tableOf(write.set), write.tenantId, idOf(write));
}

/** The id of the row that a write is of. */
export function idOf(write: Write): string {
  return write.kind === 'update' ? write.before.id : write.id;
}

/** Up to so many writes are compared with each other: to gather them takes longer. */
const FEW = 16;

/**
 * Checks the writes of a unit.
 * @param read the rows that the unit was given
 * @throws TypeError when a row is written twice, or updated without having been read: its other changes would be lost
 */
export function checkWrites(writes: readonly Write[], read: readonly (StoredEntity | undefined)[]): void {
  const known = writes.length > FEW ? new Set(read) : undefined;
  for (const write of writes) {
    if (write.kind !== 'update') continue;
    const { id, version } = write.before;
    const isAsRead = known?.has(write.before) || read.some((row) => row?.id === id && row.version === version);
    if (!isAsRead) throw new TypeError(`A unit updates a ${write.set.type.name} that it did not read.`);
  }
  const isEachOnce =
    writes.length > FEW
      ? areApart(writes)
      : writes.every((write, index) => !writes.some((other, place) => place < index && isSameRow(other, write)));
  if (!isEachOnce) throw new TypeError('A unit writes each row once.');
}

/** Whether no two writes are of one row. Ids are compared as they are: a longer name of each row would be made and hashed. */
function areApart(writes: readonly Write[]): boolean {
  const tables = new Map<Table, Map<string, Set<string>>>();
  for (const write of writes) {
    const table = tableOf(write.set);
    const tenants = tables.get(table) ?? new Map<string, Set<string>>();
    const ids = tenants.get(write.tenantId) ?? new Set();
    const { size } = ids;
    if (ids.add(idOf(write)).size === size) return false;
    if (size === 0) tables.set(table, tenants.set(write.tenantId, ids));
  }
  return true;
}

function isSameRow(a: Write, b: Write): boolean {
  return idOf(a) === idOf(b) && a.tenantId === b.tenantId && tableOf(a.set) === tableOf(b.set);
}

/** Writes in their order, deletions from one table that follow each other as one: a single statement performs them. */
export function inSteps(writes: readonly Write[]): readonly (readonly [Write, ...Write[]])[] {
  const steps: [Write, ...Write[]][] = [];
  for (const write of writes) {
    const last = steps.at(-1);
    if (last && isDeletionBeside(last[0], write)) last.push(write);
    else steps.push([write]);
  }
  return steps;
}

function isDeletionBeside(a: Write, b: Write): boolean {
  return a.kind === 'delete' && b.kind === 'delete' && a.tenantId === b.tenantId && tableOf(a.set) === tableOf(b.set);
}

/** The columns that an update writes: of secrets sealed in one all or none. */
export function changedColumns(table: Table, changes: Values): Column[] {
  const hasPart = table.columns.some(({ name, kind }) => kind === 'part' && name in changes);
  return table.columns.filter(({ name, kind }) => (isOfWhole(kind) ? hasPart : name in changes));
}

export function isOfWhole(kind: Column['kind']): boolean {
  return kind === 'part' || kind === 'whole';
}

/**
 * Values to bind for the columns, in the order of their `writtenColumns`.
 * @param before values of the row's other properties, for secrets that are sealed anew with a changed one
 * @throws UnknownKey when one of these can't be opened
 */
export function encodeColumns(
  { table, tenantId, id }: { table: Table; tenantId: string; id: string },
  columns: readonly Column[],
  values: Values,
  sealer: Sealer,
  before: Values = {},
): SqlValue[] {
  const bound: SqlValue[] = [];
  for (const column of columns) {
    if (column.kind === 'whole') {
      const secretOf = (name: string) => (name in values ? values[name] : before[name]);
      bound.push(sealWhole(placeOf(table, tenantId, id), column.parts ?? [], secretOf, sealer));
      continue;
    }
    const context = () => sealContext(table, tenantId, id, column.name);
    for (const value of encode(column, values[column.name], context, sealer)) bound.push(value);
  }
  return bound;
}

/** The refusal of a value that another entity of the tenant has. */
export function uniqueConflict(table: Table, property: string): DomainError {
  return new DomainError('conflict', `Another ${table.set.type.name} has this ${property}.`, { target: property });
}
