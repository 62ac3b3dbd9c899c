/** What a tenant's own people, with good tokens, cannot do to a device or to somebody else's session (SES-13, SES-14). */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  INTUNE_ADMINISTRATOR,
  OFFER_REMOTE_ASSISTANCE,
  READ_CONNECTOR,
  TAKE_FULL_CONTROL,
} from '../../src/access/rights.ts';
import { type Answer, caller, TENANT } from './harness.ts';
import { ALL, type Device, type End, LiveSessions, SESSIONS } from './live-sessions.ts';

const MINUTE = 60_000;
const HELPERS = Array.from({ length: 10 }, (_, index) => `helper${index}`);
const admin = { directoryRoles: [INTUNE_ADMINISTRATOR] };

let rig: LiveSessions;
afterEach(() => rig.close());

describe('a device', () => {
  let standing: End;

  beforeEach(async () => {
    const callers = Object.fromEntries(HELPERS.map((objectId) => [objectId, caller({ objectId, ...admin })]));
    rig = await LiveSessions.open({ callers });
  });

  function request(token: string, headers: Readonly<Record<string, string>> = {}, device: Device = rig.device) {
    return rig.operate('createRemoteHelpSession', { sessionType: 'viewScreen' }, { token, headers, device });
  }

  /** How often the person at the device was asked. */
  const prompts = () => standing.heard.filter(({ event }) => event === 'requested' || event === 'asked').length;

  // SES-13
  it('is asked three times an hour, by however many helpers', async () => {
    standing = await rig.standing();
    const statuses: number[] = [];
    for (const token of HELPERS) {
      const { status, body, headers } = await request(token);
      statuses.push(status);
      if (status === 200) await rig.operate('endRemoteHelpSession', { sessionKey: body.sessionKey }, { token });
      else expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429, 429, 429, 429, 429]);
    await standing.hears('requested', 3);
    expect(prompts()).toBe(3);
    await rig.pass(60 * MINUTE - 1_000);
    expect((await request('helper9')).status).toBe(429);
    await rig.pass(1_000);
    expect((await request('helper9')).status).toBe(200);
  });

  // SES-13.1
  it('is asked twice an hour by one helper who gets no answer: others can still ask', async () => {
    standing = await rig.standing();
    for (const expected of [200, 200, 429]) {
      const { status, body } = await request('helper0');
      expect(status).toBe(expected);
      if (status === 200)
        await rig.operate('endRemoteHelpSession', { sessionKey: body.sessionKey }, { token: 'helper0' });
    }
    expect((await request('helper1')).status).toBe(200);
    await standing.hears('requested', 3);
  });

  // SES-13
  it('is asked once by all at once', async () => {
    standing = await rig.standing();
    const answers = await Promise.all(HELPERS.map((token) => request(token)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    await standing.hears('requested');
    expect(prompts()).toBe(1);
  });

  // SES-13
  it('is not asked again after a decline, whatever ids, types and headers the helper tries', async () => {
    standing = await rig.standing();
    const { sessionKey } = (await request('helper0', { 'client-request-id': 'first' })).body;
    await rig.device.call('decline', { sessionKey, isReported: true });
    await standing.hears('ended');
    const replayed = await request('helper0', { 'client-request-id': 'first' });
    expect([replayed.status, replayed.body.sessionKey]).toEqual([200, sessionKey]);
    expect((await rig.retrieve(sessionKey, 'helper0')).status).toBe(404);
    for (const headers of [
      {},
      { 'client-request-id': randomUUID() },
      { 'client-request-id': 'First' },
      { 'client-request-id': '' },
      { 'retry-attempt': '1' },
      { 'client-request-id': randomUUID(), 'retry-attempt': '1' },
    ]) {
      const again = await request('helper0', headers);
      expect([headers, again.status, again.headers['retry-after']]).toEqual([headers, 429, '30']);
    }
    const other = await rig.operate('createRemoteHelpSession', { sessionType: 'unattended' }, { token: 'helper0' });
    expect(other.status).toBe(429);
    await rig.pass(30_000);
    const second = await request('helper0');
    expect(second.status).toBe(200);
    await standing.hears('requested', 2);
    await rig.device.call('decline', { sessionKey: second.body.sessionKey });
    // Both of his share are used up (SES-13.1).
    expect((await request('helper0')).headers['retry-after']).toBe('3570');
    expect(prompts()).toBe(2);
  });

  // SES-13
  it('waits for itself alone: a decline here holds nobody up elsewhere', async () => {
    const { sessionKey } = (await request('helper0')).body;
    await rig.device.call('decline', { sessionKey });
    expect((await request('helper1')).status).toBe(200);
    for (let index = 0; index < 4; index++) {
      expect((await request('helper0', {}, await rig.enrolled())).status).toBe(200);
    }
    expect((await request('helper0')).status).toBe(409);
  });

  // SES-13
  it('is not worn down by questions within a session', async () => {
    const { id, sessionKey, helper, standing: hearing } = await rig.active({ token: 'helper0' });
    standing = hearing;
    const asked: number[] = [];
    for (const token of HELPERS.slice(1, 6)) {
      const { pubSubHelperAccessUri } = (await rig.retrieve(sessionKey, token)).body;
      const body = { sessionKey, pubSubConnectionId: (await rig.end(pubSubHelperAccessUri)).id };
      asked.push((await rig.operate('requestRemoteHelpSessionAccess', body, { token })).status);
    }
    expect(asked).toEqual([409, 409, 429, 429, 429]);
    const wants = { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true };
    await rig.device.call('narrow', { sessionKey, grants: { view: true } });
    await helper.hears('granted', 2);
    const rights = await rig.api.ask('POST', `${SESSIONS}/${id}/openRemoteHelp.requestRights`, {
      token: 'helper0',
      body: wants,
    });
    expect(rights.status).toBe(429);
    await standing.hears('asked', 2);
    expect(prompts()).toBe(3);
  });
});

/** People by what they are to the session: their rights come from a role but for those of the administrator. */
const PEOPLE = {
  creator: caller({ objectId: 'creator', groups: ['lookers'] }),
  admitted: caller({ objectId: 'admitted', groups: ['lookers'] }),
  other: caller({ objectId: 'other', groups: ['lookers'] }),
  administrator: caller({ objectId: 'administrator', ...admin }),
  application: caller({ objectId: 'application', kind: 'application', ...admin }),
  stranger: caller({ objectId: 'stranger' }),
};
type Who = keyof typeof PEOPLE;

const NEVER = [403, 403, 404];
/** Statuses while requested, active, ended. An administrator holds every right: he is another helper besides. */
const TABLE: Readonly<Record<string, Readonly<Record<Who, readonly number[]>>>> = {
  retrieve: {
    creator: [200, 200, 404],
    admitted: [200, 200, 404],
    other: [200, 200, 404],
    administrator: [200, 200, 404],
    application: NEVER,
    stranger: NEVER,
  },
  requestAccess: {
    creator: [409, 200, 404],
    admitted: [409, 200, 404],
    other: [409, 409, 404],
    administrator: [409, 409, 404],
    application: NEVER,
    stranger: NEVER,
  },
  requestRights: {
    creator: [409, 204, 404],
    admitted: [403, 204, 404],
    other: NEVER,
    administrator: NEVER,
    application: NEVER,
    stranger: NEVER,
  },
  extend: {
    creator: [200, 200, 404],
    admitted: [403, 200, 404],
    other: NEVER,
    administrator: [200, 200, 404],
    application: [200, 200, 404],
    stranger: NEVER,
  },
  end: {
    creator: [204, 204, 404],
    admitted: [403, 204, 404],
    other: NEVER,
    administrator: [204, 204, 404],
    application: [204, 204, 404],
    stranger: NEVER,
  },
};
const STATES = ['requested', 'active', 'ended'] as const;

describe('who may call what', () => {
  beforeEach(async () => {
    rig = await LiveSessions.open({ callers: PEOPLE, settings: { REMOTE_HELP_SESSION_PROMPTS_PER_HOUR: '60' } });
    const allowedResourceActions = [OFFER_REMOTE_ASSISTANCE, READ_CONNECTOR, TAKE_FULL_CONTROL];
    const rolePermissions = [
      { actions: [], resourceActions: [{ allowedResourceActions, notAllowedResourceActions: [] }] },
    ];
    const role = await rig.api.ask('POST', '/beta/deviceManagement/roleDefinitions', {
      body: { displayName: 'Lookers', rolePermissions },
    });
    const members = { members: ['lookers'], scopeType: 'allDevices', roleDefinitionId: role.body.id };
    await rig.api.ask('POST', '/beta/deviceManagement/roleAssignments', { body: { displayName: 'All', ...members } });
  });

  const access = async (token: string, sessionKey: string): Promise<Answer> => {
    const retrieved = await rig.retrieve(sessionKey, token);
    const uri = retrieved.body.pubSubHelperAccessUri;
    const pubSubConnectionId = uri === undefined ? 'nobody' : (await rig.end(uri)).id;
    return rig.operate('requestRemoteHelpSessionAccess', { sessionKey, pubSubConnectionId }, { token });
  };
  const call: Readonly<
    Record<string, (token: string, session: { id: string; sessionKey: string }) => Promise<Answer>>
  > = {
    retrieve: (token, { sessionKey }) => rig.retrieve(sessionKey, token),
    requestAccess: (token, { sessionKey }) => access(token, sessionKey),
    requestRights: (token, { id }) =>
      rig.api.ask('POST', `${SESSIONS}/${id}/openRemoteHelp.requestRights`, { token, body: ALL }),
    extend: (token, { sessionKey }) => rig.operate('extendRemoteHelpSession', { sessionKey }, { token }),
    end: (token, { sessionKey }) => rig.operate('endRemoteHelpSession', { sessionKey }, { token }),
  };

  /** A session of `creator` in that state; while active, `admitted` is in as well. */
  async function sessionIn(state: (typeof STATES)[number]) {
    const session = await rig.create({ token: 'creator' });
    const { sessionKey } = session;
    if (state === 'requested') return session;
    await rig.device.call('accept', { sessionKey, grants: { view: true } });
    await access('admitted', sessionKey);
    const [asked] = (await rig.device.call('requests')).body.value;
    await rig.device.call('accept', { sessionKey, promptId: asked.promptId, grants: { view: true } });
    if (state === 'ended') await rig.device.call('stop', { sessionKey });
    return session;
  }

  // SES-14
  it.each(Object.keys(TABLE))('says the table, and no more: %s', async (operation) => {
    for (const [at, state] of STATES.entries()) {
      for (const who of Object.keys(PEOPLE) as Who[]) {
        const session = await sessionIn(state);
        const { status } = await (call[operation] as (typeof call)[string])(who, session);
        expect([operation, state, who, status]).toEqual([operation, state, who, TABLE[operation]?.[who][at]]);
        await rig.device.call('stop', { sessionKey: session.sessionKey });
        await rig.pass(2 * MINUTE);
      }
    }
  });

  // SES-14, DEV-14
  it('keeps devices and people on their own sides', async () => {
    const { sessionKey } = await sessionIn('active');
    const stranger = await rig.enrolled();
    for (const route of ['join', 'accept', 'decline', 'narrow', 'stop']) {
      const body = { sessionKey, grants: ALL };
      expect((await stranger.call(route, body)).status).toBe(404);
      for (const token of ['creator', 'administrator', 'application']) {
        expect((await rig.api.ask('POST', `/device/${TENANT}/${route}`, { token, body })).status).toBe(401);
      }
    }
    expect(await rig.retrieve(sessionKey, 'creator')).toMatchObject({ status: 200 });
  });
});
