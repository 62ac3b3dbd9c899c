/** Attackers, one for each bound: others are served meanwhile, a metric shows it, the client is told where it can be. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textPayload } from '../../src/gateway/payload.ts';
import { startAzureClient } from './azure-client.ts';
import { openHalf } from './half-open-sockets.ts';
import { JSON_PROTOCOL, RawClient, RELIABLE_PROTOCOL, recoveryUrl, refusalOf } from './raw-client.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

const REFUSED = 'remote_help_gateway_refused_handshakes_total';
const CLOSED = 'remote_help_gateway_closed_connections_total';

let rig: Rig;
async function restart(options: RigOptions): Promise<void> {
  await rig.close();
  rig = await startRig(options);
}
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

/** Somebody else gets in and an answer. */
async function expectService(): Promise<void> {
  const { client, serverMessages, connected, until } = await startAzureClient(
    await rig.url({ userId: 'somebody else' }),
    'reliable',
  );
  rig.hub.sendToConnection(connected[0]?.connectionId ?? '', textPayload('served'));
  await until(() => serverMessages.length === 1);
  client.stop();
}

/** The TCP socket below a client, to write what no client library would. */
function below(client: RawClient): Socket {
  return (client.socket as unknown as { readonly _socket: Socket })._socket;
}

async function open(protocol = JSON_PROTOCOL, groups: readonly string[] = []) {
  const roles = ['webpubsub.sendToGroup', 'webpubsub.joinLeaveGroup'];
  return RawClient.open(await rig.url({ userId: 'mallory', roles, groups }), protocol);
}

describe('frames', () => {
  it('of 1 MB are taken, of one byte more close with 1009 (GW-37)', async () => {
    const client = await open(JSON_PROTOCOL, ['g']);
    const envelope = JSON.stringify({
      type: 'sendToGroup',
      group: 'g',
      ackId: 1,
      noEcho: true,
      dataType: 'text',
      data: '',
    });
    const fill = 2 ** 20 - envelope.length;
    expect(await client.ask(envelope.replace('""', `"${'x'.repeat(fill)}"`))).toMatchObject({ success: true });
    client.send(envelope.replace('""', `"${'x'.repeat(fill + 1)}"`));
    expect((await client.closed).code).toBe(1009);
    expect(await rig.metric(`${CLOSED}{reason="tooLarge"}`)).toBe(1);
    await expectService();
  });

  it('that announce too much are refused before any of it has come, also byte by byte (GW-37)', async () => {
    const client = await open(RELIABLE_PROTOCOL);
    for (const byte of [0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0]) below(client).write(Buffer.from([byte]));
    expect((await client.closed).code).toBe(1009);
    // The server ended it: there is nothing to recover.
    const again = new RawClient(recoveryUrl(await rig.url(), client.hello), RELIABLE_PROTOCOL);
    expect((await again.closed).code).toBe(1008);
  });

  it('in pieces are bounded as a whole (GW-37)', async () => {
    const client = await open();
    const half = 'x'.repeat(2 ** 19 + 1);
    client.socket.send(half, { fin: false });
    client.socket.send(half, { fin: true });
    expect((await client.closed).code).toBe(1009);
  });

  it('in more pieces than anyone needs are refused (GW-37)', async () => {
    const client = await open();
    client.socket.send('x', { fin: false });
    for (let count = 0; count < 17_000; count += 1) client.socket.send('', { fin: false });
    expect((await client.closed).code).toBe(1008);
  });

  it.each([
    ['without a mask', [0x81, 0x01, 0x78], 1002],
    ['with a reserved bit', [0xc1, 0x80, 0, 0, 0, 0], 1002],
    ['of an unknown kind', [0x83, 0x80, 0, 0, 0, 0], 1002],
    ['that continue nothing', [0x80, 0x80, 0, 0, 0, 0], 1002],
    ['of a split ping', [0x09, 0x80, 0, 0, 0, 0], 1002],
    ['of a long ping', [0x89, 0xfe, 0, 126], 1002],
    ['that are no UTF-8', [0x81, 0x81, 0, 0, 0, 0, 0xff], 1007],
  ])('%s close with the fitting code (GW-14)', async (_, bytes, code) => {
    for (const isByteByByte of [false, true]) {
      const client = await open();
      if (isByteByByte) for (const byte of bytes) below(client).write(Buffer.from([byte]));
      else below(client).write(Buffer.from(bytes));
      expect((await client.closed).code).toBe(code);
    }
    expect(await rig.metric(`${CLOSED}{reason="malformed"}`)).toBe(2);
    await expectService();
  });

  it('of random bytes, masked or not, never end more than their own connection (GW-14)', async () => {
    const witness = await open();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), async (bytes, isFramed) => {
        const client = await open(RELIABLE_PROTOCOL);
        if (isFramed) client.socket.send(bytes, { binary: false });
        else below(client).write(bytes);
        below(client).end();
        await client.closed;
        expect(await witness.ask({ type: 'ping' })).toEqual({ type: 'pong' });
      }),
      { numRuns: 60, seed: 3 },
    );
  });
});

