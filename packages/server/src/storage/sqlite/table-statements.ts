/** The statements of one table, each prepared when it is first used. */
import type Database from 'better-sqlite3';
import { type Column, quote, selectedColumns, type Table, TENANT, VERSION, writtenColumns } from '../sql/columns.ts';

const KEY = `${quote(TENANT)} = ? AND "id" = ?`;

export class TableStatements {
  readonly #db: Database.Database;
  readonly #table: Table;
  readonly #selects = new Map<string, Database.Statement>();
  readonly #updates = new Map<string, Database.Statement>();
  #insert: Database.Statement | undefined;
  #delete: Database.Statement | undefined;
  #deleteAll: Database.Statement | undefined;

  constructor(db: Database.Database, table: Table) {
    this.#db = db;
    this.#table = table;
  }

  /** Reads `id, version, …columns` as an array. Binds tenant, then the value of the column, which is unique. */
  selectBy(column: string): Database.Statement {
    let statement = this.#selects.get(column);
    if (!statement) {
      const names = ['id', VERSION, ...selectedColumns(this.#table).map(({ name }) => name)].map(quote);
      const where = `${quote(TENANT)} = ? AND ${quote(column)} = ?`;
      statement = this.#db.prepare(`SELECT ${names.join(', ')} FROM ${this.#name} WHERE ${where}`).raw();
      this.#selects.set(column, statement);
    }
    return statement;
  }

  /** Binds tenant, id, then the values of every column. */
  get insert(): Database.Statement {
    if (!this.#insert) {
      const names = [TENANT, 'id', ...this.#table.columns.flatMap(writtenColumns)];
      const places = names.map(() => '?').join(', ');
      const into = [...names, VERSION].map(quote).join(', ');
      this.#insert = this.#db.prepare(`INSERT INTO ${this.#name} (${into}) VALUES (${places}, 1)`);
    }
    return this.#insert;
  }

  /** Counts the version up. Binds the values of the columns, then tenant and id. */
  updateOf(columns: readonly Column[]): Database.Statement {
    const key = columns.map(({ name }) => name).join();
    let statement = this.#updates.get(key);
    if (!statement) {
      if (this.#updates.size >= MOST_UPDATES) this.#updates.clear();
      const assignments = columns.flatMap(writtenColumns).map((name) => `${quote(name)} = ?`);
      const version = `${quote(VERSION)} = ${quote(VERSION)} + 1`;
      statement = this.#db.prepare(`UPDATE ${this.#name} SET ${[...assignments, version].join(', ')} WHERE ${KEY}`);
      this.#updates.set(key, statement);
    }
    return statement;
  }

  /** Binds tenant and id. */
  get delete(): Database.Statement {
    this.#delete ??= this.#db.prepare(`DELETE FROM ${this.#name} WHERE ${KEY}`);
    return this.#delete;
  }

  /** Binds tenant and a JSON array of ids. */
  get deleteAll(): Database.Statement {
    this.#deleteAll ??= this.#db.prepare(
      `DELETE FROM ${this.#name} WHERE ${quote(TENANT)} = ? AND "id" IN (SELECT value FROM json_each(?))`,
    );
    return this.#deleteAll;
  }

  get #name(): string {
    return quote(this.#table.name);
  }
}

/** Kept for a table; changed columns combine without end. */
const MOST_UPDATES = 200;
