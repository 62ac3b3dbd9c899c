import { EventRefusal, type PeerEvent } from '@open-remote-help/protocol/events';
import {
  HAND_CRYPTO,
  HandHub,
  HandRelay,
  HandRelayEnd,
  ManualClock,
  SharerHand,
  tells,
  until,
} from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphError } from '../graph/graph-error.ts';
import { HelperEnd } from './helper-end.ts';
import type { HelperState } from './helper-state.ts';
import type { LivePicture } from './picture.ts';
import type { RelayChannel } from './relay-channel.ts';
import { RelayLine } from './relay-line.ts';
import type { SessionRecord, SessionServer } from './session-server.ts';

const ALL = { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true };
const HOUR = 3_600_000;
const NAME = { sessionKey: 'rh_key', revision: 1 } as const;
const START = 1_767_225_600_000;

/** DateTimeOffset text of an instant so many minutes after the start, 2026-01-01T00:00:00Z; below 60. */
const at = (minutes: number) => `2026-01-01T00:${String(minutes).padStart(2, '0')}:00Z`;

const requested: SessionRecord = {
  id: 'session-1',
  sessionKey: 'rh_key',
  state: 'requested',
  endReason: 'notEnded',
  endedBy: null,
  sessionType: 'takeFullControl',
  grants: null,
  deviceId: 'device-1',
  deviceName: 'Front desk',
  isUnenrolled: false,
  helperId: 'anna',
  helperDisplayName: 'Anna',
  helperUserPrincipalName: null,
  helpers: [{ userId: 'anna', displayName: 'Anna', userPrincipalName: null, access: 'known' }],
  reason: null,
  ticket: null,
  createdDateTime: at(0),
  acceptedDateTime: null,
  endedDateTime: null,
  consentExpirationDateTime: at(5),
  sessionExpirationDateTime: at(40),
  latestExpirationDateTime: '2026-01-01T08:00:00Z',
  extensions: 0,
} as SessionRecord;
const active: SessionRecord = { ...requested, state: 'active', grants: ALL };

let clock: ManualClock;
let hub: HandHub;
let relay: HandRelay;
let end: HelperEnd;
let record: SessionRecord;
/** Refusals by method, each given once. */
let refusals: Partial<Record<keyof SessionServer, Error[]>>;
let asked: unknown[][];
let relays: number;
let channels: RelayChannel[];
/** Fingerprints by device. */
let remembered: Map<string, string>;
beforeEach(() => {
  clock = new ManualClock(START);
  hub = new HandHub();
  relay = new HandRelay();
  record = active;
  refusals = {};
  asked = [];
  relays = 0;
  channels = [];
  remembered = new Map();
});
afterEach(() => end.close());

function start(session = record): void {
  const call = <T>(method: keyof SessionServer, value: () => T, ...parameters: unknown[]) => {
    asked.push([method, ...parameters]);
    const refusal = refusals[method]?.shift();
    return refusal ? Promise.reject(refusal) : Promise.resolve(value());
  };
  const server: SessionServer = {
    look: () => call('look', () => record),
    retrieve: () => call('retrieve', () => ({ accessUri: 'wss://hub/one', groupId: 'group', expiresAt: START + HOUR })),
    requestAccess: (_, id) => call('requestAccess', () => KEYS, id),
    openRelay: (_, id) =>
      call(
        'openRelay',
        () => {
          relays += 1;
          return { relayId: `relay-${relays}`, relayUri: `wss://relay/${relays}`, relayGrant: 'grant' };
        },
        id,
      ),
    requestRights: (_, wants) => call('requestRights', () => undefined, wants),
    extend: () => call('extend', () => START + 2 * HOUR),
    end: () => call('end', () => undefined),
    now: () => clock.now(),
  };
  end = new HelperEnd(session, {
    ...{ server, crypto: HAND_CRYPTO, openSocket: hub.openSocket, timers: clock, userId: 'anna' },
    newId: () => 'chat-1',
    known: { keyOf: (id) => remembered.get(id), remember: (id, fingerprint) => void remembered.set(id, fingerprint) },
    line: (host) =>
      new RelayLine({
        ...host,
        openSocket: relay.openSocket,
        sourceOf: (channel) => {
          channels.push(channel);
          return { attach: () => Promise.reject(new Error('Nothing is drawn here.')) as never };
        },
      }),
  });
  end.start();
}

