/** `deviceManagement/auditEvents`: one record for each write, with who, what and which request; none to be written by hand. */
import { examples, extendExample, requestAccessExample } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALL_PERMISSIONS, type Answer, type Api, caller, openApi } from './harness.ts';

const AUDIT = '/beta/deviceManagement/auditEvents';
const EXTEND = '/beta/ExtendRemoteHelpSessionResponse';
const PARTNERS = '/beta/deviceManagement/remoteAssistancePartners';
const SETTINGS = '/beta/deviceManagement/remoteAssistanceSettings';
const ROLES = '/beta/deviceManagement/roleDefinitions';
const APP = '66666666-6666-4666-8666-666666666666';

let api: Api;

beforeEach(async () => {
  api = await openApi({
    callers: {
      app: caller({
        kind: 'application',
        objectId: APP,
        applicationId: '77777777-7777-4777-8777-777777777777',
        name: 'Night job',
        userPrincipalName: undefined,
      }),
    },
  });
});
afterEach(() => api.close());

// biome-ignore lint/suspicious/noExplicitAny: records are compared member by member
async function records(token = 'full', query = ''): Promise<any[]> {
  const { status, body } = await api.ask('GET', `${AUDIT}?$orderby=id${query}`, { token });
  expect(status).toBe(200);
  return body.value;
}

/** Performs a write and returns the one record that it left. */
// biome-ignore lint/suspicious/noExplicitAny: records are compared member by member
async function recordOf(write: Promise<Answer>): Promise<{ answer: Answer; record: any }> {
  const before = (await records()).length;
  const answer = await write;
  expect(answer.status).toBeLessThan(300);
  const all = await records();
  expect(all).toHaveLength(before + 1);
  return { answer, record: all.at(-1) };
}

