/** The device's decisions, with a server and a hub that are moved by hand. */
import type { SessionGrants } from '@open-remote-help/protocol/events';
import { webCryptoPort } from '@open-remote-help/protocol/events';
import type { SocketListener } from '@open-remote-help/protocol/realtime';
import { ManualClock } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { toIsoText as text } from '../../server/src/clock.ts';
import { Device, type DeviceOptions, type DeviceSettings } from './device.ts';
import { DeviceError } from './device-error.ts';
import { deviceSigner, newDeviceKey } from './device-key.ts';
import type { JoinedSession, SessionServer } from './device-server.ts';
import { FREEZE_BEFORE_QUESTION_MS, UNATTENDED_NOTICE_MS } from './put-question.ts';
import { ScreenError } from './screen/screen-source.ts';
import type { RememberedSession } from './session-memory.ts';
import { type Decision, EVERYTHING, NOTHING, type Notice, type Question, VIEW_ALONE } from './sharer.ts';

const KEY = 'rh_key';
const MINUTE = 60_000;
const HELPER = { userId: 'anna', name: 'Anna', mail: 'anna@example.org', organization: 'Example Corp' };
const BEN = { ...HELPER, userId: 'ben', name: 'Ben', mail: 'ben@example.org' };
const SAYS = { reason: null, ticket: null };

let clock: ManualClock;
let calls: string[];
let sockets: { readonly url: string; readonly listener: SocketListener }[];
let asked: { readonly question: Question; readonly signal: AbortSignal; answer(decision: Decision): void }[];
let notices: Notice[];
let device: Device;
let joinedAs: JoinedSession['state'];
/** Refusals of the server by route, taken one by one. */
let refusals: Record<string, DeviceError[]>;

beforeEach(() => {
  clock = new ManualClock();
  [calls, sockets, asked, notices, refusals] = [[], [], [], [], {}];
  joinedAs = 'requested';
});

function server(): SessionServer {
  const call = async (name: string, ...words: unknown[]) => {
    calls.push([name, ...words].join(' '));
    const refusal = refusals[name]?.shift();
    if (refusal) throw refusal;
  };
  return {
    local: (instant) => instant,
    standingUri: async () => 'ws://hub/standing',
    join: async (): Promise<JoinedSession> => {
      await call('join');
      const [pubSubGroupId, pubSubSharerAccessUri] = ['group', 'ws://hub/session'];
      const expiry = { sessionExpirationDateTime: text(clock.now() + 60 * MINUTE) };
      const keys = { pubSubGroupId, pubSubSharerAccessUri, connections: [], isChatBlocked: false };
      return { state: joinedAs, ...keys, ...expiry };
    },
    accept: (_, grants, promptId) => call('accept', namesOf(grants), promptId ?? ''),
    decline: (_, isReported) => call('decline', isReported ? 'reported' : ''),
    narrow: (_, grants) => call('narrow', namesOf(grants)),
    openRelay: (_, relayId) => Promise.reject(new DeviceError('gone', relayId)),
    stop: () => call('stop'),
  };
}

function namesOf(grants: SessionGrants): string {
  return Object.entries(grants)
    .flatMap(([name, isGranted]) => (isGranted ? [name] : []))
    .join(',');
}

async function on(settings: Partial<DeviceSettings> = {}, more: Partial<DeviceOptions> = {}): Promise<void> {
  const key = newDeviceKey();
  device = new Device({
    ...{ server: server(), clock, signer: deviceSigner(key), crypto: webCryptoPort(globalThis.crypto) },
    openSocket: (url, _, listener) => {
      sockets.push({ url, listener });
      return { send: () => undefined, close: () => undefined };
    },
    sharer: {
      decide: (question, signal) =>
        new Promise((resolve) => {
          asked.push({ question, signal, answer: resolve });
          // Others say themselves when it is off the screen.
          const away = () => signal.reason === 'answered' && resolve({ kind: 'decline', isReported: false });
          signal.addEventListener('abort', away);
        }),
      notice: (notice) => notices.push(notice),
    },
    settings: { isUnattendedAllowed: false, ceiling: EVERYTHING, longestSessionMs: 8 * 60 * MINUTE, ...settings },
    ...more,
  });
  void device.run();
  await settle();
  connect();
}

