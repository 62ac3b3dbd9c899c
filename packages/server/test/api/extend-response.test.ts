/** The page that the product grew from: PATCH /ExtendRemoteHelpSessionResponse/{id}, and what belongs to it. */
import { gzipSync } from 'node:zlib';
import { auditEvents, extendExample } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, openApi, TENANT } from './harness.ts';

const SET = '/beta/ExtendRemoteHelpSessionResponse';
let api: Api;
let id: string;

beforeEach(async () => {
  api = await openApi();
  const created = await api.ask('POST', SET, { body: { ...extendExample, sessionKey: 'first' } });
  id = created.body.id;
});
afterEach(() => api.close());

describe('PATCH /ExtendRemoteHelpSessionResponse/{id}', () => {
  it("answers the page's example with the page's values", async () => {
    const { status, body, headers } = await api.ask('PATCH', `${SET}/${id}`, { body: extendExample });
    expect(status).toBe(200);
    expect(body).toEqual({
      '@odata.context': 'http://localhost:8080/beta/$metadata#ExtendRemoteHelpSessionResponse/$entity',
      '@odata.etag': 'W/"2"',
      id,
      ...extendExample,
    });
    expect(headers).toMatchObject({ etag: 'W/"2"', 'odata-version': '4.0', 'cache-control': 'no-store' });
    expect((await api.ask('GET', `${SET}/${id}`)).body).toEqual(body);
  });

  // ODATA-18
  it('takes any subset and leaves the rest untouched', async () => {
    const { body } = await api.ask('PATCH', `${SET}/${id}`, { body: { acsHelperUserToken: 'new' } });
    expect(body).toMatchObject({ ...extendExample, sessionKey: 'first', acsHelperUserToken: 'new' });
  });

  // ODATA-18
  it('changes nothing for {} and says so with the version', async () => {
    const { status, body } = await api.ask('PATCH', `${SET}/${id}`, { body: {} });
    expect(status).toBe(200);
    expect(body).toMatchObject({ '@odata.etag': 'W/"1"', sessionKey: 'first' });
  });

  // ODATA-18
  it('keeps both of two changes that meet', async () => {
    await Promise.all([
      api.ask('PATCH', `${SET}/${id}`, { body: { acsHelperUserToken: 'a' } }),
      api.ask('PATCH', `${SET}/${id}`, { body: { pubSubHelperAccessUri: 'b' } }),
    ]);
    const { body } = await api.ask('GET', `${SET}/${id}`);
    expect(body).toMatchObject({ acsHelperUserToken: 'a', pubSubHelperAccessUri: 'b', '@odata.etag': 'W/"3"' });
  });

  // ODATA-19
  it.each([
    [{ sessionKey: null }, 'sessionKey'],
    [{ acsHelperUserToken: 5 }, 'acsHelperUserToken'],
    [{ sessionType: 'viewScreen' }, 'sessionType'],
    [{ sessionExpirationDateTime: '2016-02-30T00:00:00Z' }, 'sessionExpirationDateTime'],
    [{ sessionExpirationDateTime: '2016-12-31T23:59:57.12345678Z' }, 'sessionExpirationDateTime'],
    [{ '@odata.type': '#microsoft.graph.createRemoteHelpSessionResponse' }, '@odata.type'],
  ])('refuses %j, names %s and changes nothing', async (body, target) => {
    const answer = await api.ask('PATCH', `${SET}/${id}`, { body: { acsHelperUserToken: 'half', ...body } });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'BadRequest', target });
    expect((await api.ask('GET', `${SET}/${id}`)).body['@odata.etag']).toBe('W/"1"');
  });

  // ODATA-1, ODATA-9
  it('finds the record by its session key, in any case of the path', async () => {
    const path = "/BETA/extendremotehelpsessionresponse(sessionKey='first')";
    const { status, body } = await api.ask('PATCH', path, { body: { sessionKey: 'second' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, sessionKey: 'second' });
    expect((await api.ask('GET', path)).status).toBe(404);
  });

  // ODATA-5
  it('is 404 for an unknown id and makes none', async () => {
    const answer = await api.ask('PATCH', `${SET}/unknown`, { body: extendExample });
    expect(answer.status).toBe(404);
    expect(answer.body.error.code).toBe('ResourceNotFound');
    expect((await api.ask('GET', `${SET}/$count`)).text).toBe('1');
  });

  it('is 409 for a session key that another record has', async () => {
    await api.ask('POST', SET, { body: { ...extendExample, sessionKey: 'taken' } });
    const answer = await api.ask('PATCH', `${SET}/${id}`, { body: { sessionKey: 'taken' } });
    expect(answer.status).toBe(409);
    expect(answer.body.error).toMatchObject({ code: 'Conflict', target: 'sessionKey' });
  });

  // ODATA-51
  it('honours If-Match', async () => {
    const stale = await api.ask('PATCH', `${SET}/${id}`, {
      body: { sessionKey: 'x' },
      headers: { 'if-match': 'W/"9"' },
    });
    expect(stale.status).toBe(412);
    expect(stale.body.error).toMatchObject({ code: 'PreconditionFailed', target: 'If-Match' });
    const fresh = await api.ask('PATCH', `${SET}/${id}`, {
      body: { sessionKey: 'x' },
      headers: { 'if-match': 'W/"1"' },
    });
    expect(fresh.status).toBe(200);
  });

  // ODATA-50
  it('honours Prefer', async () => {
    const minimal = await api.ask('PATCH', `${SET}/${id}`, {
      body: { sessionKey: 'x' },
      headers: { prefer: 'return=minimal' },
    });
    expect(minimal).toMatchObject({
      status: 204,
      text: '',
      headers: { 'preference-applied': 'return=minimal', etag: 'W/"2"' },
    });
    const whole = await api.ask('PATCH', `${SET}/${id}`, { body: {}, headers: { prefer: 'return=representation' } });
    expect(whole).toMatchObject({ status: 200, headers: { 'preference-applied': 'return=representation' } });
  });

  // ODATA-4
  it('reads a gzip body and refuses one that unfolds past 1 MB', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const small = await api.ask('PATCH', `${SET}/${id}`, { body: gzipSync(JSON.stringify(extendExample)), headers });
    expect(small.status).toBe(200);
    const bomb = await api.ask('PATCH', `${SET}/${id}`, { body: gzipSync(Buffer.alloc(50_000_000, 'a')), headers });
    expect(bomb.status).toBe(413);
  });

  // ODATA-52
  it.each([
    ['none', ['id', 'sessionKey', 'acsHelperUserToken', 'pubSubHelperAccessUri', 'sessionExpirationDateTime']],
    [
      'full',
      [
        '@odata.context',
        '@odata.type',
        '@odata.id',
        '@odata.editLink',
        '@odata.etag',
        'id',
        'sessionKey',
        'acsHelperUserToken',
        'pubSubHelperAccessUri',
        'sessionExpirationDateTime@odata.type',
        'sessionExpirationDateTime',
      ],
    ],
  ])('answers with odata.metadata=%s', async (level, members) => {
    const { body, headers } = await api.ask('PATCH', `${SET}/${id}`, {
      body: extendExample,
      headers: { accept: `application/json;odata.metadata=${level}` },
    });
    expect(Object.keys(body)).toEqual(members);
    expect(headers['content-type']).toContain(`odata.metadata=${level}`);
  });

  it('leaves one audit record for each change, without the secrets', async () => {
    await api.ask('PATCH', `${SET}/${id}`, { body: { sessionKey: 'second', acsHelperUserToken: 'canary' } });
    await api.ask('PATCH', `${SET}/${id}`, { body: {} });
    await api.ask('PATCH', `${SET}/${id}`, { body: { sessionKey: null } });
    const page = await api.store.query({ set: auditEvents, tenantId: TENANT, top: 10 });
    expect(page.entities.map(({ values }) => values.activityType)).toEqual([
      'createExtendRemoteHelpSessionResponse',
      'updateExtendRemoteHelpSessionResponse',
    ]);
    expect(page.entities[1]?.values.resources).toEqual([
      {
        displayName: null,
        auditResourceType: 'extendRemoteHelpSessionResponse',
        resourceId: id,
        modifiedProperties: [
          { displayName: 'sessionKey', oldValue: 'first', newValue: 'second' },
          { displayName: 'acsHelperUserToken', oldValue: null, newValue: null },
        ],
      },
    ]);
    expect(JSON.stringify(page)).not.toContain('canary');
  });
});