// ODATA-64
describe('a write', () => {
  it('is recorded with its caller and the request-id of its answer', async () => {
    api.clock.advanceBy(1_234);
    const ask = api.ask('POST', EXTEND, { body: extendExample, from: '192.0.2.7' });
    const { answer, record } = await recordOf(ask);
    expect(record).toMatchObject({
      displayName: 'Create extendRemoteHelpSessionResponse',
      componentName: 'OpenRemoteHelp',
      activity: 'Create extendRemoteHelpSessionResponse',
      activityType: 'createExtendRemoteHelpSessionResponse',
      activityOperationType: 'Create',
      activityResult: 'Success',
      activityDateTime: '2026-01-01T00:00:01.234Z',
      category: 'RemoteHelp',
      correlationId: answer.headers['request-id'],
      actor: {
        auditActorType: 'ItPro',
        userPermissions: ALL_PERMISSIONS,
        applicationId: null,
        applicationDisplayName: null,
        userPrincipalName: 'admin@example.org',
        servicePrincipalName: null,
        ipAddress: '192.0.2.7',
        userId: '33333333-3333-4333-8333-333333333333',
      },
    });
    expect(record.resources).toMatchObject([
      { auditResourceType: 'extendRemoteHelpSessionResponse', resourceId: answer.body.id },
    ]);
    expect((await api.ask('GET', `${AUDIT}/${record.id}`)).body).toMatchObject(record);
  });

  it('of an application is recorded as its own', async () => {
    const { record } = await recordOf(api.ask('POST', EXTEND, { body: extendExample, token: 'app' }));
    expect(record.actor).toMatchObject({
      auditActorType: 'Application',
      applicationId: '77777777-7777-4777-8777-777777777777',
      applicationDisplayName: 'Night job',
      servicePrincipalName: 'Night job',
      userPrincipalName: null,
      userId: APP,
    });
  });

  it.each([
    ...Object.entries(examples).map(
      ([set, example]) => [`/beta/${set}`, example, {}, 'RemoteHelp', example.deviceName ?? null] as const,
    ),
    ['/beta/deviceManagement/managedDevices', { deviceName: 'D' }, { notes: 'n' }, 'Device', 'D'] as const,
    [PARTNERS, { displayName: 'P' }, { onboardingUrl: 'u' }, 'Settings', 'P'] as const,
    [ROLES, { displayName: 'R' }, { description: 'd' }, 'Role', 'R'] as const,
    ['/beta/deviceManagement/roleAssignments', { displayName: 'A' }, { members: [APP] }, 'Role', 'A'] as const,
  ])('to %s leaves one record for each kind', async (path, body, facts, category, displayName) => {
    const changes = Object.keys(facts).length > 0 ? facts : { sessionKey: 'changed' };
    const created = await recordOf(api.ask('POST', path, { body }));
    const { id } = created.answer.body;
    const updated = await recordOf(api.ask('PATCH', `${path}/${id}`, { body: changes }));
    const deleted = await recordOf(api.ask('DELETE', `${path}/${id}`));
    for (const [{ record, answer }, operation] of [
      [created, 'Create'],
      [updated, 'Update'],
      [deleted, 'Delete'],
    ] as const) {
      expect(record).toMatchObject({
        activityOperationType: operation,
        category,
        correlationId: answer.headers['request-id'],
      });
      expect(record.resources).toMatchObject([{ resourceId: id, displayName }]);
    }
    const [name, value] = Object.entries(changes)[0] as [string, unknown];
    expect(updated.record.resources[0].modifiedProperties).toEqual([
      { displayName: name, oldValue: expect.toSatisfy((old) => old !== value), newValue: textOf(value) },
    ]);
    expect(deleted.record.resources[0].modifiedProperties).toEqual([]);
  });

  it('by action or to the settings is recorded too', async () => {
    const { body } = await api.ask('POST', PARTNERS, { body: { displayName: 'P' } });
    const begun = await recordOf(api.ask('POST', `${PARTNERS}/${body.id}/beginOnboarding`));
    expect(begun.record).toMatchObject({
      activityType: 'beginOnboardingRemoteAssistancePartner',
      activityOperationType: 'Action',
      category: 'Settings',
    });
    const ended = await recordOf(api.ask('POST', `${PARTNERS}/${body.id}/disconnect`));
    expect(ended.record.activityType).toBe('disconnectRemoteAssistancePartner');
    const settings = await recordOf(api.ask('PATCH', SETTINGS, { body: { blockChat: true } }));
    expect(settings.record.resources[0].modifiedProperties).toEqual([
      { displayName: 'blockChat', oldValue: 'false', newValue: 'true' },
    ]);
  });

  it('in a batch is recorded for each item, under the id of the item', async () => {
    const item = (id: string) => ({
      id,
      method: 'POST',
      url: '/CreateRemoteHelpSessionResponse',
      headers: { 'Content-Type': 'application/json' },
      body: { ...examples.CreateRemoteHelpSessionResponse, sessionKey: id },
    });
    const answer = await api.ask('POST', '/beta/$batch', { body: { requests: [item('a'), item('b')] } });
    expect(answer.body.responses).toHaveLength(2);
    const [first, second, ...others] = await records();
    expect(others).toEqual([]);
    expect(new Set([first.correlationId, second.correlationId]).size).toBe(2);
    expect([first, second].map(({ resources }) => resources[0].resourceId).toSorted()).toEqual(
      answer.body.responses.map(({ body }: { body: { id: string } }) => body.id).toSorted(),
    );
  });

  it('never shows a secret', async () => {
    const path = '/beta/RequestRemoteHelpSessionAccessResponse';
    const secrets = { pubSubEncryptionKey: 'canary-1', pubSubEncryption: 'canary-2' };
    const { body } = await api.ask('POST', path, { body: { ...requestAccessExample, ...secrets } });
    await api.ask('PATCH', `${path}/${body.id}`, { body: { pubSubEncryptionKey: 'canary-3' } });
    await api.ask('DELETE', `${path}/${body.id}`);
    const all = await records();
    expect(all).toHaveLength(3);
    expect(JSON.stringify(all)).not.toContain('canary');
    expect(all[1].resources[0].modifiedProperties).toEqual([
      { displayName: 'pubSubEncryptionKey', oldValue: null, newValue: null },
    ]);
  });
});

