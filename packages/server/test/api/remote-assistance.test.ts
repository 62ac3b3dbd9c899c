/** The tenant's remote-assistance settings, and its partners with their two actions. */
import { NO_DATE } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, openApi } from './harness.ts';

const ROOT = 'http://localhost:8080/beta';
const SETTINGS = '/beta/deviceManagement/remoteAssistanceSettings';
const PARTNERS = '/beta/deviceManagement/remoteAssistancePartners';
const DOCUMENTED_ID = 'cfef360e-360e-cfef-0e36-efcf0e36efcf';
/** The body of the documented PATCH. */
const DOCUMENTED = {
  '@odata.type': '#microsoft.graph.remoteAssistanceSettings',
  remoteAssistanceState: 'enabled',
  allowSessionsToUnenrolledDevices: true,
  blockChat: true,
};

let api: Api;

beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

describe('remoteAssistanceSettings', () => {
  const untouched = {
    '@odata.context': `${ROOT}/$metadata#deviceManagement/remoteAssistanceSettings`,
    '@odata.type': '#microsoft.graph.remoteAssistanceSettings',
    '@odata.etag': 'W/"1"',
    id: DOCUMENTED_ID,
    remoteAssistanceState: 'disabled',
    allowSessionsToUnenrolledDevices: false,
    blockChat: false,
  };

  // ODATA-61
  it('are there, switched off, before anybody has written them', async () => {
    const { status, body } = await api.ask('GET', SETTINGS);
    expect(status).toBe(200);
    expect(body).toEqual(untouched);
    expect((await api.ask('GET', SETTINGS)).body).toEqual(untouched);
  });

  it('take the documented PATCH, also as the first request of all, and answer as documented', async () => {
    const { status, body } = await api.ask('PATCH', SETTINGS, { body: DOCUMENTED });
    expect(status).toBe(200);
    expect(body).toEqual({ ...untouched, '@odata.etag': 'W/"2"', ...DOCUMENTED });
    expect((await api.ask('GET', SETTINGS)).body).toEqual(body);
  });

  it('take the three fields without @odata.type, and any one of them alone', async () => {
    const { '@odata.type': _, ...fields } = DOCUMENTED;
    expect((await api.ask('PATCH', SETTINGS, { body: fields })).body).toMatchObject(fields);
    const { body } = await api.ask('PATCH', SETTINGS, { body: { blockChat: false } });
    expect(body).toMatchObject({ ...fields, blockChat: false });
  });

  it('take back the whole object that GET gave', async () => {
    const { body } = await api.ask('GET', SETTINGS);
    const answer = await api.ask('PATCH', SETTINGS, { body: { ...body, remoteAssistanceState: 'enabled' } });
    expect(answer.body).toEqual({ ...body, '@odata.etag': 'W/"2"', remoteAssistanceState: 'enabled' });
  });

  it.each([
    [{ remoteAssistanceState: 'on' }, 'remoteAssistanceState'],
    [{ blockChat: null }, 'blockChat'],
    [{ '@odata.type': '#microsoft.graph.remoteAssistancePartner' }, '@odata.type'],
    [{ chat: true }, 'chat'],
  ])('refuse %j and name %s', async (body, target) => {
    const answer = await api.ask('PATCH', SETTINGS, { body: { allowSessionsToUnenrolledDevices: true, ...body } });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BadRequest', target } } });
    expect((await api.ask('GET', SETTINGS)).body).toEqual(untouched);
  });

  it('honour If-Match and If-None-Match', async () => {
    const body = { blockChat: true };
    const first = await api.ask('PATCH', SETTINGS, { body, headers: { 'if-match': 'W/"1"' } });
    expect(first.headers.etag).toBe('W/"2"');
    const stale = await api.ask('PATCH', SETTINGS, { body: { blockChat: false }, headers: { 'if-match': 'W/"1"' } });
    expect(stale.status).toBe(412);
    expect((await api.ask('GET', SETTINGS)).body.blockChat).toBe(true);
    expect((await api.ask('GET', SETTINGS, { headers: { 'if-none-match': 'W/"2"' } })).status).toBe(304);
  });

  it('are each tenant its own', async () => {
    await api.ask('PATCH', SETTINGS, { body: DOCUMENTED });
    expect((await api.ask('GET', SETTINGS, { token: 'other' })).body).toEqual(untouched);
  });

  it('are one object: no creating, deleting, listing or key', async () => {
    for (const method of ['POST', 'DELETE', 'PUT']) {
      expect((await api.ask(method, SETTINGS, { body: {} })).status).toBe(405);
    }
    for (const path of [`${SETTINGS}/${DOCUMENTED_ID}`, `${SETTINGS}('${DOCUMENTED_ID}')`, `${SETTINGS}/$count`]) {
      expect((await api.ask('GET', path)).status).toBe(400);
    }
  });

  it('show what $select names', async () => {
    const { body } = await api.ask('GET', `${SETTINGS}?$select=blockChat`);
    expect(Object.keys(body)).toEqual(['@odata.context', '@odata.type', '@odata.etag', 'blockChat']);
    expect(body['@odata.context']).toBe(`${ROOT}/$metadata#deviceManagement/remoteAssistanceSettings(blockChat)`);
  });
});

