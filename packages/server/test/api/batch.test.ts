/** `$batch` (graph: json-batching): limits, order, rights and throttling of each item, and urls that lead elsewhere. */
import { createExample } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Api, openApi } from './harness.ts';

const BATCH = '/beta/$batch';
const SET = '/beta/CreateRemoteHelpSessionResponse';
const URL_OF_SET = '/CreateRemoteHelpSessionResponse';
const JSON_TYPE = { 'Content-Type': 'application/json' };

interface Item {
  readonly id?: unknown;
  readonly [member: string]: unknown;
}

let api: Api;

beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

function send(requests: readonly unknown[], token = 'full'): Promise<Answer> {
  return api.ask('POST', BATCH, { body: { requests }, token });
}

/** Sends items and returns their responses by id. */
// biome-ignore lint/suspicious/noExplicitAny: responses of every shape
async function responsesTo(requests: readonly Item[], token = 'full'): Promise<Record<string, any>> {
  const { status, headers, body } = await send(requests, token);
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^application\/json\b/);
  expect(body.responses).toHaveLength(requests.length);
  return Object.fromEntries(body.responses.map((response: { id: string }) => [response.id, response]));
}

function list(id: string, facts: object = {}): Item {
  return { id, method: 'GET', url: URL_OF_SET, ...facts };
}

function create(id: string, facts: object = {}): Item {
  return {
    id,
    method: 'POST',
    url: URL_OF_SET,
    headers: JSON_TYPE,
    body: { ...createExample, sessionKey: id },
    ...facts,
  };
}

async function storedKeys(): Promise<string[]> {
  const { body } = await api.ask('GET', `${SET}?$orderby=sessionKey`);
  return body.value.map(({ sessionKey }: { sessionKey: string }) => sessionKey);
}

