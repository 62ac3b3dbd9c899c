import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mayRead } from './write-ahead-log.ts';

const LONG = 50;

let folder: string;
let db: Database.Database;
let readers: Database.Database[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remote-help-log-'));
  db = new Database(join(folder, 'data.sqlite'));
  db.pragma('journal_mode = WAL');
  db.pragma('wal_autocheckpoint = 10');
  db.exec('CREATE TABLE notes (text TEXT)');
  readers = Array.from({ length: 2 }, () => new Database(join(folder, 'data.sqlite'), { readonly: true }));
});
afterEach(() => {
  for (const reader of readers) reader.close();
  db.close();
  rmSync(folder, { recursive: true });
});

/** Commits so many pages. */
function write(pages: number): void {
  const insert = db.prepare('INSERT INTO notes VALUES (zeroblob(3000))');
  for (let page = 0; page < pages; page++) insert.run();
}

function pagesInLog(): number {
  return (db.pragma('wal_checkpoint(NOOP)') as [{ log: number }])[0].log;
}

/** Begins a read that goes on until told to end. */
function beginRead(reader: Database.Database): () => void {
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM notes').get();
  return () => reader.exec('COMMIT');
}

it('a read begins at once while the log is short', () => {
  expect(mayRead(db, false, LONG)).toBe(true);
  write(5);
  expect(mayRead(db, false, LONG)).toBe(true);
});

it('a read begins whatever the log is while a transaction is open', () => {
  write(2 * LONG);
  db.exec('BEGIN');
  expect(mayRead(db, true, LONG)).toBe(true);
  db.exec('COMMIT');
});

it('a read begins where the log cannot be asked for: it fails by itself', () => {
  const closed = new Database(':memory:');
  closed.close();
  expect(mayRead(closed, true, LONG)).toBe(true);
});

it('one that would follow others is put off while the log is long', () => {
  const end = beginRead(readers[0] as Database.Database);
  write(LONG);
  expect(mayRead(db, false, LONG)).toBe(false);
  end();
  expect(mayRead(db, true, LONG)).toBe(true);
});

it('the log stays bounded under reads that follow each other without a pause', () => {
  let end = beginRead(readers[0] as Database.Database);
  for (let turn = 1; turn <= 20; turn++) {
    write(20);
    end();
    expect(mayRead(db, true, LONG)).toBe(true);
    end = beginRead(readers[turn % 2] as Database.Database);
  }
  expect(pagesInLog()).toBeLessThan(4 * LONG);
  end();
});

it('it would not, were the log not written back between them', () => {
  let end = beginRead(readers[0] as Database.Database);
  for (let turn = 1; turn <= 20; turn++) {
    write(20);
    end();
    end = beginRead(readers[turn % 2] as Database.Database);
  }
  expect(pagesInLog()).toBeGreaterThan(8 * LONG);
  end();
});
