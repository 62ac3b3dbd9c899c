/** Relays on real sockets: how two ends come together, and everybody who should not be there (RLY-1 … RLY-17). */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Bytes, webCryptoPort } from '@open-remote-help/protocol/events';
import {
  binarySocketPort,
  encodeGrantFrame,
  PAIRED_FRAME,
  RELAY_MESSAGE_BYTES,
  RELAY_SUBPROTOCOL,
  RelayEnd,
} from '@open-remote-help/protocol/relay';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawClient, refusalOf } from './raw-client.ts';
import { OWN_PAGE, type Rig, type RigOptions, startRig } from './rig.ts';

const CUTS = 'remote_help_relay_cuts_total';
const REFUSED = 'remote_help_gateway_refused_handshakes_total';
const SECOND = 1_000;

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

async function restart(options: RigOptions): Promise<void> {
  await rig.close();
  rig = await startRig(options);
}

const place = (helper = 'h', session = 's') => ({
  ...{ sessionId: session, helperConnectionId: helper, sharerConnectionId: `sharer of ${session}` },
});
const uri = () => rig.relays.uri(rig.endpoint);

/** A relay that is made ready, with a grant for each end. */
function newRelay(helper?: string, session?: string) {
  const id = rig.relays.newRelayId();
  const of = place(helper, session);
  const helpers = rig.relays.open(id, of);
  return { id, helpers, sharers: rig.relays.join(id, of.sessionId) ?? '' };
}

async function connect(grant?: string, options = {}): Promise<RawClient> {
  const client = new RawClient(uri(), RELAY_SUBPROTOCOL, options);
  await once(client.socket, 'open');
  if (grant !== undefined) client.send(encodeGrantFrame(grant));
  return client;
}

/** Both ends of a new relay, told that they are paired. */
async function paired(helperConnection?: string, session?: string) {
  const relay = newRelay(helperConnection, session);
  const [helper, sharer] = await Promise.all([connect(relay.helpers), connect(relay.sharers)]);
  expect(await Promise.all([helper.next(), sharer.next()])).toEqual([PAIRED_FRAME, PAIRED_FRAME]);
  return { ...relay, helper, sharer };
}

const cuts = (reason: string) => rig.metric(`${CUTS}{reason="${reason}"}`);

/** The TCP socket below a client. */
function below({ socket }: RawClient): Socket {
  return (socket as unknown as { readonly _socket: Socket })._socket;
}

/** Somebody else's relay works. */
async function expectService(): Promise<void> {
  const { helper, sharer } = await paired('somebody else', 'another session');
  helper.socket.send(Buffer.from('served'));
  expect(await sharer.next()).toBe(`hex:${Buffer.from('served').toString('hex')}`);
  helper.socket.close();
  await sharer.closed;
}