// ODATA-64
describe('nothing is recorded', () => {
  it('for reading, refused writes and changes of nothing', async () => {
    const { body } = await api.ask('POST', EXTEND, { body: extendExample });
    const partner = await api.ask('POST', PARTNERS, { body: { onboardingStatus: 'onboarded' } });
    const before = await records();
    const path = `${EXTEND}/${body.id}`;
    const statuses: number[] = [];
    for (const [method, at, ask] of [
      ['GET', EXTEND, {}],
      ['GET', SETTINGS, {}],
      ['PATCH', path, { body: {} }],
      ['POST', EXTEND, { body: extendExample }],
      ['POST', EXTEND, { body: { sessionKey: 'x' } }],
      ['POST', EXTEND, { body: { ...extendExample, sessionKey: 'x' }, token: 'reader' }],
      ['POST', EXTEND, { body: { ...extendExample, sessionKey: 'x' }, headers: { accept: 'text/html' } }],
      ['PATCH', path, { body: { sessionKey: null } }],
      ['PATCH', path, { body: { sessionKey: 'x' }, token: 'other' }],
      ['PATCH', path, { body: { sessionKey: 'x' }, headers: { 'if-match': 'W/"7"' } }],
      ['PATCH', `${EXTEND}/unknown`, { body: { sessionKey: 'x' } }],
      ['PUT', path, { body: extendExample }],
      ['DELETE', `${EXTEND}/unknown`, {}],
      ['DELETE', path, { headers: { 'if-match': 'W/"7"' } }],
      ['DELETE', `${ROLES}/9e0cc482-82df-4ab2-a24c-0c23a3f52e1e`, {}],
      ['POST', `${PARTNERS}/${partner.body.id}/beginOnboarding`, {}],
    ] as const) {
      statuses.push((await api.ask(method, at, ask)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 409, 400, 403, 406, 400, 404, 412, 404, 405, 404, 412, 409, 409]);
    expect(await records()).toEqual(before);
  });
});

describe('the records', () => {
  it.each(['POST', 'PATCH', 'DELETE', 'PUT'])('take no %s', async (method) => {
    await api.ask('POST', EXTEND, { body: extendExample });
    const [record] = await records();
    const path = method === 'POST' ? AUDIT : `${AUDIT}/${record.id}`;
    const answer = await api.ask(method, path, { body: { displayName: 'x' } });
    expect(answer).toMatchObject({ status: 405, body: { error: { code: 'Request_BadRequest' } } });
    expect(await records()).toEqual([record]);
  });

  it('are found by who acted, by what, and by when', async () => {
    await api.ask('POST', EXTEND, { body: extendExample });
    api.clock.advanceBy(1_000);
    const { body } = await api.ask('POST', EXTEND, { body: { ...extendExample, sessionKey: 'app' }, token: 'app' });
    const idsFor = async (filter: string) =>
      (await records('full', `&$filter=${encodeURIComponent(filter)}`)).map(({ resources }) => resources[0].resourceId);
    const answers = await Promise.all(
      [
        `actor/userId eq '${APP}'`,
        "actor/auditActorType eq 'Application' and contains(actor/servicePrincipalName,'job')",
        'activityDateTime ge 2026-01-01T00:00:01Z',
        "category eq 'RemoteHelp' and actor/userPrincipalName eq null",
      ].map(idsFor),
    );
    expect(answers).toEqual([[body.id], [body.id], [body.id], [body.id]]);
    const { headers } = await api.ask('DELETE', `${EXTEND}/${body.id}`);
    expect(await idsFor(`correlationId eq ${headers['request-id']}`)).toEqual([body.id]);
  });

  it('are each tenant its own', async () => {
    const { body } = await api.ask('POST', EXTEND, { body: extendExample });
    await api.ask('POST', EXTEND, { body: extendExample, token: 'other' });
    const [own, ...rest] = await records();
    expect(rest).toEqual([]);
    expect(own.resources[0].resourceId).toBe(body.id);
    expect(await records('other')).toHaveLength(1);
    expect((await api.ask('GET', `${AUDIT}/${own.id}`, { token: 'other' })).status).toBe(404);
    expect((await api.ask('GET', `${AUDIT}/$count`, { token: 'other' })).text).toBe('1');
  });
});

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
