/**
 * The least that keeps the records durably in SQLite: the product's columns, indexes and pragmas, prepared statements,
 * and a group commit without savepoints. What the bare servers share.
 */
import Database from 'better-sqlite3';
import { idOf, type Members, membersOf, TENANT, valuesOf } from '../records.ts';

const SCHEMA = `
  CREATE TABLE record (
    tenant TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sessionKey TEXT, acsHelperUserToken TEXT,
    pubSubHelperAccessUri TEXT, sessionExpirationDateTime TEXT, ticks INTEGER, "offset" INTEGER,
    PRIMARY KEY (tenant, id));
  CREATE UNIQUE INDEX record_sessionKey ON record (tenant, sessionKey);`;

const CHANGE = `UPDATE record SET sessionKey = ?, acsHelperUserToken = ?, pubSubHelperAccessUri = ?,
  sessionExpirationDateTime = ?, ticks = ?, "offset" = 0, version = version + 1
  WHERE tenant = ? AND id = ?
  RETURNING id, version, sessionKey, acsHelperUserToken, pubSubHelperAccessUri, sessionExpirationDateTime`;
const READ = `SELECT id, version, sessionKey, acsHelperUserToken, pubSubHelperAccessUri, sessionExpirationDateTime
  FROM record WHERE tenant = ? AND id = ?`;

type Row = Readonly<Record<string, unknown>> | undefined;

export class BareStore {
  readonly #db: Database.Database;
  readonly #change: Database.Statement;
  readonly #read: Database.Statement;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  #waiting: { id: string; members: Members; answer: (row: Row) => void }[] = [];

  constructor(file: string) {
    this.#db = openDurably(file);
    this.#change = this.#db.prepare(CHANGE);
    this.#read = this.#db.prepare(READ);
    this.#begin = this.#db.prepare('BEGIN IMMEDIATE');
    this.#commit = this.#db.prepare('COMMIT');
  }

  /** Makes the file, with the records 0 to `records` - 1. */
  static seed(file: string, records: number): void {
    const db = openDurably(file);
    db.exec(SCHEMA);
    const insert = db.prepare('INSERT INTO record VALUES (?, ?, 1, ?, ?, ?, ?, ?, 0)');
    db.transaction(() => {
      for (let index = 0; index < records; index++) {
        const members = membersOf(index, 0);
        insert.run(TENANT, idOf(index), ...valuesOf(members));
      }
    })();
    db.close();
  }

  read(id: string): Row {
    return this.#read.get(TENANT, id) as Row;
  }

  /** One durable UPDATE. */
  change(id: string, members: Members): Row {
    return this.#change.get(...valuesOf(members), TENANT, id) as Row;
  }

  /** An UPDATE in a transaction with those that arrive meanwhile; answers after its COMMIT. */
  changeGrouped(id: string, members: Members, answer: (row: Row) => void): void {
    this.#waiting.push({ id, members, answer });
    if (this.#waiting.length === 1) this.#gather(0, 8);
  }

  /** As the product gathers: until a turn of the event loop brings no more, for eight turns at most. */
  #gather(seen: number, turnsLeft: number): void {
    setImmediate(() => {
      const { length } = this.#waiting;
      if (length > seen && turnsLeft > 0) this.#gather(length, turnsLeft - 1);
      else this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#begin.run();
    const rows = batch.map(({ id, members }) => this.change(id, members));
    this.#commit.run();
    for (const [index, { answer }] of batch.entries()) answer(rows[index]);
  }
}

function openDurably(file: string): Database.Database {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('wal_autocheckpoint = 4000');
  return db;
}