describe('a relay', () => {
  // RLY-1, RLY-4
  it('passes binary messages on as they are, both ways and in order', async () => {
    const { helper, sharer } = await paired();
    const lengths = [0, 1, 125, 126, 65_535, 65_536, RELAY_MESSAGE_BYTES];
    const messages = lengths.map((length) => Buffer.alloc(length, length % 251));
    for (const message of messages) {
      helper.socket.send(message);
      sharer.socket.send(message);
    }
    for (const message of messages) {
      const wanted = `hex:${message.toString('hex')}`;
      expect((await sharer.next()) === wanted && (await helper.next()) === wanted).toBe(true);
    }
    const total = lengths.reduce((sum, length) => sum + length);
    expect(await rig.metric('remote_help_relay_bytes_total{direction="toSharer"}')).toBe(total);
    expect(await rig.metric('remote_help_relay_bytes_total{direction="toHelper"}')).toBe(total);
    expect(await rig.metric('remote_help_relays')).toBe(1);
  });

  // RLY-4
  it('is the same for a message in fragments', async () => {
    const { helper, sharer } = await paired();
    helper.socket.send(Buffer.from('ab'), { fin: false });
    helper.socket.send(Buffer.from('cd'), { fin: true });
    expect(await sharer.next()).toBe('hex:61626364');
  });

  it('carries a sealed stream between our own ends, and measures the way', async () => {
    const crypto = webCryptoPort(globalThis.crypto);
    const keys = { toSharer: crypto.randomBytes(32), toHelper: crypto.randomBytes(32) };
    const openSocket = binarySocketPort(globalThis.WebSocket);
    const relay = newRelay();
    const heard: Bytes[] = [];
    const over: string[] = [];
    const newEnd = (party: 'helper' | 'sharer', relayGrant: string) => {
      const both = Promise.withResolvers<void>();
      const end: RelayEnd = new RelayEnd({
        ...{ party, crypto, keys, openSocket, timers: rig.clock },
        offer: { relayId: relay.id, relayUri: uri(), relayGrant },
        listener: {
          paired: () => both.resolve(),
          data: (bytes) => {
            heard.push(bytes);
            end.drawn(bytes.length);
          },
          control: ({ control }) => over.push(control),
          closed: (reason) => over.push(`${party} ${reason}`),
        },
      });
      end.start();
      return { end, paired: both.promise };
    };
    const helper = newEnd('helper', relay.helpers);
    const sharer = newEnd('sharer', relay.sharers);
    await Promise.all([helper.paired, sharer.paired]);
    helper.end.control({ control: 'start', screen: null });
    const picture = Buffer.alloc(3_000_000, 'picture');
    await sharer.end.write(new Uint8Array(picture));
    expect(await helper.end.ping()).toBe(0);
    await expect.poll(() => heard.reduce((sum, { length }) => sum + length, 0), { interval: 1 }).toBe(picture.length);
    expect(Buffer.concat(heard).equals(picture)).toBe(true);
    sharer.end.close();
    await expect.poll(() => over, { interval: 1 }).toEqual(['start', 'sharer closed', 'helper otherLeft']);
  });

  // RLY-12
  it('closes the other end at once when one is killed in the middle of a message', async () => {
    const { helper, sharer } = await paired();
    helper.socket.send(Buffer.alloc(100));
    await sharer.next();
    below(helper).write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4, 5]));
    below(helper).resetAndDestroy();
    expect((await sharer.closed).code).toBe(1000);
    expect([await cuts('lost'), rig.relays.size]).toEqual([1, 0]);
  });

  // RLY-12
  it.each([
    [1000, 1000],
    [4000, 4000],
    [4001, 1000],
  ])('closes the other end when one closes with %i, with %i', async (code, told) => {
    const { helper, sharer } = await paired();
    sharer.socket.close(code);
    expect((await helper.closed).code).toBe(told);
    expect(await cuts('left')).toBe(1);
  });

  // RLY-13
  it('is cut with its session, and with either connection of its pair', async () => {
    const ends = [
      (relay: { id: string }) => rig.relays.cut(relay.id),
      () => rig.relays.cutSession('s'),
      () => rig.relays.cutConnection('h'),
      () => rig.relays.cutConnection('sharer of s'),
    ];
    for (const end of ends) {
      const relay = await paired();
      end(relay);
      const [ofHelper, ofSharer] = await Promise.all([relay.helper.closed, relay.sharer.closed]);
      expect(ofSharer).toEqual(ofHelper);
    }
    expect([await cuts('sessionOver'), await rig.metric('remote_help_relays')]).toEqual([3, 0]);
    rig.relays.cutSession('s');
    await expectService();
  });

  // RLY-13
  it('tells both ends that the session is over, and passes nothing on after that', async () => {
    const { helper, sharer } = await paired();
    helper.socket.send(Buffer.from('late'));
    rig.relays.cutSession('s');
    expect([(await helper.closed).code, (await sharer.closed).code]).toEqual([1008, 1008]);
    expect(sharer.frames).toEqual([PAIRED_FRAME]);
  });

  // RLY-14
  it("gives way to a newer one of the same helper's connection, once that is entered", async () => {
    const older = await paired('h1');
    const others = await paired('h2');
    const newer = newRelay('h1');
    older.helper.socket.send(Buffer.from('1'));
    await older.sharer.next();
    const helper = await connect(newer.helpers);
    expect([(await older.helper.closed).code, (await older.sharer.closed).code]).toEqual([1008, 1008]);
    await connect(newer.sharers);
    expect(await helper.next()).toBe(PAIRED_FRAME);
    others.sharer.socket.send(Buffer.from('2'));
    expect(await others.helper.next()).toBe('hex:32');
    expect(await cuts('replaced')).toBe(1);
  });

  // RLY-14
  it('can be had 20 times in a minute by one connection, and 32 of a session are open at one time', () => {
    for (let count = 0; count < 20; count++) {
      expect(rig.relays.waitMs(place())).toBe(0);
      newRelay();
      rig.clock.advanceBy(SECOND);
    }
    expect(rig.relays.waitMs(place())).toBe(40 * SECOND);
    expect(rig.relays.waitMs(place('h2'))).toBe(0);
    rig.clock.advanceBy(40 * SECOND);
    expect(rig.relays.waitMs(place())).toBe(0);
    for (let count = rig.relays.size; count < 32; count++) newRelay(`h${count}`);
    expect(rig.relays.waitMs(place('h9'))).toBeGreaterThan(0);
    expect(rig.relays.waitMs(place('h9', 'another'))).toBe(0);
  });

  it('is nothing to be had without its session; nothing is left of it, and no timer', async () => {
    const { helper, sharer } = await paired();
    helper.socket.close();
    await sharer.closed;
    expect([rig.relays.size, rig.clock.pending]).toEqual([0, 0]);
    const { id } = newRelay();
    expect(rig.relays.join(id, 'another session')).toBeUndefined();
    expect(rig.relays.join('no relay', 's')).toBeUndefined();
    rig.clock.advanceBy(30 * SECOND);
    expect([rig.relays.size, rig.clock.pending]).toEqual([0, 0]);
  });
});

