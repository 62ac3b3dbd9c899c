/** What goes wrong, and how it is told: Graph's body, request ids, headers; over HTTP and over bare sockets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { extendExample } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenerOf } from '../../src/api/http-server.ts';
import { createSecureServer } from '../../src/api/node-server.ts';
import { systemClock } from '../../src/clock.ts';
import { DomainError } from '../../src/errors.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { loadCertificate } from '../../src/tls.ts';
import { type Api, type ApiOptions, type Ask, allSets, caller, openApi } from './harness.ts';
import { type RawAnswer, sendRaw } from './raw-socket.ts';

const SET = '/beta/ExtendRemoteHelpSessionResponse';
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MEGABYTE = 1_048_576;

let api: Api;

async function open(options: ApiOptions = {}): Promise<void> {
  await api?.close();
  api = await openApi(options);
}

beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

interface Expected {
  readonly status: number;
  readonly code: string;
  readonly target?: string;
}

/** Sends, and holds the answer against everything that is true of every error. */
async function refused(method: string, path: string, ask: Ask, expected: Expected) {
  const answer = await api.ask(method, path, ask);
  expectGraphError(
    { status: answer.status, headers: answer.headers as RawAnswer['headers'], text: answer.text },
    expected,
  );
  return answer;
}

/** Words of stack traces, SQL, files and libraries. */
const INNARDS =
  /\bat .+:\d+|\.[jt]s\b|node_modules|file:|sqlite|postgres|select .+ from|insert into|fastify|FST_|ERR_|HPE_/i;

function expectGraphError(answer: RawAnswer, { status, code, target }: Expected): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json;charset=utf-8');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  const { error, ...others } = JSON.parse(answer.text);
  expect(others).toEqual({});
  expect(error).toMatchObject({ code, message: expect.stringMatching(/\S/) });
  expect(error.target).toBe(target);
  expect(error.message).not.toMatch(INNARDS);
  expect(error.innerError).toEqual({
    date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    'request-id': answer.headers['request-id'],
    'client-request-id': answer.headers['client-request-id'],
  });
  expect(answer.headers['request-id']).toMatch(GUID);
}