describe('items', () => {
  it('are answered each with status, headers and body', async () => {
    const { one, two, three, four } = await responsesTo([
      create('one'),
      list('two', { dependsOn: ['one'] }),
      { id: 'three', method: 'GET', url: `${URL_OF_SET}/$count`, dependsOn: ['one'] },
      { id: 'four', method: 'DELETE', url: `${URL_OF_SET}(sessionKey='one')`, dependsOn: ['three', 'two'] },
    ]);
    const root = 'http://localhost:8080/beta';
    expect(one).toMatchObject({ status: 201, body: { ...createExample, sessionKey: 'one' } });
    expect(one.headers.Location).toBe(`${root}${URL_OF_SET}/${one.body.id}`);
    expect(two).toMatchObject({ status: 200, body: { value: [{ id: one.body.id }] } });
    expect(two.body['@odata.context']).toBe(`${root}/$metadata#CreateRemoteHelpSessionResponse`);
    expect(three).toMatchObject({ status: 200, body: '1' });
    expect(four).toEqual({ id: 'four', status: 204, headers: {} });
  });

  // ODATA-59
  it('spell Content-Type as the JavaScript client looks for it, in answers good and bad', async () => {
    const { good, bad } = await responsesTo([create('good'), list('bad', { url: '/nothing' })]);
    for (const { headers } of [good, bad]) {
      expect(Object.keys(headers)).toContain('Content-Type');
      expect(headers['Content-Type']).toContain('application/json');
    }
    expect(Object.keys(good.headers)).toEqual(expect.arrayContaining(['Etag', 'Location', 'Cache-Control']));
  });

  it.each([
    'CreateRemoteHelpSessionResponse?$top=1',
    '/CreateRemoteHelpSessionResponse?$top=1',
    '/createremotehelpsessionresponse?%24top=1',
    '/beta/CreateRemoteHelpSessionResponse?$top=1',
  ])('are addressed from the service root: %s', async (url) => {
    await responsesTo([create('a'), create('b')]);
    const { x } = await responsesTo([list('x', { url })]);
    expect(x.body.value).toHaveLength(1);
    expect(x.body['@odata.nextLink']).toContain(`/beta${URL_OF_SET}?`);
  });

  it('take header names and methods in any case', async () => {
    const { a, b } = await responsesTo([
      create('a', { method: 'post', headers: { 'CONTENT-TYPE': 'application/json', pReFeR: 'return=minimal' } }),
      {
        id: 'b',
        method: 'patch',
        url: `${URL_OF_SET}(sessionKey='a')`,
        dependsOn: ['A'],
        headers: { ...JSON_TYPE, 'If-Match': 'W/"9"' },
        body: {},
      },
    ]);
    expect(a).toMatchObject({ status: 204, headers: { 'Preference-Applied': 'return=minimal' } });
    expect(b).toMatchObject({ status: 412, body: { error: { code: 'PreconditionFailed' } } });
  });

  it('have a request-id each, and a client-request-id of their own where they send one', async () => {
    const answer = await api.ask('POST', BATCH, {
      headers: { 'client-request-id': 'outer' },
      body: {
        requests: [
          list('a', { url: '/nothing' }),
          list('b', { url: '/nothing', headers: { 'client-request-id': 'own' } }),
          list('c', { url: '/nothing', headers: { 'client-request-id': 'line\nbreak' } }),
        ],
      },
    });
    const inner = answer.body.responses.map(({ body }: Answer) => body.error.innerError);
    // biome-ignore lint/suspicious/noExplicitAny: see above
    const clientIds = inner.map((error: any) => error['client-request-id']);
    expect(clientIds).toEqual(['outer', 'own', 'outer']);
    // biome-ignore lint/suspicious/noExplicitAny: see above
    const ids = new Set(inner.map((error: any) => error['request-id']));
    expect(ids.size).toBe(3);
    expect(ids).not.toContain(answer.headers['request-id']);
  });

  it('need JSON where they have a body', async () => {
    const { a, b } = await responsesTo([
      create('a', { headers: { 'Content-Type': 'text/plain' }, body: 'e30=' }),
      create('b', { body: undefined }),
    ]);
    expect(a).toMatchObject({ status: 415, body: { error: { code: 'UnsupportedMediaType', target: 'Content-Type' } } });
    expect(b).toMatchObject({ status: 400, body: { error: { code: 'BadRequest' } } });
    expect(await storedKeys()).toEqual([]);
  });
});

