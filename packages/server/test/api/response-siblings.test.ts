/** The four response resources alike: what each documentation page shows, from creation to deletion. */
import { allowedRemoteAssistanceActions, examples, model } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, openApi } from './harness.ts';

const ROOT = 'http://localhost:8080/beta';
const KEY = 'Session Key value';
const documented = Object.entries(examples).map(([set, example]) => ({ set, example, path: `/beta/${set}` }));

let api: Api;

beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

describe.each(documented)('$set', ({ set, example, path }) => {
  const type = model.sets.find(({ name }) => name === set)?.type;
  const properties = Object.keys(type?.properties ?? {});

  // ODATA-49
  it('gives the documented example back from POST, GET, list and PATCH, then deletes it', async () => {
    const created = await api.ask('POST', path, { body: example });
    const { id } = created.body;
    expect(created.status).toBe(201);
    expect(created.headers).toMatchObject({ location: `${ROOT}/${set}/${id}`, etag: 'W/"1"' });
    expect(created.body).toMatchObject({
      '@odata.context': `${ROOT}/$metadata#${set}/$entity`,
      '@odata.etag': 'W/"1"',
      ...example,
    });
    const { '@odata.context': _, ...entity } = created.body;
    expect((await api.ask('GET', `${path}/${id}`)).body).toEqual(created.body);
    expect((await api.ask('GET', path)).body).toEqual({
      '@odata.context': `${ROOT}/$metadata#${set}`,
      value: [entity],
    });
    const patched = await api.ask('PATCH', `${path}/${id}`, { body: example });
    expect(patched.status).toBe(200);
    expect(patched.body).toEqual({ ...created.body, '@odata.etag': 'W/"2"' });
    expect(await api.ask('DELETE', `${path}/${id}`)).toMatchObject({ status: 204, text: '' });
    expect((await api.ask('GET', `${path}/${id}`)).status).toBe(404);
    expect((await api.ask('GET', path)).body.value).toEqual([]);
  });

  it('shows exactly the documented members, @odata.type also in minimal', async () => {
    const { body } = await api.ask('POST', path, { body: example });
    const control = ['@odata.context', '@odata.type', '@odata.etag'];
    expect(Object.keys(body).sort()).toEqual([...control, ...properties].sort());
    const { id } = body;
    const accept = 'application/json;odata.metadata=minimal';
    const { body: minimal } = await api.ask('GET', `${path}/${id}`, { headers: { accept } });
    expect(minimal['@odata.type']).toBe(example['@odata.type']);
    const [listed] = (await api.ask('GET', path)).body.value;
    expect(listed['@odata.type']).toBe(example['@odata.type']);
  });

  it('takes each member alone in a PATCH and leaves the others as they are', async () => {
    const { body: before } = await api.ask('POST', path, { body: example });
    let expected = before;
    for (const [name, value] of Object.entries(example)) {
      if (name.startsWith('@')) continue;
      const changed = changedValue(name, value);
      const { status, body } = await api.ask('PATCH', `${path}/${before.id}`, { body: { [name]: changed } });
      expect(status).toBe(200);
      expected = { ...expected, [name]: changed, '@odata.etag': body['@odata.etag'] };
      expect(body).toEqual(expected);
    }
  });

  // ODATA-17
  it.each(Object.keys(example).filter((name) => !name.startsWith('@')))(
    'requires %s at creation and refuses null',
    async (name) => {
      const { [name]: _, ...without } = example;
      for (const body of [without, { ...example, [name]: null }]) {
        const answer = await api.ask('POST', path, { body });
        expect(answer.status).toBe(400);
        expect(answer.body.error).toMatchObject({ code: 'BadRequest', target: name });
      }
      expect((await api.ask('GET', `${path}/$count`)).text).toBe('0');
    },
  );

  // ODATA-10, ODATA-11
  it('is found, changed and deleted by sessionKey', async () => {
    const { body } = await api.ask('POST', path, { body: { ...example, sessionKey: "o'clock/½" } });
    const byKey = `${path}(sessionKey='o''clock%2F%C2%BD')`;
    expect((await api.ask('GET', byKey)).body).toEqual(body);
    expect((await api.ask('PATCH', byKey, { body: {} })).body).toEqual(body);
    expect((await api.ask('DELETE', byKey)).status).toBe(204);
    expect((await api.ask('GET', byKey)).status).toBe(404);
  });

  // ODATA-11, ID-16
  it('holds sessionKey unique within the tenant, free in another', async () => {
    const first = await api.ask('POST', path, { body: example });
    const again = await api.ask('POST', path, { body: example });
    expect(again.status).toBe(409);
    expect(again.body.error).toMatchObject({ code: 'Conflict', target: 'sessionKey' });
    expect((await api.ask('POST', path, { body: example, token: 'other' })).status).toBe(201);
    await api.ask('DELETE', `${path}/${first.body.id}`);
    expect((await api.ask('POST', path, { body: example })).status).toBe(201);
  });
});

describe('the four together', () => {
  it('may all hold a record of one session key', async () => {
    for (const { path, example } of documented) {
      expect((await api.ask('POST', path, { body: example })).status).toBe(201);
    }
    for (const { path, example } of documented) {
      expect((await api.ask('GET', `${path}(sessionKey='${KEY}')`)).body).toMatchObject(example);
    }
  });

  // ODATA-23
  it('take sessionType as flags in any order and give them in that of the declaration', async () => {
    const path = '/beta/CreateRemoteHelpSessionResponse';
    const { body } = await api.ask('POST', path, { body: { sessionKey: 'k', sessionType: 'elevation, viewScreen' } });
    expect(body.sessionType).toBe('viewScreen,elevation');
    for (const name of Object.keys(allowedRemoteAssistanceActions.members)) {
      const patched = await api.ask('PATCH', `${path}/${body.id}`, { body: { sessionType: name } });
      expect(patched.body.sessionType).toBe(name);
    }
  });

  // ODATA-23
  it.each(['none', '', 'viewScreen,', 'ViewScreen', 3])('refuse the sessionType %j', async (sessionType) => {
    const path = '/beta/CreateRemoteHelpSessionResponse';
    const { status, body } = await api.ask('POST', path, { body: { sessionKey: 'k', sessionType } });
    expect(status).toBe(400);
    expect(body.error.target).toBe('sessionType');
  });

  // ODATA-12
  it('ignore an id that is sent: the server makes it', async () => {
    const { example, path } = documented[0] as (typeof documented)[number];
    const { body } = await api.ask('POST', path, { body: { ...example, id: 'mine' } });
    expect(body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const patched = await api.ask('PATCH', `${path}/${body.id}`, { body: { ...example, id: 'mine' } });
    expect(patched.body.id).toBe(body.id);
  });

  it('write webClientUri as null until it is known', async () => {
    const path = '/beta/RemoteHelpSessionRetrieveResponse';
    const { body } = await api.ask('POST', path, { body: examples.RemoteHelpSessionRetrieveResponse as object });
    expect(body.webClientUri).toBeNull();
    const uri = 'https://client.example.org/';
    const patched = await api.ask('PATCH', `${path}/${body.id}`, { body: { webClientUri: uri } });
    expect(patched.body.webClientUri).toBe(uri);
    expect((await api.ask('PATCH', `${path}/${body.id}`, { body: { webClientUri: null } })).body.webClientUri).toBe(
      null,
    );
  });
});

/** Another value that fits the property. */
function changedValue(name: string, value: unknown): string {
  if (name === 'sessionType') return 'viewScreen';
  return name.endsWith('DateTime') ? '2031-02-03T04:05:06.7-03:30' : `${value} changed`;
}
