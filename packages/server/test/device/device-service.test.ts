/** Devices of a whole service over TLS, where people sign in at an issuer of others. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceClient } from '@open-remote-help/agent';
import { auditEvents, enrollmentTokens, NO_DATE } from '@open-remote-help/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_TENANT, tenants } from '../../src/access/identity-model.ts';
import { newId } from '../../src/access/ids.ts';
import { systemClock } from '../../src/clock.ts';
import { newTokenSecret, newTokenValues } from '../../src/device/enrollment-token.ts';
import { type RunningService, startOnFreePorts } from '../judges/running-service.ts';

const TENANT = '44444444-4444-4444-8444-444444444444';
const ISSUERS = [{ issuer: 'https://login.example/realm', audiences: ['api'], tenants: [TENANT] }];

let running: RunningService;
let folder: string;
beforeAll(async () => {
  running = await startOnFreePorts({ REMOTE_HELP_ISSUERS: JSON.stringify(ISSUERS) });
  folder = await mkdtemp(join(tmpdir(), 'device-'));
});
afterAll(async () => {
  await running?.close();
  await rm(folder, { recursive: true });
});

/** What an admin with a token of the other issuer would be answered. */
async function newToken(): Promise<string> {
  const now = systemClock.now();
  const id = newId(now);
  const { text, write } = newTokenSecret(TENANT, id);
  const named = { displayName: null, deviceName: null, userId: null, userPrincipalName: null, managedDeviceId: null };
  const values = newTokenValues({ ...named, token: null, expirationDateTime: NO_DATE, maxUses: 1, uses: 0 }, now);
  const insert = { kind: 'insert', set: enrollmentTokens, tenantId: TENANT, id, values } as const;
  await running.service.data.store.transact({
    reads: [],
    decide: () => ({ writes: [insert, write], value: undefined }),
  });
  return text;
}

const get = (path: string, token: string) =>
  fetch(`${running.origin}${path}`, { headers: { authorization: `Bearer ${token}` } });

const refusalOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; target?: string } }).error;

describe('a device of a service whose people sign in elsewhere', () => {
  // DEV-10, DEV-14
  it('enrols and signs in at the service itself, and has no way into the Graph API', async () => {
    const device = new DeviceClient({ file: join(folder, 'device.json') });
    const { deviceId } = await device.enroll(running.origin, await newToken(), { deviceName: 'Front desk' });
    const { accessToken } = await device.signIn();
    expect(await (await get(`/device/${TENANT}/self`, accessToken)).json()).toMatchObject({ deviceId });
    const graph = await get('/beta/deviceManagement/managedDevices', accessToken);
    expect([graph.status, (await refusalOf(graph)).code]).toEqual([401, 'InvalidAuthenticationToken']);
    const own = await running.token('DeviceManagementManagedDevices.Read.All');
    expect((await get(`/device/${TENANT}/self`, own)).status).toBe(401);
  });

  // DEV-22
  it('leaves refusals that prove nothing in the log of the default tenant', async () => {
    const response = await fetch(`${running.origin}/device/${TENANT}/enroll`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ deviceName: randomUUID() }),
    });
    expect([response.status, (await refusalOf(response)).target]).toEqual([400, 'token']);
    await get(`/device/${TENANT}/self`, 'x.y.z');
    const { store } = running.service.data;
    const tenant = await store.get({ set: tenants, tenantId: SYSTEM_TENANT, alternateKey: 'name', value: 'default' });
    const { entities } = await store.query({ set: auditEvents, tenantId: tenant?.id ?? '', top: 100 });
    expect(entities.map(({ values }) => values.activityType)).toContain('refuseDeviceToken');
    expect(await store.count({ set: auditEvents, tenantId: TENANT })).toBe(1);
  });
});
