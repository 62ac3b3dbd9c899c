/** Who gets in, and what the others are told: tokens, origins, subprotocols, `admit`. */
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { SignJWT } from 'jose';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors.ts';
import type { Admission, AdmissionRequest } from '../../src/gateway/hub-options.ts';
import { textPayload } from '../../src/gateway/payload.ts';
import { sendRaw } from '../api/raw-socket.ts';
import { JSON_PROTOCOL, RawClient, RELIABLE_PROTOCOL, recoveryUrl, refusalOf } from './raw-client.ts';
import { ACCESS_KEY, OWN_PAGE, type Rig, startRig } from './rig.ts';

const SECOND_KEY = 'the second key of this hub, 32 bytes and more';

describe('a handshake', () => {
  let rig: Rig;
  let admit: (request: AdmissionRequest) => Promise<Admission>;
  const asked: AdmissionRequest[] = [];
  beforeEach(async () => {
    asked.splice(0);
    admit = async ({ userId, roles, groups }) => ({ userId, roles, groups });
    rig = await startRig({
      accessKeys: [ACCESS_KEY, SECOND_KEY],
      admit: (request) => {
        asked.push(request);
        return admit(request);
      },
    });
  });
  afterEach(() => rig.close());

  /** A token with these claims, good unless they say otherwise. */
  function token(claims: Record<string, unknown>, key = ACCESS_KEY, header = {}): Promise<string> {
    const seconds = Math.floor(rig.clock.now() / 1_000);
    return new SignJWT({ aud: `${rig.endpoint}/client/hubs/hub1`, exp: seconds + 60, ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header })
      .sign(createSecretKey(Buffer.from(key)));
  }

  function at(path: string): string {
    return `ws://127.0.0.1:${rig.port}${path}`;
  }

  async function helloAt(url: string, options = {}): Promise<unknown> {
    const client = new RawClient(url, JSON_PROTOCOL, options);
    const hello = await client.nextJson();
    client.socket.terminate();
    return hello;
  }

  it('is taken at both forms of the URL, the hub in any case (GW-1)', async () => {
    const good = await token({ sub: 'ada' });
    for (const path of [
      '/client/hubs/hub1?',
      '/client/hubs/HUB1?',
      '/client/hubs/hub1/?',
      '/client?hub=hub1&',
      '/client/?hub=Hub1&',
    ]) {
      expect(await helloAt(at(`${path}access_token=${good}`)), path).toMatchObject({ userId: 'ada' });
    }
  });

  it('takes the token from the header too; the query wins (GW-1)', async () => {
    const headers = { authorization: `Bearer ${await token({ sub: 'header' })}` };
    expect(await helloAt(at('/client/hubs/hub1'), { headers })).toMatchObject({ userId: 'header' });
    const query = `/client/hubs/hub1?access_token=${await token({ sub: 'query' })}`;
    expect(await helloAt(at(query), { headers })).toMatchObject({ userId: 'query' });
  });

  it('takes tokens of either key, single roles as text, the user from nameid (GW-2, GW-4)', async () => {
    const good = await token(
      { nameid: 'bob', role: 'webpubsub.sendToGroup', 'webpubsub.group': 'g', right: 7 },
      SECOND_KEY,
    );
    expect(await helloAt(at(`/client/hubs/hub1?access_token=${good}`))).toMatchObject({ userId: 'bob' });
    expect(asked).toMatchObject([
      { hub: 'hub1', userId: 'bob', roles: ['webpubsub.sendToGroup'], groups: ['g'], claims: { right: 7 } },
    ]);
    expect(asked[0]).toMatchObject({ source: '127.0.0.1', isRecovery: false, connectionId: expect.any(String) });
  });

  it('takes a token whose audience has the query too, and one that expired less than five minutes ago (GW-2, GW-3)', async () => {
    const withQuery = await token({ aud: `${rig.endpoint}/client/hubs/hub1?hub=hub1` });
    expect(await helloAt(at(`/client/hubs/hub1?access_token=${withQuery}`))).toMatchObject({ userId: null });
    const late = await token({ exp: Math.floor(rig.clock.now() / 1_000) - 299 });
    expect(await helloAt(at(`/client/hubs/hub1?access_token=${late}`))).toMatchObject({ event: 'connected' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['expired', { exp: 1_799_999_600 }],
    ['not valid yet', { nbf: 1_800_000_400 }],
    ['without expiry', { exp: undefined }],
    ['without audience', { aud: undefined }],
    ['for another hub', { aud: 'ENDPOINT/client/hubs/hub2' }],
    ['for another service', { aud: 'https://elsewhere.example/client/hubs/hub1' }],
    ['for no hub', { aud: 'ENDPOINT' }],
    ['with a user that is no text', { sub: '' }],
    ['with roles that are no texts', { role: [1] }],
  ])('with a token %s is 401 (GW-2, GW-3, GW-5)', async (_, claims) => {
    const { aud } = claims;
    const replaced = typeof aud === 'string' ? { ...claims, aud: aud.replace('ENDPOINT', rig.endpoint) } : claims;
    const refusal = await refusalOf(at(`/client/hubs/hub1?access_token=${await token(replaced)}`));
    expect(refusal).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(refusal.headers['www-authenticate']).toBeDefined();
    expect(asked).toEqual([]);
  });

  it.each([
    ['another key', async () => token({}, 'x'.repeat(44))],
    ['no signature', async () => `${(await token({})).split('.').slice(0, 2).join('.')}.`],
    [
      'alg none',
      async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await token({})).split('.')[1]}.`,
    ],
    [
      'an altered role',
      async () => {
        const [head, , signature] = (await token({})).split('.');
        const forged = { aud: `${rig.endpoint}/client/hubs/hub1`, exp: 2e9, role: ['webpubsub.sendToGroup'] };
        return `${head}.${Buffer.from(JSON.stringify(forged)).toString('base64url')}.${signature}`;
      },
    ],
    ['nothing like a token', async () => 'x'],
  ])('with %s in place of a signature is 401 (GW-2)', async (_, forge) => {
    const refusal = await refusalOf(at(`/client/hubs/hub1?access_token=${await forge()}`));
    expect(refusal.status).toBe(401);
    expect(JSON.stringify(refusal.body)).not.toContain(ACCESS_KEY);
    expect(await rig.metric('remote_help_gateway_refused_handshakes_total{reason="token"}')).toBe(1);
  });

  it('without a token is 401, to an unknown hub 404, without a hub 400, elsewhere 404 (GW-5)', async () => {
    const good = await token({});
    expect((await refusalOf(at('/client/hubs/hub1'))).status).toBe(401);
    expect((await refusalOf(at(`/client/hubs/hub2?access_token=${good}`))).status).toBe(404);
    expect((await refusalOf(at(`/client?access_token=${good}`))).status).toBe(400);
    expect((await refusalOf(at(`/client/hubs/%zz?access_token=${good}`))).status).toBe(400);
    expect((await refusalOf(at(`/elsewhere?access_token=${good}`))).status).toBe(404);
  });

  it('with a group or a pattern in the token that is none is 400 (GW-4, GW-11)', async () => {
    const blank = await token({ 'webpubsub.group': ['ok', ' '] });
    expect(await refusalOf(at(`/client/hubs/hub1?access_token=${blank}`))).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('webpubsub.group') },
    });
    const stars = await token({ role: ['webpubsub.sendToGroups.*.*.*.*.*.*'] });
    expect((await refusalOf(at(`/client/hubs/hub1?access_token=${stars}`))).status).toBe(400);
  });

  it.each([
    ['POST', 'POST', ''],
    ['a bad key', 'GET', 'Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n'],
    ['another version', 'GET', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 12\r\n'],
  ])('that is none (%s) is 400 (GW-5)', async (_, method, headers) => {
    const answer = await sendRaw(
      rig.port,
      `${method} /client/hubs/hub1 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    );
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'badRequest' });
  });

  it('of a foreign page is 403, even with a good token; our pages and programs get in (GW-6)', async () => {
    const url = at(`/client/hubs/hub1?access_token=${await token({})}`);
    for (const origin of ['https://evil.example', 'null', `${OWN_PAGE}.evil.example`, rig.endpoint]) {
      expect((await refusalOf(url, { headers: { origin } })).status, origin).toBe(403);
    }
    expect(asked).toEqual([]);
    expect(await rig.metric('remote_help_gateway_refused_handshakes_total{reason="foreignOrigin"}')).toBe(4);
    expect(await helloAt(url, { headers: { origin: OWN_PAGE } })).toMatchObject({ event: 'connected' });
    expect(await helloAt(url)).toMatchObject({ event: 'connected' });
  });

  it.each([
    ['forbidden', 403],
    ['notFound', 404],
    ['conflict', 409],
    ['tooManyRequests', 429],
    ['unavailable', 503],
  ] as const)('that admit refuses as %s is %i (GW-5, GW-7)', async (code, status) => {
    admit = async () => {
      throw new DomainError(code, 'Not you.', { retryAfterSeconds: 7 });
    };
    const refusal = await refusalOf(await rig.url());
    expect(refusal).toMatchObject({ status, body: { code, message: 'Not you.' }, headers: { 'retry-after': '7' } });
  });

  it('in which admit fails is 500 and tells nothing (GW-5)', async () => {
    admit = async () => {
      throw new TypeError('password is hunter2');
    };
    const refusal = await refusalOf(await rig.url());
    expect(refusal.status).toBe(500);
    expect(JSON.stringify(refusal)).not.toContain('hunter2');
  });

  it('with a URL of before its right was renewed is refused, while what it opened lives on and recovers (GW-7)', async () => {
    let generation = 1;
    admit = async ({ userId, claims, isRecovery }) => {
      if (!isRecovery && claims.generation !== generation) throw new DomainError('forbidden', 'This URL is replaced.');
      return { userId, roles: [], groups: [] };
    };
    const first = await rig.url({ claims: { generation } });
    const client = await RawClient.open(first, RELIABLE_PROTOCOL);
    generation = 2;
    expect((await refusalOf(first)).status).toBe(403);
    client.socket.terminate();
    await rig.presence.seen('lost');
    const recovered = await RawClient.open(recoveryUrl(first, client.hello), RELIABLE_PROTOCOL);
    expect(recovered.hello.connectionId).toBe(client.hello.connectionId);
    expect(await helloAt(await rig.url({ claims: { generation } }))).toMatchObject({ event: 'connected' });
  });

  it('gives the connection what admit says, not what the token says (GW-7)', async () => {
    admit = async () => ({ userId: 'minted', roles: [], groups: ['assigned'], context: { session: 's' } });
    const url = await rig.url({ userId: 'asked', roles: ['webpubsub.sendToGroup'], groups: ['wanted'] });
    const client = await RawClient.open(url, JSON_PROTOCOL);
    expect(client.hello.userId).toBe('minted');
    expect(await rig.hub.connection(client.hello.connectionId ?? '')).toEqual({
      connectionId: client.hello.connectionId,
      userId: 'minted',
      groups: ['assigned'],
      claims: {},
      context: { session: 's' },
      isAttached: true,
    });
    expect(await client.ask({ type: 'sendToGroup', group: 'wanted', ackId: 1, data: 1 })).toMatchObject({
      error: { name: 'Forbidden' },
    });
  });

  it.each(['closeUserConnections', 'closeGroupConnections', 'closeAllConnections', 'closeConnection'] as const)(
    'is refused when %s comes while it is admitted (GW-8)',
    async (close) => {
      admit = async ({ connectionId }) => {
        rig.hub.closeUserConnections('somebody else', 'Ended.');
        if (close === 'closeUserConnections') rig.hub.closeUserConnections('minted', 'Ended.');
        else if (close === 'closeGroupConnections') rig.hub.closeGroupConnections('g', 'Ended.');
        else if (close === 'closeConnection') rig.hub.closeConnection(connectionId, 'Ended.');
        else rig.hub.closeAllConnections('Ended.');
        // Who it is, and where, is not known before.
        return { userId: 'minted', roles: [], groups: ['g'] };
      };
      expect((await refusalOf(await rig.url({ userId: 'ada' }))).status).toBe(403);
      expect([...rig.hub.localConnections()]).toEqual([]);
    },
  );

  it('chooses the first subprotocol it knows, and writes it as the client did (GW-9)', async () => {
    const url = await rig.url();
    for (const [offered, chosen, isReliable] of [
      [['protobuf.webpubsub.azure.v1', JSON_PROTOCOL, RELIABLE_PROTOCOL], JSON_PROTOCOL, false],
      [['JSON.Reliable.webpubsub.azure.V1'], 'JSON.Reliable.webpubsub.azure.V1', true],
    ] as const) {
      const client = new RawClient(url, [...offered]);
      const hello = (await client.nextJson()) as object;
      expect(client.socket.protocol).toBe(chosen);
      expect('reconnectionToken' in hello).toBe(isReliable);
      // Node's client offers compression; the gateway never takes it.
      expect(client.socket.extensions).toBe('');
    }
  });

  it('without a known subprotocol makes a raw client (GW-9, GW-22)', async () => {
    const client = new RawClient(await rig.url({ userId: 'raw' }));
    await once(client.socket, 'open');
    expect(client.socket.protocol).toBe('');
    rig.hub.sendToUser('raw', textPayload('only this'));
    expect(await client.next()).toBe('only this');
  });

  it('is answered 101 and `connected` first, whatever the client sends along with it (GW-13)', async () => {
    const { pathname, search } = new URL(await rig.url());
    const masked = Buffer.from([0x81, 0x8f, 0, 0, 0, 0, ...Buffer.from('{"type":"ping"}')]);
    const head = `GET ${pathname}${search} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${JSON_PROTOCOL}\r\n\r\n`;
    const text = await receivedUntil(rig.port, Buffer.concat([Buffer.from(head), masked]), '"pong"');
    expect(text).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(text.indexOf('"connected"')).toBeGreaterThan(text.indexOf('\r\n\r\n'));
    expect(text.indexOf('"pong"')).toBeGreaterThan(text.indexOf('"connected"'));
  });

  it('works over TLS (GW-1)', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
    const server = createTlsServer({ key, cert });
    const detach = rig.gateway.attach(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = new URL(await rig.url({ userId: 'ada' }));
    const client = new RawClient(`wss://127.0.0.1:${port}${url.pathname}${url.search}`, JSON_PROTOCOL, {
      rejectUnauthorized: false,
    });
    expect(await client.nextJson()).toMatchObject({ userId: 'ada' });
    // Who has finished is not cut with those who have not (GW-42).
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    rig.hub.sendToUser('ada', textPayload('x'));
    await client.next();
    rig.clock.advanceBy(10_000);
    await once(silent, 'close');
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'pong' });
    client.socket.terminate();
    detach();
    server.close();
    await once(server, 'close');
  });
});

/** Sends bytes and reads until the text has come. */
async function receivedUntil(port: number, bytes: Buffer, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let received = '';
  for await (const chunk of socket) {
    received += (chunk as Buffer).toString('latin1');
    if (received.includes(text)) break;
  }
  socket.destroy();
  return received;
}