// ODATA-1, ODATA-4, ERR-1, ERR-2
describe('every refusal has Graph’s body', () => {
  const badRequest = { status: 400, code: 'BadRequest' };
  const notFound = { status: 404, code: 'ResourceNotFound' };
  const notAllowed = { status: 405, code: 'Request_BadRequest' };
  const noMedia = { status: 415, code: 'UnsupportedMediaType' };
  const tooLarge = { status: 413, code: 'RequestEntityTooLarge' };

  it.each<[string, string, string, Ask, Expected]>([
    ['an unknown set', 'GET', '/beta/nothing', {}, badRequest],
    ['an unknown segment below one', 'GET', `${SET}/1/nothing`, {}, badRequest],
    ['a segment of the prototype', 'GET', '/beta/constructor/__proto__', {}, badRequest],
    ['an unknown key', 'GET', `${SET}/1`, {}, notFound],
    ['a key without quotes', 'GET', `${SET}(1)`, {}, { ...badRequest, target: 'key' }],
    [
      'an unknown alternate key',
      'GET',
      `${SET}(acsHelperUserToken='x')`,
      {},
      { ...badRequest, target: 'acsHelperUserToken' },
    ],
    ['malformed percent-encoding', 'GET', `${SET}/%zz`, {}, badRequest],
    ['half an encoded character', 'GET', `${SET}/%c3`, {}, badRequest],
    ['U+0000 in a key', 'GET', `${SET}/a%00b`, {}, badRequest],
    ['U+0000 in a user', 'GET', '/beta/users/%00/managedDevices', {}, badRequest],
    ['malformed encoding outside /beta', 'GET', '/%zz', {}, badRequest],
    ['a path outside /beta', 'GET', '/v1.0/me/managedDevices', {}, notFound],
    ['a path that only begins like it', 'GET', '/betamax', {}, notFound],
    ['another method outside /beta', 'DELETE', '/healthz', {}, notFound],
    ['PUT', 'PUT', `${SET}/1`, { body: {} }, notAllowed],
    ['POST to an entity', 'POST', `${SET}/1`, { body: {} }, notAllowed],
    ['DELETE of a set', 'DELETE', SET, {}, notAllowed],
    ['POST to $count', 'POST', `${SET}/$count`, { body: {} }, notAllowed],
    ['PROPFIND', 'PROPFIND', SET, {}, notAllowed],
    ['POST to $metadata', 'POST', '/beta/$metadata', { body: {} }, notAllowed],
    ['POST to the service document', 'POST', '/beta', { body: {} }, notAllowed],
    ['no body', 'POST', SET, {}, badRequest],
    ['malformed JSON', 'POST', SET, { body: '{"sessionKey":' }, badRequest],
    ['JSON that is no object', 'POST', SET, { body: '[]' }, badRequest],
    ['JSON nested without end', 'POST', SET, { body: '['.repeat(500_000) }, badRequest],
    ['bytes that are no UTF-8', 'POST', SET, { body: Buffer.from('{"sessionKey":"\xff"}', 'latin1') }, badRequest],
    [
      'another content type',
      'POST',
      SET,
      { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { ...noMedia, target: 'Content-Type' },
    ],
    [
      'no content type at all',
      'POST',
      SET,
      { body: '{}', headers: { 'content-type': ';;' } },
      { ...noMedia, target: 'Content-Type' },
    ],
    [
      'another content encoding',
      'POST',
      SET,
      { body: '{}', headers: { 'content-encoding': 'br' } },
      { ...noMedia, target: 'Content-Encoding' },
    ],
    [
      'gzip that is none',
      'POST',
      SET,
      { body: '{}', headers: { 'content-encoding': 'gzip' } },
      { ...badRequest, target: 'Content-Encoding' },
    ],
    [
      'gzip cut short',
      'POST',
      SET,
      { body: gzipSync('{"a":1}').subarray(0, -9), headers: { 'content-encoding': 'gzip' } },
      { ...badRequest, target: 'Content-Encoding' },
    ],
    ['a body past 1 MB', 'POST', SET, { body: Buffer.alloc(MEGABYTE + 1, 32) }, tooLarge],
    [
      'a body past 1 MB once gunzipped',
      'POST',
      SET,
      { body: gzipSync(Buffer.alloc(MEGABYTE + 1, 32)), headers: { 'content-encoding': 'gzip' } },
      tooLarge,
    ],
    [
      'an Accept without JSON',
      'GET',
      SET,
      { headers: { accept: 'text/html, image/*' } },
      { status: 406, code: 'NotAcceptable', target: 'Accept' },
    ],
    [
      'an Accept that rules JSON out',
      'GET',
      SET,
      { headers: { accept: 'application/json;q=0' } },
      { status: 406, code: 'NotAcceptable', target: 'Accept' },
    ],
    ['an unsupported option', 'GET', `${SET}?$expand=x`, {}, { ...badRequest, target: '$expand' }],
  ])('%s', async (_, method, path, ask, expected) => {
    await refused(method, path, ask, expected);
    expect(api.errors).toEqual([]);
  });

  it('takes a body of 1 MB to the byte', async () => {
    const text = JSON.stringify({ ...extendExample, sessionKey: 'whole' });
    const whole = text.padEnd(MEGABYTE);
    expect((await api.ask('POST', SET, { body: whole })).status).toBe(201);
    const zipped = { body: gzipSync(whole.replace('whole', 'again')), headers: { 'content-encoding': 'gzip' } };
    expect((await api.ask('POST', SET, zipped)).status).toBe(201);
  });
});

describe('tokens', () => {
  const unauthenticated = { status: 401, code: 'InvalidAuthenticationToken' };

  // ERR-6
  it.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic Zm9v' }],
    ['no token', { authorization: 'Bearer' }],
    ['two tokens', { authorization: 'Bearer full full' }],
  ])('%s: 401 asks for a Bearer token', async (_, headers) => {
    const answer = await refused('GET', SET, { token: '', headers }, { ...unauthenticated, target: 'Authorization' });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm=""');
  });

  // ERR-6
  it('one that nobody knows: 401 says that it is invalid', async () => {
    const answer = await refused('GET', SET, { token: 'unknown' }, unauthenticated);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="", error="invalid_token"');
  });

  // ODATA-3
  it.each([
    ['GET', '/beta/nothing'],
    ['PUT', SET],
    ['GET', `${SET}?$filter=(`],
    ['POST', '/beta/$batch'],
    ['GET', '/beta/$count'],
  ])('are asked for before %s %s is told anything else', async (method, path) => {
    expect((await api.ask(method, path, { token: '' })).status).toBe(401);
  });

  it('may be written bearer, as scheme names know no case', async () => {
    const headers = { authorization: 'bearer  full' };
    expect((await api.ask('GET', SET, { token: '', headers })).status).toBe(200);
  });

  it('without the permission get 403, which names what would do, least first', async () => {
    const read =
      'DeviceManagementServiceConfig.Read.All, DeviceManagementServiceConfig.ReadWrite.All, DeviceManagementConfiguration.Read.All, DeviceManagementConfiguration.ReadWrite.All';
    const forbidden = { status: 403, code: 'Forbidden' };
    const reading = await refused('GET', SET, { token: 'nobody' }, forbidden);
    expect(reading.body.error.message).toContain(`delegated scopes: ${read}`);
    const writing = await refused('POST', SET, { token: 'reader', body: extendExample }, forbidden);
    expect(writing.body.error.message).toMatch(
      /: DeviceManagementServiceConfig\.ReadWrite\.All, DeviceManagementConfiguration\.ReadWrite\.All$/,
    );
    await open({ callers: { app: caller({ kind: 'application', permissions: new Set() }) } });
    const application = await refused('GET', SET, { token: 'app' }, forbidden);
    expect(application.body.error.message).toContain(`application roles: ${read}`);
  });

  // ODATA-2
  it('are not asked for by $metadata and the service document', async () => {
    for (const path of [
      '/beta',
      '/beta/',
      '/beta/$metadata',
      '/beta/%24metadata',
      '/beta//$metadata',
      '/beta/$metadata/',
    ]) {
      expect((await api.ask('GET', path, { token: '' })).status).toBe(200);
    }
  });
});

