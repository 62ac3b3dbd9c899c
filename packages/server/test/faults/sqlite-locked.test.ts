/** Another process on the same file: both see what either wrote, and a lock that stays is a refusal that passes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { contractSets, Tenant, writing } from '../contracts/contract-sets.ts';
import { testSealer } from '../contracts/store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'remote-help-locked-'));
const file = join(folder, 'data.sqlite');
const sealer = testSealer();
const opened: SqliteStore[] = [];

/** A store that gives up on a lock almost at once. */
function open(): SqliteStore {
  const db = openDatabase(file, contractSets);
  db.pragma('busy_timeout = 20');
  const store = new SqliteStore(db, sealer);
  opened.push(store);
  return store;
}

let ours: SqliteStore;
let theirs: SqliteStore;

beforeAll(() => {
  ours = open();
  theirs = open();
});

afterAll(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true });
});

it('two stores on one file see what the other wrote, and count on together', async () => {
  const tenant = new Tenant();
  await ours.transact(writing(tenant.insert('1', { size: 0 })));
  for (const store of [theirs, ours, theirs, ours]) {
    await store.transact(tenant.changing(tenant.byId('1'), ({ values }) => ({ size: (values.size as number) + 1 })));
  }
  expect(await theirs.get(tenant.byId('1'))).toMatchObject({ version: 5, values: { size: 4 } });
});

it('a lock that stays refuses writes as unavailable and lets reads go on; once it is gone writes succeed', async () => {
  const tenant = new Tenant();
  await ours.transact(writing(tenant.insert('1')));
  const other = new Database(file);
  other.exec('BEGIN IMMEDIATE');
  const outcomes = await Promise.allSettled([
    ours.transact(writing(tenant.insert('2'))),
    ours.transact(writing(tenant.insert('3'))),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ reason: { code: 'unavailable', retryAfterSeconds: expect.any(Number) } });
  }
  expect(await ours.count(tenant.all())).toBe(1);
  other.exec('ROLLBACK');
  other.close();
  await ours.transact(writing(tenant.insert('2')));
  expect(await theirs.count(tenant.all())).toBe(2);
});

it('closing settles what was accepted', async () => {
  const tenant = new Tenant();
  const store = open();
  const accepted = store.transact(writing(tenant.insert('1')));
  const closed = store.close();
  await accepted;
  await closed;
  expect(await ours.count(tenant.all())).toBe(1);
});