const KEYS = { key: '', iv: '' };
const state = (): HelperState => end.state;
const paired = (sharerConnectionId: string, helperConnectionId = 'helper-1') =>
  tells(hub, {
    ...NAME,
    event: 'paired',
    helper: { userId: 'anna', name: 'Anna', mail: null, organization: 'Test' },
    ...{ helperConnectionId, sharerConnectionId },
  });

/** Connected, in, and sealed with a sharer's end. */
async function isIn(): Promise<SharerHand> {
  const sharer = await SharerHand.on(hub, 'sharer-1');
  Object.assign(KEYS, sharer.keys);
  start();
  await until(() => hub.urls.length === 1);
  hub.connected('helper-1');
  await until(() => state().stage.kind === 'in');
  await meet(sharer);
  return sharer;
}

async function meet(sharer: SharerHand, helperConnectionId = 'helper-1'): Promise<void> {
  sharer.links.allow({ grants: ALL, blockChat: false });
  sharer.links.paired({
    ...NAME,
    event: 'paired',
    helper: { userId: 'anna', name: 'Anna', mail: null, organization: 'Test' },
    ...{ helperConnectionId, sharerConnectionId: sharer.connectionId },
  });
  tells(hub, { ...NAME, event: 'policy', blockChat: false });
  paired(sharer.connectionId, helperConnectionId);
  await until(() => state().assurance !== undefined && sharer.digits !== '');
}

async function sharesScreen(sharer: SharerHand, count: number): Promise<HandRelayEnd> {
  await until(() => relays === count);
  const offer = { relayId: `relay-${count}`, relayUri: `wss://relay/${count}`, relayGrant: 'grant' };
  const far = await HandRelayEnd.of(sharer, 'helper-1', offer, { relay, timers: clock });
  await until(() => far.controls.length > 0);
  return far;
}

const LEFT = { id: 0, name: 'Left', x: 0, y: 0, width: 800, height: 600, isPrimary: true };

describe('asking to be let in', () => {
  it('waits while the sharer is asked, and is in as soon as he says yes', async () => {
    record = requested;
    refusals.requestAccess = [new GraphError({ status: 409, code: 'consentPending', message: 'Asked.' })];
    start();
    await until(() => hub.urls.length === 1);
    hub.connected('helper-1');
    await until(() => state().stage.kind === 'waiting');
    expect(state()).toMatchObject({ stage: { kindOfConsent: 'session' }, connection: 'open', expiresAt: START + HOUR });

    record = active;
    tells(hub, { ...NAME, event: 'consent', kind: 'session', decision: 'granted', retryAt: null });
    await until(() => state().stage.kind === 'in');
    await until(() => state().allowance.grants.control);
    expect(asked.filter(([method]) => method === 'requestAccess')).toHaveLength(2);
  });

  it('is told no, and when he may ask again', async () => {
    record = requested;
    refusals.requestAccess = [new GraphError({ status: 409, code: 'consentPending', message: 'Asked.' })];
    start();
    await until(() => hub.urls.length === 1);
    hub.connected('helper-1');
    await until(() => state().stage.kind === 'waiting');
    record = { ...requested, state: 'ended', endReason: 'declined' };
    tells(hub, { ...NAME, event: 'consent', kind: 'session', decision: 'declined', retryAt: at(1) });
    tells(hub, { ...NAME, event: 'ended', reason: 'declined' });
    expect(state().stage).toEqual({ kind: 'over', reason: 'declined', retryAt: START + 60_000 });
    await until(() => state().session.state === 'ended');
    expect([hub.closed, clock.pending]).toEqual(['forGood', 0]);
  });

  it('takes the question back', async () => {
    record = requested;
    start();
    record = { ...requested, state: 'ended', endReason: 'cancelled' };
    await end.end();
    expect(state().stage).toMatchObject({ kind: 'over', reason: 'cancelled' });
    expect(asked).toContainEqual(['end']);
  });

  it('asks again after what passes, and looks on from outside where he may not take part', async () => {
    refusals.requestAccess = [new GraphError({ status: 503, code: 'serviceUnavailable', message: 'Later.' })];
    start();
    await until(() => hub.urls.length === 1);
    hub.connected('helper-1');
    await until(() => asked.some(([method]) => method === 'requestAccess'));
    await until(() => clock.pending === 2);
    clock.advanceBy(2_000);
    await until(() => state().stage.kind === 'in');
    end.close();

    hub = new HandHub();
    refusals.retrieve = [new GraphError({ status: 403, code: 'accessDenied', message: 'Not yours.' })];
    start();
    await until(() => state().stage.kind === 'outside');
    expect(hub.urls).toEqual([]);
  });

  it('says what went wrong where waiting is no use', async () => {
    refusals.requestAccess = [
      new GraphError({ status: 400, code: 'invalidRequest', message: 'sessionKey is no key.' }),
    ];
    start();
    await until(() => hub.urls.length === 1);
    hub.connected('helper-1');
    await until(() => state().stage.kind === 'failed');
    expect(state().stage).toEqual({ kind: 'failed', message: 'sessionKey is no key.' });
  });
});