/** The latest socket is let in. */
function connect(): void {
  say({ type: 'system', event: 'connected', connectionId: `c${sockets.length}`, reconnectionToken: 't' });
}

function say(frame: object, socket = sockets.at(-1)): void {
  socket?.listener.message(JSON.stringify(frame));
}

let sequenceId = 0;
function tell(event: object, socket = sockets.at(-1)): void {
  sequenceId += 1;
  const data = { version: 1, sessionKey: KEY, revision: 1, ...event };
  say({ type: 'message', from: 'server', sequenceId, data }, socket);
}

function request(sessionType = 'takeFullControl'): void {
  const until = text(clock.now() + 5 * MINUTE);
  tell({ event: 'requested', sessionType, helper: HELPER, helperSays: SAYS, until }, sockets[0]);
}

/** Lets promises go on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const kinds = () => notices.map(({ kind }) => kind);
const accepted = (grants: SessionGrants): Decision => ({ kind: 'accept', grants });

async function accept(grants: SessionGrants): Promise<void> {
  await settle();
  asked.at(-1)?.answer(accepted(grants));
  await settle();
  connect();
  tell({ event: 'policy', blockChat: false });
  await settle();
}

describe('a device that is asked', () => {
  // DEV-26
  it('puts the question once, however often it is told, and says no when the person does', async () => {
    await on();
    request();
    request();
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]?.answer({ kind: 'decline', isReported: true });
    await settle();
    expect(calls).toEqual(['decline reported']);
    expect(sockets).toHaveLength(1);
  });

  // DEV-26
  it('grants nothing to silence: the question is taken away at its deadline', async () => {
    await on();
    request();
    await settle();
    clock.advanceBy(5 * MINUTE - 1);
    expect(asked[0]?.signal.aborted).toBe(false);
    clock.advanceBy(1);
    expect(asked[0]?.signal.aborted).toBe(true);
    asked[0]?.answer(accepted(EVERYTHING));
    await settle();
    expect(calls).toEqual([]);
    expect(notices.at(-1)).toEqual({ kind: 'withdrawn', why: 'timedOut' });
  });

  // DEV-26
  it('declines by itself after the time that is set on it', async () => {
    await on({ answerWithinMs: 10_000 });
    request();
    await settle();
    clock.advanceBy(10_000);
    await settle();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(calls).toEqual(['decline ']);
  });

  it('takes the question away when the helper takes it back', async () => {
    await on();
    request();
    await settle();
    tell({ event: 'ended', reason: 'cancelled' });
    asked[0]?.answer(accepted(EVERYTHING));
    await settle();
    expect([calls, notices.at(-1)]).toEqual([[], { kind: 'withdrawn', why: 'byServer' }]);
  });

  // DEV-28
  it('is in before it says yes, grants what the person chose, and no more than was asked', async () => {
    await on();
    request('viewScreen');
    await settle();
    asked[0]?.answer(accepted(EVERYTHING));
    await settle();
    connect();
    await settle();
    expect(calls).toEqual(['join']);
    tell({ event: 'policy', blockChat: false });
    await settle();
    expect(calls).toEqual(['join', 'accept view ']);
    expect(kinds()).toEqual(['online', 'began']);
    expect(device.session?.grants).toEqual(VIEW_ALONE);
  });

  // DEV-28
  it('says no when its own connection cannot be opened', async () => {
    await on();
    request();
    await settle();
    asked[0]?.answer(accepted(EVERYTHING));
    await settle();
    clock.advanceBy(20_000);
    await settle();
    expect(calls.filter((call) => call.startsWith('accept'))).toEqual([]);
    expect(device.session).toBeUndefined();
    expect(kinds()).toContain('failed');
  });

  // DEV-27
  it('never grants more than its own ceiling, whatever is answered', async () => {
    await on({ ceiling: VIEW_ALONE });
    request();
    await settle();
    expect(asked[0]?.question.wants).toEqual(VIEW_ALONE);
    await accept(EVERYTHING);
    expect(calls).toContain('accept view ');
  });
});

// DEV-42
describe('a server that asks again and again', () => {
  const ask = (sessionKey: string) => {
    const until = text(clock.now() + 5 * MINUTE);
    const words = {
      event: 'requested',
      sessionKey,
      sessionType: 'viewScreen',
      helper: HELPER,
      helperSays: SAYS,
      until,
    };
    tell(words);
  };

  it('is answered with no after twenty questions that nobody said yes to, until an hour is over', async () => {
    await on();
    for (let index = 0; index < 30; index++) {
      ask(`rh_${index}`);
      await settle();
      asked[index]?.answer({ kind: 'decline', isReported: false });
      await settle();
    }
    expect([asked.length, calls.length]).toEqual([20, 30]);
    expect(kinds().filter((kind) => kind === 'refusedUnasked')).toHaveLength(10);
    clock.advanceBy(60 * MINUTE);
    await settle();
    connect();
    ask('rh_later');
    await settle();
    expect(asked).toHaveLength(21);
  });

  it('has no more than 32 questions wait, and takes them all back', async () => {
    await on();
    for (let index = 0; index < 1_000; index++) ask(`rh_${index}`);
    await settle();
    expect(asked).toHaveLength(1);
    void device.close();
    for (let turn = 0; turn < 40; turn++) await settle();
    expect(calls).toHaveLength(32);
  });
});

// DEV-27
describe('a helper who comes unattended', () => {
  it('is declined unasked where it was not switched on', async () => {
    await on();
    request('unattended');
    await settle();
    expect([asked.length, calls, kinds()]).toEqual([0, ['decline '], ['online', 'refusedUnattended']]);
  });

  it('comes in after the notice where it was, and not a moment before', async () => {
    await on({ isUnattendedAllowed: true });
    request('unattended');
    await settle();
    clock.advanceBy(UNATTENDED_NOTICE_MS - 1);
    await settle();
    expect(calls).toEqual([]);
    clock.advanceBy(1);
    await settle();
    connect();
    tell({ event: 'policy', blockChat: false });
    await settle();
    expect(calls).toEqual(['join', 'accept view,control,clipboardToHelper,clipboardToSharer ']);
  });

  it('is declined by whoever happens to be there', async () => {
    await on({ isUnattendedAllowed: true });
    request('unattended');
    await settle();
    asked[0]?.answer({ kind: 'decline', isReported: false });
    await settle();
    clock.advanceBy(UNATTENDED_NOTICE_MS);
    await settle();
    expect(calls).toEqual(['decline ']);
  });
});

describe('a session on the device', () => {
  beforeEach(async () => {
    await on();
    request();
    await accept(VIEW_ALONE);
    notices.length = 0;
  });

  // DEV-28
  it('is cut here at once when the person stops it, and the server told until it has heard', async () => {
    refusals.stop = [new DeviceError('unavailable', 'away'), new DeviceError('unavailable', 'away')];
    const stopped = device.stop();
    expect([kinds(), device.session]).toEqual([['ended'], undefined]);
    for (const ms of [1_000, 2_000]) {
      await settle();
      clock.advanceBy(ms);
    }
    await stopped;
    expect(calls.filter((call) => call === 'stop')).toHaveLength(3);
  });

  // DEV-28
  it('ends by the device own timer, though the server says nothing', async () => {
    clock.advanceBy(60 * MINUTE - 1);
    expect(device.session).toBeDefined();
    clock.advanceBy(1);
    expect(notices.at(-1)).toEqual({ kind: 'ended', reason: 'expired' });
  });

  it('lasts longer when it is extended', async () => {
    tell({ event: 'leaseRenewed', expiresAt: text(clock.now() + 90 * MINUTE) });
    clock.advanceBy(60 * MINUTE);
    expect(device.session).toBeDefined();
    clock.advanceBy(30 * MINUTE);
    expect(device.session).toBeUndefined();
  });

  // DEV-39
  it('is over when this device has it so, though the server extends it without end, over each new connection', async () => {
    const extend = () => tell({ event: 'leaseRenewed', expiresAt: text(clock.now() + 90 * MINUTE) });
    for (let minutes = 0; minutes < 8 * 60; minutes += 60) {
      extend();
      clock.advanceBy(59 * MINUTE);
      sockets.at(-1)?.listener.closed(1008);
      clock.advanceBy(MINUTE - 1);
      await settle();
      connect();
      extend();
      expect(device.session?.expiresAt).toBeLessThanOrEqual(clock.now() + (8 * 60 - minutes - 60) * MINUTE + 60);
      clock.advanceBy(minutes < 7 * 60 ? 1 : 0);
    }
    const renewals = notices.filter(({ kind }) => kind === 'renewed').length;
    extend();
    expect(notices.filter(({ kind }) => kind === 'renewed')).toHaveLength(renewals);
    clock.advanceBy(60);
    await settle();
    expect([device.session, notices.at(-1), calls.at(-1)]).toEqual([
      undefined,
      { kind: 'ended', reason: 'expired' },
      'stop',
    ]);
  });

  // SES-8
  it('takes narrower grants from the server, never wider ones', () => {
    tell({ event: 'granted', grants: EVERYTHING, by: 'server' });
    expect(device.session?.grants).toEqual(VIEW_ALONE);
    tell({ event: 'granted', grants: NOTHING, by: 'server' });
    expect(device.session?.grants).toEqual(NOTHING);
  });

  // DEV-29
  it('takes rights back at once, whether or not the server can be told', async () => {
    refusals.narrow = [new DeviceError('unavailable', 'away')];
    const narrowed = device.narrow(NOTHING);
    expect(device.session?.grants).toEqual(NOTHING);
    await narrowed;
    expect(calls.at(-1)).toBe('narrow ');
    expect(kinds()).toEqual(['granted', 'failed']);
  });

  // DEV-29
  it('gives nothing by taking back', async () => {
    await device.narrow(EVERYTHING);
    expect(device.session?.grants).toEqual(VIEW_ALONE);
    expect(calls.at(-1)).toBe('narrow view');
  });

  it('asks again when a helper wants more, and grants it once the person has said so', async () => {
    const until = text(clock.now() + 5 * MINUTE);
    const wants = { ...VIEW_ALONE, control: true };
    const prompt = { promptId: 'p1', kind: 'rights', helper: HELPER, helperSays: SAYS, wants, until };
    tell({ event: 'asked', ...prompt }, sockets[0]);
    await settle();
    expect(device.session?.grants).toEqual(VIEW_ALONE);
    asked.at(-1)?.answer(accepted(EVERYTHING));
    await settle();
    expect(calls.at(-1)).toBe('accept view,control p1');
    expect(device.session?.grants).toEqual(wants);
  });

  // SES-8.3
  it('leaves all helpers what the person grants when another one is let in', async () => {
    const until = text(clock.now() + 5 * MINUTE);
    const wants = { ...VIEW_ALONE, control: true };
    const prompt = { helper: HELPER, helperSays: SAYS, wants, until };
    for (const [promptId, kind, grants] of [
      ['p1', 'rights', EVERYTHING],
      ['p2', 'access', VIEW_ALONE],
      ['p3', 'access', EVERYTHING],
    ] as const) {
      tell({ event: 'asked', promptId, kind, ...prompt }, sockets[0]);
      await settle();
      asked.at(-1)?.answer(accepted(grants));
      await settle();
    }
    expect(notices).toEqual([
      { kind: 'granted', grants: wants },
      { kind: 'granted', grants: VIEW_ALONE },
    ]);
    expect(device.session?.grants).toEqual(VIEW_ALONE);
  });

  // DEV-37
  it('is ended by another one that is let in, so that no viewer is left behind whom nobody can stop', async () => {
    const former = device.session;
    const until = text(clock.now() + 5 * MINUTE);
    const other = { sessionKey: 'rh_other', sessionType: 'viewScreen', helper: HELPER, helperSays: SAYS, until };
    tell({ event: 'requested', ...other }, sockets[0]);
    await settle();
    expect(former?.isOver).toBe(false);
    await accept(VIEW_ALONE);
    tell({ event: 'policy', sessionKey: 'rh_other', blockChat: false });
    await settle();
    expect([former?.isOver, device.session === former, device.session?.isOver]).toEqual([true, false, false]);
    expect(kinds()).toEqual(['ended', 'began']);
    expect(calls.filter((call) => call === 'stop')).toHaveLength(1);
  });

  // DEV-37
  it('gets nothing by what was granted to another one', async () => {
    const wider = { ...VIEW_ALONE, control: true };
    const prompt = { sessionKey: 'rh_other', promptId: 'p1', kind: 'rights', helper: HELPER, helperSays: SAYS };
    tell({ event: 'asked', ...prompt, wants: wider, until: text(clock.now() + MINUTE) }, sockets[0]);
    await settle();
    expect([asked.length, calls.at(-1)]).toEqual([1, 'decline ']);
    expect(device.session?.grants).toEqual(VIEW_ALONE);
  });

  // DEV-40
  it('asks for more only on behalf of somebody who was let in', async () => {
    const prompt = { promptId: 'p1', kind: 'rights', helper: BEN, helperSays: SAYS, wants: EVERYTHING };
    tell({ event: 'asked', ...prompt, until: text(clock.now() + MINUTE) }, sockets[0]);
    await settle();
    expect([asked.length, calls.at(-1)]).toEqual([1, 'decline ']);
  });

  // DEV-40
  it('is paired with nobody who was not let in here, and shows nobody else as being in, and says so once', async () => {
    for (const helperConnectionId of ['b1', 'b2']) {
      tell({ event: 'paired', helper: BEN, helperConnectionId, sharerConnectionId: 'c2' });
    }
    tell({ event: 'presence', party: 'helper', userId: 'ben', isPresent: true });
    await settle();
    expect(calls.filter((call) => call === 'join')).toHaveLength(1);
    expect(notices).toEqual([
      { kind: 'failed', what: 'The server let somebody in who was not let in here', why: 'Ben' },
    ]);
  });

  // DEV-40
  it('is paired with another helper whom the person let in, before the server has heard of it', async () => {
    const prompt = { promptId: 'p1', kind: 'access', helper: BEN, helperSays: SAYS, wants: VIEW_ALONE };
    tell({ event: 'asked', ...prompt, until: text(clock.now() + MINUTE) }, sockets[0]);
    await settle();
    asked.at(-1)?.answer(accepted(VIEW_ALONE));
    await settle();
    tell({ event: 'paired', helper: BEN, helperConnectionId: 'b1', sharerConnectionId: 'c2' });
    tell({ event: 'presence', party: 'helper', userId: 'ben', isPresent: true });
    await settle();
    expect(calls.filter((call) => call === 'join')).toHaveLength(2);
    expect(notices).toEqual([{ kind: 'presence', userId: 'ben', name: 'Ben', isPresent: true }]);
  });

  it('is over when the server says so on either connection, and everything is closed', async () => {
    tell({ event: 'ended', reason: 'endedByHelper' }, sockets[0]);
    tell({ event: 'ended', reason: 'endedByHelper' });
    expect(notices).toEqual([{ kind: 'ended', reason: 'endedByHelper' }]);
    await device.close();
    expect(clock.pending).toBe(0);
  });
});

/** A desktop of which nothing is shown here. */
function desktop(lock?: () => Promise<void>): NonNullable<DeviceOptions['desktop']> {
  const screens = { screens: async () => [], open: () => Promise.reject(new ScreenError('noScreen', 'None.')) };
  const openBinarySocket = () => ({ send: () => undefined, close: () => undefined });
  return { screens, openBinarySocket, ...(lock ? { lock } : {}) };
}

