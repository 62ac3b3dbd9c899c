/** A store in plain objects: the twin of the real ones for tests that are about something else. */
import { type EntitySet, parseDateTimeOffset } from '@open-remote-help/protocol';
import { DomainError } from '../../server/src/errors.ts';
import { tableOf } from '../../server/src/storage/sql/columns.ts';
import { checkWrites, encodeColumns } from '../../server/src/storage/sql/writes.ts';
import type { Expression } from '../../server/src/store/expression.ts';
import {
  type EntityKey,
  type Page,
  type Query,
  Sealed,
  type Sealer,
  type Store,
  type StoredEntity,
  type Unit,
  type Values,
  type Write,
} from '../../server/src/store/store.ts';

type Scalar = string | number | boolean | bigint | null;
type Rows = Map<string, StoredEntity>;

/** Keeps sets apart by tenant, seals secrets, holds alternate keys unique; filters by comparisons and lists, joined with and/or. */
export class MemoryStore implements Store {
  /** Seals secret properties; set it before the first one is written. */
  sealer: Sealer | undefined;
  /** While set, every method rejects with it. */
  failure: Error | undefined;
  readonly #partitions = new Map<string, Rows>();

  async transact<T>(unit: Unit<T>): Promise<T> {
    await this.ping();
    const read = unit.reads.map((key) => this.#find(key));
    const { writes, value } = unit.decide(read);
    checkWrites(writes, read);
    const undo = writes.map((write) => [this.#rows(write.set, write.tenantId), rowId(write)] as const);
    const before = undo.map(([rows, id]) => rows.get(id));
    try {
      for (const write of writes) this.#apply(write);
    } catch (error) {
      undo.forEach(([rows, id], index) => {
        const row = before[index];
        if (row) rows.set(id, row);
        else rows.delete(id);
      });
      throw error;
    }
    return value;
  }

  async get(key: EntityKey): Promise<StoredEntity | undefined> {
    await this.ping();
    return this.#find(key);
  }

  async query(query: Query): Promise<Page> {
    await this.ping();
    const orders = query.orderBy ?? [];
    const rows = [...this.#rows(query.set, query.tenantId).values()]
      .filter((row) => !query.filter || holds(query.filter, row))
      .sort((a, b) => {
        for (const { expression, isDescending } of orders) {
          const order = compare(evaluate(expression, a), evaluate(expression, b));
          if (order !== 0) return isDescending ? -order : order;
        }
        return compare(a.id, b.id);
      });
    const start = query.after ? behind(rows, String(query.after.at(-1)), orders.length > 0) : (query.skip ?? 0);
    const entities = rows.slice(start, start + query.top);
    const last = entities.at(-1);
    return start + query.top < rows.length && last ? { entities, next: [last.id] } : { entities };
  }

  async count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>): Promise<number> {
    const { entities } = await this.query({ ...query, top: Number.MAX_SAFE_INTEGER });
    return entities.length;
  }

  async purge(set: EntitySet, property: string, instant: string): Promise<number> {
    await this.ping();
    let purged = 0;
    for (const [name, rows] of this.#partitions) {
      if (!name.startsWith(`${set.name}|`)) continue;
      for (const row of [...rows.values()]) {
        if (compare(toScalar(row.values[property], true), toScalar(instant, true)) < 0 && rows.delete(row.id)) purged++;
      }
    }
    return purged;
  }

  async ping(): Promise<void> {
    if (this.failure) throw this.failure;
  }

  /** All that is stored, as text: what a copy of the database would show. Secrets appear as base64 ciphertext. */
  dump(): string {
    return JSON.stringify(
      [...this.#partitions].map(([name, rows]) => [name, [...rows.values()]]),
      (_key, value) => (value instanceof Sealed ? Buffer.from(value.bytes).toString('base64') : value),
    );
  }

  #rows(set: EntitySet, tenantId: string): Rows {
    const name = `${tableOf(set).name}|${tenantId}`;
    const rows = this.#partitions.get(name) ?? new Map<string, StoredEntity>();
    this.#partitions.set(name, rows);
    return rows;
  }

  #find(key: EntityKey): StoredEntity | undefined {
    const rows = this.#rows(key.set, key.tenantId);
    if ('id' in key) return rows.get(key.id);
    return [...rows.values()].find((row) => row.values[key.alternateKey] === key.value);
  }

  #apply(write: Write): void {
    const rows = this.#rows(write.set, write.tenantId);
    if (write.kind === 'delete') {
      rows.delete(write.id);
      return;
    }
    const id = rowId(write);
    const before = rows.get(id);
    if (write.kind === 'update' && Object.keys(write.changes).length === 0) return;
    if (write.kind === 'insert' && before) throw new DomainError('conflict', 'The id is taken.', { target: 'id' });
    const changes = this.#sealed(write.set, write.tenantId, id, write.kind === 'insert' ? write.values : write.changes);
    const values = write.kind === 'insert' ? changes : { ...before?.values, ...changes };
    refuseUnfit(write, values);
    for (const name of write.set.type.alternateKeys) {
      if (values[name] === null || values[name] === undefined) continue;
      const taken = [...rows.values()].some((row) => row.id !== id && row.values[name] === values[name]);
      if (taken) throw new DomainError('conflict', `Another one has this ${name}.`, { target: name });
    }
    rows.set(id, { id, version: (before?.version ?? 0) + 1, values });
  }

  #sealed(set: EntitySet, tenantId: string, id: string, values: Values): Values {
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        if (!set.type.properties[name]?.isSecret || typeof value !== 'string') return [name, value];
        if (!this.sealer) throw new Error('A secret is written before the store has a sealer.');
        const context = `${tenantId}|${set.name}|${id}|${name}`;
        return [name, new Sealed(this.sealer.seal(value, context), context)];
      }),
    );
  }
}

