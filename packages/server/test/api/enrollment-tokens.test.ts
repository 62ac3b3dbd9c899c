/** `remoteHelp/enrollmentTokens` as an admin sees it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toIsoText } from '../../src/clock.ts';
import { enrollmentTokenSecrets } from '../../src/device/device-model.ts';
import { type Api, caller, openApi, TENANT } from './harness.ts';

const TOKENS = '/beta/remoteHelp/enrollmentTokens';
const A_DAY_MS = 24 * 60 * 60_000;

let api: Api;

beforeEach(async () => {
  api = await openApi({
    callers: { devices: caller({ permissions: new Set(['DeviceManagementManagedDevices.ReadWrite.All']) }) },
  });
});
afterEach(() => api.close());

const create = (body: object = {}, headers = {}) => api.ask('POST', TOKENS, { body, headers, token: 'devices' });
const inFuture = (ms: number) => toIsoText(api.clock.now() + ms);

describe('an enrolment token', () => {
  // DEV-1
  it('shows its text in the answer to its creation and never again', async () => {
    const { status, headers, body } = await create({ displayName: 'Front desk' });
    expect(status).toBe(201);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toMatchObject({ '@odata.type': '#openRemoteHelp.enrollmentToken', uses: 0, maxUses: 1 });
    expect(body.token).toMatch(/^orh_enroll_[0-9a-f]{32}_[0-9a-f]{32}_[\w-]{43}$/);
    const one = await api.ask('GET', `${TOKENS}/${body.id}`);
    const many = await api.ask('GET', TOKENS);
    expect([one.body.token, many.body.value[0].token]).toEqual([null, null]);
    expect((await api.ask('GET', `${TOKENS}?$filter=token ne null`)).status).toBe(400);
  });

  // DEV-1
  it('is kept as a hash alone, and its text is in no audit record', async () => {
    const { body } = await create();
    const secret = body.token.slice(-43);
    const kept = await api.store.get({ set: enrollmentTokenSecrets, tenantId: TENANT, id: body.id });
    expect(kept?.values.secretHash).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(kept)).not.toContain(secret);
    await api.ask('DELETE', `${TOKENS}/${body.id}`);
    const audit = await api.ask('GET', '/beta/deviceManagement/auditEvents?$orderby=id');
    expect(audit.body.value.map(({ activityType }: { activityType: string }) => activityType)).toEqual([
      'createEnrollmentToken',
      'deleteEnrollmentToken',
    ]);
    expect(audit.text).not.toContain(secret);
  });

  // DEV-1
  it('is answered also to a client that prefers a minimal answer, as it would be lost', async () => {
    const { status, body } = await create({}, { prefer: 'return=minimal' });
    expect([status, typeof body.token]).toEqual([201, 'string']);
  });

  // DEV-2
  it('lives a day and enrols one device unless told otherwise', async () => {
    expect((await create()).body).toMatchObject({ expirationDateTime: inFuture(A_DAY_MS), maxUses: 1 });
    const asked = { expirationDateTime: inFuture(30 * A_DAY_MS), maxUses: 10_000 };
    expect((await create(asked)).body).toMatchObject(asked);
  });

  // DEV-2
  it.each<[string, () => object]>([
    ['expirationDateTime', () => ({ expirationDateTime: inFuture(0) })],
    ['expirationDateTime', () => ({ expirationDateTime: inFuture(366 * A_DAY_MS + 1) })],
    ['maxUses', () => ({ maxUses: 0 })],
    ['maxUses', () => ({ maxUses: 10_001 })],
    ['deviceName', () => ({ deviceName: 'x'.repeat(257) })],
    ['managedDeviceId', () => ({ managedDeviceId: 'nobody' })],
  ])('is refused for its %s', async (target, body) => {
    const answer = await create(body());
    expect([answer.status, answer.body.error.target]).toEqual([400, target]);
  });

  // DEV-2
  it('names a managed device of its own tenant, and is then good once', async () => {
    const device = await api.ask('POST', '/beta/deviceManagement/managedDevices', { body: { deviceName: 'Till 4' } });
    const named = { managedDeviceId: device.body.id };
    expect((await create(named)).body).toMatchObject(named);
    expect((await create({ ...named, maxUses: 2 })).body.error.target).toBe('maxUses');
    const other = await api.ask('POST', TOKENS, { body: named, token: 'other' });
    expect([other.status, other.body.error.target]).toEqual([400, 'managedDeviceId']);
  });

  // DEV-4
  it('takes its hash along when it is deleted', async () => {
    const { body } = await create();
    expect((await api.ask('DELETE', `${TOKENS}/${body.id}`)).status).toBe(204);
    expect(await api.store.get({ set: enrollmentTokenSecrets, tenantId: TENANT, id: body.id })).toBeUndefined();
    expect((await api.ask('PATCH', `${TOKENS}/${body.id}`, { body: {} })).status).toBe(405);
  });

  it('is made neither by who may only read devices, nor shown to another tenant', async () => {
    expect((await api.ask('POST', TOKENS, { body: {}, token: 'reader' })).status).toBe(403);
    const { body } = await create();
    expect((await api.ask('GET', `${TOKENS}/${body.id}`, { token: 'other' })).status).toBe(404);
  });
});