describe('readers', () => {
  it('that do not read are cut off, and other members miss nothing (GW-38)', async () => {
    await restart({ limits: { outboundBytes: 2 ** 20 } });
    const slow = await open(JSON_PROTOCOL, ['g']);
    const good = await open(JSON_PROTOCOL, ['g']);
    below(slow).pause();
    const text = 'x'.repeat(64 * 1_024);
    let sent = 0;
    while (!rig.presence.events.some(({ what }) => what === 'closed')) {
      rig.hub.sendToGroup('g', textPayload(text));
      sent += 1;
      await good.next();
    }
    // What the kernel's buffers take comes on top of the bound.
    expect(sent).toBeLessThan(400);
    expect((await rig.presence.seen('closed')).because).toBe('slowReader');
    expect(await rig.metric(`${CLOSED}{reason="slowReader"}`)).toBe(1);
    rig.hub.sendToGroup('g', textPayload('last'));
    expect(await good.nextJson()).toMatchObject({ data: 'last' });
    expect(good.frames).toHaveLength(sent + 2);
    below(slow).resume();
    expect((await slow.closed).code).toBe(1006);
  });

  it('that do not read a reliable connection are bounded by what is kept for them (GW-25, GW-38)', async () => {
    await restart({ limits: { replayBytes: 4 * 2 ** 20 } });
    const slow = await open(RELIABLE_PROTOCOL);
    below(slow).pause();
    const text = 'x'.repeat(64 * 1_024);
    for (let sent = 0; !rig.presence.events.some(({ what }) => what === 'closed'); sent += 1) {
      expect(sent).toBeLessThan(65);
      rig.hub.sendToConnection(slow.hello.connectionId ?? '', textPayload(text));
      await new Promise(setImmediate);
    }
    expect((await rig.presence.seen('closed')).because).toBe('slowReader');
  });

  it('that fall behind for a while get everything in order (GW-25)', async () => {
    const client = await open(RELIABLE_PROTOCOL);
    below(client).pause();
    const text = 'x'.repeat(16 * 1_024);
    for (let sent = 0; sent < 900; sent += 1) {
      rig.hub.sendToConnection(client.hello.connectionId ?? '', textPayload(text));
    }
    await new Promise(setImmediate);
    below(client).resume();
    for (let id = 1; id <= 900; id += 1) expect(await client.next()).toMatch(new RegExp(`^\\{"sequenceId":${id},`));
  });

  it('that ping without reading the answers are cut off (GW-38)', async () => {
    await restart({ limits: { outboundBytes: 100_000, messagesPerSecond: 1e9 } });
    const client = await open();
    below(client).pause();
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const flood = Buffer.concat(Array.from({ length: 1_000 }, () => ping));
    while (!rig.presence.events.some(({ what }) => what === 'closed')) {
      below(client).write(flood);
      await new Promise(setImmediate);
    }
    expect((await rig.presence.seen('closed')).because).toBe('slowReader');
    await expectService();
  });
});

describe('senders', () => {
  it('that send too fast are read more slowly; nothing is lost (GW-39)', async () => {
    await restart({ limits: { messagesPerSecond: 100 } });
    const flooder = await open();
    const count = 20_000;
    for (let id = 1; id <= count; id += 1) flooder.send({ type: 'joinGroup', group: 'g', ackId: id });
    await flooder.next();
    expect(await rig.metric('remote_help_gateway_held_back_total')).toBeGreaterThan(0);
    await expectService();
    expect(flooder.frames.length).toBeLessThan(count);
    while (flooder.frames.length < count + 1) {
      rig.clock.advanceBy(20);
      await new Promise(setImmediate);
    }
    expect(flooder.frames.at(-1)).toContain(`"ackId":${count},`);
  });

  it('of many events have only so many worked on at once (GW-40)', async () => {
    const started: (() => void)[] = [];
    await restart({
      limits: { pendingEvents: 8 },
      onEvent: () => new Promise((resolve) => started.push(() => resolve(undefined))),
    });
    const client = await open();
    const answers = 500;
    for (let id = 1; id <= answers; id += 1) client.send({ type: 'event', event: 'e', ackId: id, data: id });
    await expectService();
    expect(started).toHaveLength(8);
    while (client.frames.length < answers + 1) {
      started.shift()?.();
      await new Promise(setImmediate);
      expect(started.length).toBeLessThanOrEqual(8);
    }
    expect(JSON.parse(client.frames.at(-1) ?? '')).toMatchObject({ ackId: answers, success: true });
  });

  it('are in only so many groups (GW-41)', async () => {
    await restart({ limits: { groupsPerConnection: 2 } });
    const client = await open(JSON_PROTOCOL, ['a']);
    expect(await client.ask({ type: 'joinGroup', group: 'b', ackId: 1 })).toMatchObject({ success: true });
    expect(await client.ask({ type: 'joinGroup', group: 'c', ackId: 2 })).toMatchObject({
      success: false,
      error: { name: 'TooManyRequests' },
    });
    // To join again changes nothing.
    expect(await client.ask({ type: 'joinGroup', group: 'b', ackId: 3 })).toMatchObject({ success: true });
  });
});