describe('talking with the sharer', () => {
  it('shows the digits that the sharer sees, and sends and hears chat and clipboard as far as granted', async () => {
    const sharer = await isIn();
    expect(state().assurance).toMatchObject({ kind: 'endToEnd', digits: sharer.digits });

    await end.say('good morning');
    expect(await end.sendClipboard('copied')).toBe(true);
    const said: PeerEvent[] = [
      { event: 'chat', id: 'chat-1', text: 'good morning' },
      { event: 'clipboard', text: 'copied' },
    ];
    await until(() => sharer.heard.length === 2);
    expect(sharer.heard).toEqual(said);

    await sharer.links.send({ event: 'chat', id: 'c2', text: 'hello' });
    await sharer.links.send({ event: 'clipboard', text: 'from there' });
    await until(() => state().clipboard !== undefined);
    expect(state().chat.map(({ from, text, isDelivered }) => [from, text, isDelivered])).toEqual([
      ['helper', 'good morning', true],
      ['sharer', 'hello', true],
    ]);
    expect(state().clipboard?.text).toBe('from there');

    tells(hub, { ...NAME, event: 'policy', blockChat: true });
    await expect(end.say('no more')).rejects.toThrow(EventRefusal);
    tells(hub, { ...NAME, event: 'granted', by: 'server', grants: { ...ALL, clipboardToSharer: false } });
    await expect(end.sendClipboard('no more')).rejects.toThrow(EventRefusal);
    expect(state().news?.kind).toBe('granted');
  });

  it('holds the input when the sharer says so, asks for it and hands it over', async () => {
    const sharer = await isIn();
    await sharer.links.send({ event: 'rights', grants: ALL, holdsInput: false, inputHolder: 'Ben' });
    await until(() => state().inputHolder === 'Ben');
    await end.wantInput(true);
    expect(state()).toMatchObject({ holdsInput: false, asksForInput: true });
    await sharer.links.send({ event: 'rights', grants: ALL, holdsInput: true, inputHolder: 'Anna' });
    await until(() => state().holdsInput);
    expect(state()).toMatchObject({ asksForInput: false, news: { kind: 'inputMine' } });
    await end.wantInput(false);
    await until(() => sharer.heard.length === 2);
    expect(sharer.heard).toEqual([
      { event: 'input', wants: true },
      { event: 'input', wants: false },
    ]);
  });

  it('may do no more than both the server and the sharer grant', async () => {
    const sharer = await isIn();
    await sharer.links.send({
      ...{ event: 'rights', holdsInput: true, inputHolder: null },
      grants: { ...ALL, clipboardToHelper: false },
    });
    await until(() => state().deviceGrants !== undefined);
    tells(hub, { ...NAME, event: 'granted', by: 'server', grants: { ...ALL, control: false } });
    expect(state().allowance.grants).toEqual({ ...ALL, control: false, clipboardToHelper: false });
  });

  it('asks for more, and hears the answer', async () => {
    await isIn();
    await end.requestRights(ALL);
    expect([state().asksForRights, asked.at(-1)]).toEqual([true, ['requestRights', ALL]]);
    tells(hub, { ...NAME, event: 'consent', kind: 'rights', decision: 'declined', retryAt: null });
    expect(state()).toMatchObject({ asksForRights: false, news: { kind: 'rightsAnswered', decision: 'declined' } });
    refusals.requestRights = [new GraphError({ status: 429, code: 'tooManyRequests', message: 'Later.' })];
    await expect(end.requestRights(ALL)).rejects.toThrow('Later.');
    expect(state().asksForRights).toBe(false);
  });
});

