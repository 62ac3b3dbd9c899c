/** The ground under live sessions, on either store: what takes them away within a second, whoever has changed what (SES-11). */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { insertUser, removeUser, setDisabled, setPassword } from '../../src/access/accounts.ts';
import { INTUNE_ADMINISTRATOR, OFFER_REMOTE_ASSISTANCE, READ_CONNECTOR, VIEW_SCREEN } from '../../src/access/rights.ts';
import { toIsoText } from '../../src/clock.ts';
import { type Answer, type ApiOptions, caller, OWN_ISSUER, TENANT } from './harness.ts';
import { DEVICES, LiveSessions, SETTINGS } from './live-sessions.ts';

const DEFINITIONS = '/beta/deviceManagement/roleDefinitions';
const ASSIGNMENTS = '/beta/deviceManagement/roleAssignments';
const CARL = '66666666-6666-4666-8666-666666666666';
const LOUISE = '77777777-7777-4777-8777-777777777777';
const GROUP = '88888888-8888-4888-8888-888888888888';

/** Someone with the rights of one role, and the admin of the embedded issuer. */
const callers = {
  carl: caller({ objectId: CARL, name: 'Carl', groups: [GROUP] }),
  louise: caller({ objectId: LOUISE, directoryRoles: [INTUNE_ADMINISTRATOR], issuer: OWN_ISSUER }),
};