describe('the rest of the resource', () => {
  // ODATA-49
  it('creates with 201 and a Location that answers', async () => {
    const { status, headers, body } = await api.ask('POST', SET, { body: extendExample });
    expect(status).toBe(201);
    expect(headers.location).toBe(`http://localhost:8080${SET}/${body.id}`);
    expect(body).toMatchObject(extendExample);
    expect((await api.ask('GET', `${SET}/${body.id}`)).body).toEqual(body);
  });

  it('lists, counts, selects and deletes', async () => {
    const list = await api.ask('GET', `${SET}?$select=id,sessionKey&$count=true`);
    expect(list.body).toMatchObject({
      '@odata.context': 'http://localhost:8080/beta/$metadata#ExtendRemoteHelpSessionResponse(id,sessionKey)',
      '@odata.count': 1,
      value: [{ id, sessionKey: 'first' }],
    });
    expect(list.body.value[0].acsHelperUserToken).toBeUndefined();
    expect(await api.ask('DELETE', `${SET}/${id}`)).toMatchObject({ status: 204, text: '' });
    expect((await api.ask('DELETE', `${SET}/${id}`)).status).toBe(404);
    expect((await api.ask('GET', SET)).body.value).toEqual([]);
  });

  // ODATA-51
  it('answers 304 to If-None-Match with the present version', async () => {
    const answer = await api.ask('GET', `${SET}/${id}`, { headers: { 'if-none-match': 'W/"1"' } });
    expect(answer).toMatchObject({ status: 304, text: '' });
    expect((await api.ask('GET', `${SET}/${id}`, { headers: { 'if-none-match': 'W/"0"' } })).status).toBe(200);
  });

  // ODATA-5
  it('refuses PUT with 405', async () => {
    const answer = await api.ask('PUT', `${SET}/${id}`, { body: extendExample });
    expect(answer.status).toBe(405);
    expect(answer.body.error.code).toBe('Request_BadRequest');
    // ERR-9
    expect(answer.headers.allow).toBe('GET, HEAD, PATCH, DELETE');
    expect((await api.ask('PATCH', SET, { body: {} })).headers.allow).toBe('GET, HEAD, POST');
    expect((await api.ask('POST', '/beta/deviceManagement/auditEvents', { body: {} })).headers.allow).toBe('GET, HEAD');
  });

  // ID-16
  it('is invisible to another tenant', async () => {
    const token = 'other';
    expect((await api.ask('GET', `${SET}/${id}`, { token })).status).toBe(404);
    expect((await api.ask('PATCH', `${SET}/${id}`, { token, body: {} })).status).toBe(404);
    expect((await api.ask('GET', `${SET}(sessionKey='first')`, { token })).status).toBe(404);
    expect((await api.ask('GET', SET, { token })).body.value).toEqual([]);
    expect((await api.ask('POST', SET, { token, body: { ...extendExample, sessionKey: 'first' } })).status).toBe(201);
  });
});