describe('what goes on in a session', () => {
  it('follows lease, presence and standstill', async () => {
    await isIn();
    await end.extend();
    expect(state().expiresAt).toBe(START + 2 * HOUR);
    tells(hub, { ...NAME, event: 'leaseRenewed', expiresAt: at(50) });
    expect(state()).toMatchObject({ expiresAt: START + 50 * 60_000, news: { kind: 'extended' } });

    record = { ...active, helpers: [...active.helpers, { ...helper('ben', 'Ben') }] };
    tells(hub, { ...NAME, event: 'presence', party: 'helper', userId: 'anna', isPresent: true });
    tells(hub, { ...NAME, event: 'presence', party: 'helper', userId: 'ben', isPresent: true });
    await until(() => state().helpers.length === 1);
    expect(state()).toMatchObject({ helpers: [{ userId: 'ben', name: 'Ben' }], news: { kind: 'joined', name: 'Ben' } });
    tells(hub, { ...NAME, event: 'presence', party: 'helper', userId: 'ben', isPresent: false });
    await until(() => state().helpers.length === 0);

    tells(hub, { ...NAME, event: 'presence', party: 'sharer', userId: 'device-1', isPresent: false });
    tells(hub, { ...NAME, event: 'frozen', isFrozen: true, cause: 'sharerAway', until: at(2) });
    expect(state()).toMatchObject({ isSharerPresent: false, frozen: { cause: 'sharerAway', until: START + 120_000 } });
    tells(hub, { ...NAME, event: 'frozen', isFrozen: false, cause: 'sharerAway', until: null });
    expect(state().frozen).toBeUndefined();
  });

  it('passes over events of other sessions, and what cannot be understood', async () => {
    await isIn();
    const before = state();
    tells(hub, { ...NAME, sessionKey: 'other', event: 'ended', reason: 'expired' });
    hub.message('server', {
      version: 1,
      event: 'granted',
      sessionKey: 'rh_key',
      revision: 1,
      grants: 'all',
      by: 'server',
    });
    hub.message('group', { version: 1, event: 'ended', sessionKey: 'rh_key', revision: 9, reason: 'expired' });
    expect(state()).toBe(before);
  });

  it('tells listeners of each state until they have heard enough', async () => {
    await isIn();
    const seen: number[] = [];
    const stop = end.subscribe(() => seen.push(state().expiresAt));
    tells(hub, { ...NAME, event: 'leaseRenewed', expiresAt: at(50) });
    stop();
    tells(hub, { ...NAME, event: 'leaseRenewed', expiresAt: at(55) });
    expect(seen).toEqual([START + 50 * 60_000]);
  });

  it('is over when the server says so, and leaves nothing behind', async () => {
    await isIn();
    record = { ...active, state: 'ended', endReason: 'endedBySharer', endedBy: null };
    tells(hub, { ...NAME, event: 'ended', reason: 'endedBySharer' });
    expect(state().stage).toMatchObject({ kind: 'over', reason: 'endedBySharer' });
    await until(() => state().session.state === 'ended');
    expect([hub.closed, clock.pending]).toEqual(['forGood', 0]);
    await expect(end.say('too late')).resolves.toBeUndefined();
    expect(state().chat.at(-1)?.isDelivered).toBe(false);
  });

  it('finds out by itself that it was over when it was away', async () => {
    await isIn();
    record = { ...active, state: 'ended', endReason: 'expired' };
    refusals.retrieve = [new GraphError({ status: 404, code: 'itemNotFound', message: 'Gone.' })];
    hub.breaks(1008);
    expect(state().connection).toBe('broken');
    clock.advanceBy(1_000);
    await until(() => state().stage.kind === 'over');
    expect(state().stage).toMatchObject({ reason: 'expired' });
  });
});