describe('strangers', () => {
  it('with bad tokens are told 429 after a while; good tokens from there still get in (GW-43)', async () => {
    await restart({ strangers: 20 });
    const url = (await rig.url()).replace(/access_token=.*/, 'access_token=guess');
    const statuses: number[] = [];
    for (let guess = 0; guess < 30; guess += 1) statuses.push((await refusalOf(url)).status);
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(10).fill(429)]);
    expect((await refusalOf(url)).headers['retry-after']).toMatch(/^\d+$/);
    expect(await rig.metric(`${REFUSED}{reason="tooManyRefusals"}`)).toBe(11);
    await expectService();
    rig.clock.advanceBy(10_000);
    expect((await refusalOf(url)).status).toBe(401);
  });

  it('that guess connections to recover are stopped likewise (GW-43)', async () => {
    await restart({ strangers: 5 });
    const neighbour = await open(RELIABLE_PROTOCOL);
    const guess = recoveryUrl(await rig.url(), {
      connectionId: 'A'.repeat(30),
      reconnectionToken: `0.${'A'.repeat(43)}`,
    });
    for (let count = 0; count < 5; count += 1) {
      expect((await new RawClient(guess, RELIABLE_PROTOCOL).closed).code).toBe(1008);
    }
    expect((await refusalOf(guess)).status).toBe(429);
    const back = await RawClient.open(recoveryUrl(await rig.url(), neighbour.hello), RELIABLE_PROTOCOL);
    expect(back.hello.connectionId).toBe(neighbour.hello.connectionId);
    expect(await rig.metric(`${REFUSED}{reason="recovery"}`)).toBe(5);
  });

  it('whose recovery is refused may send anything then, to no effect (GW-30)', async () => {
    const guess = recoveryUrl(await rig.url(), { connectionId: 'A'.repeat(30), reconnectionToken: '0.x' });
    for (const bytes of [
      [0xff, 0xff, 0xff],
      [0x81, 0x81, 0, 0, 0, 0, 0xff],
      [0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0],
    ]) {
      const socket = connect(rig.port, '127.0.0.1');
      const { pathname, search } = new URL(guess);
      // In one piece: all of it has come when the refusal is written.
      const handshake = `GET ${pathname}${search} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(handshake), Buffer.from(bytes)]));
      let received = Buffer.alloc(0);
      for await (const chunk of socket) received = Buffer.concat([received, chunk as Buffer]);
      const close = received.subarray(received.indexOf('\r\n\r\n') + 4);
      expect(received.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
      expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, 1008]);
    }
    await expectService();
  });

  it('who send anything at all harm nobody else (GW-5, GW-14)', async () => {
    const good = new URL(await rig.url());
    const line = fc.constantFrom(
      `GET ${good.pathname}${good.search} HTTP/1.1`,
      'GET /client/hubs/hub1?awps_connection_id=x&awps_reconnection_token=y HTTP/1.1',
      'GET /client/hubs/hub1?access_token=a.b.c HTTP/1.1',
      'POST /client HTTP/1.1',
      'GET /client/hubs/%00 HTTP/1.1',
    );
    const header = fc.constantFrom(
      'Host: h',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Upgrade: h2c',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Protocol: ${RELIABLE_PROTOCOL}`,
      'Sec-WebSocket-Protocol: ,',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      'Content-Length: 5',
      'Origin: null',
    );
    const usual = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    const headers = fc.tuple(fc.array(header, { maxLength: 4 }), fc.boolean()).map(([more, isWhole]) => {
      return [...(isWhole ? [...usual, 'Host: h', 'Sec-WebSocket-Version: 13'] : []), ...more];
    });
    await fc.assert(
      fc.asyncProperty(line, headers, fc.uint8Array({ maxLength: 60 }), async (first, others, rest) => {
        const socket = connect(rig.port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.resume();
        socket.end(Buffer.concat([Buffer.from(`${[first, ...others].join('\r\n')}\r\n\r\n`), rest]));
        await once(socket, 'close');
      }),
      { numRuns: 300, seed: 43 },
    );
    await expectService();
  });

  it('with ten thousand half-open sockets from a hundred sources crowd out each other only (GW-42)', async () => {
    await restart({ limits: { handshakes: 2_000, handshakesPerSource: 50 } });
    const flood = await openHalf(rig.port, { sources: 100, socketsPerSource: 100 });
    expect(flood.opened).toBe(10_000);
    expect(await openSockets(rig)).toBeLessThanOrEqual(2_000);
    await expectService();
    expect(await rig.metric(`${REFUSED}{reason="tooManyHandshakes"}`)).toBeGreaterThanOrEqual(8_000);
    rig.clock.advanceBy(10_000);
    await settled(async () => (await openSockets(rig)) <= 1);
    expect(await rig.metric(`${REFUSED}{reason="timeout"}`)).toBeGreaterThan(1_900);
    flood.stop();
  });

  it('that stay silent are cut after ten seconds, those whom admit keeps waiting too (GW-42)', async () => {
    await restart({ admit: () => new Promise(() => undefined) });
    const silent = connect(rig.port, '127.0.0.1');
    await once(silent, 'connect');
    const waiting = new RawClient(await rig.url(), JSON_PROTOCOL);
    await settled(async () => (await openSockets(rig)) === 2);
    rig.clock.advanceBy(9_999);
    expect(await openSockets(rig)).toBe(2);
    rig.clock.advanceBy(1);
    silent.on('error', () => undefined);
    await Promise.all([once(silent, 'close'), waiting.closed]);
    await settled(async () => (await rig.metric(`${REFUSED}{reason="timeout"}`)) === 2);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('connections', () => {
  it('are so many for one user, and so many overall (GW-44)', async () => {
    await restart({ limits: { connectionsPerUser: 2, connections: 3 } });
    const url = await rig.url({ userId: 'mallory' });
    await RawClient.open(url, JSON_PROTOCOL);
    await RawClient.open(url, JSON_PROTOCOL);
    expect(await refusalOf(url)).toMatchObject({ status: 429, headers: { 'retry-after': '10' } });
    await RawClient.open(await rig.url({ userId: 'other' }), JSON_PROTOCOL);
    expect((await refusalOf(await rig.url({ userId: 'third' }))).status).toBe(503);
    expect(await rig.metric(`${REFUSED}{reason="capacity"}`)).toBe(2);
    expect(await rig.metric('remote_help_gateway_connections')).toBe(3);
  });

  it('that are silent are pinged and then given up; others are kept by the answer (GW-45)', async () => {
    const silent = new RawClient(await rig.url(), RELIABLE_PROTOCOL, { autoPong: false });
    const answering = new RawClient(await rig.url(), RELIABLE_PROTOCOL);
    await Promise.all([silent.next(), answering.next()]);
    rig.clock.advanceBy(15_000);
    const pinged = [silent, answering].map(({ socket }) => once(socket, 'ping'));
    rig.clock.advanceBy(15_000);
    await Promise.all(pinged);
    // By then the answer of the one has been read.
    await expectService();
    rig.clock.advanceBy(15_000);
    expect((await silent.closed).code).toBe(1006);
    expect(await answering.ask({ type: 'ping' })).toEqual({ type: 'pong' });
    const lost = rig.presence.events
      .filter(({ what }) => what === 'lost')
      .map(({ connection }) => connection.connectionId);
    expect(lost).toContain(JSON.parse(silent.frames[0] ?? '').connectionId);
    expect(lost).not.toContain(JSON.parse(answering.frames[0] ?? '').connectionId);
  });

  it('leave no alarm behind when the hub stops, and are told 1001 (GW-36)', async () => {
    const [plain, reliable] = [await open(JSON_PROTOCOL), await open(RELIABLE_PROTOCOL)];
    const lost = await open(RELIABLE_PROTOCOL);
    lost.socket.terminate();
    await rig.presence.seen('lost');
    rig.hub.stop();
    for (const client of [plain, reliable]) {
      expect(await client.nextJson()).toMatchObject({ event: 'disconnected', message: 'The service is stopping.' });
      expect((await client.closed).code).toBe(1001);
    }
    expect(rig.clock.pending).toBe(0);
    expect(await rig.metric('remote_help_gateway_connections')).toBe(0);
  });
});

function openSockets({ server }: Rig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** Turns of the event loop until a condition holds. */
async function settled(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}