// SCR-17
describe('a question while helpers see the desktop', () => {
  const prompt = () => ({
    ...{ promptId: 'p1', kind: 'rights', helper: HELPER, helperSays: SAYS },
    ...{ wants: EVERYTHING, until: text(clock.now() + 5 * MINUTE) },
  });
  beforeEach(async () => {
    await on({}, { desktop: desktop() });
    request();
    await accept(VIEW_ALONE);
    tell({ event: 'asked', ...prompt() }, sockets[0]);
    await settle();
  });

  it('is put half a second after their input is frozen, which thaws when it is off the screen', async () => {
    expect([device.session?.frozenBy, asked.length]).toEqual(['prompt', 1]);
    clock.advanceBy(FREEZE_BEFORE_QUESTION_MS - 1);
    await settle();
    expect(asked).toHaveLength(1);
    clock.advanceBy(1);
    await settle();
    expect([device.session?.frozenBy, asked.length]).toEqual(['prompt', 2]);
    tell({ event: 'withdrawn', promptId: 'p1' }, sockets[0]);
    await settle();
    // It is taken back, but still to be seen.
    expect([asked[1]?.signal.aborted, device.session?.frozenBy]).toEqual([true, 'prompt']);
    asked[1]?.answer({ kind: 'decline', isReported: false });
    await settle();
    expect(device.session?.frozenBy).toBeUndefined();
  });

  it('is not put any more when it is taken back before', async () => {
    tell({ event: 'withdrawn', promptId: 'p1' }, sockets[0]);
    await settle();
    expect([device.session?.frozenBy, asked.length]).toEqual([undefined, 1]);
  });
});