describe('a grant', () => {
  const refusedWith = async (client: RawClient) => (await client.closed).code;

  // RLY-2
  it('is 256 random bits beside the name of its relay, and new each time', () => {
    const { id, helpers, sharers } = newRelay();
    expect(helpers).toMatch(new RegExp(`^${id}\\.[A-Za-z0-9_-]{43}$`));
    expect(rig.relays.join(id, 's')).not.toBe(sharers);
  });

  // RLY-2
  it.each<[string, () => string]>([
    ['none', () => ''],
    ['one that was made up', () => `${'A'.repeat(22)}.${'A'.repeat(43)}`],
    ['one with another secret', () => `${newRelay().id}.${'A'.repeat(43)}`],
    ["another relay's secret", () => `${newRelay('h1').id}.${newRelay('h2').helpers.split('.')[1]}`],
    ['one that was made anew since', () => withNewGrant()],
  ])('that is %s opens nothing, and is counted', async (_, grant) => {
    expect(await refusedWith(await connect(grant()))).toBe(1008);
    expect(await rig.metric(`${REFUSED}{reason="grant"}`)).toBe(1);
    await expectService();
  });

  // RLY-2
  it('is good once, also for a relay that nobody else has entered yet', async () => {
    const { helpers } = newRelay();
    await connect(helpers);
    expect(await refusedWith(await connect(helpers))).toBe(1008);
  });

  // RLY-2
  it('lets no third connection in', async () => {
    const { helper, sharer, helpers, sharers, id } = await paired();
    expect(await Promise.all([helpers, sharers].map(async (each) => refusedWith(await connect(each))))).toEqual([
      1008, 1008,
    ]);
    expect(rig.relays.join(id, 's')).toBeUndefined();
    helper.socket.send(Buffer.from('!'));
    expect(await sharer.next()).toBe('hex:21');
  });

  // RLY-2
  it('is good for 30 seconds', async () => {
    const { helpers } = newRelay('h1');
    const another = newRelay('h2');
    rig.clock.advanceBy(30 * SECOND - 1);
    const client = await connect(helpers);
    await expect.poll(() => rig.relays.waitMs(place('h1')), { interval: 1 }).toBe(0);
    rig.clock.advanceBy(1);
    expect(await refusedWith(await connect(another.helpers))).toBe(1008);
    client.socket.terminate();
  });

  // RLY-2, RLY-13
  it('is good for nothing once its session is over', async () => {
    const { helpers, sharers } = newRelay();
    rig.relays.cutSession('s');
    expect(await refusedWith(await connect(helpers))).toBe(1008);
    expect(await refusedWith(await connect(sharers))).toBe(1008);
  });

  // RLY-2
  it('lets two helpers into their own relays alone', async () => {
    const [first, second] = [await paired('h1'), await paired('h2')];
    first.helper.socket.send(Buffer.from('1'));
    second.helper.socket.send(Buffer.from('2'));
    expect(await Promise.all([first.sharer.next(), second.sharer.next()])).toEqual(['hex:31', 'hex:32']);
    expect(await rig.metric('remote_help_relays')).toBe(2);
  });

  // RLY-2
  it("of one party takes that party's place: two of them make no pair", async () => {
    const id = rig.relays.newRelayId();
    const first = rig.relays.open(id, place());
    const second = rig.relays.open(id, place());
    expect(await refusedWith(await connect(first))).toBe(1008);
    const helper = await connect(second);
    rig.clock.advanceBy(0);
    helper.socket.ping();
    await once(helper.socket, 'pong');
    expect(helper.frames).toEqual([]);
  });

  function withNewGrant(): string {
    const { id, sharers } = newRelay();
    rig.relays.join(id, 's');
    return sharers;
  }
});