/** @throws TypeError when a value can't be kept by any store */
function refuseUnfit(write: Write, values: Values): void {
  const table = tableOf(write.set);
  const columns = table.columns.filter(({ property }) => !property.isSecret);
  const sealer = { seal: () => new Uint8Array(), open: () => '' };
  encodeColumns({ table, tenantId: write.tenantId, id: rowId(write) }, columns, values, sealer);
}

function rowId(write: Write): string {
  return write.kind === 'update' ? write.before.id : write.id;
}

function toScalar(value: unknown, isInstant: boolean): Scalar {
  if (isInstant && typeof value === 'string') return parseDateTimeOffset(value)?.ticks ?? null;
  return typeof value === 'object' ? null : (value as Scalar);
}

function evaluate(expression: Expression, row: StoredEntity): Scalar {
  switch (expression.kind) {
    case 'literal':
      return toScalar(expression.value, expression.type.kind === 'instant');
    case 'property': {
      const name = expression.path[0] ?? '';
      return toScalar(name === 'id' ? row.id : row.values[name], expression.type.kind === 'instant');
    }
    default:
      throw new Error(`The memory store does not evaluate ${expression.kind} here.`);
  }
}

function holds(expression: Expression, row: StoredEntity): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.operands.every((operand) => holds(operand, row));
    case 'or':
      return expression.operands.some((operand) => holds(operand, row));
    case 'comparison': {
      const order = compare(evaluate(expression.left, row), evaluate(expression.right, row));
      return { eq: order === 0, ne: order !== 0, lt: order < 0, le: order <= 0, gt: order > 0, ge: order >= 0 }[
        expression.operator
      ];
    }
    case 'in':
      return expression.list.some((item) => compare(evaluate(expression.left, row), evaluate(item, row)) === 0);
    default:
      throw new Error(`The memory store does not filter by ${expression.kind}.`);
  }
}

/** Where the rows after a cursor begin; in the order of ids the row of the cursor need not be there. */
function behind(rows: readonly StoredEntity[], id: string, isOrdered: boolean): number {
  if (isOrdered) return rows.findIndex((row) => row.id === id) + 1;
  const start = rows.findIndex((row) => row.id > id);
  return start < 0 ? rows.length : start;
}

/** Nulls first. */
function compare(a: Scalar, b: Scalar): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
