/** A help session from its request to its end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toIsoText } from '../../src/clock.ts';
import { type Answer, type Api, type Ask, caller } from './harness.ts';
import { ALL, DEVICES, type Device, LEASE, LiveSessions, SESSIONS } from './live-sessions.ts';

const MINUTE = 60_000;
const AUDIT = '/beta/deviceManagement/auditEvents';

interface AuditEvent {
  readonly activityType: string;
  readonly activityResult: string;
  readonly actor: { readonly userId: string | null };
}

let rig: LiveSessions;
let api: Api;
let host: string;
let device: Device;

beforeEach(async () => {
  rig = await LiveSessions.open();
  ({ api, host, device } = rig);
});
afterEach(() => rig.close());

function operate(name: string, body: object, ask: Ask = {}): Promise<Answer> {
  return rig.operate(name, body, ask);
}

describe('a session', () => {
  // SES-1, SES-2, SES-3, SES-5, SES-6, SES-7
  it('is asked for, accepted, used by both ends, extended and ended', async () => {
    const standing = await rig.standing();
    const body = {
      sessionType: 'takeFullControl',
      '@openRemoteHelp.reason': 'Your printer',
      '@openRemoteHelp.ticket': 'INC-7',
    };
    const created = await operate('createRemoteHelpSession', body);
    expect(created).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } });
    expect(created.body).toMatchObject({
      '@odata.context': expect.stringMatching(/\$metadata#CreateRemoteHelpSessionResponse\/\$entity$/),
      '@odata.type': '#microsoft.graph.createRemoteHelpSessionResponse',
      sessionType: 'takeFullControl',
    });
    const { sessionKey, id } = created.body;
    expect(await standing.hears('requested')).toMatchObject({
      sessionKey,
      sessionType: 'takeFullControl',
      helper: { name: 'Anna', mail: 'anna@example.org' },
      helperSays: { reason: 'Your printer', ticket: 'INC-7' },
    });
    const retrieved = await rig.retrieve(sessionKey);
    expect(retrieved).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(retrieved.body.pubSubHelperAccessUri).toMatch(new RegExp(`^ws://${host}/client/hubs/remoteHelp\\?`));
    expect(retrieved.body.acsHelperUserId).toMatch(/^8:acs:[0-9a-f-]{36}_[0-9a-f-]{36}$/);
    const helper = await rig.end(retrieved.body.pubSubHelperAccessUri);
    const early = await operate('requestRemoteHelpSessionAccess', { sessionKey, pubSubConnectionId: helper.id });
    expect([early.status, early.body.error.code]).toEqual([409, 'consentPending']);
    const joined = await device.call('join', { sessionKey });
    const sharer = await rig.end(joined.body.pubSubSharerAccessUri);
    expect((await device.call('accept', { sessionKey, grants: ALL })).status).toBe(204);
    expect(await helper.hears('consent')).toMatchObject({ decision: 'granted', sessionKey });
    const access = await operate('requestRemoteHelpSessionAccess', { sessionKey, pubSubConnectionId: helper.id });
    expect(access.status).toBe(200);
    expect(Buffer.from(access.body.pubSubEncryptionKey, 'base64')).toHaveLength(32);
    await helper.client.sendToGroup(retrieved.body.pubSubGroupId, { hello: 'sharer' }, 'json', { noEcho: true });
    expect(await sharer.hears('group')).toMatchObject({ data: { hello: 'sharer' } });
    await sharer.client.sendToGroup(retrieved.body.pubSubGroupId, { hello: 'helper' }, 'json', { noEcho: true });
    expect(await helper.hears('group')).toMatchObject({ data: { hello: 'helper' } });
    api.clock.advanceBy(10_000);
    const extended = await operate('extendRemoteHelpSession', { sessionKey });
    expect(extended.body).toMatchObject({ id, sessionKey });
    expect(extended.body.sessionExpirationDateTime).toBe(toIsoText(api.clock.now() + 60 * MINUTE));
    expect(await sharer.hears('leaseRenewed')).toMatchObject({ sessionKey });
    expect((await operate('endRemoteHelpSession', { sessionKey })).status).toBe(204);
    expect(await sharer.hears('ended')).toMatchObject({ reason: 'endedByHelper' });
    await Promise.all([helper.stops(), sharer.stops()]);
    expect((await rig.retrieve(sessionKey)).status).toBe(404);
    expect((await api.ask('GET', `${LEASE}/${id}`, { token: 'anna' })).status).toBe(404);
    const kept = await api.ask('GET', `${SESSIONS}/${id}`, { token: 'anna' });
    expect(kept.body).toMatchObject({ state: 'ended', endReason: 'endedByHelper', ticket: 'INC-7', extensions: 1 });
    await expect(rig.end(retrieved.body.pubSubHelperAccessUri)).rejects.toThrow();
  });

  // EV-6, ID-46
  it('shows the organisation of the issuer, whatever a request says', async () => {
    const boast = 'Evil Ltd';
    const headers = { organization: boast, 'x-organization': boast, 'x-ms-client-principal-name': boast };
    const annotations = { '@openRemoteHelp.reason': boast, '@openRemoteHelp.organization': boast };
    const body = { sessionType: 'takeFullControl', ...annotations };
    for (const name of ['organization', 'helper']) {
      const { status } = await operate('createRemoteHelpSession', { ...body, [name]: boast }, { headers });
      expect(status).toBe(400);
    }
    const standing = await rig.standing();
    const { sessionKey } = (await operate('createRemoteHelpSession', body, { headers })).body;
    const helper = { organization: 'Test Ltd' };
    expect(await standing.hears('requested')).toMatchObject({ helper: { name: 'Anna', ...helper } });
    const sharer = await rig.end((await device.call('join', { sessionKey })).body.pubSubSharerAccessUri);
    await device.call('accept', { sessionKey, grants: ALL });
    const ben = await rig.end((await rig.retrieve(sessionKey, 'ben')).body.pubSubHelperAccessUri);
    const access = { sessionKey, pubSubConnectionId: ben.id };
    await operate('requestRemoteHelpSessionAccess', access, { token: 'ben', headers });
    const asked = await standing.hears('asked');
    expect(asked).toMatchObject({ kind: 'access', helper: { name: 'Ben', ...helper } });
    await device.call('accept', { sessionKey, promptId: asked.promptId, grants: ALL });
    await ben.hears('consent');
    await operate('requestRemoteHelpSessionAccess', access, { token: 'ben', headers });
    expect(await sharer.hears('paired')).toMatchObject({ helper: { name: 'Ben', ...helper } });
  });

  // SES-8
  it('goes no further when the device declines, and the helper waits before asking again', async () => {
    const { sessionKey } = await rig.create();
    expect((await device.call('requests')).body.value).toMatchObject([{ event: 'requested', sessionKey }]);
    expect((await device.call('decline', { sessionKey })).status).toBe(204);
    expect((await rig.retrieve(sessionKey)).status).toBe(404);
    const again = await operate('createRemoteHelpSession', { sessionType: 'viewScreen' });
    expect([again.status, Number(again.headers['retry-after'])]).toEqual([429, 30]);
  });

  // SES-1
  it('is not created twice by a client that repeats itself, nor beside a live one', async () => {
    const headers = { host, 'client-request-id': '5e0e1fbb-6c1d-4f7e-8a2e-000000000001' };
    const ask = { token: 'anna', headers, body: { sessionType: 'viewScreen' } };
    const path = `${DEVICES}/${device.id}/createRemoteHelpSession`;
    const [first, second] = [await api.ask('POST', path, ask), await api.ask('POST', path, ask)];
    expect(second.body.sessionKey).toBe(first.body.sessionKey);
    const other = await operate('createRemoteHelpSession', { sessionType: 'viewScreen' }, { token: 'ben' });
    expect([other.status, other.body.error.code]).toEqual([409, 'sessionInProgress']);
  });

  // SES-14
  it('is not for applications to create, nor for strangers to see or touch', async () => {
    const refused = await operate('createRemoteHelpSession', { sessionType: 'viewScreen' }, { token: 'desk' });
    expect(refused.status).toBe(403);
    const { sessionKey } = await rig.create();
    expect((await operate('extendRemoteHelpSession', { sessionKey }, { token: 'full' })).status).toBe(403);
    expect((await operate('endRemoteHelpSession', { sessionKey }, { token: 'other' })).status).toBe(404);
    const elsewhere = await api.ask('POST', DEVICES, { body: { deviceName: 'another' } });
    const wrong = await api.ask('POST', `${DEVICES}/${elsewhere.body.id}/endRemoteHelpSession`, {
      token: 'anna',
      body: { sessionKey },
    });
    expect(wrong.status).toBe(404);
    expect((await operate('endRemoteHelpSession', { sessionKey }, { token: 'desk' })).status).toBe(204);
  });

  it('names what is wrong with a call', async () => {
    for (const [body, target] of [
      [{}, 'sessionType'],
      [{ sessionType: 'elevation' }, 'sessionType'],
      [{ sessionType: 'viewScreen', size: 1 }, 'size'],
      [{ sessionType: 'viewScreen', '@openRemoteHelp.ticket': 'x'.repeat(101) }, '@openRemoteHelp.ticket'],
    ] as const) {
      const { status, body: answer } = await operate('createRemoteHelpSession', body);
      expect([status, answer.error.target]).toEqual([400, target]);
    }
  });
});

describe('the history of a session', () => {
  const history = (id: string, token = 'full') =>
    api.ask('GET', `${AUDIT}?$filter=sessionId eq '${id}'&$orderby=activityDateTime,id&$count=true`, { token });

  // SES-10.1
  it('is what the audit log has of it: every command, in order, and what was refused', async () => {
    const { id, sessionKey } = await rig.active();
    api.clock.advanceBy(1_000);
    expect((await operate('extendRemoteHelpSession', { sessionKey }, { token: 'full' })).status).toBe(403);
    api.clock.advanceBy(1_000);
    await operate('endRemoteHelpSession', { sessionKey });
    await operate('createRemoteHelpSession', { sessionType: 'viewScreen' }, { token: 'desk' });
    await rig.create();
    const { body } = await history(id);
    const lines = body.value.map(({ activityType, activityResult, actor }: AuditEvent) =>
      [activityType, activityResult, actor.userId].join(' '),
    );
    expect(lines[0]).toBe('createRemoteHelpSession Success anna');
    expect(lines.slice(-2)).toEqual([
      `extendRemoteHelpSession Failure ${caller({}).objectId}`,
      'endRemoteHelpSession Success anna',
    ]);
    expect(lines.join()).toContain('acceptRemoteHelpSession Success');
    expect(body['@odata.count']).toBe(lines.length);
    for (const { sessionId, resources } of body.value) {
      expect([sessionId, resources[0].resourceId, resources[0].displayName]).toEqual([id, id, expect.any(String)]);
    }
    const { body: refused } = await api.ask(
      'GET',
      `${AUDIT}?$filter=activityResult eq 'Failure' and sessionId eq null`,
    );
    expect(refused.value.map(({ activityType }: AuditEvent) => activityType)).toEqual(['createRemoteHelpSession']);
  });

  // SES-10.1, ID-16, ID-17
  it("is for whoever may read the tenant's audit log", async () => {
    const { id } = await rig.create();
    expect((await history(id, 'other')).body.value).toEqual([]);
    expect((await history(id, 'nobody')).status).toBe(403);
    expect((await history(id, 'reader')).body.value).toHaveLength(1);
  });
});

describe('a device', () => {
  it('stops a session at any time, narrows it, and is asked for more rights', async () => {
    const { id, sessionKey, helper, standing } = await rig.active();
    expect((await device.call('narrow', { sessionKey, grants: { view: true } })).status).toBe(204);
    expect(await helper.hears('granted', 2)).toMatchObject({ grants: { view: true, control: false } });
    const wants = { view: true, control: true, clipboardToHelper: false, clipboardToSharer: false };
    const asked = await api.ask('POST', `${SESSIONS}/${id}/openRemoteHelp.requestRights`, {
      token: 'anna',
      body: wants,
    });
    expect(asked.status).toBe(204);
    expect(await standing.hears('asked')).toMatchObject({ kind: 'rights', wants });
    expect((await device.call('stop', { sessionKey })).status).toBe(204);
    await helper.stops();
    expect(await helper.hears('ended')).toMatchObject({ reason: 'endedBySharer' });
  });

  it('answers for its own sessions alone, and is told what is wrong', async () => {
    const { sessionKey } = await rig.create();
    const stranger = await rig.enrolled();
    expect((await stranger.call('accept', { sessionKey, grants: ALL })).status).toBe(404);
    const wrong = await device.call('accept', { sessionKey, grants: { view: 'yes' } });
    expect([wrong.status, wrong.body.error.target]).toEqual([400, 'grants/view']);
    for (const grants of [undefined, null, [], 'view']) {
      const answer = await device.call('narrow', { sessionKey, grants });
      expect([answer.status, answer.body.error.target]).toEqual([400, 'grants']);
    }
    const unknown = await device.call('accept', { sessionKey, grants: { everything: true } });
    expect([unknown.status, unknown.body.error.target]).toEqual([400, 'grants/everything']);
  });
});
