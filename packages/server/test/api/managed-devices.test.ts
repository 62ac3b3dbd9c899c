/** `deviceManagement/managedDevices`, and the three views of it: co-managed devices, a user's, the caller's own. */
import { NO_DATE } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, caller, OTHER_TENANT, openApi } from './harness.ts';

const ROOT = 'http://localhost:8080/beta';
const DEVICES = '/beta/deviceManagement/managedDevices';
const COMANAGED = '/beta/deviceManagement/comanagedDevices';
/** The `oid` of the caller named `full`. */
const ME = '33333333-3333-4333-8333-333333333333';
const ANNE = 'abcdef44-4444-4444-8444-444444444444';

let api: Api;

beforeEach(async () => {
  api = await openApi({
    callers: { anne: caller({ objectId: ANNE }), stranger: caller({ objectId: ANNE, tenantId: OTHER_TENANT }) },
  });
});
afterEach(() => api.close());

async function enter(body: object, token = 'full'): Promise<string> {
  const answer = await api.ask('POST', DEVICES, { body, token });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function idsIn(path: string, token = 'full'): Promise<string[]> {
  const { status, body } = await api.ask('GET', path, { token });
  expect(status).toBe(200);
  return body.value.map(({ id }: { id: string }) => id);
}

describe('managedDevices', () => {
  it('creates, reads, changes and deletes a device', async () => {
    const facts = {
      deviceName: 'DESKTOP-1',
      operatingSystem: 'Windows',
      complianceState: 'inGracePeriod',
      managementAgent: 'mdm',
      physicalMemoryInBytes: 17_179_869_184,
      isEncrypted: true,
      azureADRegistered: null,
      roleScopeTagIds: ['0', '1'],
      usersLoggedOn: [{ userId: ANNE, lastLogOnDateTime: '2026-01-01T08:00:00+01:00' }],
      lastSyncDateTime: '2026-01-01T07:59:59.1234567Z',
    };
    const created = await api.ask('POST', DEVICES, {
      body: { '@odata.type': '#microsoft.graph.managedDevice', ...facts },
    });
    expect(created.status).toBe(201);
    const { id } = created.body;
    expect(created.headers.location).toBe(`${ROOT}/deviceManagement/managedDevices/${id}`);
    expect(created.body).toMatchObject({
      '@odata.context': `${ROOT}/$metadata#deviceManagement/managedDevices/$entity`,
      ...facts,
    });
    expect((await api.ask('GET', `${DEVICES}('${id}')`)).body).toEqual(created.body);
    const patched = await api.ask('PATCH', `${DEVICES}/${id}`, { body: { notes: 'bottom drawer' } });
    expect(patched.body).toEqual({ ...created.body, '@odata.etag': 'W/"2"', notes: 'bottom drawer' });
    expect((await api.ask('DELETE', `${DEVICES}/${id}`)).status).toBe(204);
    expect((await api.ask('GET', `${DEVICES}/${id}`)).status).toBe(404);
  });

  // ODATA-28, ODATA-62
  it('gives an empty device every default: enrolled now, never synchronised, unknown throughout', async () => {
    const { body } = await api.ask('POST', DEVICES, { body: {} });
    expect(body).toMatchObject({
      deviceName: null,
      managedDeviceName: null,
      userId: null,
      enrolledDateTime: '2026-01-01T00:00:00.000Z',
      lastSyncDateTime: NO_DATE,
      complianceState: 'unknown',
      managementState: 'managed',
      isSupervised: false,
      azureADRegistered: null,
      totalStorageSpaceInBytes: 0,
      usersLoggedOn: [],
      deviceActionResults: [],
      roleScopeTagIds: [],
      remoteAssistanceSessionUrl: null,
    });
  });

  // ODATA-62
  it('keeps the enrolment that is sent, and names the device as it is called', async () => {
    const enrolledDateTime = '2020-02-29T12:00:00.0000001+05:30';
    const { body } = await api.ask('POST', DEVICES, { body: { deviceName: 'A', enrolledDateTime } });
    expect(body).toMatchObject({ enrolledDateTime, managedDeviceName: 'A' });
    const named = await api.ask('POST', DEVICES, { body: { deviceName: 'A', managedDeviceName: 'Front desk' } });
    expect(named.body.managedDeviceName).toBe('Front desk');
  });

  // ODATA-21
  it('lets the server alone write what the server knows', async () => {
    const id = await enter({ remoteAssistanceSessionUrl: 'https://evil.example', deviceActionResults: [] });
    const { body } = await api.ask('PATCH', `${DEVICES}/${id}`, {
      body: { remoteAssistanceSessionErrorDetails: 'x', notes: 'n' },
    });
    expect(body).toMatchObject({
      remoteAssistanceSessionUrl: null,
      remoteAssistanceSessionErrorDetails: null,
      notes: 'n',
    });
  });

  it.each([
    [{ complianceState: 'fine' }, 'complianceState'],
    [{ complianceState: null }, 'complianceState'],
    [{ isEncrypted: 'yes' }, 'isEncrypted'],
    [{ physicalMemoryInBytes: 1.5 }, 'physicalMemoryInBytes'],
    [{ physicalMemoryInBytes: 9_007_199_254_740_992 }, 'physicalMemoryInBytes'],
    [{ deviceName: 'x'.repeat(257) }, 'deviceName'],
    [{ deviceName: 'a\0b' }, 'deviceName'],
    [{ deviceName: '\ud800' }, 'deviceName'],
    [{ roleScopeTagIds: 'x' }, 'roleScopeTagIds'],
    [{ roleScopeTagIds: [1] }, 'roleScopeTagIds[0]'],
    [{ usersLoggedOn: [{ userId: 'x', lastLogOnDateTime: 'today' }] }, 'usersLoggedOn[0]/lastLogOnDateTime'],
    [{ usersLoggedOn: [{ name: 'x' }] }, 'usersLoggedOn[0]/name'],
    [{ usersLoggedOn: [null] }, 'usersLoggedOn[0]'],
  ])('refuses %j and names the place', async (body, target) => {
    const answer = await api.ask('POST', DEVICES, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'BadRequest', target });
    expect((await api.ask('GET', `${DEVICES}/$count`)).text).toBe('0');
  });

  it('counts code points: 256 of them fit, whatever they are', async () => {
    const deviceName = '🖥'.repeat(256);
    const { status, body } = await api.ask('POST', DEVICES, { body: { deviceName } });
    expect(status).toBe(201);
    expect((await api.ask('GET', `${DEVICES}/${body.id}`)).body.deviceName).toBe(deviceName);
  });
});