// ODATA-56
describe('limits', () => {
  it('are 20 requests', async () => {
    const items = Array.from({ length: 21 }, (_, index) => create(String(index)));
    const answer = await send(items);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BadRequest', target: 'requests' } } });
    expect(await storedKeys()).toEqual([]);
    const responses = await responsesTo(items.slice(1));
    expect(Object.values(responses).map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(await storedKeys()).toHaveLength(20);
  });

  it.each([
    ['the same id', ['x', 'x']],
    ['an id that differs in case', ['x', 'X']],
  ])('refuse %s twice', async (_, [first, second]) => {
    const answer = await send([create(first as string), create(second as string)]);
    expect(answer).toMatchObject({ status: 400, body: { error: { target: 'requests[1]/id' } } });
    expect(await storedKeys()).toEqual([]);
  });

  it.each([
    ['text', 'requests'],
    [[], 'requests'],
    [{}, 'requests'],
    [{ requests: {} }, 'requests'],
    [{ requests: [] }, 'requests'],
    [{ requests: [null] }, 'requests[0]'],
    [{ requests: ['GET /'] }, 'requests[0]'],
    [{ requests: [list('a'), { method: 'GET', url: '/x' }] }, 'requests[1]/id'],
    [{ requests: [list('')] }, 'requests[0]/id'],
    [{ requests: [{ ...list('a'), id: 1 }] }, 'requests[0]/id'],
    [{ requests: [{ id: 'a', url: '/x' }] }, 'requests[0]/method'],
    [{ requests: [list('a', { method: 'TRACE' })] }, 'requests[0]/method'],
    [{ requests: [list('a', { method: 7 })] }, 'requests[0]/method'],
    [{ requests: [{ id: 'a', method: 'GET' }] }, 'requests[0]/url'],
    [{ requests: [list('a', { url: '' })] }, 'requests[0]/url'],
    [{ requests: [list('a', { headers: [] })] }, 'requests[0]/headers'],
    [{ requests: [list('a', { headers: { accept: 1 } })] }, 'requests[0]/headers'],
    [{ requests: [create('a', { headers: {} })] }, 'requests[0]/headers'],
    [{ requests: [list('a', { dependsOn: 'b' })] }, 'requests[0]/dependsOn'],
    [{ requests: [list('a', { dependsOn: [1] })] }, 'requests[0]/dependsOn'],
  ])('refuse %j', async (body, target) => {
    const answer = await api.ask('POST', BATCH, { body: JSON.stringify(body) });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BadRequest', target } } });
  });

  it('are POST alone, and a token', async () => {
    for (const method of ['GET', 'PATCH', 'DELETE', 'PUT']) {
      expect((await api.ask(method, BATCH, { body: { requests: [list('a')] } })).status).toBe(405);
    }
    expect((await send([list('a')], '')).status).toBe(401);
    expect((await api.ask('POST', BATCH, { body: '{"requests":[' })).status).toBe(400);
  });
});

// ODATA-66
describe('large answers', () => {
  const devices = '/deviceManagement/managedDevices';
  const notes = 'n'.repeat(32_768);

  async function enter(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      expect((await api.ask('POST', `/beta${devices}`, { body: { notes } })).status).toBe(201);
    }
  }

  it('end where they would be too large together; what is refused can be asked for again', async () => {
    await enter(100);
    const wanted = Array.from({ length: 20 }, (_, index) => list(String(index), { url: devices }));
    const answer = await send(wanted);
    expect(answer.status).toBe(200);
    expect(answer.text.length).toBeLessThan(34 * 1024 * 1024);
    const refused = answer.body.responses.filter(({ status }: Answer) => status !== 200);
    expect(refused).toHaveLength(11);
    expect(refused[0]).toMatchObject({
      status: 429,
      headers: { 'Retry-After': '1' },
      body: { error: { code: 'TooManyRequests' } },
    });
    const again = await send(refused.slice(0, 2).map(({ id }: Item) => list(id as string, { url: devices })));
    expect(again.body.responses.map(({ status }: Answer) => status)).toEqual([200, 200]);
  });

  it('leave nothing undone that is told to be done', async () => {
    await enter(100);
    const reads = Array.from({ length: 12 }, (_, index) => list(`r${index}`, { url: devices }));
    const writes = [create('early'), create('late', { dependsOn: ['r0'] })];
    const responses = await responsesTo([...reads, ...writes]);
    expect(responses.r11.status).toBe(429);
    const done = writes.map(({ id }) => id).filter((id) => responses[id as string].status === 201);
    expect(await storedKeys()).toEqual(done);
    expect(done).toContain('early');
  });
});