// SCR-21
it('a session that is stopped while the yes is on its way is ended at the server too', async () => {
  const accepting = Promise.withResolvers<void>();
  const slow = { ...server(), accept: () => accepting.promise };
  await on({}, { server: slow });
  request();
  await accept(EVERYTHING);
  const stopped = device.stop();
  await stopped;
  const told = calls.filter((call) => call === 'stop').length;
  accepting.resolve();
  await settle();
  expect(calls.filter((call) => call === 'stop')).toHaveLength(told + 1);
  expect(kinds()).not.toContain('began');
});

// SCR-22
describe('a device that starts while a session of its goes on', () => {
  const kept: RememberedSession = {
    ...{ sessionKey: KEY, helpers: [HELPER], grants: { ...EVERYTHING, control: false }, isUnattended: false },
    ...{ beganAt: new ManualClock().now(), longestMs: 8 * 60 * MINUTE },
  };
  let noted: unknown[];
  const memory = (session: RememberedSession | undefined) => ({
    read: async () => session,
    write: async (next: unknown) => {
      noted.push(next);
    },
  });
  beforeEach(() => {
    noted = [];
  });

  it('goes on with what was granted, within its ceiling, and asks nobody', async () => {
    joinedAs = 'active';
    await on({ ceiling: { ...EVERYTHING, clipboardToSharer: false } }, { memory: memory(kept) });
    await settle();
    connect();
    tell({ event: 'policy', blockChat: false });
    await settle();
    expect(device.session?.grants).toEqual({ ...VIEW_ALONE, clipboardToHelper: true });
    expect([asked.length, calls, kinds().at(-1)]).toEqual([0, ['join', 'join'], 'began']);
    tell({ event: 'granted', grants: VIEW_ALONE, by: 'server' });
    tell({ event: 'ended', reason: 'endedByHelper' });
    expect(noted).toEqual([{ ...kept, grants: VIEW_ALONE }, undefined]);
  });

  it.each([
    ['never began', () => undefined],
    ['is over', () => (refusals.join = [new DeviceError('gone', 'over')])],
  ])('forgets one that %s', async (_, arrange) => {
    arrange();
    await on({}, { memory: memory(kept) });
    await settle();
    expect([device.session, noted, kinds()]).toEqual([undefined, [undefined], ['online']]);
  });

  // DEV-39
  it.each([
    ['goes on for what is left of its time', 7 * 60 * MINUTE, 60 * MINUTE],
    ['is over when that is up', 8 * 60 * MINUTE, 0],
    ['is over when the machine was put back before its beginning', -1, 0],
  ])('%s', async (_, sinceItBegan, left) => {
    joinedAs = 'active';
    clock.advanceBy(sinceItBegan);
    await on({}, { memory: memory(kept) });
    await settle();
    connect();
    tell({ event: 'policy', blockChat: false });
    await settle();
    tell({ event: 'leaseRenewed', expiresAt: text(clock.now() + 600 * MINUTE) });
    expect(device.session?.expiresAt).toBe(clock.now() + left);
    clock.advanceBy(left);
    await settle();
    expect([device.session, noted.at(-1), calls.at(-1)]).toEqual([undefined, undefined, 'stop']);
  });

  // SCR-20
  it.each([
    ['over', true],
    ['over, with somebody there', false],
  ])('locks the desktop when one that nobody watched is %s', async (_, isUnattended) => {
    let locked = 0;
    const lock = async () => {
      locked += 1;
    };
    refusals.join = [new DeviceError('gone', 'over')];
    await on({}, { memory: memory({ ...kept, isUnattended }), desktop: desktop(lock) });
    await settle();
    expect([locked, noted]).toEqual([isUnattended ? 1 : 0, [undefined]]);
  });

  it('notes whom it let in, and what it granted', async () => {
    await on({}, { memory: memory(undefined) });
    request();
    await accept(VIEW_ALONE);
    expect(noted).toEqual([{ ...kept, grants: VIEW_ALONE }]);
    const prompt = { promptId: 'p1', kind: 'access', helper: BEN, helperSays: SAYS, wants: VIEW_ALONE };
    for (const promptId of ['p1', 'p2']) {
      tell({ event: 'asked', ...prompt, promptId, until: text(clock.now() + MINUTE) }, sockets[0]);
      await settle();
      asked.at(-1)?.answer(accepted(VIEW_ALONE));
      await settle();
    }
    expect(noted.at(-1)).toEqual({ ...kept, helpers: [HELPER, BEN], grants: VIEW_ALONE });
  });
});