// EV-26
describe('the key of a device', () => {
  const says = (sharer: SharerHand, text: string) => sharer.links.send({ event: 'chat', id: 'chat-2', text });

  /** Nothing is shown, and nothing goes there. */
  async function isHeld(sharer: SharerHand, before = relays): Promise<void> {
    await says(sharer, 'Type your password here');
    await expect(end.say('Hello')).rejects.toThrow(EventRefusal);
    await expect(end.sendClipboard('secret')).rejects.toThrow(EventRefusal);
    expect(state()).toMatchObject({ isKeyChanged: true, chat: [], clipboard: undefined });
    expect([relays, sharer.heard]).toEqual([before, []]);
  }

  it('is remembered when it is met first, and is the same the next time', async () => {
    const sharer = await isIn();
    const [first] = remembered.values();
    expect([remembered.size, first]).toEqual([1, expect.stringMatching(/^[\w+/]{43}=$/)]);
    end.close();
    start();
    await until(() => hub.urls.length === 2);
    hub.connected('helper-2');
    await meet(sharer, 'helper-2');
    expect([state().isKeyChanged, remembered.get('device-1')]).toEqual([false, first]);
    await until(() => relays === 2);
  });

  it('that the server has swapped is found out before anything is shown or sent, and stays unknown until it is accepted', async () => {
    remembered.set('device-1', 'of another key');
    const sharer = await isIn();
    await isHeld(sharer, 0);
    expect(state().assurance).toMatchObject({ kind: 'endToEnd', digits: sharer.digits });
    expect(remembered.get('device-1')).toBe('of another key');

    end.acceptKey();
    expect(state().isKeyChanged).toBe(false);
    await until(() => relays === 1);
    await says(sharer, 'It is me');
    await until(() => state().chat.length === 1);
    await end.say('Hello');
    await until(() => sharer.heard.length === 1);
    expect(remembered.get('device-1')).not.toBe('of another key');
  });

  it('that is swapped while the session goes on takes the picture away', async () => {
    await isIn();
    await until(() => relays === 1);
    const other = await SharerHand.on(hub, 'sharer-2');
    Object.assign(KEYS, other.keys);
    await meet(other);
    await isHeld(other, 1);
    expect(state().picture.kind).toBe('none');
  });

  it('counts also where the server calls the device a page, whose keys are for once', async () => {
    record = { ...active, isUnenrolled: true };
    remembered.set('device-1', 'of the device');
    await isHeld(await isIn(), 0);
    end.close();
    remembered.clear();
    hub = new HandHub();
    await isIn();
    expect([state().isKeyChanged, remembered.size]).toEqual([false, 0]);
  });
});

