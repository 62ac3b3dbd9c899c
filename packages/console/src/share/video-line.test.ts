import type { PeerEvent } from '@open-remote-help/protocol/events';
import { HAND_CRYPTO, ManualClock, until } from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PictureState } from '../sessions/picture.ts';
import { FakeChannel, FakeConnection, FakeStream, FakeTrack } from './fake-connection.ts';
import { VideoLine } from './video-line.ts';
import { figuresIn } from './video-source.ts';

let clock: ManualClock;
let states: PictureState[];
let sent: PeerEvent[];
let connections: FakeConnection[];
let line: VideoLine;
/** Kinds of media in the next offer. */
let offered: readonly string[];
const last = () => states.at(-1);
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeStream);
  clock = new ManualClock();
  [states, sent, connections, offered] = [[], [], [], []];
  line = new VideoLine(
    {
      ...{ timers: clock, crypto: HAND_CRYPTO },
      changed: (state) => states.push(state),
      send: async (event) => sent.push(event),
      openRelay: () => Promise.reject(new Error('There is no relay.')),
      relayKeys: async () => undefined,
    },
    {
      iceServers: async () => ({
        iceServers: [{ urls: 'stun:s', username: null, credential: null } as never],
        expirationDateTime: '',
      }),
      newConnection: (configuration) => {
        const made = new FakeConnection(configuration);
        for (const kind of offered) {
          made.transceivers.push({ receiver: { track: new FakeTrack(kind) }, direction: 'sendrecv' });
        }
        connections.push(made);
        return made.real;
      },
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

/** An offer that is answered, with a picture that has come. */
async function live(): Promise<FakeConnection> {
  line.pairOpened();
  line.mayView(true);
  line.hear({ event: 'offer', sdp: 'offer' });
  await until(() => sent.length > 0);
  const [connection] = connections as [FakeConnection];
  connection.tell('track', { track: new FakeTrack(), streams: [] });
  connection.become('connected');
  return connection;
}

describe("the line of a page's picture", () => {
  // SHR-19
  it('answers what the page offers, and shows the video that comes', async () => {
    const connection = await live();
    expect(connection.configuration.iceServers).toEqual([{ urls: 'stun:s' }]);
    expect(sent).toEqual([{ event: 'answer', sdp: 'answer to offer' }]);
    expect(states.map(({ kind }) => kind)).toEqual(['opening', 'opening', 'live']);
    expect(last()).toMatchObject({ screens: [], screen: null, way: 'direct', frozen: undefined });
  });

  // SHR-19
  it('takes a picture alone: sound and other channels are turned away, and nothing is sent', async () => {
    offered = ['audio', 'video'];
    line.mayView(true);
    line.hear({ event: 'candidate', candidate: 'early', sdpMid: null, sdpMLineIndex: null });
    line.hear({ event: 'offer', sdp: 'offer' });
    await until(() => sent.length > 0);
    const [connection] = connections as [FakeConnection];
    expect(connection.transceivers.map(({ direction }) => direction)).toEqual(['inactive', 'recvonly']);
    expect(connection.candidates.map(({ candidate }) => candidate)).toEqual(['early']);
    connection.tell('track', { track: new FakeTrack('audio'), streams: [] });
    expect(last()?.kind).toBe('opening');
    const other = new FakeChannel('files');
    connection.tell('datachannel', { channel: other });
    expect(other.readyState).toBe('closed');
  });

  // SHR-23
  it('stands still while the page says that it is paused', async () => {
    const connection = await live();
    const channel = new FakeChannel('state');
    connection.tell('datachannel', { channel });
    channel.tell('message', { data: '{"isPaused":true}' });
    expect(last()).toMatchObject({ kind: 'live', frozen: 'paused' });
    channel.tell('message', { data: 'nonsense' });
    channel.tell('message', { data: '{"isPaused":false}' });
    expect(last()).toMatchObject({ kind: 'live', frozen: undefined });
  });

  it('says at once that the picture broke, and shows it again when it is found', async () => {
    const connection = await live();
    connection.transceivers.push({ receiver: { track: new FakeTrack() }, direction: 'recvonly' });
    connection.become('disconnected');
    expect(last()?.kind).toBe('broken');
    connection.become('connected');
    expect(last()?.kind).toBe('live');
  });

  it('begins anew with another connection of the page', async () => {
    const connection = await live();
    line.pairOpened();
    expect([connection.isClosed, last()?.kind]).toEqual([true, 'opening']);
    line.hear({ event: 'offer', sdp: 'second' });
    await until(() => connections.length === 2);
  });

  it('shows nothing without the view, and nothing after it is closed', async () => {
    line.hear({ event: 'offer', sdp: 'offer' });
    await settle();
    expect([connections, sent]).toEqual([[], []]);
    const connection = await live();
    line.mayView(false);
    expect([connection.isClosed, last()?.kind]).toEqual([true, 'none']);
    line.close();
    connection.become('failed');
    expect([last()?.kind, clock.pending]).toEqual(['none', 0]);
  });

  it('survives an offer that makes no sense', async () => {
    line.mayView(true);
    line.hear({ event: 'offer', sdp: 'nonsense' });
    await until(() => last()?.kind === 'broken');
    line.hear({ event: 'offer', sdp: 'offer' });
    await until(() => sent.length > 0);
  });
});

describe('the figures of a picture', () => {
  it('come from what the browser counts', () => {
    const report = new Map(
      [
        { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
        { id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R', currentRoundTripTime: 0.012 },
        { id: 'Q', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 9 },
        { id: 'L', type: 'local-candidate', candidateType: 'host' },
        { id: 'R', type: 'remote-candidate', candidateType: 'relay' },
        { id: 'A', type: 'inbound-rtp', kind: 'audio', bytesReceived: 1 },
        { id: 'V', type: 'inbound-rtp', kind: 'video', bytesReceived: 5_000, framesDecoded: 60 },
      ].map((stat) => [stat.id, stat]),
    );
    expect(figuresIn(report as unknown as RTCStatsReport)).toEqual({
      ...{ frames: 60, bytes: 5_000, roundTripMs: 12, isRelayed: true },
    });
    expect(figuresIn(new Map() as unknown as RTCStatsReport)).toEqual({
      ...{ frames: 0, bytes: 0, roundTripMs: undefined, isRelayed: false },
    });
  });
});