/** @param storeOptions opens a store of its own for each test */
export function describeGround(name: string, storeOptions: () => Promise<Pick<ApiOptions, 'store'>>): void {
  let rig: LiveSessions;
  afterEach(() => rig.close());

  async function open(options: ApiOptions = {}): Promise<LiveSessions> {
    rig = await LiveSessions.open({ ...(await storeOptions()), ...options, callers });
    return rig;
  }

  function park(deviceId: string): Promise<void> {
    const { clock, devices } = rig.api;
    const cause = { tenantId: TENANT, now: clock.now(), correlationId: randomUUID(), source: undefined };
    return devices.park(cause, deviceId, 'staleGeneration');
  }

  async function made(path: string, body: object): Promise<string> {
    const answer = await rig.api.ask('POST', path, { body });
    expect(answer.status).toBe(201);
    return `${path}/${answer.body.id}`;
  }

  /** A session of someone whose rights come from a role of the tenant. @returns paths of role and assignment */
  async function byRole(members = [CARL]) {
    await open();
    const allowedResourceActions = [OFFER_REMOTE_ASSISTANCE, READ_CONNECTOR, VIEW_SCREEN];
    const resourceActions = [{ allowedResourceActions, notAllowedResourceActions: [] }];
    const role = await made(DEFINITIONS, {
      displayName: 'Lookers',
      rolePermissions: [{ actions: [], resourceActions }],
    });
    const roleDefinitionId = role.slice(DEFINITIONS.length + 1);
    const facts = { displayName: 'Lookers here', roleDefinitionId, members, scopeMembers: [] };
    const scope = { scopeType: 'resourceScope', resourceScopes: [rig.device.id] };
    const assignment = await made(ASSIGNMENTS, { ...facts, ...scope });
    await rig.pass(1_000);
    const session = await rig.active({ token: 'carl', sessionType: 'viewScreen' });
    return { role, assignment, session };
  }

  /** A session of a local account. */
  async function byAccount() {
    await open();
    const account = { userPrincipalName: 'louise@example.org', displayName: 'Louise', mail: null, passwordHash: '' };
    const traits = { mustChangePassword: false, isAdmin: true, isDisabled: false, allowedScopes: [] };
    const createdDateTime = toIsoText(rig.api.clock.now());
    await insertUser(rig.api, TENANT, LOUISE, { ...account, ...traits, createdDateTime });
    return rig.active({ token: 'louise' });
  }

  describe(`the ground under a session on ${name}`, () => {
    // SES-11
    it.each([
      [
        'the tenant switches remote help off',
        () => rig.api.ask('PATCH', SETTINGS, { body: { remoteAssistanceState: 'disabled' } }),
      ],
      ['its device is deleted', () => rig.api.ask('DELETE', `${DEVICES}/${rig.device.id}`)],
    ])('gives way when %s', async (_what, change) => {
      const session = await (await open()).active();
      expect((await change()).status).toBeLessThan(300);
      expect(await rig.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
      expect(await session.helper.hears('ended')).toMatchObject({ reason: 'revoked' });
    });

    // SES-11.3
    it('gives way when its device is deleted, and the device hears nothing more, though it is in no session', async () => {
      await open();
      const other = await rig.enrolled();
      const [standing, others] = [await rig.standing(), await rig.standing(other)];
      expect((await rig.api.ask('DELETE', `${DEVICES}/${rig.device.id}`)).status).toBe(204);
      await rig.pass(1_000);
      await standing.stops();
      await rig.create({ device: other });
      await others.hears('requested');
    });

    // SES-11, DEV-9, DEV-18
    it.each([
      ['is parked', () => park(rig.device.id)],
      ['is enrolled anew', () => rig.enrolled({ managedDeviceId: rig.device.id })],
    ])('gives way when the device %s, also if the node dies right after', async (_what, change) => {
      const session = await (await open({ isDeafToDevices: true })).active();
      await change();
      expect(await rig.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
    });

    // SES-11
    it('bears a device that an admin entered and that enrols during the session', async () => {
      await open();
      const { body } = await rig.api.ask('POST', DEVICES, { body: { deviceName: 'Entered' } });
      const session = await rig.create({ device: { ...rig.device, id: body.id } });
      const device = await rig.enrolled({ managedDeviceId: body.id });
      await rig.api.sessions.engine.recheck(TENANT);
      expect((await device.call('join', { sessionKey: session.sessionKey })).status).toBe(200);
    });

    // SES-11
    it.each<[string, (at: { role: string; assignment: string }) => Promise<Answer>]>([
      ['role is deleted', ({ role }) => rig.api.ask('DELETE', role)],
      ['role allows less', ({ role }) => rig.api.ask('PATCH', role, { body: { rolePermissions: [] } })],
      ['assignment is deleted', ({ assignment }) => rig.api.ask('DELETE', assignment)],
      [
        'assignment names others',
        ({ assignment }) => rig.api.ask('PATCH', assignment, { body: { members: [LOUISE] } }),
      ],
      [
        'scope changes to another device',
        ({ assignment }) => rig.api.ask('PATCH', assignment, { body: { resourceScopes: [randomUUID()] } }),
      ],
    ])("gives way when the helper's %s", async (_what, change) => {
      const { session, ...at } = await byRole();
      expect((await change(at)).status).toBeLessThan(300);
      expect(await rig.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
      expect(
        (await rig.operate('createRemoteHelpSession', { sessionType: 'viewScreen' }, { token: 'carl' })).status,
      ).toBe(403);
    });

    // SES-11
    it("gives way when the helper's group leaves an assignment, and not while he is named besides", async () => {
      const { session, assignment } = await byRole([CARL, GROUP]);
      const members = async (ids: readonly string[]) => {
        expect((await rig.api.ask('PATCH', assignment, { body: { members: ids } })).status).toBe(200);
      };
      await members([GROUP]);
      await rig.pass(1_000);
      expect(await rig.shown(session.id)).toMatchObject({ state: 'active' });
      await members([LOUISE]);
      expect(await rig.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
    });

    // SES-11, ID-42
    it('stands where the scope names the device by its id in the directory', async () => {
      const { assignment, session } = await byRole();
      const azureADDeviceId = randomUUID();
      await rig.api.ask('PATCH', `${DEVICES}/${rig.device.id}`, { body: { azureADDeviceId } });
      await rig.api.ask('PATCH', assignment, { body: { resourceScopes: [azureADDeviceId] } });
      await rig.pass(1_000);
      expect(await rig.shown(session.id)).toMatchObject({ state: 'active' });
    });

    // SES-11, ID-26
    it.each([
      [
        'disabled',
        (name: { tenantId: string; nameOrId: string }) => setDisabled(rig.api, { ...name, isDisabled: true }),
      ],
      ['removed', (name: { tenantId: string; nameOrId: string }) => removeUser(rig.api, name)],
    ])("gives way when the helper's account is %s; his token opens and extends no session", async (_what, change) => {
      const session = await byAccount();
      await change({ tenantId: TENANT, nameOrId: LOUISE });
      expect(await rig.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
      const body = { sessionType: 'viewScreen' };
      expect((await rig.operate('createRemoteHelpSession', body, { token: 'louise' })).status).toBe(403);
      const { sessionKey } = await rig.create();
      expect((await rig.operate('extendRemoteHelpSession', { sessionKey }, { token: 'louise' })).status).toBe(403);
      expect((await rig.operate('endRemoteHelpSession', { sessionKey }, { token: 'louise' })).status).toBe(403);
    });

    // SES-11
    it('bears another password, and an account that is enabled', async () => {
      const session = await byAccount();
      await setPassword(rig.api, { tenantId: TENANT, nameOrId: LOUISE });
      await setDisabled(rig.api, { tenantId: TENANT, nameOrId: LOUISE, isDisabled: false });
      await rig.pass(1_000);
      expect(await rig.shown(session.id)).toMatchObject({ state: 'active' });
    });
  });

  describe(`the standing connection of a device on ${name}`, () => {
    // DEV-18
    it('closes when the device is parked', async () => {
      const standing = await (await open()).standing();
      await park(rig.device.id);
      await standing.stops();
    });

    // DEV-9
    it('closes when the device is enrolled anew; its URI opens nothing, and that of the new key does', async () => {
      const { device } = await open();
      const standing = await rig.standing();
      const { pubSubAccessUri } = (await device.call('connect', {})).body;
      const anew = await rig.enrolled({ managedDeviceId: device.id });
      await standing.stops();
      await expect(rig.end(pubSubAccessUri)).rejects.toThrow();
      expect((await rig.standing(anew)).stopped).toBe(false);
    });
  });
}
