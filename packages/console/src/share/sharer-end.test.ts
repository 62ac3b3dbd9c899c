import type { ClaimAnswer, IceServers } from '@open-remote-help/protocol';
import {
  type ControlEventOf,
  encodeControlEvent,
  PairLinks,
  type PeerEvent,
  type UnknownEvent,
} from '@open-remote-help/protocol/events';
import { HAND_CRYPTO, HandHub, ManualClock, tells, until } from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeConnection, FakeStream, FakeTrack } from './fake-connection.ts';
import { PageError } from './page-error.ts';
import { newPageKey } from './page-key.ts';
import { SharerEnd, type SharerServer } from './sharer-end.ts';

const NAME = { sessionKey: 'rh_key', revision: 1 } as const;
const ANNA = { userId: 'anna', name: 'Anna', mail: 'anna@example.org', organization: 'Contoso' };
const START = 1_767_225_600_000;
const VIEW = { view: true, control: false, clipboardToHelper: false, clipboardToSharer: false };
const KEYS = { key: btoa('k'.repeat(32)), iv: btoa('i'.repeat(16)) };
const requested: ControlEventOf<'requested'> = {
  ...{ ...NAME, event: 'requested', sessionType: 'viewScreen', helper: ANNA, until: '2026-01-01T00:05:00Z' },
  helperSays: { reason: 'The printer', ticket: null },
};
const ice: IceServers = { iceServers: [{ urls: 'stun:s' }], expirationDateTime: '2026-01-01T01:00:00Z' };

let clock: ManualClock;
let hub: HandHub;
let end: SharerEnd;
let asked: string[];
let joins: number;
let connections: FakeConnection[];
let track: FakeTrack;
/** Refused once, by method. */
let refusals: Partial<Record<'accept' | 'stop' | 'join', Error>>;
/** The helper's end. */
let helper: PairLinks;
let heard: (PeerEvent | UnknownEvent)[];
let digits: string;

const server: SharerServer = {
  claimed: { sessionKey: 'rh_key', requested: encodeControlEvent(requested) } as unknown as ClaimAnswer,
  local: (instant) => instant,
  join: async () => {
    joins += 1;
    refuse('join');
    return {
      ...{ state: 'requested', pubSubGroupId: 'g', pubSubSharerAccessUri: 'ws://hub', isChatBlocked: false },
      sessionExpirationDateTime: '2026-01-01T01:00:00Z',
      connections: [{ connectionId: 'helper-1', ...KEYS }],
    } as const;
  },
  accept: async (grants, promptId) => {
    refuse('accept');
    asked.push(`accept ${promptId ?? ''} ${Object.keys(grants).filter((name) => grants[name as 'view'])}`);
  },
  decline: async (isReported, promptId) => void asked.push(`decline ${promptId ?? ''} ${isReported}`),
  iceServers: async () => ice,
  requests: async () => [],
  stop: async () => {
    asked.push('stop');
    refuse('stop');
  },
  close: () => void asked.push('close'),
};

function refuse(name: keyof typeof refusals): void {
  const error = refusals[name];
  delete refusals[name];
  if (error) throw error;
}

beforeEach(async () => {
  vi.stubGlobal('MediaStream', FakeStream);
  clock = new ManualClock(START);
  hub = new HandHub();
  [asked, connections, heard, digits, refusals] = [[], [], [], '', {}];
  track = new FakeTrack();
  helper = new PairLinks({
    crypto: HAND_CRYPTO,
    end: { party: 'helper' },
    keysOf: async () => KEYS,
    transmit: (frame) => hub.message('group', frame),
    listener: {
      opened: (_, assurance) => {
        digits = assurance.kind === 'endToEnd' ? assurance.digits : 'none';
      },
      event: (_, event) => heard.push(event),
      refused: () => undefined,
    },
  });
  helper.connectedAs('helper-1');
  helper.allow({ grants: VIEW, blockChat: false });
  hub.onGroup = (data) => void helper.receive(data);
  end = new SharerEnd({
    ...{ server, key: await newPageKey(crypto), crypto: HAND_CRYPTO, openSocket: hub.openSocket, clock },
    newId: () => 'id',
    newConnection: (configuration) => {
      const made = new FakeConnection(configuration);
      connections.push(made);
      return made.real;
    },
  });
});
afterEach(() => vi.unstubAllGlobals());

/** Connected, and nobody has answered. */
async function connected(): Promise<void> {
  end.start();
  await until(() => hub.urls.length > 0);
  hub.connected('sharer-1');
  tells(hub, { ...NAME, event: 'policy', blockChat: false });
}

