/** What a helper may do for a sharer, and where help for a device begins. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INTUNE_ADMINISTRATOR } from '../../src/access/rights.ts';
import { type Answer, type Api, caller, openApi, TENANT } from './harness.ts';

const DEVICES = '/beta/deviceManagement/managedDevices';
const SHARER = '44444444-4444-4444-8444-444444444444';
const HELP_DESK_OPERATOR = '9e0cc482-82df-4ab2-a24c-0c23a3f52e1e';
const OID = caller({}).objectId;

let api: Api;
let id: string;

beforeEach(async () => {
  api = await openApi({
    callers: {
      admin: caller({ objectId: 'admin', directoryRoles: [INTUNE_ADMINISTRATOR] }),
      application: caller({ kind: 'application', directoryRoles: [INTUNE_ADMINISTRATOR] }),
    },
  });
  const device = { deviceName: 'PC-1', azureADDeviceId: 'in-directory', userId: SHARER };
  id = (await api.ask('POST', DEVICES, { body: device })).body.id;
});
afterEach(() => api.close());

async function switchOn(): Promise<void> {
  const settings = '/beta/deviceManagement/remoteAssistanceSettings';
  await api.ask('PATCH', settings, { body: { remoteAssistanceState: 'enabled' } });
}

function allowed(facts: Record<string, string> = {}, token = 'admin'): Promise<Answer> {
  const { device = 'in-directory', sharer = SHARER, tenant = TENANT } = facts;
  const args = `sharerAadDeviceId='${device}',sharerDeviceIntuneMDMEnrolled=True,sharerId='${sharer}',sharerTenantId='${tenant}'`;
  return api.ask('GET', `/beta/deviceManagement/getAllowedRemoteAssistanceActions(${args})`, { token });
}

describe('getAllowedRemoteAssistanceActions', () => {
  it('tells what an administrator may do', async () => {
    await switchOn();
    const { status, body, headers } = await allowed();
    expect(status).toBe(200);
    expect(body).toEqual({
      '@odata.context': 'http://localhost:8080/beta/$metadata#microsoft.graph.allowedRemoteAssistanceActions',
      value: 'viewScreen,takeFullControl,unattended',
    });
    expect(headers['cache-control']).toBe('no-store');
    expect((await allowed({ device: id })).body.value).toContain('viewScreen');
  });

  it('tells nothing while the tenant has remote help switched off', async () => {
    expect((await allowed()).body.value).toBe('0');
  });

  // ID-42
  it('follows roles and their scopes', async () => {
    await switchOn();
    expect((await allowed({}, 'full')).body.value).toBe('0');
    const assignment = {
      displayName: 'Desk',
      members: [OID],
      resourceScopes: [SHARER],
      'roleDefinition@odata.bind': `https://localhost/beta/deviceManagement/roleDefinitions('${HELP_DESK_OPERATOR}')`,
    };
    const made = await api.ask('POST', '/beta/deviceManagement/roleAssignments', { body: assignment });
    expect(made.status).toBe(201);
    expect((await allowed({}, 'full')).body.value).toBe('viewScreen,takeFullControl,unattended');
    await api.ask('PATCH', `/beta/deviceManagement/roleAssignments/${made.body.id}`, { body: { resourceScopes: [] } });
    expect((await allowed({}, 'full')).body.value).toBe('0');
  });

  it.each([
    ['a device that is not enrolled', { device: 'unknown' }, 'admin'],
    ['a sharer whose device it is not', { sharer: OID }, 'admin'],
    ['another tenant as the sharer’s', { tenant: 'elsewhere' }, 'admin'],
    ['an application, which helps nobody', {}, 'application'],
    ['a caller from another tenant', {}, 'other'],
  ])('tells nothing for %s', async (_what, facts, token) => {
    await switchOn();
    expect((await allowed(facts, token)).body.value).toBe('0');
  });

  // ODATA-67
  it('names the argument that is missing or wrong', async () => {
    const path = '/beta/deviceManagement/getAllowedRemoteAssistanceActions';
    const missing = await api.ask('GET', `${path}(sharerId='x')`);
    expect([missing.status, missing.body.error.target]).toEqual([400, 'sharerAadDeviceId']);
    expect((await api.ask('POST', `${path}(sharerId='x')`)).status).toBe(400);
    expect((await api.ask('GET', path, { token: 'nobody' })).status).toBe(400);
  });
});

describe('requestRemoteAssistance', () => {
  const device = async () => (await api.ask('GET', `${DEVICES}/${id}`)).body;

  it('notes where help for the device begins', async () => {
    await switchOn();
    const { status, text } = await api.ask('POST', `${DEVICES}/${id}/microsoft.graph.requestRemoteAssistance`);
    expect([status, text]).toEqual([204, '']);
    expect(await device()).toMatchObject({
      remoteAssistanceSessionUrl: `http://localhost:8080/devices/${id}`,
      remoteAssistanceSessionErrorDetails: null,
    });
    const { body } = await api.ask(
      'GET',
      "/beta/deviceManagement/auditEvents?$filter=activityOperationType eq 'Action'",
    );
    expect(body.value).toMatchObject([{ activityType: 'requestRemoteAssistanceManagedDevice' }]);
  });

  it('notes why it cannot begin while remote help is switched off', async () => {
    expect((await api.ask('POST', `${DEVICES}/${id}/requestRemoteAssistance`)).status).toBe(204);
    const { remoteAssistanceSessionUrl, remoteAssistanceSessionErrorDetails } = await device();
    expect(remoteAssistanceSessionUrl).toBeNull();
    expect(remoteAssistanceSessionErrorDetails).toContain('remoteAssistanceState');
  });
});
