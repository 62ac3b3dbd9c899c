/** Requests and answers, byte for byte where Azure's tests compare them so. */
import { once } from 'node:events';
import type { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../src/gateway/hub-options.ts';
import { binaryPayload, jsonPayload, textPayload } from '../../src/gateway/payload.ts';
import { JSON_PROTOCOL, RawClient, RELIABLE_PROTOCOL } from './raw-client.ts';
import { type Rig, startRig } from './rig.ts';

const ANY_GROUP = ['webpubsub.joinLeaveGroup', 'webpubsub.sendToGroup'];

describe('requests', () => {
  let rig: Rig;
  const events: ClientEvent[] = [];
  beforeEach(async () => {
    events.splice(0);
    rig = await startRig({
      onEvent: async (event) => {
        events.push(event);
        if (event.payload?.text === 'fail') throw new Error('broken');
        return event.payload?.text === 'reply' ? event.payload : undefined;
      },
    });
  });
  afterEach(() => rig.close());

  async function open(userId?: string, protocol = JSON_PROTOCOL): Promise<RawClient> {
    const url = await rig.url({ roles: ANY_GROUP, groups: ['g'], ...(userId === undefined ? {} : { userId }) });
    return RawClient.open(url, protocol);
  }

  it('have answers with their members in the documented order (GW-13, GW-16, GW-19, GW-31)', async () => {
    const client = new RawClient(await rig.url({ userId: 'ü', roles: ANY_GROUP, groups: ['g'] }), JSON_PROTOCOL);
    expect(await client.next()).toMatch(
      /^\{"type":"system","event":"connected","userId":"ü","connectionId":"[\w-]{30}"\}$/,
    );
    client.send({ type: 'sendToGroup', group: 'g', ackId: 1, noEcho: false, dataType: 'text', data: 'a"b' });
    expect(await client.next()).toBe(
      '{"type":"message","from":"group","group":"g","fromUserId":"ü","dataType":"text","data":"a\\"b"}',
    );
    expect(await client.next()).toBe('{"type":"ack","ackId":1,"success":true}');
    client.send({ type: 'sendToGroup', group: 'g', data: { z: 1, a: [true] } });
    expect(await client.next()).toBe(
      '{"type":"message","from":"group","group":"g","fromUserId":"ü","dataType":"json","data":{"z":1,"a":[true]}}',
    );
    rig.hub.sendToAll(jsonPayload({ a: 1 }));
    expect(await client.next()).toBe('{"type":"message","from":"server","dataType":"json","data":{"a":1}}');
    rig.hub.sendToGroup('g', binaryPayload(Buffer.from('abc')));
    expect(await client.next()).toBe('{"type":"message","from":"group","group":"g","dataType":"binary","data":"YWJj"}');
    client.send({ type: 'joinGroup', group: '', ackId: 2 });
    expect(await client.next()).toBe(
      '{"type":"ack","ackId":2,"success":false,"error":{"name":"BadRequest","message":"group: A group name has 1 to 1,024 characters and is not blank."}}',
    );
  });

  it('of anonymous clients carry no user (GW-13, GW-16)', async () => {
    const client = await open();
    expect(client.frames[0]).toContain('"userId":null');
    client.send({ type: 'sendToGroup', group: 'g', dataType: 'text', data: 'x' });
    expect(await client.next()).toBe('{"type":"message","from":"group","group":"g","dataType":"text","data":"x"}');
  });

  it('are answered when they carry an ack id, and only then (GW-19)', async () => {
    const client = await open();
    client.send({ type: 'joinGroup', group: 'h' });
    client.send({ type: 'sendToGroup', group: ' ', ackId: 3, data: 1 });
    client.send({ type: 'leaveGroup', group: 'h', ackId: 4 });
    expect([await client.nextJson(), await client.nextJson()]).toMatchObject([
      { ackId: 3, success: false },
      { ackId: 4, success: true },
    ]);
  });

  it('of any case of type are read, unknown ones passed over and counted (GW-14, GW-15)', async () => {
    const client = await open();
    expect(await client.ask({ type: 'PING' })).toEqual({ type: 'pong' });
    client.send({ type: 'subscribeGroupState', group: 'g' });
    expect(await client.ask({ type: 'subscribeGroupState', group: 'g', ackId: 8 })).toMatchObject({
      ackId: 8,
      success: false,
      error: { name: 'BadRequest', message: expect.stringContaining('type') },
    });
    expect(await rig.metric('remote_help_gateway_refused_requests_total{name="BadRequest"}')).toBe(2);
  });

  it.each([
    ['no JSON', 'hello', 1007, 'The frame holds no JSON.'],
    ['no object', '[1]', 1007, 'The frame holds no JSON object.'],
    ['null', 'null', 1007, 'The frame holds no JSON object.'],
    ['no type', '{}', 1007, 'type: A text is needed.'],
    ['an ack id that is none', '{"type":"joinGroup","group":"g","ackId":1.5}', 1007, 'ackId: '],
    [
      'an ack id beyond what JSON carries',
      '{"type":"joinGroup","group":"g","ackId":18446744073709551615}',
      1007,
      'ackId: ',
    ],
    ['no group and no ack id', '{"type":"joinGroup"}', 1007, 'group: A text is needed.'],
    ['a sequence id that is none', '{"type":"sequenceAck","sequenceId":-1}', 1007, 'sequenceId: '],
  ])('that are malformed (%s) close the connection, told why (GW-14)', async (_, text, code, reason) => {
    for (const protocol of [JSON_PROTOCOL, RELIABLE_PROTOCOL]) {
      const client = await open('ada', protocol);
      client.send(text);
      const last = (await client.nextJson()) as Record<string, string>;
      expect(last).toMatchObject({ type: 'system', event: 'disconnected' });
      expect(last.message).toContain(reason);
      const closed = await client.closed;
      expect(closed.code).toBe(code);
      expect(closed.reason).toContain(reason);
    }
    expect(await rig.metric('remote_help_gateway_closed_connections_total{reason="malformed"}')).toBe(2);
  });

  it('in binary frames are 1003 on a JSON subprotocol (GW-14)', async () => {
    const client = await open();
    client.socket.send(Buffer.from('{"type":"ping"}'));
    expect((await client.closed).code).toBe(1003);
  });

  it.each([
    ['data', { dataType: 'text', data: 5 }],
    ['data', { dataType: 'text' }],
    ['data', { dataType: 'binary', data: 'not base64!' }],
    ['dataType', { dataType: 'xml', data: 'x' }],
    ['noEcho', { noEcho: 'yes', data: 1 }],
    ['stream', { stream: 'x', data: 1 }],
  ])('with a wrong %s are refused by name (GW-15)', async (member, wrong) => {
    const client = await open();
    expect(await client.ask({ type: 'sendToGroup', group: 'g', ackId: 1, ...wrong })).toMatchObject({
      success: false,
      error: { name: 'BadRequest', message: expect.stringContaining(`${member}: `) },
    });
  });

  it('nested deeper than the stack are refused, not fatal (GW-15)', async () => {
    const client = await open();
    const deep = `${'{"0":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    client.send(`{"type":"sendToGroup","group":"g","ackId":1,"data":${deep}}`);
    expect(await client.nextJson()).toMatchObject({ ackId: 1, success: false, error: { name: 'BadRequest' } });
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  });

  it('survive delivery byte by byte (GW-14)', async () => {
    const client = await open();
    const { _socket: socket } = client.socket as unknown as { readonly _socket: ReturnType<typeof connect> };
    const payload = Buffer.from('{"type":"event","event":"e","ackId":6,"dataType":"text","data":"byte by byte ü"}');
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
    for (const byte of frame) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    expect(await client.nextJson()).toEqual({ type: 'ack', ackId: 6, success: true });
    expect(events[0]?.payload).toEqual(textPayload('byte by byte ü'));
  });

  it('of WebSocket itself are answered: pings, closes (GW-18)', async () => {
    const client = await open();
    client.socket.ping('beat');
    const [data] = await once(client.socket, 'pong');
    expect(String(data)).toBe('beat');
    client.socket.close(1000);
    expect((await client.closed).code).toBe(1000);
  });

  it('of raw clients are events, and raw clients get payloads alone (GW-22)', async () => {
    const client = new RawClient(await rig.url({ userId: 'raw', groups: ['g'] }));
    await once(client.socket, 'open');
    client.socket.send(Buffer.from([1, 2]));
    client.send('reply');
    expect(await client.next()).toBe('reply');
    expect(events).toMatchObject([
      { name: 'message', payload: { dataType: 'binary', text: 'AQI=' } },
      { name: 'message', payload: { dataType: 'text', text: 'reply' } },
    ]);
    rig.hub.sendToGroup('g', jsonPayload({ a: 1 }));
    rig.hub.sendToGroup('g', binaryPayload(new Uint8Array([9])));
    expect([await client.next(), await client.next()]).toEqual(['{"a":1}', 'hex:09']);
    client.send('fail');
    expect((await client.closed).code).toBe(1011);
    expect((await rig.presence.seen('closed')).because).toBe('handlerFailed');
  });

  it('are refused as events when nobody handles them (GW-21)', async () => {
    const deaf = await startRig();
    const client = await RawClient.open(await deaf.url(), JSON_PROTOCOL);
    expect(await client.ask({ type: 'event', event: 'e', ackId: 1, data: 1 })).toMatchObject({
      success: false,
      error: { name: 'InternalServerError' },
    });
    await deaf.close();
  });
});