describe('the picture', () => {
  it('is asked for when the pair is sealed, and shows what the sharer offers', async () => {
    const sharer = await isIn();
    const far = await sharesScreen(sharer, 1);
    expect(far.controls).toEqual([{ control: 'start', screen: null }]);
    far.end.control({ control: 'started', screens: [LEFT], screen: null });
    await until(() => state().picture.kind === 'live');
    expect(state().picture).toMatchObject({ screens: [LEFT], screen: null, way: 'relayed', frozen: undefined });
    far.end.control({ control: 'frozen', isFrozen: true, cause: 'prompt' });
    await until(() => (state().picture as LivePicture).frozen === 'prompt');
    far.end.control({ control: 'frozen', isFrozen: false, cause: 'prompt' });
    await until(() => (state().picture as LivePicture).frozen === undefined);
    expect(end.pressSpecial('ctrlAltDel')).toBe(true);
    await until(() => far.controls.length === 2);
    expect(far.controls[1]).toEqual({ control: 'specialKeys', keys: 'ctrlAltDel' });

    await far.end.write(Uint8Array.of(82, 70, 66));
    await until(() => channels[0]?.received === 3);
  });

  it('of another screen comes through another relay', async () => {
    const sharer = await isIn();
    const far = await sharesScreen(sharer, 1);
    far.end.control({ control: 'started', screens: [LEFT], screen: null });
    await until(() => state().picture.kind === 'live');
    end.chooseScreen(0);
    const other = await sharesScreen(sharer, 2);
    expect([far.closedBy, other.controls]).toEqual(['otherLeft', [{ control: 'start', screen: 0 }]]);
  });

  // SHR-24
  it('stops by its own timer at the deadline, and later when the lease was renewed', async () => {
    await isIn();
    tells(hub, { ...NAME, event: 'leaseRenewed', expiresAt: at(50) });
    clock.advanceTo(START + 50 * 60_000 - 1);
    expect(state().stage.kind).toBe('in');
    clock.advanceBy(1);
    expect(state()).toMatchObject({ stage: { kind: 'over', reason: 'expired' }, picture: { kind: 'none' } });
    expect(clock.pending).toBe(0);
  });

  it('comes back by itself after a cut, with pauses that grow, while session and chat go on', async () => {
    const sharer = await isIn();
    const far = await sharesScreen(sharer, 1);
    far.end.control({ control: 'started', screens: [], screen: null });
    await until(() => state().picture.kind === 'live');
    relay.cut();
    await until(() => state().picture.kind === 'broken');
    expect(state().picture).toMatchObject({ againAt: START + 500 });
    refusals.openRelay = [new GraphError({ status: 503, code: 'serviceUnavailable', message: 'Later.' })];
    clock.advanceBy(500);
    await until(() => state().picture.kind === 'broken' && clock.pending === 3);
    expect(state().picture).toMatchObject({ againAt: START + 1_500 });
    await end.say('still here');
    expect(state().chat.at(-1)?.isDelivered).toBe(true);
    clock.advanceBy(1_000);
    const next = await sharesScreen(sharer, 2);
    next.end.control({ control: 'started', screens: [], screen: null });
    await until(() => state().picture.kind === 'live');
    expect(channels).toHaveLength(2);
    expect(channels[0]?.readyState).toBe('closed');
  });

  it('is new, with new keys, for a sharer who comes back with another connection', async () => {
    const first = await isIn();
    await sharesScreen(first, 1);
    // Each hand has a key of its own; what another key means is seen elsewhere.
    remembered.clear();
    const second = await SharerHand.on(hub, 'sharer-2');
    const before = state().assurance;
    await meet(second);
    await until(() => state().assurance !== before);
    const far = await sharesScreen(second, 2);
    expect(far.isPaired).toBe(true);
  });

  it('that is refused says why, and is tried again when asked', async () => {
    const sharer = await isIn();
    const far = await sharesScreen(sharer, 1);
    far.end.control({ control: 'refused', why: 'wayland', text: 'Wayland shows no screen.' });
    await until(() => state().picture.kind === 'refused');
    expect(state().picture).toEqual({ kind: 'refused', why: 'wayland', text: 'Wayland shows no screen.' });
    end.tryPictureAgain();
    await sharesScreen(sharer, 2);
    expect(state().picture.kind).toBe('opening');
  });

  it('stops when the view is taken back, and ends with the session', async () => {
    const sharer = await isIn();
    const far = await sharesScreen(sharer, 1);
    tells(hub, { ...NAME, event: 'granted', by: 'sharer', grants: { ...ALL, view: false } });
    expect(state().picture.kind).toBe('none');
    await until(() => far.closedBy !== undefined);
    tells(hub, { ...NAME, event: 'granted', by: 'sharer', grants: ALL });
    const next = await sharesScreen(sharer, 2);
    record = { ...active, state: 'ended', endReason: 'expired' };
    tells(hub, { ...NAME, event: 'ended', reason: 'expired' });
    await until(() => next.closedBy !== undefined);
    expect(state().picture.kind).toBe('none');
  });
});

function helper(userId: string, displayName: string) {
  return { userId, displayName, userPrincipalName: null, access: 'admitted' };
}
