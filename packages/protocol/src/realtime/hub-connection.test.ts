import { ManualClock } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { HubConnection } from './hub-connection.ts';
import type { SocketListener } from './socket.ts';

/** A socket as the connection opened it, moved by hand. */
interface Opened {
  readonly url: string;
  readonly listener: SocketListener;
  readonly sent: unknown[];
  closedBy: string | undefined;
  say(frame: object): void;
}

let clock: ManualClock;
let sockets: Opened[];
let told: string[];
let refusal: Error | undefined;
let uris: number;
let connection: HubConnection;
beforeEach(() => {
  clock = new ManualClock();
  sockets = [];
  told = [];
  refusal = undefined;
  uris = 0;
  connection = new HubConnection({
    openSocket: (url, _subprotocol, listener) => {
      const opened: Opened = {
        ...{ url, listener, sent: [], closedBy: undefined },
        say: (frame) => listener.message(JSON.stringify(frame)),
      };
      sockets.push(opened);
      return {
        send: (text) => opened.sent.push(JSON.parse(text)),
        close: (how) => {
          opened.closedBy = how;
        },
      };
    },
    timers: clock,
    random: () => 1,
    accessUri: async () => {
      if (refusal) throw refusal;
      uris += 1;
      return `ws://hub/client?access_token=${uris}`;
    },
    mayRetry: (error) => (error as Error).message === 'later',
    listener: {
      connected: (id, isRecovery) => told.push(`${isRecovery ? 'recovered' : 'connected'} ${id}`),
      message: ({ from, data }) => told.push(`${from} ${JSON.stringify(data)}`),
      interrupted: () => told.push('interrupted'),
      gone: (error) => told.push(`gone: ${(error as Error).message}`),
    },
  });
});

const last = () => {
  const socket = sockets.at(-1);
  if (!socket) throw new Error('No socket was opened.');
  return socket;
};
/** Lets what waits for an access URI go on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function connect(connectionId = 'one'): Promise<Opened> {
  connection.start();
  await settle();
  last().say({ type: 'system', event: 'connected', connectionId, reconnectionToken: 'token-1' });
  return last();
}

const message = (sequenceId: number, data: unknown) => ({ type: 'message', from: 'server', sequenceId, data });

describe('a connection to a hub', () => {
  it('acknowledges what it heard, and tells nothing twice', async () => {
    const socket = await connect();
    for (const sequenceId of [1, 2, 2, 1, 3]) socket.say(message(sequenceId, sequenceId));
    expect(told).toEqual(['connected one', 'server 1', 'server 2', 'server 3']);
    expect(socket.sent).toContainEqual({ type: 'sequenceAck', sequenceId: 3 });
  });

  it('recovers with its id and token, and sends again what was not acknowledged', async () => {
    const first = await connect();
    connection.sendToGroup('g', 'a');
    connection.sendToGroup('g', 'b');
    first.say({ type: 'ack', ackId: 1, success: true });
    first.listener.closed(1006);
    connection.sendToGroup('g', 'c');
    clock.advanceBy(500);
    expect(last().url).toBe('ws://hub/client?access_token=1&awps_connection_id=one&awps_reconnection_token=token-1');
    last().say({ type: 'system', event: 'connected', connectionId: 'one', reconnectionToken: 'token-2' });
    expect(last().sent).toMatchObject([
      { ackId: 2, data: 'b' },
      { ackId: 3, data: 'c' },
    ]);
    expect(told).toEqual(['connected one', 'interrupted', 'recovered one']);
  });

  it.each([
    ['the hub refuses the recovery', (socket: Opened) => socket.listener.closed(1008)],
    [
      'the hub said goodbye',
      (socket: Opened) => {
        socket.say({ type: 'system', event: 'disconnected', message: 'stopping' });
        socket.listener.closed(1001);
      },
    ],
    ['what it says is no frame', (socket: Opened) => socket.listener.message('[1')],
  ])('opens anew, with a fresh access URI, when %s', async (_, breaks) => {
    breaks(await connect());
    clock.advanceBy(500);
    await settle();
    expect(last().url).toBe('ws://hub/client?access_token=2');
    last().say({ type: 'system', event: 'connected', connectionId: 'two', reconnectionToken: 't' });
    last().say(message(1, 'numbered anew'));
    expect(told.slice(-2)).toEqual(['connected two', 'server "numbered anew"']);
  });

  it('gives a recovery up after a while, waits longer each time, and asks until it is refused for good', async () => {
    (await connect()).listener.closed(1006);
    const waits: number[] = [];
    refusal = new Error('later');
    for (let attempt = 0; attempt < 9; attempt++) {
      const [before, count] = [clock.now(), sockets.length];
      const pending = clock.pending;
      expect(pending).toBe(1);
      for (let ms = 500; sockets.length === count && ms <= 30_000; ms += 500) {
        clock.advanceBy(500);
        await settle();
        if (clock.now() - before >= 30_000) break;
      }
      waits.push(clock.now() - before);
      if (sockets.length > count) last().listener.closed(1006);
    }
    expect(waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(sockets).toHaveLength(5);
    refusal = new Error('never');
    clock.advanceBy(60_000);
    await settle();
    expect(told.at(-1)).toBe('gone: never');
    expect(clock.pending).toBe(0);
  });

  it('asks for a sign of life, and cuts a socket that gives none without giving the connection up', async () => {
    const socket = await connect();
    clock.advanceBy(20_000);
    expect(socket.sent).toEqual([{ type: 'ping' }]);
    socket.say({ type: 'pong' });
    clock.advanceBy(40_000);
    expect(socket.closedBy).toBeUndefined();
    clock.advanceBy(20_000);
    expect(socket.closedBy).toBe('toComeBack');
    socket.say(message(1, 'too late'));
    expect(told).toEqual(['connected one', 'interrupted']);
  });

  it('a hub that accepts and closes at once is not asked in a tight loop', async () => {
    const socket = await connect();
    socket.listener.closed(1008);
    clock.advanceBy(500);
    await settle();
    last().say({ type: 'system', event: 'connected', connectionId: 'two', reconnectionToken: 't' });
    last().listener.closed(1008);
    clock.advanceBy(999);
    await settle();
    expect(sockets).toHaveLength(2);
    clock.advanceBy(1);
    await settle();
    expect(sockets).toHaveLength(3);
  });

  it('once closed is silent for good', async () => {
    const socket = await connect();
    connection.close();
    socket.listener.closed(1000);
    socket.say(message(1, 'after'));
    clock.advanceBy(120_000);
    expect(socket.closedBy).toBe('forGood');
    expect([told, sockets.length, clock.pending]).toEqual([['connected one'], 1, 0]);
    expect(() => connection.sendToGroup('g', 'a')).toThrow('Nothing can be sent');
  });
});