const paired: ControlEventOf<'paired'> = {
  ...{ ...NAME, event: 'paired', helper: ANNA },
  ...{ helperConnectionId: 'helper-1', sharerConnectionId: 'sharer-1' },
};

/** Said yes, and the helper's end is there. */
async function sharing(): Promise<FakeConnection> {
  await connected();
  await end.share(track.real);
  tells(hub, paired);
  helper.paired(paired);
  await until(() => heard.some(({ event }) => event === 'offer'));
  return connections[0] as FakeConnection;
}

const stage = () => end.state.stage;

describe('the end of a sharer in a browser', () => {
  it('says who asks, and sends nothing before there is an answer', async () => {
    await connected();
    expect(end.state).toMatchObject({ stage: { kind: 'asked' }, asking: { helper: ANNA }, connection: 'open' });
    expect([asked, connections]).toEqual([[], []]);
  });

  // SHR-22, DEV-28
  it('says yes only with a picture, and only once its connection is known', async () => {
    const shared = end.share(track.real);
    expect([stage().kind, asked]).toEqual(['starting', []]);
    await connected();
    await shared;
    expect([stage().kind, asked]).toEqual(['sharing', ['accept  view']]);
  });

  // SHR-22
  it('asks again where the answer did not arrive', async () => {
    await connected();
    refusals.accept = new PageError('unavailable', 'later');
    await expect(end.share(track.real)).rejects.toThrow('later');
    expect(stage().kind).toBe('asked');
    await end.share(track.real);
    expect(stage().kind).toBe('sharing');
  });

  // SHR-19, EV-16
  it('offers the picture to each helper, through the sealed pair, under six digits', async () => {
    const connection = await sharing();
    expect(heard).toEqual([{ event: 'offer', sdp: 'offer 1' }]);
    expect(end.state.seenBy).toEqual([{ connectionId: 'helper-1', userId: 'anna', name: 'Anna', digits, sees: false }]);
    expect(digits).toMatch(/^\d{6}$/);
    expect(connection.configuration.iceServers).toEqual([{ urls: 'stun:s' }]);
    await helper.send({ event: 'candidate', candidate: 'early', sdpMid: '0', sdpMLineIndex: 0 });
    await helper.send({ event: 'answer', sdp: 'answer' });
    await helper.send({ event: 'candidate', candidate: 'late', sdpMid: '0', sdpMLineIndex: 0 });
    await until(() => connection.candidates.length === 2);
    expect(connection.candidates.map(({ candidate }) => candidate)).toEqual(['early', 'late']);
    connection.become('connected');
    expect(end.state.seenBy[0]?.sees).toBe(true);
  });

  // SHR-19
  it('looks for another way when all are lost', async () => {
    const connection = await sharing();
    connection.become('failed');
    expect(end.state.seenBy[0]?.sees).toBe(false);
    clock.advanceBy(1_000);
    await until(() => heard.length === 2);
    expect(connection.offers).toEqual([{}, { iceRestart: true }]);
  });

  // SHR-18
  it('asks for credentials anew when the lease is renewed, and lives as long', async () => {
    const connection = await sharing();
    tells(hub, { ...NAME, event: 'leaseRenewed', expiresAt: '2026-01-01T01:30:00Z' });
    await until(() => connection.configurations.length === 1);
    clock.advanceTo(START + 90 * 60_000 - 1);
    expect(stage().kind).toBe('sharing');
    clock.advanceBy(1);
    expect(stage()).toEqual({ kind: 'over', reason: 'expired' });
  });

  // SHR-24
  it('stops by its own timer at the deadline, whatever it is told', async () => {
    const connection = await sharing();
    clock.advanceBy(60 * 60_000);
    expect([stage(), track.isStopped, connection.isClosed]).toEqual([{ kind: 'over', reason: 'expired' }, true, true]);
  });

  // SHR-24
  it('waits for an answer as long as the question lasts, though the lease is longer', async () => {
    await connected();
    clock.advanceBy(5 * 60_000);
    expect(stage()).toEqual({ kind: 'over', reason: 'timedOut' });
  });

  // SHR-23
  it('cuts its picture at once when it is stopped, and tells the server until it hears', async () => {
    const connection = await sharing();
    refusals.stop = new PageError('unavailable', 'later');
    const stopped = end.stop();
    expect([track.isStopped, connection.isClosed, hub.closed]).toEqual([true, true, 'forGood']);
    await until(() => asked.filter((each) => each === 'stop').length === 1 && clock.pending > 0);
    clock.advanceBy(500);
    await stopped;
    expect(asked.filter((each) => each === 'stop')).toHaveLength(2);
    expect([stage(), clock.pending]).toEqual([{ kind: 'over', reason: 'endedBySharer' }, 0]);
  });

  // SHR-23
  it('ends the session when the picture ends', async () => {
    await sharing();
    track.tell('ended');
    expect(stage()).toEqual({ kind: 'over', reason: 'endedBySharer' });
    expect(asked).toContain('stop');
  });

  // SHR-23
  it('sends nothing of the picture while it is paused, also to who comes then, and says so', async () => {
    const connection = await sharing();
    const [channel] = connection.channels;
    channel?.open();
    await end.pause(true);
    expect(connection.transceivers[0]?.sender?.track).toBeNull();
    await end.pause(false);
    expect(connection.transceivers[0]?.sender?.track).toBe(track);
    expect(channel?.sent.map((text) => JSON.parse(text))).toEqual([
      ...[{ isPaused: false }, { isPaused: true }, { isPaused: false }],
    ]);
  });

  it('passes on what the helper points at, and chat both ways', async () => {
    await sharing();
    const seen: string[] = [];
    end.onPointing((from, { event }) => seen.push(`${from} ${event}`));
    await helper.send({ event: 'pointer', screen: 0, x: 1, y: 2, isVisible: true });
    await helper.send({ event: 'chat', id: '1', text: 'hello' });
    await until(() => end.state.chat.length === 1);
    await end.say('hi');
    expect(seen).toEqual(['helper-1 pointer']);
    expect(end.state.chat.map(({ from, text, isDelivered }) => [from?.name, text, isDelivered])).toEqual([
      ...[
        [ANNA.name, 'hello', true],
        [undefined, 'hi', true],
      ],
    ]);
    tells(hub, { ...NAME, event: 'policy', blockChat: true });
    await expect(end.say('more')).rejects.toMatchObject({ reason: 'blocked' });
  });

  // SHR-14
  it('asks about another helper, and declines what a page cannot give', async () => {
    await sharing();
    const ben = { ...ANNA, userId: 'ben', name: 'Ben' };
    const says = { helperSays: { reason: null, ticket: null }, wants: VIEW, until: '2026-01-01T00:06:00Z' };
    tells(hub, { ...NAME, event: 'asked', promptId: 'p1', kind: 'access', helper: ben, ...says });
    tells(hub, { ...NAME, event: 'asked', promptId: 'p2', kind: 'rights', helper: ben, ...says });
    expect(end.state.prompts.map(({ promptId }) => promptId)).toEqual(['p1']);
    await end.answer('p1', true);
    expect(asked.slice(1)).toEqual(['decline p2 false', 'accept p1 view']);
    tells(hub, { ...NAME, event: 'asked', promptId: 'p3', kind: 'access', helper: ben, ...says });
    tells(hub, { ...NAME, event: 'withdrawn', promptId: 'p3' });
    expect(end.state.prompts).toEqual([]);
  });

  // DEV-40
  it.each([true, false])(
    'is paired with a helper whom the person let in: %s, and with nobody else',
    async (isLetIn) => {
      await sharing();
      const ben = { ...ANNA, userId: 'ben', name: 'Ben' };
      const says = { helperSays: { reason: null, ticket: null }, wants: VIEW, until: '2026-01-01T00:06:00Z' };
      tells(hub, { ...NAME, event: 'asked', promptId: 'p1', kind: 'access', helper: ben, ...says });
      await end.answer('p1', isLetIn);
      joins = 0;
      tells(hub, { ...paired, helper: { ...ben, name: 'Anna' }, helperConnectionId: 'helper-2' });
      expect(joins).toBe(isLetIn ? 1 : 0);
    },
  );

  it('forgets a helper who left, and is over when the server says so', async () => {
    const connection = await sharing();
    tells(hub, { ...NAME, event: 'presence', party: 'helper', userId: 'anna', isPresent: false });
    expect([end.state.seenBy, connection.isClosed]).toEqual([[], true]);
    tells(hub, { ...NAME, event: 'ended', reason: 'endedByHelper' });
    expect(stage()).toEqual({ kind: 'over', reason: 'endedByHelper' });
    expect([track.isStopped, clock.pending]).toEqual([true, 0]);
  });

  it('declines, and leaves nothing behind', async () => {
    await connected();
    await end.decline(true);
    expect([stage(), asked]).toEqual([{ kind: 'over', reason: 'declined' }, ['close', 'decline  true']]);
    await end.stop();
    expect(asked).not.toContain('stop');
  });

  // SHR-19
  it('survives an answer that makes no sense', async () => {
    const connection = await sharing();
    await helper.send({ event: 'answer', sdp: 'nonsense' });
    await helper.send({ event: 'chat', id: '2', text: 'still here' });
    await until(() => end.state.chat.length === 1);
    expect([stage().kind, connection.isClosed]).toEqual(['sharing', false]);
  });
});