describe('views', () => {
  let mine: string;
  let annes: string;
  let comanaged: string;

  beforeEach(async () => {
    mine = await enter({ deviceName: 'mine', userId: ME, userPrincipalName: 'Admin@example.org' });
    annes = await enter({ deviceName: "Anne's", userId: ANNE, userPrincipalName: 'Änne@Example.org' });
    comanaged = await enter({ deviceName: 'both', managementAgent: 'configurationManagerClientMdm' });
    await enter({ deviceName: 'foreign', userId: ANNE, managementAgent: 'configurationManagerClientMdmEas' }, 'other');
  });

  it('comanagedDevices are those with a second agent beside Configuration Manager', async () => {
    const eas = await enter({ managementAgent: 'configurationManagerClientMdmEas' });
    await enter({ managementAgent: 'configurationManagerClient' });
    expect(await idsIn(COMANAGED)).toEqual([comanaged, eas]);
    expect((await api.ask('GET', `${COMANAGED}/$count`)).text).toBe('2');
    expect(await idsIn(`${COMANAGED}?$filter=deviceName%20eq%20'both'`)).toEqual([comanaged]);
  });

  // ODATA-15
  it.each([
    ['oid', () => `users/${ANNE}`],
    ['oid in capitals', () => `users/${ANNE.toUpperCase()}`],
    ['oid in parentheses', () => `users('${ANNE}')`],
    ['user principal name', () => `users/${encodeURIComponent('Änne@Example.org')}`],
    ['user principal name in another case', () => `users/${encodeURIComponent('ÄNNE@EXAMPLE.ORG')}`],
  ])('a user is named by %s', async (_, user) => {
    expect(await idsIn(`/beta/${user()}/managedDevices`)).toEqual([annes]);
    expect((await api.ask('GET', `/beta/${user()}/managedDevices/${annes}`)).body.deviceName).toBe("Anne's");
  });

  // ODATA-15
  it.each(['me', 'users/me', 'users/TokenToReplace', 'users/me-token-to-replace', 'Users/ME'])(
    '%s is the caller',
    async (me) => {
      expect(await idsIn(`/beta/${me}/managedDevices`)).toEqual([mine]);
      expect(await idsIn(`/beta/${me}/managedDevices`, 'anne')).toEqual([annes]);
      expect((await api.ask('GET', `/beta/${me}/managedDevices/${mine}`)).status).toBe(200);
      expect((await api.ask('GET', `/beta/${me}/managedDevices/${mine}`, { token: 'anne' })).status).toBe(404);
    },
  );

  it('hold nothing for a user nobody knows, nor for one of another tenant', async () => {
    expect(await idsIn('/beta/users/nobody/managedDevices')).toEqual([]);
    expect(await idsIn("/beta/users/'%20or%20true/managedDevices")).toEqual([]);
    expect(await idsIn(`/beta/users/${ME}/managedDevices`, 'other')).toEqual([]);
    expect(await idsIn('/beta/me/managedDevices', 'stranger')).not.toContain(annes);
  });

  it('answer 404 for a device that is outside the view', async () => {
    for (const path of [
      `${COMANAGED}/${mine}`,
      `/beta/users/${ANNE}/managedDevices/${mine}`,
      `/beta/me/managedDevices/${annes}`,
    ]) {
      const { status, body } = await api.ask('GET', path);
      expect(status).toBe(404);
      expect(body.error.code).toBe('ResourceNotFound');
    }
  });

  // ODATA-16
  it('show the device under its one canonical address', async () => {
    const headers = { accept: 'application/json;odata.metadata=full' };
    const { body } = await api.ask('GET', `/beta/me/managedDevices/${mine}`, { headers });
    expect(body['@odata.id']).toBe(`${ROOT}/deviceManagement/managedDevices/${mine}`);
    expect(body['@odata.context']).toBe(`${ROOT}/$metadata#deviceManagement/managedDevices/$entity`);
  });

  // ODATA-16
  it.each([COMANAGED, `/beta/users/${ME}/managedDevices`, '/beta/me/managedDevices'])(
    '%s is read-only',
    async (path) => {
      for (const [method, at] of [
        ['POST', path],
        ['PATCH', `${path}/${mine}`],
        ['DELETE', `${path}/${mine}`],
        ['PUT', `${path}/${mine}`],
      ] as const) {
        const answer = await api.ask(method, at, { body: { notes: 'x' } });
        expect(answer.status).toBe(405);
      }
      expect((await api.ask('GET', `${DEVICES}/${mine}`)).body['@odata.etag']).toBe('W/"1"');
    },
  );

  it('leave no device behind when it is deleted where it was entered', async () => {
    await api.ask('DELETE', `${DEVICES}/${mine}`);
    expect(await idsIn('/beta/me/managedDevices')).toEqual([]);
  });
});
