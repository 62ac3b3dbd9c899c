/** The store on SQLite: reads and writes of one turn of the event loop share a transaction each. */
import { closeSync, openSync } from 'node:fs';
import type { EntitySet } from '@open-remote-help/protocol';
import type Database from 'better-sqlite3';
import { systemClock } from '../../clock.ts';
import type { EntityKey, Page, Query, Sealer, Store, StoredEntity, Unit, Values, Write } from '../../store/store.ts';
import { type Column, entityOfRow, type SqlValue, type Table, tableOf } from '../sql/columns.ts';
import { sqliteDialect } from '../sql/dialect.ts';
import { withKeys } from '../sql/fresh-keys.ts';
import { pageOfRows, purgeAll, purgeStatement } from '../sql/queries.ts';
import { changedColumns, checkWrites, encodeColumns, idOf, inSteps, isOfWhole, uniqueConflict } from '../sql/writes.ts';
import { asUnavailable, takenColumn } from './faults.ts';
import { GroupCommit } from './group-commit.ts';
import { type ListOptions, ListReader } from './list-reader.ts';
import { SharedReads } from './shared-reads.ts';
import { TableStatements } from './table-statements.ts';

export class SqliteStore implements Store {
  readonly #db: Database.Database;
  readonly #sealer: Sealer;
  readonly #groupCommit: GroupCommit;
  readonly #reads: SharedReads;
  readonly #tables = new Map<Table, TableStatements>();
  readonly #lists: ListReader;

  /** @param lists how lists and counts are read; within ten seconds unless told otherwise */
  constructor(db: Database.Database, sealer: Sealer, lists: Partial<ListOptions> = {}) {
    this.#db = db;
    this.#sealer = sealer;
    this.#groupCommit = new GroupCommit(db);
    this.#reads = new SharedReads(db);
    this.#lists = new ListReader(db, { clock: systemClock, limitMs: 10_000, ...lists });
  }

  transact<T>(unit: Unit<T>): Promise<T> {
    return withKeys(this.#sealer, () =>
      this.#groupCommit.run(
        () => {
          const rows = unit.reads.map((key) => this.#read(key));
          const decided = unit.decide(rows);
          checkWrites(decided.writes, rows);
          return { writes: inSteps(decided.writes), value: decided.value };
        },
        (step) => (step.length === 1 ? this.#write(step[0]) : this.#deleteAll(step)),
      ),
    );
  }

  get(key: EntityKey): Promise<StoredEntity | undefined> {
    return this.#reads.run(() => this.#read(key));
  }

  async query(query: Query): Promise<Page> {
    return this.#guarded(async () => pageOfRows(query, await this.#lists.page(query)));
  }

  async count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>): Promise<number> {
    return this.#guarded(() => this.#lists.count(query));
  }

  async purge(set: EntitySet, property: string, instant: string): Promise<number> {
    return purgeAll(purgeStatement(set, property, instant, sqliteDialect), ({ text, values }) =>
      this.#groupCommit.run(
        () => ({ writes: [], value: this.#db.prepare(text).run(...values).changes }),
        () => undefined,
      ),
    );
  }

  async ping(): Promise<void> {
    await this.#guarded(async () => this.#db.prepare('SELECT 1').get());
  }

  /** Copies the database to a new file, readable by its owner alone, while it is in use (sqlite.org/backup.html). */
  async backup(file: string): Promise<void> {
    closeSync(openSync(file, 'wx', 0o600));
    await this.#db.backup(file);
  }

  /** Settles what was accepted, but for costly lists, which are refused, then closes the file. */
  async close(): Promise<void> {
    this.#groupCommit.flush();
    this.#reads.flush();
    await this.#lists.close();
    this.#db.close();
  }

  #read(key: EntityKey): StoredEntity | undefined {
    const table = tableOf(key.set);
    const [column, value] = 'id' in key ? ['id', key.id] : [key.alternateKey, key.value];
    const row = this.#statementsOf(table).selectBy(column).get(key.tenantId, value) as unknown[] | undefined;
    return row && entityOfRow(table, key.tenantId, table.columns, row);
  }

  #write(write: Write): void {
    const table = tableOf(write.set);
    try {
      switch (write.kind) {
        case 'insert':
          this.#insert(table, write.tenantId, write.id, write.values);
          break;
        case 'update':
          this.#update(table, write.tenantId, write.before, write.changes);
          break;
        case 'delete':
          this.#statementsOf(table).delete.run(write.tenantId, write.id);
          break;
      }
    } catch (error) {
      const column = takenColumn(error);
      if (column === undefined) throw error;
      throw uniqueConflict(table, column);
    }
  }

  #deleteAll(writes: readonly [Write, ...Write[]]): void {
    const [{ set, tenantId }] = writes;
    this.#statementsOf(tableOf(set)).deleteAll.run(tenantId, JSON.stringify(writes.map(idOf)));
  }

  #insert(table: Table, tenantId: string, id: string, values: Values): void {
    const bound = encodeColumns({ table, tenantId, id }, table.columns, values, this.#sealer);
    this.#statementsOf(table).insert.run(tenantId, id, ...bound.map(bindable));
  }

  #update(table: Table, tenantId: string, { id, values }: StoredEntity, changes: Values): void {
    const changed = changedColumns(table, changes);
    if (changed.length === 0) return;
    const columns = alteredColumns(changed, values, changes);
    const bound = encodeColumns({ table, tenantId, id }, columns, changes, this.#sealer, values);
    this.#statementsOf(table)
      .updateOf(columns)
      .run(...bound.map(bindable), tenantId, id);
  }

  #statementsOf(table: Table): TableStatements {
    let statements = this.#tables.get(table);
    if (!statements) {
      statements = new TableStatements(this.#db, table);
      this.#tables.set(table, statements);
    }
    return statements;
  }

  async #guarded<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

/** SQLite has no boolean type. */
function bindable(value: unknown): SqlValue {
  return typeof value === 'boolean' ? Number(value) : (value as SqlValue);
}

/** The columns among `columns` whose value changes, and those of secrets: an index on any other need not be touched. */
function alteredColumns(columns: readonly Column[], before: Values, changes: Values): Column[] {
  return columns.filter(({ name, kind }) => isOfWhole(kind) || changes[name] !== before[name]);
}