// ODATA-57
describe('dependsOn', () => {
  it('runs a chain in its order', async () => {
    const path = `${URL_OF_SET}(sessionKey='k')`;
    const patch = (id: string, sessionType: string, dependsOn: string[]) => ({
      id,
      method: 'PATCH',
      url: path,
      headers: JSON_TYPE,
      body: { sessionType },
      dependsOn,
    });
    const responses = await responsesTo([
      create('k'),
      patch('2', 'viewScreen', ['k']),
      patch('3', 'elevation', ['2']),
      patch('4', 'unattended', ['3']),
    ]);
    const seen = ['k', '2', '3', '4'].map((id) => [responses[id].body.sessionType, responses[id].body['@odata.etag']]);
    expect(seen).toEqual([
      ['takeFullControl', 'W/"1"'],
      ['viewScreen', 'W/"2"'],
      ['elevation', 'W/"3"'],
      ['unattended', 'W/"4"'],
    ]);
  });

  it('leaves out what depends on a failure, and what depends on that', async () => {
    const responses = await responsesTo([
      list('gone', { url: `${URL_OF_SET}/unknown` }),
      create('second', { dependsOn: ['gone'] }),
      create('third', { dependsOn: ['SECOND'] }),
      create('free'),
      create('half', { dependsOn: ['free', 'gone'] }),
    ]);
    expect(Object.entries(responses).map(([id, { status }]) => [id, status])).toEqual([
      ['gone', 404],
      ['second', 424],
      ['third', 424],
      ['free', 201],
      ['half', 424],
    ]);
    expect(responses.second.body.error).toMatchObject({ code: 'FailedDependency' });
    expect(await storedKeys()).toEqual(['free']);
  });

  it.each([
    ['nobody', [list('a', { dependsOn: ['z'] })], 'requests[0]/dependsOn'],
    ['itself', [list('a', { dependsOn: ['a'] })], 'requests[0]/dependsOn'],
    ['a later one', [list('a', { dependsOn: ['b'] }), list('b')], 'requests[0]/dependsOn'],
  ])('refuses to wait for %s', async (_, requests, target) => {
    expect(await send(requests)).toMatchObject({ status: 400, body: { error: { target } } });
  });
});

// ODATA-58
describe('each item', () => {
  it('needs its own right', async () => {
    const { a, b } = await responsesTo([list('a'), create('b')], 'reader');
    expect(a.status).toBe(200);
    expect(b).toMatchObject({ status: 403, body: { error: { code: 'Forbidden' } } });
    expect(b.body.error.message).toContain('DeviceManagementServiceConfig.ReadWrite.All');
    expect(await storedKeys()).toEqual([]);
  });

  it('acts for the caller of the batch, whatever token it brings', async () => {
    await responsesTo([create('mine')]);
    const { a } = await responsesTo([list('a', { headers: { Authorization: 'Bearer full' } })], 'other');
    expect(a.body.value).toEqual([]);
    const { b } = await responsesTo([list('b', { headers: { Authorization: 'Bearer unknown' } })]);
    expect(b.body.value).toHaveLength(1);
  });

  it('counts against the share of the caller', async () => {
    const throttled = await openApi({ throttlePer10s: 4 });
    const requests = ['a', 'b', 'c', 'd', 'e'].map((id) => list(id));
    const { status, body } = await throttled.ask('POST', BATCH, { body: { requests } });
    expect(status).toBe(200);
    expect(body.responses.map((response: Answer) => response.status)).toEqual([200, 200, 200, 429, 429]);
    expect(body.responses[4]).toMatchObject({
      headers: { 'Retry-After': '10' },
      body: { error: { code: 'TooManyRequests' } },
    });
    await throttled.close();
  });

  // ODATA-60
  it.each(['$batch', '/$batch', '//$batch', '/%24batch', '/$b%61tch', '/$batch/', '/$batch?x=1', '/beta/$batch'])(
    'cannot be a batch itself: %s',
    async (url) => {
      const inner = { requests: [create('inner')] };
      const { a } = await responsesTo([{ id: 'a', method: 'POST', url, headers: JSON_TYPE, body: inner }]);
      expect(a).toMatchObject({ status: 400, body: { error: { code: 'BadRequest' } } });
      expect(await storedKeys()).toEqual([]);
    },
  );

  // ODATA-60
  it.each([
    'http://localhost:8080/beta/CreateRemoteHelpSessionResponse',
    'https://other.example/beta/CreateRemoteHelpSessionResponse',
    '//other.example/CreateRemoteHelpSessionResponse',
    '/beta/beta/CreateRemoteHelpSessionResponse',
    '/../../healthz',
    '/..%2f..%2fhealthz',
    '\\\\other\\share',
    '/%',
    '/%00',
    '/\ud800',
    '?$top=1',
    '#',
    '/',
    '/$metadata',
  ])('leads nowhere but to the sets: %s', async (url) => {
    const { a } = await responsesTo([list('a', { url })]);
    expect(a).toMatchObject({ status: 400, body: { error: { code: 'BadRequest' } } });
  });
});
