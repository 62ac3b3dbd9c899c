import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entitySet, entityType, enumOf, enumType, INTERNAL, model, string } from '@open-remote-help/protocol';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { identitySets } from '../../access/identity-model.ts';
import { deviceSets } from '../../device/device-model.ts';
import { openDatabase } from './database.ts';

const folder = mkdtempSync(join(tmpdir(), 'remote-help-database-'));
afterAll(() => rmSync(folder, { recursive: true }));

const flags = enumType('flags', { first: 1, second: 2 }, { isFlags: true });
const options = { path: '', permissions: INTERNAL };
const lamps = entitySet('lamps', entityType('lamp', { name: string() }), options);
const newerLamps = entitySet('lamps', entityType('lamp', { name: string(), lit: enumOf(flags) }), options);

describe('openDatabase', () => {
  it('opens what it made, every set of the product in it', () => {
    const file = join(folder, 'twice.sqlite');
    const sets = [...model.sets, ...identitySets, ...deviceSets];
    openDatabase(file, sets).close();
    const db = openDatabase(file, sets);
    expect(db.prepare('SELECT count(*) FROM "ExtendRemoteHelpSessionResponse"').pluck().get()).toBe(0);
    db.close();
  });

  it('adds a column that the model has since, also where no member of its enumeration is 0', () => {
    const file = join(folder, 'newer.sqlite');
    const older = openDatabase(file, [lamps]);
    older.prepare(`INSERT INTO lamps ("@tenant", id, "@version", name) VALUES ('t', '1', 1, 'hall')`).run();
    older.close();
    const db = openDatabase(file, [newerLamps]);
    expect(db.prepare('SELECT name, lit FROM lamps').get()).toEqual({ name: 'hall', lit: 0 });
    db.close();
  });

  it('syncs the log at every commit', () => {
    const db = openDatabase(join(folder, 'durable.sqlite'), [lamps]);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    db.close();
  });

  it('refuses a database of a newer release, and leaves it closed', () => {
    const file = join(folder, 'future.sqlite');
    const future = new Database(file);
    future.pragma('user_version = 1000');
    future.close();
    expect(() => openDatabase(file, [lamps])).toThrow(/Use a newer release/);
  });
});