describe('who is not wanted', () => {
  // RLY-15
  it.each<[string, (client: RawClient) => void]>([
    ['sends bytes first', (client) => client.socket.send(Buffer.from(encodeGrantFrame(newRelay().helpers)))],
    ['sends no JSON', (client) => client.send('hello')],
    ['sends a frame that is too long', (client) => client.send(`{"version":1,"grant":"${'x'.repeat(1_024)}"}`)],
    ['speaks a later version', (client) => client.send({ version: 2, grant: newRelay().helpers })],
  ])('is refused when it %s', async (_, deed) => {
    const client = await connect();
    deed(client);
    expect((await client.closed).code).toBe(1008);
    await expectService();
  });

  // RLY-15
  it('is refused after 5 seconds without a grant', async () => {
    const client = await connect();
    client.socket.ping();
    await once(client.socket, 'pong');
    rig.clock.advanceBy(5 * SECOND - 1);
    client.socket.ping();
    await once(client.socket, 'pong');
    rig.clock.advanceBy(1);
    expect(await client.closed).toEqual({ code: 1008, reason: 'No grant was shown.' });
  });

  // RLY-15
  it('crowds out itself with sockets that show no grant', async () => {
    await restart({ limits: { handshakes: 20, handshakesPerSource: 20 } });
    const first = await connect();
    for (let count = 0; count < 20; count++) await connect();
    expect((await first.closed).code).toBe(1006);
    expect(await rig.metric(`${REFUSED}{reason="tooManyHandshakes"}`)).toBe(1);
    await expectService();
  });

  // RLY-15
  it('is told so after too many refusals, and a good grant still opens', async () => {
    await restart({ strangers: 3 });
    for (let count = 0; count < 5; count++) await (await connect('x')).closed;
    expect(await rig.metric(`${REFUSED}{reason="grant"}`)).toBe(3);
    expect(await rig.metric(`${REFUSED}{reason="tooManyRefusals"}`)).toBe(2);
    await expectService();
  });

  // RLY-1
  it('speaks no subprotocol of relays', async () => {
    const { status, body } = await refusalOf(uri());
    expect([status, body.code]).toEqual([400, 'badRequest']);
    expect(body.message).toContain('Sec-WebSocket-Protocol');
  });

  // RLY-1
  it('is a page of another origin', async () => {
    const refused = new RawClient(uri(), RELAY_SUBPROTOCOL, { origin: 'https://evil.example' });
    const [, response] = await once(refused.socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    expect(await rig.metric(`${REFUSED}{reason="foreignOrigin"}`)).toBe(1);
    const own = await connect(newRelay().helpers, { origin: OWN_PAGE });
    own.socket.terminate();
  });

  // RLY-4
  it.each<[string, (client: RawClient) => void, number, string]>([
    ['text', (client) => client.send('hello'), 1003, 'malformed'],
    ['another grant', (client) => client.send(encodeGrantFrame(newRelay('h9').helpers)), 1003, 'malformed'],
    ['more than 128 KiB', (client) => client.socket.send(Buffer.alloc(RELAY_MESSAGE_BYTES + 1)), 1009, 'oversize'],
    ['what is no WebSocket traffic', (client) => below(client).write(Buffer.alloc(20, 0xff)), 1002, 'malformed'],
  ])('sends %s after pairing, and ends its own relay', async (_, deed, code, reason) => {
    const { helper, sharer } = await paired();
    deed(helper);
    expect([(await helper.closed).code, (await sharer.closed).code]).toEqual([code, 1000]);
    expect(await cuts(reason)).toBe(1);
    await expectService();
  });

  // RLY-4
  it('sends bytes before the other end is there', async () => {
    const helper = await connect(newRelay().helpers);
    helper.socket.send(Buffer.from('early'));
    expect((await helper.closed).code).toBe(1003);
  });

  // RLY-15
  it('never comes: the other end waits 15 seconds', async () => {
    const helper = await connect(newRelay().helpers);
    await expect.poll(() => rig.clock.pending, { interval: 1 }).toBe(2);
    rig.clock.advanceBy(15 * SECOND - 1);
    helper.socket.ping();
    await once(helper.socket, 'pong');
    rig.clock.advanceBy(1);
    expect(await helper.closed).toEqual({ code: 1000, reason: 'The other end did not come.' });
    expect([await cuts('notPaired'), rig.relays.size]).toEqual([1, 0]);
  });
});

// RLY-16
describe('an end that reads slowly', () => {
  it('holds up the other, whose messages wait in its own memory; nothing is lost', async () => {
    const { helper, sharer } = await paired();
    below(helper).pause();
    const message = Buffer.alloc(RELAY_MESSAGE_BYTES, 7);
    const sent = 200;
    for (let count = 0; count < sent; count++) sharer.socket.send(message);
    await expect.poll(() => isSteady(() => sharer.socket.bufferedAmount), { interval: 20 }).toBe(true);
    expect(sharer.socket.bufferedAmount).toBeGreaterThan(1_000_000);
    expect(await cuts('slowReader')).toBe(0);
    below(helper).resume();
    await expect.poll(() => helper.frames.length).toBe(1 + sent);
    expect(helper.frames.slice(1).every((frame) => frame.length === 4 + 2 * message.length)).toBe(true);
  });

  it('does not hold up others', async () => {
    const { helper, sharer } = await paired();
    below(helper).pause();
    for (let count = 0; count < 100; count++) sharer.socket.send(Buffer.alloc(RELAY_MESSAGE_BYTES));
    await expectService();
  });

  it('for 30 seconds without taking anything is cut', async () => {
    const { helper, sharer } = await paired();
    below(helper).pause();
    for (let count = 0; count < 200; count++) sharer.socket.send(Buffer.alloc(RELAY_MESSAGE_BYTES));
    await expect.poll(() => isSteady(() => sharer.socket.bufferedAmount), { interval: 20 }).toBe(true);
    for (let looks = 0; looks < 7; looks++) rig.clock.advanceBy(5 * SECOND);
    expect((await sharer.closed).code).toBe(1000);
    below(helper).resume();
    await helper.closed;
    expect([await rig.metric('remote_help_relays'), rig.clock.pending]).toEqual([0, 0]);
  });
});

// RLY-16
describe('an end that is silent', () => {
  it('is asked for a sign of life, and stays when it answers', async () => {
    const { helper, sharer } = await paired();
    for (let looks = 0; looks < 10; looks++) {
      const pinged = Promise.all([once(helper.socket, 'ping'), once(sharer.socket, 'ping')]);
      rig.clock.advanceBy(5 * SECOND);
      rig.clock.advanceBy(5 * SECOND);
      await pinged;
      // The server has heard both before it looks again.
      await Promise.all([helper, sharer].map(echo));
    }
    expect(await rig.metric('remote_help_relays')).toBe(1);
  });

  it('is cut after 30 seconds', async () => {
    const { helper, sharer } = await paired();
    helper.socket.pause();
    for (let looks = 0; looks < 7; looks++) {
      await echo(sharer);
      rig.clock.advanceBy(5 * SECOND);
    }
    expect((await sharer.closed).code).toBe(1000);
    expect(await cuts('lost')).toBe(1);
  });
});

// RLY-17
it('leaves nothing of the stream, and no grant, in logs and metrics', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  await restart({ log });
  const { helper, sharer, helpers, sharers, id } = await paired('connection of Anna', 'session of Anna');
  const secret = 'what is typed';
  helper.socket.send(Buffer.from(secret));
  await sharer.next();
  helper.send(`text ${secret}`);
  await sharer.closed;
  await (await connect('made up grant')).closed;
  const written = `${lines.join('\n')}\n${await rig.metrics()}`;
  const hex = Buffer.from(secret).toString('hex');
  const base64 = Buffer.from(secret).toString('base64');
  for (const text of [secret, hex, base64, helpers, sharers, id, 'Anna', 'made up']) {
    expect(written).not.toContain(text);
  }
  expect(written).toContain('remote_help_relay_bytes_total{direction="toSharer"}');
});

it('cuts relays when the service stops', async () => {
  const { helper, sharer } = await paired();
  const waiting = await connect();
  rig.relays.stop();
  const codes = [helper, sharer, waiting].map(async (client) => (await client.closed).code);
  expect(await Promise.all(codes)).toEqual([1001, 1001, 1001]);
  expect(rig.clock.pending).toBe(0);
});

/** Settles when the server has heard this client. */
async function echo({ socket }: RawClient): Promise<void> {
  socket.ping();
  await once(socket, 'pong');
}

/** Whether a number stays what it is for some turns of the event loop. */
async function isSteady(read: () => number): Promise<boolean> {
  const before = read();
  for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
  return read() === before;
}
