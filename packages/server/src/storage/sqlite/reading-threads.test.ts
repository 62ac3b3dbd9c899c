import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ManualClock } from '@open-remote-help/testkit';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReadJob } from './read-job.ts';
import { type ReadingOptions, ReadingThreads } from './reading-threads.ts';

const LIMIT_MS = 10_000;

let folder: string;
let file: string;
let db: Database.Database;
let clock: ManualClock;
let opened: ReadingThreads[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remote-help-reading-'));
  file = join(folder, 'data.sqlite');
  db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('first')");
  clock = new ManualClock();
  opened = [];
});
afterEach(async () => {
  for (const threads of opened) await threads.close();
  db.close();
  rmSync(folder, { recursive: true });
});

function open(options: Partial<ReadingOptions> = {}): ReadingThreads {
  const threads = new ReadingThreads(file, { clock, limitMs: LIMIT_MS, mayBegin: () => true, ...options });
  opened.push(threads);
  return threads;
}

function jobOf(text: string, ...values: unknown[]): ReadJob {
  return { attempts: [{ text, values }], enough: 1 };
}

const COUNT = jobOf('SELECT count(*) FROM notes');
/** Goes on for ever, unless it is given up. */
const ENDLESS = jobOf(
  'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE goes_on()) SELECT count(*) FROM c',
);
const TOO_COSTLY = { code: 'tooCostly', message: expect.stringContaining('10 seconds') };
const UNAVAILABLE = { code: 'unavailable', retryAfterSeconds: 5 };

describe('reading threads', () => {
  it('are started by the first read, not before', async () => {
    const threads = open({ program: pathToFileURL(join(folder, 'no-program.mjs')) });
    await threads.close();
    await expect(open({ program: pathToFileURL(join(folder, 'no-program.mjs')) }).run('ours', COUNT)).rejects.toThrow(
      'no-program.mjs',
    );
  });

  it('see every write that was committed before', async () => {
    const threads = open();
    const insert = db.prepare("INSERT INTO notes VALUES ('next')");
    for (let count = 2; count <= 100; count++) {
      insert.run();
      expect(await threads.run('ours', COUNT)).toEqual([[count]]);
    }
  });

  it('take and give values of every kind', async () => {
    const values = [9_007_199_254_740_991n, -1.5, 'a😀', null, Buffer.from([0, 255])];
    const [row] = await open().run('ours', jobOf('SELECT CAST(? AS TEXT), ?, ?, ?, ?', ...values));
    expect(row).toEqual(['9007199254740991', -1.5, 'a😀', null, new Uint8Array([0, 255])]);
  });

  it('write nothing', async () => {
    const job = jobOf("INSERT INTO notes VALUES ('x') RETURNING text");
    await expect(open().run('ours', job)).rejects.toMatchObject({ code: 'unavailable' });
    expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(1);
  });

  it('go on after a statement that fails', async () => {
    const threads = open();
    await expect(threads.run('ours', jobOf('SELECT absent'))).rejects.toThrow('no such column: absent');
    expect(await threads.run('ours', COUNT)).toEqual([[1]]);
  });

  it('give up what takes too long, and then read on', async () => {
    const threads = open();
    await threads.run('ours', COUNT);
    for (let repeat = 0; repeat < 3; repeat++) {
      const endless = threads.run('ours', ENDLESS);
      // Another tenant's answer comes by the other thread: the first is at work by then.
      await threads.run('theirs', COUNT);
      clock.advanceBy(LIMIT_MS);
      await expect(endless).rejects.toMatchObject(TOO_COSTLY);
      expect(await threads.run('ours', COUNT)).toEqual([[1]]);
    }
    expect(clock.pending).toBe(0);
  });

  it('give up within the limit, not before', async () => {
    const threads = open();
    const endless = threads.run('ours', ENDLESS);
    const outcome = expect(endless).rejects.toMatchObject(TOO_COSTLY);
    clock.advanceBy(LIMIT_MS - 1);
    expect(clock.pending).toBe(1);
    clock.advanceBy(1);
    await outcome;
  });

  it('serve another tenant while one lets many reads wait', async () => {
    const threads = open();
    const ours = Array.from({ length: 20 }, () => threads.run('ours', ENDLESS));
    const outcomes = Promise.allSettled(ours);
    for (let repeat = 0; repeat < 5; repeat++) expect(await threads.run('theirs', COUNT)).toEqual([[1]]);
    clock.advanceBy(LIMIT_MS);
    const [running, ...waiting] = await outcomes;
    expect(running).toMatchObject({ status: 'rejected', reason: TOO_COSTLY });
    for (const outcome of waiting) expect(outcome).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
  });

  it('refuse what finds no place to wait', async () => {
    const threads = open({ bounds: { ofTenant: 1, inAll: 2 } });
    const accepted = ['a', 'b', 'a', 'c'].map((tenantId) => threads.run(tenantId, ENDLESS));
    const outcomes = Promise.allSettled(accepted);
    await expect(threads.run('a', COUNT)).rejects.toMatchObject({ code: 'tooManyRequests', retryAfterSeconds: 5 });
    await expect(threads.run('d', COUNT)).rejects.toMatchObject(UNAVAILABLE);
    clock.advanceBy(LIMIT_MS);
    await outcomes;
    expect(await threads.run('a', COUNT)).toEqual([[1]]);
  });

  it('begin no read that has to be put off until the others are through', async () => {
    let isPutOff = false;
    const threads = open({ mayBegin: (isAlone) => isAlone || !isPutOff });
    const endless = expect(threads.run('ours', ENDLESS)).rejects.toMatchObject(TOO_COSTLY);
    clock.advanceBy(LIMIT_MS / 2);
    isPutOff = true;
    const theirs = threads.run('theirs', COUNT);
    // Half of the limit is left to the first; the second waits for it, and is read then.
    clock.advanceBy(LIMIT_MS / 2);
    await endless;
    expect(await theirs).toEqual([[1]]);
  });
});

