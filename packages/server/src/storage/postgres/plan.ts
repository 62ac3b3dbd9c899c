/**
 * What a commit does, decided in memory once its rows are read and locked. Units of one commit never meet: where one
 * writes a row, no other reads or writes it, so that any order of them gives the same.
 */
import type { Instant } from '../../clock.ts';
import type { Sealer, StoredEntity, Unit, Write } from '../../store/store.ts';
import { type SqlValue, type Table, tableOf } from '../sql/columns.ts';
import { changedColumns, checkWrites, encodeColumns, rowKey, rowWritten } from '../sql/writes.ts';
import { type Shape, shapeOf } from './statements.ts';

/** One row of one statement. */
export interface RowWrite {
  readonly shape: Shape;
  readonly values: readonly SqlValue[];
}

/** What became of a unit: its value and writes, or why it is refused, or that its turn comes in a later commit. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly value: unknown; readonly writes: readonly RowWrite[] }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'deferred' };

/**
 * Decides units in the order given.
 * @param rowsOf the rows that a unit reads, as locked
 * @param now the database's clock, for units that want it
 */
export function decideUnits(
  units: readonly Unit<unknown>[],
  rowsOf: (unit: Unit<unknown>) => readonly (StoredEntity | undefined)[],
  sealer: Sealer,
  now?: Instant,
): Outcome[] {
  const read = new Set<string>();
  const written = new Set<string>();
  return units.map((unit) => {
    const rows = rowsOf(unit);
    const reads = unit.reads.map((key, index) => {
      // An absent row that is read by its id is one that another unit may be about to insert.
      const id = rows[index]?.id ?? ('id' in key ? key.id : undefined);
      return id === undefined ? '' : rowKey(tableOf(key.set), key.tenantId, id);
    });
    if (reads.some((row) => written.has(row))) return { kind: 'deferred' };
    try {
      const { value, writes } = unit.decide(rows, unit.wantsNow ? now : undefined);
      checkWrites(writes, rows);
      const targets = writes.map(rowWritten);
      if (targets.some((row) => written.has(row) || read.has(row))) return { kind: 'deferred' };
      const encoded = writes.flatMap((write) => encodeWrite(write, sealer));
      for (const row of reads) read.add(row);
      for (const row of targets) written.add(row);
      return { kind: 'accepted', value, writes: encoded };
    } catch (error) {
      return { kind: 'refused', error };
    }
  });
}

/**
 * Gathers writes into as few statements as keep each unit's own order within a table: a value that one write frees may
 * be taken by the next.
 */
export function gatherWrites(units: readonly (readonly RowWrite[])[]): { shape: Shape; rows: SqlValue[][] }[] {
  const steps: { shape: Shape; rows: SqlValue[][] }[] = [];
  for (const writes of units) {
    const reached = new Map<Table, number>();
    for (const { shape, values } of writes) {
      const from = reached.get(shape.table) ?? 0;
      let at = steps.findIndex((step, index) => index >= from && step.shape === shape);
      if (at < 0) at = steps.push({ shape, rows: [] }) - 1;
      steps[at]?.rows.push([...values]);
      reached.set(shape.table, at);
    }
  }
  return steps;
}

function encodeWrite(write: Write, sealer: Sealer): RowWrite[] {
  const { tenantId } = write;
  const table = tableOf(write.set);
  switch (write.kind) {
    case 'insert': {
      const values = encodeColumns({ table, tenantId, id: write.id }, table.columns, write.values, sealer);
      return [{ shape: shapeOf('insert', table, table.columns), values: [tenantId, write.id, ...values] }];
    }
    case 'update': {
      const { id, version, values: before } = write.before;
      const columns = changedColumns(table, write.changes);
      if (columns.length === 0) return [];
      const values = encodeColumns({ table, tenantId, id }, columns, write.changes, sealer, before);
      return [{ shape: shapeOf('update', table, columns), values: [tenantId, id, version, ...values] }];
    }
    case 'delete':
      return [{ shape: shapeOf('delete', table, []), values: [tenantId, write.id] }];
  }
}