describe('remoteAssistancePartners', () => {
  const example = {
    '@odata.type': '#microsoft.graph.remoteAssistancePartner',
    displayName: 'Display Name value',
    onboardingUrl: 'https://example.com/onboardingUrl/',
    onboardingStatus: 'onboarding',
    lastConnectionDateTime: '2016-12-31T23:58:36.6670033-08:00',
  };

  async function partner(facts: object = {}): Promise<string> {
    const { body } = await api.ask('POST', PARTNERS, { body: { displayName: 'A', ...facts } });
    return body.id;
  }

  async function call(id: string, action: string, method = 'POST') {
    const { status, text, body } = await api.ask(method, `${PARTNERS}/${id}/${action}`);
    return { status, text, target: body?.error?.target };
  }

  it('creates, lists, counts, changes and deletes', async () => {
    const created = await api.ask('POST', PARTNERS, { body: example });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ ...example, onboardingRequestExpiryDateTime: NO_DATE });
    const { id } = created.body;
    expect(created.headers.location).toBe(`${ROOT}/deviceManagement/remoteAssistancePartners/${id}`);
    expect((await api.ask('GET', PARTNERS)).body.value).toMatchObject([{ id, ...example }]);
    expect((await api.ask('GET', `${PARTNERS}/$count`)).text).toBe('1');
    const patched = await api.ask('PATCH', `${PARTNERS}/${id}`, { body: { displayName: null } });
    expect(patched.body).toMatchObject({ ...example, displayName: null });
    expect((await api.ask('DELETE', `${PARTNERS}/${id}`)).status).toBe(204);
    expect((await api.ask('GET', `${PARTNERS}/$count`)).text).toBe('0');
  });

  it('begins with a partner who is not onboarded', async () => {
    const { body } = await api.ask('GET', `${PARTNERS}/${await partner()}`);
    expect(body).toMatchObject({ onboardingStatus: 'notOnboarded', lastConnectionDateTime: NO_DATE });
  });

  // ODATA-63
  it.each([
    ['beginOnboarding', 'disconnect'],
    ['microsoft.graph.beginOnboarding', 'microsoft.graph.disconnect'],
    ['graph.BEGINONBOARDING', 'Graph.Disconnect'],
  ])('%s asks for a day, and %s takes it back', async (begin, disconnect) => {
    const id = await partner();
    expect(await call(id, begin)).toMatchObject({ status: 204, text: '' });
    expect((await api.ask('GET', `${PARTNERS}('${id}')`)).body).toMatchObject({
      '@odata.etag': 'W/"2"',
      onboardingStatus: 'onboarding',
      onboardingRequestExpiryDateTime: '2026-01-02T00:00:00.000Z',
    });
    expect(await call(id, disconnect)).toMatchObject({ status: 204, text: '' });
    expect((await api.ask('GET', `${PARTNERS}/${id}`)).body).toMatchObject({
      '@odata.etag': 'W/"3"',
      onboardingStatus: 'notOnboarded',
      onboardingRequestExpiryDateTime: NO_DATE,
    });
  });

  it('asks anew while the partner has not answered', async () => {
    const id = await partner();
    await call(id, 'beginOnboarding');
    api.clock.advanceBy(3_600_000);
    expect((await call(id, 'beginOnboarding')).status).toBe(204);
    const { body } = await api.ask('GET', `${PARTNERS}/${id}`);
    expect(body.onboardingRequestExpiryDateTime).toBe('2026-01-02T01:00:00.000Z');
  });

  // ODATA-63
  it('refuses to onboard a connected partner with 409, and disconnects one', async () => {
    const id = await partner({ onboardingStatus: 'onboarded' });
    expect(await call(id, 'beginOnboarding')).toMatchObject({ status: 409, target: 'onboardingStatus' });
    expect((await api.ask('GET', `${PARTNERS}/${id}`)).body).toMatchObject({
      '@odata.etag': 'W/"1"',
      onboardingStatus: 'onboarded',
    });
    expect((await call(id, 'disconnect')).status).toBe(204);
    expect((await api.ask('GET', `${PARTNERS}/${id}`)).body.onboardingStatus).toBe('notOnboarded');
  });

  it('changes nothing when there is nothing to disconnect', async () => {
    const id = await partner();
    expect((await call(id, 'disconnect')).status).toBe(204);
    expect((await api.ask('GET', `${PARTNERS}/${id}`)).body['@odata.etag']).toBe('W/"1"');
  });

  it.each(['beginOnboarding', 'disconnect'])('%s is a POST to a partner that exists', async (action) => {
    const id = await partner();
    for (const method of ['GET', 'PATCH', 'DELETE']) expect((await call(id, action, method)).status).toBe(405);
    expect((await call('unknown', action)).status).toBe(404);
    expect((await call(id, `${action}/more`)).status).toBe(400);
    expect((await api.ask('POST', `${PARTNERS}/${action}`)).status).toBe(405);
    expect((await api.ask('POST', `${PARTNERS}/${id}/${action}`, { token: 'other' })).status).toBe(404);
    const stale = await api.ask('POST', `${PARTNERS}/${id}/${action}`, { headers: { 'if-match': 'W/"9"' } });
    expect(stale.status).toBe(412);
    expect((await api.ask('POST', `/beta/deviceManagement/managedDevices/${id}/${action}`)).status).toBe(400);
  });

  it('takes actions with an empty body, {} or none', async () => {
    const id = await partner();
    for (const body of ['', '{}']) {
      const answer = await api.ask('POST', `${PARTNERS}/${id}/beginOnboarding`, { body });
      expect(answer.status).toBe(204);
    }
  });
});