// ODATA-7, ERR-3, ERR-4
describe('request ids', () => {
  it.each([
    ['GET', SET, {}, 200],
    ['POST', SET, { body: extendExample }, 201],
    ['PATCH', `${SET}(sessionKey='k')`, { body: {}, headers: { prefer: 'return=minimal' } }, 204],
    ['GET', `${SET}(sessionKey='k')`, { headers: { 'if-none-match': '*' } }, 304],
    ['OPTIONS', SET, {}, 204],
    ['GET', '/healthz', {}, 200],
    ['GET', '/readyz', {}, 200],
    ['GET', '/nothing', {}, 404],
    ['GET', '/beta/%zz', {}, 400],
    ['GET', '/beta/$metadata', { token: '' }, 200],
  ] as const)('come with the answer to %s %s', async (method, path, ask, status) => {
    await api.ask('POST', SET, { body: { ...extendExample, sessionKey: 'k' } });
    const answer = await api.ask(method, path, ask);
    expect(answer.status).toBe(status);
    expect(answer.headers['request-id']).toMatch(GUID);
    expect(answer.headers['client-request-id']).toBe(answer.headers['request-id']);
    const headers = { ...('headers' in ask ? ask.headers : {}), 'client-request-id': 'mine-1' };
    const again = await api.ask(method, path, { ...ask, headers });
    expect(again.headers['client-request-id']).toBe('mine-1');
    expect(again.headers['request-id']).not.toBe(answer.headers['request-id']);
  });

  it.each(['', 'two words', 'tab\there', 'é', 'x'.repeat(129)])('pass over the client’s %j', async (sent) => {
    const { headers } = await api.ask('GET', SET, { headers: { 'client-request-id': sent } });
    expect(headers['client-request-id']).toBe(headers['request-id']);
  });

  it('repeat what the client sent inside the error too', async () => {
    const sent = 'x'.repeat(128);
    const { body } = await api.ask('GET', '/beta/nothing', { headers: { 'client-request-id': sent } });
    expect(body.error.innerError['client-request-id']).toBe(sent);
  });
});

