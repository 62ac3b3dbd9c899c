/** A full disk refuses writes and loses none that it acknowledged; with room again they succeed, without a restart. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { contractSets, Tenant, writing } from '../contracts/contract-sets.ts';
import { testSealer } from '../contracts/store-contract.ts';

const TOGETHER = 50;
const BALLAST_BYTES = 2 * 2 ** 20;

/** Somewhere that fills up, and how to make room again. */
interface SmallDisk {
  readonly name: string;
  /** Called once the database is open. */
  limit(db: Database.Database): void;
  makeRoom(db: Database.Database): void;
}

const folder = mkdtempSync(join(tmpdir(), 'remote-help-full-'));
const ballast = join(folder, 'ballast');
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]).status === 0;

/** A real file system, where this user may mount one; else SQLite's own limit, which answers with the same code. */
const disk: SmallDisk = isMounted
  ? {
      name: 'a file system of 4 MB',
      limit: () => writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES)),
      makeRoom: () => rmSync(ballast),
    }
  : {
      name: 'a database limited to 2 MB (no file system can be mounted here)',
      limit: (db) => db.pragma('max_page_count = 512'),
      makeRoom: (db) => db.pragma('max_page_count = 1073741823'),
    };

afterAll(() => {
  if (isMounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

describe(`on ${disk.name}`, () => {
  const file = join(folder, 'data.sqlite');
  const tenant = new Tenant();
  const acknowledged: string[] = [];
  const refusals: unknown[] = [];
  let db: Database.Database;
  let store: SqliteStore;
  let attempts = 0;

  beforeAll(() => {
    db = openDatabase(file, contractSets);
    disk.limit(db);
    store = new SqliteStore(db, testSealer());
  });

  afterAll(() => store?.close());

  /** Units of one commit, large enough to fill the disk in the middle of one. */
  async function writeTogether(): Promise<void> {
    await Promise.all(
      Array.from({ length: TOGETHER }, async () => {
        const id = String(attempts++).padStart(6, '0');
        try {
          await store.transact(writing(tenant.insert(id, { note: 'x'.repeat(1_500) }), tenant.record(id)));
          acknowledged.push(id);
        } catch (error) {
          refusals.push(error);
        }
      }),
    );
  }

  async function stored(): Promise<string[]> {
    const { entities } = await store.query(tenant.all());
    return entities.map(({ id }) => id);
  }

  it('writes are refused as unavailable once it is full', async () => {
    while (refusals.length < 3 * TOGETHER && attempts < 100 * TOGETHER) await writeTogether();
    expect(acknowledged.length).toBeGreaterThan(TOGETHER);
    expect(refusals.length).toBeGreaterThanOrEqual(3 * TOGETHER);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ code: 'unavailable', retryAfterSeconds: expect.any(Number) });
    }
    expect(statSync(file).size).toBeLessThan(4 * 2 ** 20);
  });

  it('reads go on, and show exactly what was acknowledged', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
    expect(await stored()).toEqual([...acknowledged].sort());
  });

  it('writes succeed again once there is room', async () => {
    refusals.length = 0;
    disk.makeRoom(db);
    await writeTogether();
    expect(refusals).toEqual([]);
    expect(await stored()).toEqual([...acknowledged].sort());
  });

  it('the file is sound, and holds all of it for the next start', async () => {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    await store.close();
    db = openDatabase(file, contractSets);
    store = new SqliteStore(db, testSealer());
    expect(await stored()).toEqual([...acknowledged].sort());
  });
});