describe('a reading thread that ends', () => {
  /** A program that ends in one way or another where the job says so. */
  function programOf(): URL {
    const path = join(folder, 'program.mjs');
    writeFileSync(
      path,
      `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ job: { attempts: [{ text }] } }) => {
        if (text === 'throw') throw new Error('thrown');
        if (text === 'exit') process.exit(1);
        parentPort.postMessage({ rows: [[text]] });
      });`,
    );
    return pathToFileURL(path);
  }

  it.each([
    ['throw', 'thrown'],
    ['exit', 'The reading thread ended.'],
  ])('by %s fails the read at hand alone', async (way, message) => {
    const threads = new ReadingThreads(file, { clock, limitMs: LIMIT_MS, mayBegin: () => true, program: programOf() });
    const reads = [way, 'a', way, 'b'].map((text) => threads.run('ours', jobOf(text)));
    const outcomes = await Promise.allSettled(reads);
    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    ).toEqual([message, [['a']], message, [['b']]]);
    expect(clock.pending).toBe(0);
  });

  it('because the database cannot be opened refuses the read, which may succeed later', async () => {
    const threads = new ReadingThreads(join(folder, 'none.sqlite'), {
      clock,
      limitMs: LIMIT_MS,
      mayBegin: () => true,
    });
    await expect(threads.run('ours', COUNT)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('closing', () => {
  it('gives up what runs and what waits, and leaves nothing open', async () => {
    const threads = open();
    const reads = [threads.run('a', ENDLESS), threads.run('b', ENDLESS), threads.run('a', COUNT)];
    const outcomes = Promise.allSettled(reads);
    await threads.close();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: UNAVAILABLE });
    expect(clock.pending).toBe(0);
    db.pragma('locking_mode = EXCLUSIVE');
    // Refused while any other connection is open.
    db.exec('BEGIN EXCLUSIVE; COMMIT');
  });
});