describe('metrics', () => {
  it('count every answer by its route, and show no key or query', async () => {
    const paths = [
      SET,
      `${SET}/canary`,
      `${SET}(sessionKey='canary')?$select=canary`,
      '/beta/canary',
      '/beta/%zz?canary',
    ];
    for (const path of [...paths, '/canary', '/healthz']) await api.ask('GET', path);
    await api.ask('POST', '/beta/$batch', { body: { requests: [] } });
    const text = await api.metrics.text();
    const counts = [...text.matchAll(/_count\{method="(\w+)",route="(.+?)",status="(\d+)"\} (\d+)/g)];
    expect(counts.map(([, ...labels]) => labels.join(' ')).toSorted()).toEqual([
      'GET /beta/ExtendRemoteHelpSessionResponse 200 1',
      'GET /beta/ExtendRemoteHelpSessionResponse/{id} 400 1',
      'GET /beta/ExtendRemoteHelpSessionResponse/{id} 404 1',
      'GET /beta/unknown 400 1',
      'GET /healthz 200 1',
      'GET unknown 400 1',
      'GET unknown 404 1',
      'POST /beta/$batch 400 1',
    ]);
    expect(text).not.toContain('canary');
  });
});

describe('throttling', () => {
  const throttled = { status: 429, code: 'TooManyRequests' };

  // ERR-5
  it('gives each caller a share of ten seconds', async () => {
    await open({ throttlePer10s: 3 });
    api.clock.advanceBy(4_001);
    for (let i = 0; i < 3; i++) expect((await api.ask('GET', SET)).status).toBe(200);
    const answer = await refused('GET', SET, {}, throttled);
    expect(answer.headers['retry-after']).toBe('6');
    expect((await api.ask('GET', SET, { token: 'other' })).status).toBe(200);
    api.clock.advanceBy(5_998);
    expect((await api.ask('GET', SET)).status).toBe(429);
    api.clock.advanceBy(1);
    expect((await api.ask('GET', SET)).status).toBe(200);
  });

  // ID-35
  it('gives a source without a good token a hundred, while known tokens pass', async () => {
    await open({ strangersPer10s: 100 });
    const from = '192.0.2.1';
    for (let i = 0; i < 100; i++) {
      expect((await api.ask('GET', SET, { token: i % 2 ? '' : 'guess', from })).status).toBe(401);
    }
    for (const token of ['', 'guess']) {
      const answer = await refused('GET', SET, { token, from }, throttled);
      expect(answer.headers['retry-after']).toBe('10');
    }
    expect((await api.ask('GET', SET, { from })).status).toBe(200);
    expect((await api.ask('GET', SET, { token: 'guess', from: '192.0.2.2' })).status).toBe(401);
    api.clock.advanceBy(10_000);
    expect((await api.ask('GET', SET, { token: 'guess', from })).status).toBe(401);
  });

  // ID-35
  it('counts what needs no token too, unless a known token comes along', async () => {
    const page = { contentType: 'text/plain', body: 'page' };
    await open({ strangersPer10s: 4, pages: { '/docs': () => page } });
    const ask = (path: string, token = '') => api.ask('GET', path, { token, from: '192.0.2.1' });
    for (const path of ['/beta', '/beta/$metadata', '/docs', '/docs']) expect((await ask(path)).status).toBe(200);
    for (const path of ['/beta', '/beta/$metadata', '/docs']) {
      await refused('GET', path, { token: '', from: '192.0.2.1' }, throttled);
      await refused('GET', path, { token: 'guess', from: '192.0.2.1' }, throttled);
    }
    expect((await ask('/beta/$metadata', 'full')).status).toBe(200);
    expect((await ask('/healthz')).status).toBe(200);
    expect((await api.ask('GET', '/docs', { token: '', from: '192.0.2.2' })).status).toBe(200);
  });

  it('takes the /64 of an IPv6 address for one source, and an embedded IPv4 address for itself', async () => {
    await open({ strangersPer10s: 1 });
    const statusFrom = async (from: string) => (await api.ask('GET', SET, { token: '', from })).status;
    expect(await statusFrom('2001:db8:1:2::1')).toBe(401);
    expect(await statusFrom('2001:db8:1:2:ffff::9')).toBe(429);
    expect(await statusFrom('2001:db8:1:3::1')).toBe(401);
    expect(await statusFrom('::ffff:192.0.2.1')).toBe(401);
    expect(await statusFrom('192.0.2.1')).toBe(429);
  });
});