// SCR-20
describe('the end of a session', () => {
  it.each([
    ['nobody was there', 'unattended', 1],
    ['somebody was', 'takeFullControl', 0],
  ])('locks the desktop when %s', async (_, sessionType, times) => {
    let locked = 0;
    const lock = async () => {
      locked += 1;
    };
    await on({ isUnattendedAllowed: true }, { desktop: desktop(lock) });
    request(sessionType);
    await settle();
    if (sessionType === 'unattended') {
      clock.advanceBy(UNATTENDED_NOTICE_MS);
      await settle();
      connect();
      tell({ event: 'policy', blockChat: false });
      await settle();
    } else await accept(EVERYTHING);
    expect(kinds().at(-1)).toBe('began');
    tell({ event: 'ended', reason: 'expired' });
    expect(locked).toBe(times);
  });
});

// DEV-23, DEV-26: whoever has taken the server over has not taken over the devices.
describe('a server in wrong hands, whatever it says in whatever order', () => {
  const helper = fc.constantFrom(HELPER, BEN);
  const grants = fc.constantFrom(EVERYTHING, VIEW_ALONE, NOTHING);
  const connectionId = fc.constantFrom('c1', 'c2', 'b1');
  const promptId = fc.constantFrom('p1', 'p2');
  const fixed = <T>(value: T) => fc.constant(value);
  const told = fc.oneof(
    fc.record({
      event: fixed('requested'),
      sessionType: fc.constantFrom('viewScreen', 'takeFullControl', 'unattended'),
      ...{ helper, helperSays: fixed(SAYS) },
    }),
    fc.record({
      ...{ event: fixed('asked'), promptId, kind: fc.constantFrom('access', 'rights') },
      ...{ helper, helperSays: fixed(SAYS), wants: grants },
    }),
    fc.record({ event: fixed('granted'), grants, by: fc.constantFrom('sharer', 'server') }),
    fc.record({
      ...{ event: fixed('paired'), helper },
      ...{ helperConnectionId: connectionId, sharerConnectionId: connectionId },
    }),
    fc.record({ event: fixed('relayRequested'), relayId: fixed('r1'), helperConnectionId: connectionId }),
    fc.record({ event: fixed('consent'), kind: fixed('rights'), decision: fixed('granted'), retryAt: fixed(null) }),
    fc.record({ event: fixed('leaseRenewed') }),
    fc.record({ event: fixed('policy'), blockChat: fc.boolean() }),
    fc.record({ event: fc.constantFrom('withdrawn', 'settings', 'unattended'), promptId }),
    fc.object(),
  );
  const step = fc.record({
    told,
    sessionKey: fc.constantFrom(KEY, 'rh_other'),
    socket: fc.nat(3),
    state: fc.constantFrom('requested' as const, 'active' as const),
    waitMs: fc.constantFrom(0, 1_000, UNATTENDED_NOTICE_MS, 2 * MINUTE),
  });

  type Person = (question: Question) => Decision | undefined;

  /** Says each, and then looks at what came of it. @param person what he says to each question, if he says anything */
  async function toldAll(steps: readonly Step[], person: Person, look: () => void) {
    for (const { told: event, sessionKey, socket, state, waitMs } of steps) {
      joinedAs = state;
      const times = { until: text(clock.now() + MINUTE), expiresAt: text(clock.now() + 600 * MINUTE) };
      tell({ sessionKey, ...times, ...event }, sockets[Math.min(socket, sockets.length - 1)]);
      await settle();
      for (const { question, answer } of asked.splice(0)) {
        const decision = person(question);
        if (decision) answer(decision);
      }
      clock.advanceBy(waitMs);
      await settle();
      connect();
      look();
    }
  }
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
  const steps = fc.array(step, { maxLength: 25 });
  const begin = async () => {
    clock = new ManualClock();
    [calls, sockets, asked, notices, refusals] = [[], [], [], [], {}];
    const settings = Object.freeze({ isUnattendedAllowed: false, ceiling: EVERYTHING, longestSessionMs: 60 * MINUTE });
    const openRelay = (_: unknown, relayId: string) => {
      calls.push('openRelay');
      return Promise.reject(new DeviceError('gone', relayId));
    };
    await on({}, { settings, server: { ...server(), openRelay } });
  };

  it('gets no session, no picture and no rights while nobody at the device says yes', async () => {
    const person: Person = ({ helper: { userId } }) =>
      userId === HELPER.userId ? { kind: 'decline', isReported: false } : undefined;
    await fc.assert(
      fc
        .asyncProperty(steps, (said) =>
          toldAll(said, person, () => {
            expect(device.session).toBeUndefined();
            expect(kinds()).not.toContain('began');
            expect(calls.filter((call) => /^(accept|openRelay)/.test(call))).toEqual([]);
          }),
        )
        .beforeEach(begin),
    );
  });

  it('gets no more than was said yes to', async () => {
    const person: Person = ({ kind }) =>
      kind === 'session' ? accepted(VIEW_ALONE) : { kind: 'decline', isReported: false };
    await fc.assert(
      fc
        .asyncProperty(steps, async (said) => {
          request();
          await accept(VIEW_ALONE);
          asked.length = 0;
          await toldAll(said, person, () => {
            const { control, clipboardToHelper, clipboardToSharer } = device.session?.grants ?? NOTHING;
            expect([control, clipboardToHelper, clipboardToSharer]).toEqual([false, false, false]);
            expect(calls.filter((call) => call.startsWith('accept') && call !== 'accept view ')).toEqual([]);
          });
        })
        .beforeEach(begin),
    );
  });
});
