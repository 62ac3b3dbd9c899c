import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { History, readHistory } from './history.ts';
import { RecordedSharer } from './recorded-sharer.ts';
import { type Decision, EVERYTHING, type Notice, type Question, VIEW_ALONE } from './sharer.ts';

const clock = new ManualClock();
const HELPER = { userId: 'anna', name: 'Anna', mail: 'anna@example.org', organization: 'Example Corp' };
const QUESTION: Question = {
  ...{
    kind: 'session',
    sessionKey: 'rh_secret_key',
    helper: HELPER,
    helperSays: { reason: 'Your printer', ticket: null },
  },
  ...{ wants: EVERYTHING, until: clock.now() + 300_000, isUnattended: false },
};

let folder: string;
let path: string;
let files: { log: string; requests: string };
let history: History;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-'));
  path = join(folder, 'device.history.jsonl');
  files = { log: path, requests: join(folder, 'device.requests.jsonl') };
  history = new History(files);
});
afterEach(async () => {
  history.close();
  await rm(folder, { recursive: true });
});

const events = async () => (await readHistory(files)).records.map(({ event }) => event);

// DEV-33
describe('the history of a device', () => {
  it('is its owner’s alone, and in order', async () => {
    history.add({ event: 'came', name: 'Anna' }, clock.now(), 'rh_secret_key');
    history.add({ event: 'left', name: 'Anna' }, clock.now(), 'rh_secret_key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { records, unreadable } = await readHistory(files);
    expect([records.map(({ event }) => event), unreadable]).toEqual([['came', 'left'], 0]);
    expect(records[0]?.session).toMatch(/^[\da-f]{12}$/);
    expect(records[0]?.session).toBe(records[1]?.session);
  });

  it('is read past a line that was torn, and what comes after that is whole', async () => {
    history.add({ event: 'came', name: 'Anna' }, clock.now());
    history.close();
    await appendFile(path, '{"at":"2026-01-01T00:00:00.000Z","event":"le');
    expect(await readHistory(files)).toMatchObject({ records: [{ event: 'came' }], unreadable: 1 });
    history.add({ event: 'ended', reason: 'expired' }, clock.now());
    expect(await readHistory(files)).toMatchObject({ records: [{ event: 'came' }, { event: 'ended' }], unreadable: 1 });
  });

  it('keeps the latest parts, and no more', async () => {
    history = new History(files, 300);
    for (let index = 0; index < 40; index++) history.add({ event: 'came', name: `Helper ${index}` }, clock.now());
    expect((await readdir(folder)).sort()).toEqual(
      ['', '.1', '.2', '.3', '.4'].map((part) => `device.history.jsonl${part}`),
    );
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(300);
    const { records } = await readHistory(files);
    const names = records.map((record) => (record.event === 'came' ? Number(record.name.slice(7)) : -1));
    expect(names.at(-1)).toBe(39);
    expect(names).toEqual(names.map((_, index) => 40 - names.length + index));
  });

  it('starts empty', async () => expect(await readHistory(files)).toEqual({ records: [], unreadable: 0 }));
});

// DEV-33
describe('what is kept', () => {
  const notices: Notice[] = [];
  const sharer = (decision: Decision) => {
    notices.length = 0;
    const inner = { decide: async () => decision, notice: (notice: Notice) => notices.push(notice) };
    return new RecordedSharer(inner, history, clock);
  };
  const never = new AbortController().signal;
  const yes: Decision = { kind: 'accept', grants: VIEW_ALONE };
  const no: Decision = { kind: 'decline', isReported: false };

  it('names who asked, in which words, what was allowed, who came, and how it ended; no secret and no chat', async () => {
    const recorded = sharer(yes);
    expect(await recorded.decide(QUESTION, never)).toEqual(yes);
    recorded.notice({ kind: 'began', helper: HELPER, grants: VIEW_ALONE, expiresAt: 0 });
    recorded.notice({ kind: 'looking', userId: 'anna', name: 'Anna', isLooking: true });
    recorded.notice({ kind: 'chat', name: 'Anna', text: 'the password is' });
    recorded.notice({ kind: 'presence', userId: 'anna', name: 'Anna', isPresent: false });
    recorded.notice({ kind: 'ended', reason: 'endedByHelper' });
    expect(await events()).toEqual(['asked', 'allowed', 'began', 'looked', 'left', 'ended']);
    for (const file of [files.log, files.requests]) {
      const text = await readFile(file, 'utf8');
      expect(text).toContain('"reason":"Your printer"');
      expect(text).not.toMatch(/rh_secret_key|password/);
    }
    expect(new Set((await readHistory(files)).records.map(({ session }) => session)).size).toBe(1);
    expect(notices).toHaveLength(5);
  });

  it.each<[string, Decision, unknown]>([
    ['a no', no, { event: 'declined', how: 'byPerson' }],
    ['a report', { kind: 'decline', isReported: true }, { event: 'declined', how: 'reported' }],
  ])('tells %s', async (_what, decision, record) => {
    await sharer(decision).decide(QUESTION, never);
    expect((await readHistory(files)).records[1]).toMatchObject(record as object);
  });

  it.each<[string, boolean, unknown]>([
    ['answered', false, { event: 'declined', how: 'bySilence' }],
    ['answered', true, { event: 'allowed', grants: EVERYTHING }],
    ['closed', false, { event: 'declined', how: 'switchedOff' }],
    ['timedOut', false, { event: 'withdrawn', why: 'timedOut' }],
    ['byServer', true, { event: 'withdrawn', why: 'byServer' }],
  ])('tells a question without an answer: %s, unattended %s', async (reason, isUnattended, record) => {
    await sharer(no).decide({ ...QUESTION, isUnattended }, AbortSignal.abort(reason));
    expect((await readHistory(files)).records[1]).toMatchObject(record as object);
  });

  it('names the session that is on, also when another one is asked for, and let in', async () => {
    const recorded = sharer(yes);
    await recorded.decide(QUESTION, never);
    recorded.notice({ kind: 'began', helper: HELPER, grants: VIEW_ALONE, expiresAt: 0 });
    clock.advanceBy(1);
    await recorded.decide({ ...QUESTION, sessionKey: 'rh_other' }, never);
    recorded.notice({ kind: 'presence', userId: 'anna', name: 'Anna', isPresent: false });
    recorded.notice({ kind: 'ended', reason: 'endedBySharer' });
    recorded.notice({ kind: 'began', helper: HELPER, grants: VIEW_ALONE, expiresAt: 0 });
    recorded.notice({ kind: 'ended', reason: 'endedByHelper' });
    const { records } = await readHistory(files);
    const [first, other] = [records[0]?.session, records.at(-1)?.session];
    expect(first).not.toBe(other);
    expect(records.map(({ event, session }) => `${event} ${session === first ? 1 : 2}`).toSorted()).toEqual([
      'allowed 1',
      'allowed 2',
      'asked 1',
      'asked 2',
      'began 1',
      'began 2',
      'ended 1',
      'ended 2',
      'left 1',
    ]);
  });

  it('a helper who comes in unattended is let in only once that is written down', async () => {
    const unattended = { ...QUESTION, isUnattended: true };
    const isKept = vi.spyOn(history, 'add').mockImplementationOnce(() => undefined);
    isKept.mockImplementation(() => {
      throw new Error('The disk is full.');
    });
    await expect(sharer(no).decide(unattended, AbortSignal.abort('answered'))).rejects.toThrow('not written down');
  });

  it('tells who was refused because nobody may come in unattended', async () => {
    sharer(no).notice({ kind: 'refusedUnattended', helper: HELPER });
    expect((await readHistory(files)).records).toMatchObject([{ event: 'refused', helper: HELPER }]);
  });

  it('what cannot be kept is not allowed', async () => {
    history = new History({ log: join(folder, 'missing', 'h'), requests: join(folder, 'missing', 'r') });
    expect(await sharer(yes).decide(QUESTION, never)).toEqual(no);
    expect(notices).toMatchObject([{ kind: 'failed', what: 'The history on this device cannot be written' }]);
  });
});

// DEV-33
describe('a server that floods a device', () => {
  const HOUR = 3_600_000;
  const HOURS = 3;
  const quiet = {
    decide: async (): Promise<Decision> => ({ kind: 'decline', isReported: false }),
    notice: () => undefined,
  };
  /** As long as the protocol lets it. */
  const stranger = { userId: 'x', name: 'x'.repeat(256), mail: 'y'.repeat(320), organization: 'z'.repeat(256) };

  it('with requests pushes no session out, fills no disk, and says no more than is worth reading', async () => {
    history = new History(files, 20_000);
    const shown: Notice[] = [];
    const recorded = new RecordedSharer({ ...quiet, notice: (notice) => shown.push(notice) }, history, clock);
    recorded.notice({ kind: 'began', helper: HELPER, grants: VIEW_ALONE, expiresAt: 0 });
    recorded.notice({ kind: 'ended', reason: 'endedByHelper' });
    shown.length = 0;
    for (let hour = 0; hour < HOURS; hour++) {
      for (let index = 0; index < 200; index++) {
        await recorded.decide(
          { ...QUESTION, sessionKey: `${hour}-${index}`, helper: stranger },
          AbortSignal.abort('byServer'),
        );
        recorded.notice({ kind: 'refusedUnattended', helper: stranger });
        recorded.notice({ kind: 'failed', what: 'The server said what cannot be understood', why: 'x' });
      }
      clock.advanceBy(HOUR);
    }
    recorded.close();
    const { records } = await readHistory(files);
    const count = (event: string) => records.filter((record) => record.event === event).length;
    expect([count('began'), count('ended')]).toEqual([1, 1]);
    expect((await readdir(folder)).filter((name) => name.includes('requests'))).toHaveLength(5);
    expect(records.at(-1)).toMatchObject({ counts: { asked: 170, withdrawn: 170, refused: 170, failed: 170 } });
    expect(shown).toHaveLength(HOURS * 60);
    expect((await stat(files.log)).size).toBeLessThan(1_000);
  });

  it('or a helper, during a session, is counted, and leaves its beginning and end to be read', async () => {
    const recorded = new RecordedSharer(quiet, history, clock);
    recorded.notice({ kind: 'began', helper: HELPER, grants: VIEW_ALONE, expiresAt: 0 });
    for (let index = 0; index < 500; index++) {
      recorded.notice({ kind: 'looking', userId: 'anna', name: 'Anna', isLooking: true });
      recorded.notice({ kind: 'looking', userId: 'anna', name: 'Anna', isLooking: false });
    }
    recorded.notice({ kind: 'granted', grants: VIEW_ALONE });
    recorded.notice({ kind: 'ended', reason: 'endedByHelper' });
    const { records } = await readHistory(files);
    expect(records).toHaveLength(1 + 200 + 1 + 2);
    expect(records.slice(-3)).toMatchObject([
      { event: 'grants' },
      { event: 'gathered', counts: { looked: 400, lookedAway: 400 } },
      { event: 'ended' },
    ]);
  });
});