// ODATA-6
describe('hosts', () => {
  it.each([
    'evil.example',
    'evil.example:8080',
    'help.example.org.evil.example',
    'localhost@evil.example',
    'evil.example/localhost',
    '127.0.0.1.evil.example',
    '::1',
  ])('refuses Host: %s, whoever asks', async (host) => {
    for (const token of ['', 'full']) {
      await refused('GET', SET, { token, headers: { host } }, { status: 400, code: 'BadRequest', target: 'Host' });
    }
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:8080', '127.1.2.3', '[::1]:8443', 'help.example.org'])(
    'answers Host: %s with its own URLs',
    async (host) => {
      const { body } = await api.ask('GET', SET, { headers: { host, 'x-forwarded-host': 'evil.example' } });
      expect(body['@odata.context']).toMatch(`http://${host.toLowerCase()}/beta/$metadata`);
    },
  );

  // RFC 9112, 3.2
  it.each([SET, '/beta/$metadata', '/healthz', '/readyz', '/nothing'])('are named once: %s', async (path) => {
    const port = await api.listen();
    const ask = (hosts: string) => sendRaw(port, `GET ${path} HTTP/1.1\r\n${hosts}Authorization: Bearer full\r\n\r\n`);
    const expected = { status: 400, code: 'BadRequest', target: 'Host' };
    for (const hosts of ['', 'Host: localhost\r\nHost: localhost\r\n', 'Host: localhost\r\nHOST: evil.example\r\n']) {
      expectGraphError(await ask(hosts), expected);
    }
    expect((await ask('Host: localhost\r\n')).status).not.toBe(400);
  });

  it('are named once in a preflight too', async () => {
    const answer = await sendRaw(await api.listen(), `OPTIONS ${SET} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`);
    expect(answer.status).toBe(400);
  });
});

// ODATA-8
describe('browsers', () => {
  const origin = 'https://portal.example.org';

  it('are told before they ask what they may send', async () => {
    const { status, headers, text } = await api.ask('OPTIONS', `${SET}/1`, {
      token: '',
      headers: { origin, 'access-control-request-method': 'PATCH' },
    });
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const listed = (name: string) => headers[name]?.split(', ');
    expect(listed('access-control-allow-methods')).toEqual(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);
    expect(listed('access-control-allow-headers')).toEqual(
      expect.arrayContaining([
        ...['authorization', 'content-type', 'content-encoding', 'accept', 'prefer', 'if-match', 'if-none-match'],
        ...['consistencylevel', 'client-request-id', 'sdkversion', 'retry-attempt', 'x-ms-throttle-priority'],
      ]),
    );
    expect(Number(headers['access-control-max-age'])).toBeGreaterThan(0);
  });

  it.each([
    ['an answer', SET, 'full'],
    ['an error', '/beta/nothing', 'full'],
    ['a 401', SET, ''],
    ['a malformed path', '/beta/%zz', 'full'],
  ])('may read %s and its headers', async (_, path, token) => {
    const { headers } = await api.ask('GET', path, { token, headers: { origin } });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-expose-headers']?.split(', ')).toEqual(
      expect.arrayContaining([
        ...['request-id', 'client-request-id', 'retry-after', 'etag', 'location', 'odata-version'],
        ...['preference-applied', 'www-authenticate'],
      ]),
    );
  });

  it('alone are sent CORS headers, and nobody HSTS without TLS', async () => {
    const { headers } = await api.ask('GET', SET);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('behind a proxy', () => {
  const forwarded = { 'x-forwarded-host': 'help.example.org', 'x-forwarded-proto': 'https' };
  const hstsOf = async (headers: Record<string, string>, path = SET) =>
    (await api.ask('GET', path, { headers })).headers['strict-transport-security'];

  it.each([SET, '/beta/$metadata', '/docs', '/nothing'])('that ends TLS, HSTS is on %s', async (path) => {
    await open({ isBehindProxy: true, pages: { '/docs': () => ({ contentType: 'text/plain', body: 'page' }) } });
    expect(await hstsOf(forwarded, path)).toBe('max-age=31536000');
    expect(await hstsOf({ ...forwarded, 'x-forwarded-proto': 'http' }, path)).toBeUndefined();
    expect(await hstsOf({ ...forwarded, 'x-forwarded-host': 'localhost' }, path)).toBeUndefined();
  });

  it('that nobody told of, it is not', async () => {
    expect(await hstsOf({ ...forwarded, host: 'help.example.org' })).toBeUndefined();
  });
});

describe('faults of the server', () => {
  /** A store whose reads fail in the given way. */
  function failing(error: Error): ApiOptions {
    return {
      store: (sealer) => {
        const store = new SqliteStore(openDatabase(':memory:', allSets), sealer);
        store.get = () => Promise.reject(error);
        return store;
      },
    };
  }

  // ERR-8
  it('are told as 500 without a word of what happened, and logged once with the request-id', async () => {
    await open(failing(new TypeError('SELECT * FROM "keys" in /srv/data/remote-help.sqlite')));
    const answer = await refused('GET', `${SET}/1`, {}, { status: 500, code: 'InternalServerError' });
    expect(api.errors).toMatchObject([{ requestId: answer.headers['request-id'], err: { type: 'TypeError' } }]);
  });

  it('inside a batch are logged under the id of the item', async () => {
    await open(failing(new TypeError('boom')));
    const requests = [{ id: 'a', method: 'GET', url: '/ExtendRemoteHelpSessionResponse/1' }];
    const { body } = await api.ask('POST', '/beta/$batch', { body: { requests } });
    expect(body.responses).toMatchObject([{ status: 500, body: { error: { code: 'InternalServerError' } } }]);
    expect(body.responses[0].body.error.message).not.toContain('boom');
    const { innerError } = body.responses[0].body.error;
    expect(api.errors).toMatchObject([{ requestId: innerError['request-id'] }]);
  });

  // ERR-5
  it('that pass by themselves are 503 with Retry-After, and no bug', async () => {
    await open(failing(new DomainError('unavailable', 'The database cannot be used now.', { retryAfterSeconds: 5 })));
    const answer = await refused('GET', `${SET}/1`, {}, { status: 503, code: 'ServiceUnavailable' });
    expect(answer.headers['retry-after']).toBe('5');
    expect(api.errors).toEqual([]);
  });
});

// ERR-7
describe('over a socket', () => {
  const HEAD = 'Host: localhost\r\nAuthorization: Bearer full\r\n';
  const badRequest = { status: 400, code: 'BadRequest' };
  const timedOut = { status: 408, code: 'RequestTimeout' };

  it.each([
    ['bytes that are no HTTP', '\x00\x01\x02 garbage\r\n\r\n', badRequest],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', badRequest],
    ['the greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', badRequest],
    ['a method that nobody knows', `MADEUP ${SET} HTTP/1.1\r\n${HEAD}\r\n`, badRequest],
    ['a header name with a space', `GET ${SET} HTTP/1.1\r\n${HEAD}X y: z\r\n\r\n`, badRequest],
    [
      'two lengths of one body',
      `POST ${SET} HTTP/1.1\r\n${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      badRequest,
    ],
    [
      'a length beside chunks',
      `POST ${SET} HTTP/1.1\r\n${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      badRequest,
    ],
    ['chunks that are none', `POST ${SET} HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, badRequest],
    [
      'HTTP/1.1 without Host',
      `GET ${SET} HTTP/1.1\r\nAuthorization: Bearer full\r\n\r\n`,
      { ...badRequest, target: 'Host' },
    ],
    [
      'HTTP/1.0 without Host',
      `GET ${SET} HTTP/1.0\r\nAuthorization: Bearer full\r\n\r\n`,
      { ...badRequest, target: 'Host' },
    ],
    [
      'header fields of 20 kB',
      `GET ${SET} HTTP/1.1\r\n${HEAD}X: ${'x'.repeat(20_000)}\r\n\r\n`,
      { status: 431, code: 'RequestHeaderFieldsTooLarge' },
    ],
    [
      'a URL of 20 kB',
      `GET ${SET}/${'x'.repeat(20_000)} HTTP/1.1\r\n${HEAD}\r\n`,
      { status: 431, code: 'RequestHeaderFieldsTooLarge' },
    ],
    [
      'an expectation nobody knows',
      `GET /nothing HTTP/1.1\r\n${HEAD}Expect: magic\r\n\r\n`,
      { status: 404, code: 'ResourceNotFound' },
    ],
  ])('%s', async (_, bytes, expected) => {
    const port = await api.listen();
    expectGraphError(await sendRaw(port, Buffer.from(bytes, 'latin1')), expected);
    expect((await sendRaw(port, `GET ${SET} HTTP/1.1\r\n${HEAD}\r\n`)).status).toBe(200);
    expect(api.errors).toEqual([]);
  });

  it('more than 1 MB in chunks: 413', async () => {
    const port = await api.listen();
    const request = `POST ${SET} HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
    const chunk = Buffer.concat([Buffer.from('100001\r\n'), Buffer.alloc(MEGABYTE + 1, 32), Buffer.from('\r\n')]);
    expectGraphError(await sendRaw(port, request, chunk), { status: 413, code: 'RequestEntityTooLarge' });
  });

  it.each([
    ['an absolute URL', `GET http://localhost${SET}?$top=1 HTTP/1.1\r\n${HEAD}\r\n`],
    ['100-continue', `GET ${SET} HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\n\r\n`],
    ['an offer to speak something else', `GET ${SET} HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`],
    ['bytes beyond ASCII in headers', `GET ${SET} HTTP/1.1\r\n${HEAD}client-request-id: \xff\r\nPrefer: \xff\r\n\r\n`],
  ])('%s is no reason to refuse', async (_, bytes) => {
    const answer = await sendRaw(await api.listen(), Buffer.from(bytes, 'latin1'));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ value: [] });
  });

  // ODATA-5
  it('HEAD has the headers of GET and nothing else', async () => {
    const answer = await api.ask('HEAD', SET);
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers['content-length']).toBe(String((await api.ask('GET', SET)).text.length));
  });

  /** Makes both limits short, before the server listens. */
  function hurry(): void {
    Object.assign(api.http.server, { headersTimeout: 40, requestTimeout: 80, connectionsCheckingInterval: 10 });
  }

  it.each([
    ['a connection that says nothing', ''],
    ['a request line that never ends', `GET ${SET}`],
    ['headers that never end', `GET ${SET} HTTP/1.1\r\n${HEAD}`],
    ['a body that never comes', `POST ${SET} HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\n{"sessionKey":`],
  ])('%s: 408', async (_, bytes) => {
    hurry();
    expectGraphError(await sendRaw(await api.listen(), bytes), timedOut);
    expect(api.errors).toEqual([]);
  });

  it('looks for slow requests every second', () => {
    const { connectionsCheckingInterval } = api.http.server as unknown as Record<string, unknown>;
    expect(connectionsCheckingInterval).toBe(1_000);
    expect(api.http.server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 });
  });

  it('a client that goes away in the middle of a body is no bug', async () => {
    const port = await api.listen();
    const gone = new Promise((resolve) =>
      api.http.server.once('connection', (socket) => socket.once('close', resolve)),
    );
    const client = connect(port, '127.0.0.1');
    api.http.server.once('request', () => client.resetAndDestroy());
    client.write(`POST ${SET} HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\n{`);
    await gone;
    expect((await sendRaw(port, `GET ${SET} HTTP/1.1\r\n${HEAD}\r\n`)).status).toBe(200);
    expect(api.errors).toEqual([]);
  });

  it('a refused client that does not hang up is hung up on', async () => {
    const port = await api.listen();
    const gone = new Promise((resolve) =>
      api.http.server.once('connection', (socket) => socket.once('close', resolve)),
    );
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.resume();
    client.write('garbage\r\n\r\n');
    await gone;
    client.destroy();
  });
});

describe('over TLS', () => {
  it('answers carry HSTS, links are https, and refusals before a request have their body', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'remote-help-'));
    const certificate = await loadCertificate({ dataDir, tlsCert: undefined, tlsKey: undefined }, systemClock.now());
    const server = createSecureServer(certificate, listenerOf(api.http), api.clock);
    expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const fetchTls = (path: string, headers: Record<string, string>) =>
      new Promise<RawAnswer>((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          servername: 'localhost',
          port,
          path,
          ca: certificate.cert,
          agent: false as const,
        };
        get({ ...options, headers, setHost: false }, async (response) => {
          const text = Buffer.concat(await response.toArray()).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers as RawAnswer['headers'], text });
        }).on('error', reject);
      });
    const answer = await fetchTls(SET, { host: 'localhost', authorization: 'Bearer full' });
    expect(answer.headers['strict-transport-security']).toBeUndefined();
    const named = await fetchTls(SET, { host: 'help.example.org', authorization: 'Bearer full' });
    expect(named.headers['strict-transport-security']).toBe('max-age=31536000');
    expect(JSON.parse(answer.text)['@odata.context']).toMatch(/^https:\/\/localhost\/beta\//);
    expectGraphError(await fetchTls(SET, {}), { status: 400, code: 'BadRequest', target: 'Host' });
    expectGraphError(await fetchTls(SET, { host: 'localhost', x: 'x'.repeat(20_000) }), {
      status: 431,
      code: 'RequestHeaderFieldsTooLarge',
    });
    await expect(sendRaw(port, `GET ${SET} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).rejects.toThrow();
    expect((await fetchTls('/healthz', { host: 'localhost' })).text).toBe('ok\n');
    await new Promise((resolve) => server.close(resolve));
    rmSync(dataDir, { recursive: true });
  });

  it('a client that never shakes hands is hung up on', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'remote-help-'));
    const certificate = await loadCertificate({ dataDir, tlsCert: undefined, tlsKey: undefined }, systemClock.now());
    const server = createSecureServer(certificate, listenerOf(api.http), api.clock, 50);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const received: Buffer[] = [];
    client.on('data', (chunk: Buffer) => received.push(chunk));
    await new Promise((resolve) => client.once('close', resolve));
    expect(Buffer.concat(received).toString('latin1')).not.toContain('HTTP');
    await new Promise((resolve) => server.close(resolve));
    rmSync(dataDir, { recursive: true });
  });
});
