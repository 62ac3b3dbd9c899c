import { auditEvents, managedDevices, remoteHelpSessions } from '@open-remote-help/protocol';
import {
  FakeChannel,
  FULL_GRANTS,
  ManualClock,
  type MemoryStore,
  memoryIdentity,
  SessionRig,
} from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { toIsoText } from '../clock.ts';
import { deviceCredentials } from '../device/device-model.ts';
import { DomainError } from '../errors.ts';
import { type Opener, Sealed } from '../store/store.ts';
import { deletionOfLive, LIVE_RECORD_SETS, mayBeLive, refuseSiblingPatch } from './lease-records.ts';
import type { ConnectionRight } from './realtime-channel.ts';
import { recheckWrite } from './recheck.ts';
import type { DeviceRequester, Requester } from './session-engine.ts';
import { liveSessions, promptLogs, sessionEffects } from './session-model.ts';
import { accessRecords, createRecords, extendRecords, retrieveRecords } from './session-rows.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const AWAY = new DomainError('unavailable', 'The database is away.');

let store: MemoryStore;
let opener: Opener;
let rig: SessionRig;
let helper: Requester;
let device: DeviceRequester;

beforeEach(async () => {
  const identity = await memoryIdentity();
  store = identity.store;
  opener = identity.keyRing;
  rig = new SessionRig({ store, opener, clock: identity.clock });
  await rig.setSettings();
  device = await rig.addDevice();
  helper = rig.person('helper');
  await rig.engine.start();
});

/** A real-time plane that others use whenever it is asked. */
class BusyChannel extends FakeChannel {
  others: () => Promise<void> = async () => undefined;

  override async isOpenedWith(...about: Parameters<FakeChannel['isOpenedWith']>): Promise<boolean> {
    await this.others();
    return super.isOpenedWith(...about);
  }

  override async accessUri(right: ConnectionRight): Promise<string> {
    await this.others();
    return super.accessUri(right);
  }
}

/** Another node on the same database; its peers reach it if they share the channel. */
function anotherNode(nodeId: string, channel = new FakeChannel()): SessionRig {
  return new SessionRig({ store, opener, clock: rig.clock, tenantId: rig.tenantId, nodeId, channel });
}

async function shown(id: string) {
  return (await store.get({ set: remoteHelpSessions, tenantId: rig.tenantId, id }))?.values;
}

async function audited(): Promise<string[]> {
  const { entities } = await store.query({ set: auditEvents, tenantId: rig.tenantId, top: 1_000 });
  return entities.map(({ values }) => `${values.activityType} ${values.activityResult}`);
}

function create(traits: object = {}, by = helper) {
  return rig.engine.create(by, { deviceId: device.deviceId, sessionType: 'takeFullControl', ...traits });
}

const record = (set: typeof extendRecords | typeof retrieveRecords, id: string) =>
  store.get({ set, tenantId: rig.tenantId, id });

describe('the life of a session', () => {
  // SES-10
  it('goes from request through consent to its end, each step on record once', async () => {
    const { id, sessionKey, helping, sharer, access } = await rig.activeSession(helper, device);
    expect(rig.channel.heardByDevice(device.deviceId)).toEqual(['requested']);
    expect(rig.channel.connections.get(helping.id)?.group).toBe(`session-${id}`);
    expect(rig.channel.connections.get(sharer.id)?.group).toBe(`session-${id}`);
    expect(Buffer.from(access.pubSubEncryptionKey, 'base64')).toHaveLength(32);
    expect(await shown(id)).toMatchObject({ state: 'active', sessionKey, endReason: 'notEnded' });
    await rig.pass(10 * MINUTE);
    const extended = await rig.engine.extend(helper, sessionKey);
    expect(extended.sessionExpirationDateTime).toBe(toIsoText(rig.clock.now() + HOUR));
    await rig.engine.end(helper, sessionKey);
    expect(rig.channel.connections.size).toBe(0);
    expect(await shown(id)).toMatchObject({ state: 'ended', endReason: 'endedByHelper', endedBy: 'Name of helper' });
    await expect(rig.engine.retrieve(helper, sessionKey)).rejects.toMatchObject({ code: 'notFound' });
    expect(await audited()).toEqual([
      'createRemoteHelpSession Success',
      'joinRemoteHelpSession Success',
      'retrieveRemoteHelpSession Success',
      'acceptRemoteHelpSession Success',
      'requestRemoteHelpSessionAccess Success',
      'extendRemoteHelpSession Success',
      'endRemoteHelpSession Success',
      'retrieveRemoteHelpSession Failure',
    ]);
    await rig.engine.close();
    expect(rig.clock.pending).toBe(0);
    expect(rig.faults).toEqual([]);
  });

  // SES-10
  it('leaves nothing secret in the audit log or in the public row', async () => {
    const { id, access } = await rig.activeSession(helper, device);
    const { entities } = await store.query({ set: auditEvents, tenantId: rig.tenantId, top: 1_000 });
    const text = JSON.stringify([entities, await shown(id)]);
    expect(text).not.toContain(access.pubSubEncryptionKey);
    expect(text).not.toContain('wss:');
    expect(text).not.toContain('token-');
    expect(store.dump()).not.toContain(access.pubSubEncryptionKey);
  });
});

// SES-10.2
describe('refused attempts', () => {
  /** Of each record: what was attempted, why not, and how often. */
  async function refusals(): Promise<string[]> {
    const { entities } = await store.query({ set: auditEvents, tenantId: rig.tenantId, top: 10_000 });
    const failures = entities.filter(({ values }) => values.activityResult === 'Failure');
    return failures.map(({ values }) => {
      const [resource] = values.resources as { modifiedProperties: { newValue: string }[] }[];
      return [values.activityType, ...(resource?.modifiedProperties ?? []).map(({ newValue }) => newValue)].join(' ');
    });
  }

  it('that repeat themselves are one record at once, and one a minute with their number', async () => {
    const { sessionKey } = await create();
    const other = rig.person('other');
    rig.rights.without.add('other');
    const attempts = Array.from({ length: 500 }, () => rig.engine.end(other, sessionKey).catch(() => undefined));
    await Promise.all(attempts);
    expect(await refusals()).toEqual(['endRemoteHelpSession forbidden']);
    await rig.pass(MINUTE);
    expect(await refusals()).toEqual(['endRemoteHelpSession forbidden', 'endRemoteHelpSession forbidden 499']);
    const { entities } = await store.query({ set: auditEvents, tenantId: rig.tenantId, top: 1_000 });
    const requests = entities.filter(({ values }) => values.activityResult === 'Failure');
    expect(new Set(requests.map(({ values }) => values.correlationId)).size).toBe(2);
  });

  it('are kept apart by who asks, what for, on what and why not', async () => {
    const { sessionKey } = await create();
    const [one, two] = [rig.person('one'), rig.person('two')];
    for (const name of ['one', 'two']) rig.rights.without.add(name);
    for (let again = 0; again < 3; again++) {
      for (const attempt of [
        () => rig.engine.end(one, sessionKey),
        () => rig.engine.end(two, sessionKey),
        () => rig.engine.extend(one, sessionKey),
        () => rig.engine.decline(device, 'missing'),
        () => create({}, one),
        () => create(),
      ]) {
        await expect(attempt()).rejects.toBeInstanceOf(DomainError);
      }
    }
    expect(await refusals()).toHaveLength(6);
  });

  it('at what does not exist are one, whatever it is called', async () => {
    for (let number = 0; number < 100; number++) {
      await expect(create({ deviceId: `missing-${number}` })).rejects.toMatchObject({ code: 'notFound' });
      await expect(rig.engine.end(helper, `rh_${number}`)).rejects.toMatchObject({ code: 'notFound' });
    }
    expect(await refusals()).toEqual(['createRemoteHelpSession notFound', 'endRemoteHelpSession notFound']);
    await rig.engine.close();
    expect((await refusals()).slice(2)).toEqual([
      'createRemoteHelpSession notFound 99',
      'endRemoteHelpSession notFound 99',
    ]);
    expect(rig.clock.pending).toBe(0);
  });

  it('are answered only when the first of them is on record', async () => {
    store.failure = AWAY;
    await expect(rig.engine.decline(device, 'missing')).rejects.toMatchObject({ code: 'unavailable' });
    store.failure = undefined;
    expect(await refusals()).toEqual([]);
    await expect(rig.engine.decline(device, 'missing')).rejects.toMatchObject({ code: 'notFound' });
    expect(await refusals()).toEqual(['declineRemoteHelpSession notFound']);
  });
});

describe('create', () => {
  // SES-1
  it('is refused, on record, in this order: setting, device, right, live session', async () => {
    rig.rights.without.add('nobody');
    const nobody = rig.person('nobody');
    await rig.setSettings({ remoteAssistanceState: 'disabled' });
    await expect(create({ deviceId: 'missing' }, nobody)).rejects.toMatchObject({ code: 'forbidden' });
    await rig.setSettings();
    await expect(create({ deviceId: 'missing' }, nobody)).rejects.toMatchObject({ code: 'notFound' });
    await create();
    await expect(create({}, nobody)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(create({}, rig.application())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(create({}, rig.person('another'))).rejects.toMatchObject({ code: 'sessionInProgress' });
    expect((await audited()).filter((line) => line === 'createRemoteHelpSession Failure')).toHaveLength(5);
  });

  // SES-1
  it('needs the right to the session type', async () => {
    rig.rights.actions = new Set([...rig.rights.actions].filter((action) => !action.endsWith('Unattended')));
    await expect(create({ sessionType: 'unattended' })).rejects.toMatchObject({ code: 'forbidden' });
    expect((await create()).sessionType).toBe('takeFullControl');
  });

  // SES-1
  it('knows no device of another tenant', async () => {
    const stranger: Requester = { ...helper, caller: { ...helper.caller, tenantId: 'another tenant' } };
    await expect(create({}, stranger)).rejects.toMatchObject({ code: 'forbidden' });
    const other = new SessionRig({ store, opener, clock: rig.clock });
    await other.setSettings();
    const theirs = other.person('helper');
    await expect(create({}, theirs)).rejects.toMatchObject({ code: 'notFound' });
  });

  // SES-1, SES-1.2
  it('is answered with the same session for a replay, and with 409 for another request', async () => {
    const first = await create({ clientRequestId: 'one' });
    expect(await create({ clientRequestId: 'one' })).toEqual(first);
    expect(await create({ clientRequestId: 'one', isRetry: true })).toEqual(first);
    await expect(create({ clientRequestId: 'two', isRetry: true })).rejects.toMatchObject({
      code: 'sessionInProgress',
    });
    await expect(create({ sessionType: 'viewScreen', clientRequestId: 'one' })).rejects.toThrow();
    await rig.engine.end(helper, first.sessionKey);
    expect(await create({ clientRequestId: 'one' })).toEqual(first);
    expect(rig.channel.heardByDevice(device.deviceId)).toEqual(['requested', 'ended']);
  });

  // SES-1.2
  it.each([
    [-1, true],
    [0, false],
  ])('without an id, repeated %i ms from a minute later, is the same: %s', async (ms, isSame) => {
    const first = await create();
    await expect(create()).rejects.toMatchObject({ code: 'sessionInProgress' });
    await rig.pass(MINUTE + ms);
    const repeated = create({ isRetry: true });
    if (isSame) expect(await repeated).toEqual(first);
    else await expect(repeated).rejects.toMatchObject({ code: 'sessionInProgress' });
  });

  // SES-1: at the same moment, on several nodes
  it('makes one session of a device, whoever asks at once', async () => {
    const nodes = [rig, anotherNode('b'), anotherNode('c')];
    const asked = nodes.map(({ engine }, index) =>
      engine.create(rig.person(`helper ${index}`), { deviceId: device.deviceId, sessionType: 'viewScreen' }),
    );
    const settled = await Promise.allSettled(asked);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  // SES-4
  it('takes the place of a session whose time has passed though no timer fired', async () => {
    const first = await create();
    // The clock of the store's other users has moved; the engine's alarm has not.
    const node = new SessionRig({
      store,
      opener,
      clock: new ManualClock(rig.clock.now() + 5 * MINUTE),
      tenantId: rig.tenantId,
    });
    const second = await node.engine.create(helper, { deviceId: device.deviceId, sessionType: 'viewScreen' });
    expect(second.id).not.toBe(first.id);
    expect(await shown(first.id)).toMatchObject({ state: 'ended', endReason: 'timedOut' });
  });

  // SES-1.4
  it('is heard by a device that connects later', async () => {
    const { sessionKey } = await create({ reason: 'printer', ticket: 'T-1' });
    expect(await rig.engine.messagesFor(device)).toMatchObject([
      {
        event: 'requested',
        sessionKey,
        revision: 1,
        helper: { name: 'Name of helper', mail: 'helper@example.org' },
        helperSays: { reason: 'printer', ticket: 'T-1' },
      },
    ]);
    await rig.pass(5 * MINUTE);
    expect(await rig.engine.messagesFor(device)).toEqual([]);
  });

  // SES-13
  it('waits after a decline, and is told how long', async () => {
    const { id } = await create();
    await rig.engine.decline(device, id, { isReported: true });
    await expect(create()).rejects.toMatchObject({ code: 'tooManyRequests', retryAfterSeconds: 30 });
    await rig.pass(30 * SECOND);
    await rig.engine.end(helper, (await create()).sessionKey);
    // SES-13.1
    await expect(create()).rejects.toMatchObject({ code: 'tooManyRequests' });
    const another = rig.person('another');
    await rig.engine.end(another, (await create({}, another)).sessionKey);
    await expect(create({}, rig.person('third'))).rejects.toMatchObject({ code: 'tooManyRequests' });
  });
});

describe('the records of a live session', () => {
  const changes = { sessionExpirationDateTime: '' };

  // SES-3.2
  it('are one in each of the four sets, with the id of the session, and go with it', async () => {
    const { id, sessionKey } = await create();
    for (const set of [extendRecords, createRecords, accessRecords, retrieveRecords]) {
      expect(LIVE_RECORD_SETS).toContain(set.name);
      const row = await store.get({ set, tenantId: rig.tenantId, id });
      expect(row?.values.sessionKey).toBe(sessionKey);
      expect(row && mayBeLive(row)).toBe(true);
    }
    expect(await rig.engine.liveSessionOf(rig.tenantId, id)).toMatchObject({ id });
    expect(await rig.engine.liveSessionOf('another tenant', id)).toBeUndefined();
    await rig.engine.end(helper, sessionKey);
    for (const set of [extendRecords, createRecords, accessRecords, retrieveRecords]) {
      expect(await store.get({ set, tenantId: rig.tenantId, id })).toBeUndefined();
    }
    expect(await rig.engine.liveSessionOf(rig.tenantId, id)).toBeUndefined();
  });

  // SES-3.1
  it('move the deadline by a PATCH, and keep its text', async () => {
    const { id } = await rig.activeSession(helper, device);
    const text = toIsoText(rig.clock.now() + 2 * HOUR).replace('Z', '9999Z');
    const patched = await rig.engine.patchLease(helper, id, { sessionExpirationDateTime: text });
    expect(patched).toMatchObject({ id, values: { sessionExpirationDateTime: text } });
    expect((await record(extendRecords, id))?.version).toBe(patched?.version);
    for (const set of [extendRecords, retrieveRecords]) {
      expect((await record(set, id))?.values.sessionExpirationDateTime).toBe(text);
    }
    await rig.pass(2 * HOUR - 1);
    expect(await shown(id)).toMatchObject({ state: 'active', sessionExpirationDateTime: text });
    await rig.pass(1);
    expect(await shown(id)).toMatchObject({ state: 'ended', endReason: 'expired' });
  });

  // SES-3.1
  it('end the session by a PATCH to what is past, and are shown as they were last', async () => {
    const { id } = await rig.activeSession(helper, device);
    const text = '2016-12-31T23:59:57.5564522-08:00';
    const patched = await rig.engine.patchLease(helper, id, { sessionExpirationDateTime: text });
    expect(patched?.values.sessionExpirationDateTime).toBe(text);
    expect(await shown(id)).toMatchObject({ state: 'ended', endReason: 'endedByHelper' });
    expect(rig.channel.connections.size).toBe(0);
  });

  // SES-3.2
  it('take the present values of the other properties, and refuse others by name', async () => {
    const { id, sessionKey } = await rig.activeSession(helper, device);
    const { acsHelperUserToken, pubSubHelperAccessUri } = await rig.engine.retrieve(helper, sessionKey);
    const present = { sessionKey, acsHelperUserToken, pubSubHelperAccessUri };
    const before = await record(extendRecords, id);
    expect(await rig.engine.patchLease(helper, id, present)).toEqual(before);
    const earlier = (await audited()).length;
    for (const target of Object.keys(present)) {
      const altered = rig.engine.patchLease(helper, id, { ...present, [target]: 'another' });
      await expect(altered).rejects.toMatchObject({ code: 'conflict', target });
    }
    // SES-10.2
    await rig.pass(MINUTE);
    const refused = 'patchExtendRemoteHelpSessionResponse Failure';
    expect((await audited()).slice(earlier)).toEqual([refused, refused]);
  });

  // SES-3.2
  it('may be moved by who may extend, on the version that he saw', async () => {
    const { id } = await rig.activeSession(helper, device);
    const soon = { ...changes, sessionExpirationDateTime: toIsoText(rig.clock.now() + 10 * MINUTE) };
    await expect(rig.engine.patchLease(rig.person('other'), id, soon)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(rig.engine.patchLease(rig.person('other'), id, {})).rejects.toMatchObject({ code: 'forbidden' });
    const refusal = new DomainError('preconditionFailed', 'Another version.');
    const stale = rig.engine.patchLease(helper, id, soon, () => {
      throw refusal;
    });
    await expect(stale).rejects.toBe(refusal);
    expect(await rig.engine.patchLease(rig.application(), id, soon)).toBeDefined();
    expect(await rig.engine.patchLease(helper, 'a plain record', soon)).toBeUndefined();
  });

  // SES-3.2
  it('are read-only but for the lease', async () => {
    const { id } = await create();
    const sibling = await record(retrieveRecords, id);
    if (!sibling) throw new Error('There is no record.');
    const open = (value: unknown) => value;
    expect(() => refuseSiblingPatch(sibling, { deviceName: sibling.values.deviceName }, open)).not.toThrow();
    expect(() => refuseSiblingPatch(sibling, { deviceName: 'x' }, open)).toThrow(
      expect.objectContaining({ code: 'conflict', target: 'deviceName' }),
    );
    expect(deletionOfLive()).toMatchObject({ code: 'conflict' });
  });

  // SES-3.2: a plain record with a live session's key would be another lease
  it('leave no room for another record with their key', async () => {
    const { sessionKey } = await create();
    const values = { sessionKey, sessionType: 'viewScreen' };
    const another = store.transact({
      reads: [],
      decide: () => ({
        writes: [{ kind: 'insert', set: createRecords, tenantId: rig.tenantId, id: 'x', values }],
        value: undefined,
      }),
    });
    await expect(another).rejects.toMatchObject({ code: 'conflict', target: 'sessionKey' });
  });
});

describe('access URIs', () => {
  // SES-5
  it('of before an extension open no new connection, but recover the open one', async () => {
    const { sessionKey, helping } = await rig.activeSession(helper, device);
    const { pubSubHelperAccessUri } = await rig.engine.retrieve(helper, sessionKey);
    const extended = await rig.engine.extend(helper, sessionKey);
    await expect(rig.connect(pubSubHelperAccessUri)).rejects.toThrow('may not open');
    expect(await rig.engine.mayConnect(helping.right, 'recover')).toBe(true);
    expect(rig.channel.connections.has(helping.id)).toBe(true);
    await rig.connect(extended.pubSubHelperAccessUri ?? '');
    expect((await rig.engine.retrieve(helper, sessionKey)).pubSubHelperAccessUri).toBe(extended.pubSubHelperAccessUri);
  });

  // SES-5, SES-14
  it('are not handed to an application or admin who extends', async () => {
    const { sessionKey } = await rig.activeSession(helper, device);
    for (const by of [rig.application(), rig.person('admin', { isAdmin: true })]) {
      const answer = await rig.engine.extend(by, sessionKey);
      expect(Object.keys(answer).sort()).toEqual(['id', 'sessionExpirationDateTime', 'sessionKey']);
    }
  });

  // SES-7
  it("of one helper do not serve another's request for access", async () => {
    const { id, sessionKey, helping } = await rig.activeSession(helper, device);
    const other = rig.person('other');
    await rig.engine.retrieve(other, sessionKey);
    await expect(rig.engine.requestAccess(other, sessionKey, helping.id)).rejects.toMatchObject({ code: 'notFound' });
    const { pubSubHelperAccessUri } = await rig.engine.retrieve(other, sessionKey);
    const theirs = await rig.connect(pubSubHelperAccessUri);
    expect(rig.channel.connections.get(theirs.id)?.group).toBeUndefined();
    await expect(rig.engine.requestAccess(other, sessionKey, theirs.id)).rejects.toMatchObject({
      code: 'consentPending',
    });
    const [asked] = await rig.engine.messagesFor(device);
    if (asked?.event !== 'asked') throw new Error('The device is not asked.');
    await rig.engine.accept(device, id, FULL_GRANTS, asked.promptId);
    expect(rig.channel.heard(theirs.id)).toEqual(['policy', 'consent']);
    const access = await rig.engine.requestAccess(other, sessionKey, theirs.id);
    expect(await rig.engine.requestAccess(other, sessionKey, theirs.id)).toEqual(access);
    expect(rig.channel.connections.get(theirs.id)?.group).toBe(`session-${id}`);
    const { connections } = await rig.engine.join(device, id);
    expect(connections.find(({ connectionId }) => connectionId === theirs.id)).toMatchObject({
      key: access.pubSubEncryptionKey,
      iv: access.pubSubEncryption,
      helperId: 'other',
    });
  });
});

describe('the end', () => {
  // SES-6
  it('cuts connections on a node that its peers cannot reach within a second', async () => {
    const far = anotherNode('far');
    await far.engine.start();
    const { id, sessionKey } = await create();
    const { pubSubSharerAccessUri } = await far.engine.join(device, id);
    const sharer = await far.connect(pubSubSharerAccessUri);
    await rig.engine.end(helper, sessionKey);
    expect(far.channel.connections.has(sharer.id)).toBe(true);
    far.clock.advanceBy(SECOND);
    await far.engine.settled();
    expect(far.channel.connections.has(sharer.id)).toBe(false);
    expect(await far.engine.mayConnect(sharer.right, 'recover')).toBe(false);
    await far.engine.close();
  });

  // SES-6, SES-7.1
  it('leaves nothing from which a key could be made again', async () => {
    const { id, sessionKey } = await rig.activeSession(helper, device);
    const key = { set: liveSessions, tenantId: SYSTEM_TENANT, id };
    expect((await store.get(key))?.values.keyMaterial).toBeInstanceOf(Sealed);
    await rig.engine.end(helper, sessionKey);
    expect((await store.get(key))?.values.keyMaterial).toBeNull();
  });

  // SES-6
  it('revokes every token', async () => {
    const { sessionKey } = await rig.activeSession(helper, device);
    const { acsHelperUserId, acsSharerUserId } = await rig.engine.retrieve(helper, sessionKey);
    await rig.engine.end(helper, sessionKey);
    expect([...rig.tokens.revoked].sort()).toEqual([acsHelperUserId, acsSharerUserId].sort());
  });
});

describe('while the database is away', () => {
  // SES-6.1
  it('new work is unavailable, and a session runs to its deadline and no further', async () => {
    const { id } = await rig.activeSession(helper, device);
    store.failure = AWAY;
    await expect(create()).rejects.toMatchObject({ code: 'unavailable' });
    await rig.pass(HOUR - 1);
    expect(rig.channel.connections.size).toBe(2);
    await rig.pass(1);
    expect(rig.channel.connections.size).toBe(0);
    store.failure = undefined;
    const endsAt = rig.clock.now();
    await rig.pass(10 * SECOND);
    expect(await shown(id)).toMatchObject({ endReason: 'expired', endedDateTime: toIsoText(endsAt) });
  });

  // SES-6.1
  it.each(['helper', 'sharer'])('a stop by the %s cuts at once and is recorded afterwards', async (side) => {
    const { id, sessionKey } = await rig.activeSession(helper, device);
    await rig.pass(MINUTE / 2);
    store.failure = AWAY;
    const stoppedAt = rig.clock.now();
    if (side === 'helper') await rig.engine.end(helper, sessionKey);
    else await rig.engine.stop(device, id);
    await rig.engine.settled();
    expect(rig.channel.connections.size).toBe(0);
    await rig.pass(MINUTE / 2);
    store.failure = undefined;
    await rig.pass(SECOND);
    expect(await shown(id)).toMatchObject({
      state: 'ended',
      endReason: side === 'helper' ? 'endedByHelper' : 'endedBySharer',
      endedDateTime: toIsoText(stoppedAt),
    });
  });

  // SES-6.1
  it('a stop by somebody else is refused', async () => {
    const { sessionKey } = await rig.activeSession(helper, device);
    store.failure = AWAY;
    await expect(rig.engine.end(rig.person('other'), sessionKey)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(rig.engine.stop({ ...device, deviceId: 'another' }, 'x')).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(rig.channel.connections.size).toBe(2);
  });

  // SES-6.1
  it('and does not even answer, what is overdue is cut all the same', async () => {
    const { sessionKey } = await rig.activeSession(helper, device);
    let answer: () => void = () => undefined;
    const silent = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { query, transact } = store;
    store.query = async (wanted) => {
      await silent;
      return query.call(store, wanted);
    };
    store.transact = async (unit) => {
      await silent;
      return transact.call(store, unit) as never;
    };
    rig.clock.advanceBy(SECOND);
    const ending = rig.engine.end(helper, sessionKey);
    expect(rig.channel.connections.size).toBe(2);
    rig.clock.advanceBy(SECOND);
    expect(rig.channel.connections.size).toBe(0);
    answer();
    await ending;
    Object.assign(store, { query, transact });
    await rig.engine.settled();
  });

  // SES-6.1, SES-12
  it('lost connections are remembered, and count from when they were lost', async () => {
    const { id, sharer } = await rig.activeSession(helper, device);
    store.failure = AWAY;
    const lostAt = rig.clock.now();
    await rig.disconnect(sharer);
    await rig.pass(30 * SECOND);
    store.failure = undefined;
    await rig.pass(30 * SECOND);
    expect(await shown(id)).toMatchObject({ endReason: 'sharerLeft', endedDateTime: toIsoText(lostAt + MINUTE) });
  });
});

describe('effects', () => {
  // SES-9.1
  it('that fail are carried out later, and are removed when done', async () => {
    rig.channel.failure = new Error('The broker is away.');
    await create();
    expect(rig.channel.heardByDevice(device.deviceId)).toEqual([]);
    expect(rig.faults).toHaveLength(1);
    rig.channel.failure = undefined;
    await rig.pass(2 * SECOND);
    expect(rig.channel.heardByDevice(device.deviceId)).toEqual(['requested']);
    await rig.pass(MINUTE);
    expect(rig.channel.heardByDevice(device.deviceId)).toEqual(['requested']);
  });

  // SES-9.1
  it('that a node left undone when it died are carried out by another', async () => {
    rig.channel.failure = new Error('This node is dying.');
    const { sessionKey } = await create();
    await rig.engine.end(helper, sessionKey);
    await rig.engine.close();
    const heir = anotherNode('heir');
    rig.clock.advanceBy(2 * SECOND);
    await heir.engine.start();
    await heir.engine.settled();
    expect(heir.channel.heardByDevice(device.deviceId)).toEqual(['requested', 'ended']);
    expect(heir.channel.closed).toHaveLength(1);
    expect(heir.tokens.revoked.size).toBe(2);
    await heir.engine.close();
  });
});

describe('a session that cannot be read', () => {
  // SES-9
  it('keeps no deadline waiting, and is told of', async () => {
    const { id } = await create();
    const other = await rig.addDevice();
    const { id: next } = await rig.engine.create(helper, { deviceId: other.deviceId, sessionType: 'viewScreen' });
    const key = { set: liveSessions, tenantId: SYSTEM_TENANT, id };
    await store.transact({
      reads: [key],
      decide: ([before]) => ({
        writes: before ? [{ kind: 'update', ...key, before, changes: { state: 'nonsense' } }] : [],
        value: undefined,
      }),
    });
    await rig.pass(5 * MINUTE);
    expect(await shown(next)).toMatchObject({ endReason: 'timedOut' });
    expect(rig.faults).toEqual([expect.any(SyntaxError)]);
  });
});

describe('a real-time plane that does not answer', () => {
  // SES-9, SES-9.1
  it('keeps no deadline waiting', async () => {
    rig.channel.failure = new Error('The broker is away.');
    await create();
    const other = await rig.addDevice();
    const { id } = await rig.engine.create(helper, { deviceId: other.deviceId, sessionType: 'viewScreen' });
    rig.channel.failure = undefined;
    const { tellDevice } = rig.channel;
    const waiting: (() => void)[] = [];
    rig.channel.tellDevice = () => new Promise((resolve) => waiting.push(resolve));
    // What was left behind is being carried out, without end, from here on.
    rig.clock.advanceBy(2_000);
    for (let passed = 0; passed < 5 && (await shown(id))?.state !== 'ended'; passed++) {
      await ticks();
      rig.clock.advanceBy(MINUTE);
    }
    await ticks();
    expect(await shown(id)).toMatchObject({ endReason: 'timedOut' });
    rig.channel.tellDevice = tellDevice;
    expect(waiting.length).toBeGreaterThan(0);
    for (const answer of waiting) answer();
    await rig.engine.settled();
  });
});

/** Lets everything happen that waits for nothing but its turn. */
async function ticks(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the ground under a session', () => {
  const recheck = async () => {
    const write = recheckWrite(rig.tenantId, rig.clock.now());
    await store.transact({ reads: [], decide: () => ({ writes: [write], value: undefined }) });
    await rig.pass(SECOND);
  };

  // SES-11
  it('is looked at within a second, and once, however often another tenant changes its own', async () => {
    const other = new SessionRig({ store, opener, clock: rig.clock });
    await other.setSettings();
    const { deviceId } = await other.addDevice();
    const { id } = await other.engine.create(other.person('helper'), { deviceId, sessionType: 'viewScreen' });
    await create();
    let looks = 0;
    rig.rights.actionsOn = async () => {
      looks++;
      return rig.rights.actions;
    };
    const now = rig.clock.now();
    const flood = Array.from({ length: 3_000 }, () => recheckWrite(rig.tenantId, now - 1));
    await other.setSettings({ remoteAssistanceState: 'disabled' });
    const writes = [...flood, recheckWrite(other.tenantId, now)];
    await store.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
    await rig.pass(SECOND);
    const row = await store.get({ set: remoteHelpSessions, tenantId: other.tenantId, id });
    expect(row?.values).toMatchObject({ endReason: 'revoked' });
    expect(looks).toBe(1);
    expect(await store.count({ set: sessionEffects, tenantId: SYSTEM_TENANT })).toBe(0);
    await other.engine.close();
  });

  // SES-11
  it.each([true, false])('gone, ends it within a second, active: %s', async (isActive) => {
    const start = async (by = helper) => (isActive ? rig.activeSession(by, device) : create({}, by));
    const first = await start();
    await rig.setSettings({ remoteAssistanceState: 'disabled' });
    await recheck();
    expect(await shown(first.id)).toMatchObject({ state: 'ended', endReason: 'revoked' });
    await rig.setSettings();
    const second = await start();
    rig.rights.without.add('helper');
    await recheck();
    expect(await shown(second.id)).toMatchObject({ endReason: 'revoked' });
    rig.rights.without.clear();
    const third = await start(rig.person('another'));
    const { tenantId } = rig;
    await store.transact({
      reads: [],
      decide: () => ({
        writes: [{ kind: 'delete', set: managedDevices, tenantId, id: device.deviceId }],
        value: undefined,
      }),
    });
    await recheck();
    expect(await shown(third.id)).toMatchObject({ endReason: 'revoked' });
    expect(rig.channel.connections.size).toBe(0);
  });

  // SES-11
  it('is gone when the device is parked', async () => {
    const { id } = await rig.activeSession(helper, device);
    const values = {
      publicKey: '{}',
      keyThumbprint: 'x',
      enrollmentTokenId: 'x',
      hasSignedIn: true,
      parkedDateTime: null as string | null,
    };
    const key = { set: deviceCredentials, tenantId: rig.tenantId, id: device.deviceId };
    await store.transact({
      reads: [],
      decide: () => ({ writes: [{ kind: 'insert', ...key, values }], value: undefined }),
    });
    await recheck();
    expect(await shown(id)).toMatchObject({ state: 'active' });
    const changes = { parkedDateTime: toIsoText(rig.clock.now()) };
    await store.transact({
      reads: [key],
      decide: ([before]) => ({
        writes: before ? [{ kind: 'update', set: key.set, tenantId: key.tenantId, before, changes }] : [],
        value: undefined,
      }),
    });
    await recheck();
    expect(await shown(id)).toMatchObject({ endReason: 'revoked' });
  });

  // SES-11
  it('unchanged leaves it alone, and that of another tenant as well', async () => {
    const { id } = await rig.activeSession(helper, device);
    const other = new SessionRig({ store, opener, clock: rig.clock });
    await other.setSettings({ remoteAssistanceState: 'disabled' });
    await rig.engine.recheck(other.tenantId);
    await recheck();
    expect(await shown(id)).toMatchObject({ state: 'active' });
  });

  // SES-11.2
  it('changed about chat is told to both ends', async () => {
    const { helping, sharer } = await rig.activeSession(helper, device);
    await rig.setSettings({ blockChat: true });
    await recheck();
    for (const { id } of [helping, sharer]) expect(rig.channel.heard(id).at(-1)).toBe('policy');
  });
});

describe('several nodes', () => {
  // SES-3, SES-7
  it('let a helper in and extend while another helper, who waits, opens and closes connections all the time', async () => {
    const channel = new BusyChannel();
    const busy = anotherNode('busy', channel);
    const { sessionKey, helping } = await busy.activeSession(helper, device);
    const { pubSubHelperAccessUri } = await busy.engine.retrieve(rig.person('other'), sessionKey);
    channel.others = async () => busy.disconnect(await busy.connect(pubSubHelperAccessUri));
    const access = await busy.engine.requestAccess(helper, sessionKey, helping.id);
    expect(access.pubSubEncryptionKey).not.toBe('');
    expect((await busy.engine.extend(helper, sessionKey)).pubSubHelperAccessUri).toBeDefined();
    await busy.engine.close();
  });

  // SES-12.1, SES-12
  it('notice that one fell silent, and what it held is lost', async () => {
    const doomed = anotherNode('doomed', rig.channel);
    await doomed.engine.start();
    const { id } = await create();
    const { pubSubSharerAccessUri } = await doomed.engine.join(device, id);
    await doomed.connect(pubSubSharerAccessUri);
    await rig.engine.accept(device, id, FULL_GRANTS);
    const { pubSubHelperAccessUri, sessionKey } = await rig.engine.retrieve(
      helper,
      (await shown(id))?.sessionKey as string,
    );
    const helping = await rig.connect(pubSubHelperAccessUri);
    await rig.engine.requestAccess(helper, sessionKey, helping.id);
    // It dies at once, as by a power cut.
    await doomed.engine.close();
    for (let passed = 0; passed < 30; passed++) await rig.pass(SECOND);
    expect(rig.channel.heard(helping.id)).toContain('presence');
    expect(await shown(id)).toMatchObject({ state: 'active' });
    for (let passed = 0; passed < 60; passed++) await rig.pass(SECOND);
    expect(await shown(id)).toMatchObject({ endReason: 'sharerLeft' });
  });

  // SES-13
  it('forget what devices were asked hours ago', async () => {
    const { sessionKey } = await create();
    await rig.engine.end(helper, sessionKey);
    const logs = () => store.count({ set: promptLogs, tenantId: rig.tenantId });
    expect(await logs()).toBe(1);
    await rig.pass(HOUR);
    await rig.pass(HOUR);
    expect(await logs()).toBe(0);
  });

  // SES-9, SES-10
  it('perform an expiry once', async () => {
    const nodes = [anotherNode('a'), anotherNode('b'), anotherNode('c')];
    await Promise.all(nodes.map(({ engine }) => engine.start()));
    await create();
    rig.clock.advanceBy(5 * MINUTE);
    await Promise.all([rig, ...nodes].map(({ engine }) => engine.settled()));
    expect((await audited()).filter((line) => line.startsWith('end'))).toEqual(['endRemoteHelpSession Success']);
    await Promise.all([rig, ...nodes].map(({ engine }) => engine.close()));
    expect(rig.clock.pending).toBe(0);
  });
});

describe('after a restart', () => {
  let ids: string[];

  /** More sessions than are looked at together, all of them due. */
  beforeEach(async () => {
    ids = [];
    for (let index = 0; index < 450; index++) {
      const { deviceId } = await rig.addDevice();
      const { id } = await rig.engine.create(helper, { deviceId, sessionType: 'viewScreen' });
      ids.push(id);
      rig.clock.advanceTo(rig.clock.now() + 1);
    }
    await rig.engine.settled();
    await rig.engine.close();
    rig.clock.advanceBy(HOUR);
  });

  // SES-9, SES-9.2
  it('sessions fall due in the order of their deadlines', async () => {
    const heir = anotherNode('heir');
    await heir.engine.start();
    await heir.engine.settled();
    expect(heir.channel.closed).toEqual(ids);
    const { entities } = await store.query({ set: remoteHelpSessions, tenantId: rig.tenantId, top: 1_000 });
    expect(new Set(entities.map(({ values }) => values.endReason))).toEqual(new Set(['timedOut']));
    await heir.engine.close();
    expect(heir.clock.pending).toBe(0);
  });

  // SES-9, SES-9.2
  it('a stop does not wait until all have fallen due; the next start goes on where it was', async () => {
    const stopped = anotherNode('stopped');
    const started = stopped.engine.start();
    await stopped.engine.close();
    await started;
    expect(stopped.clock.pending).toBe(0);
    const { length } = stopped.channel.closed;
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(ids.length);
    const heir = anotherNode('heir');
    await heir.engine.start();
    await heir.engine.settled();
    expect([...stopped.channel.closed, ...heir.channel.closed]).toEqual(ids);
    await heir.engine.close();
  });

  // SES-9, SES-10
  it('two nodes that start at once end each session once', async () => {
    const nodes = [anotherNode('a'), anotherNode('b')];
    await Promise.all(nodes.map(({ engine }) => engine.start()));
    await Promise.all(nodes.map(({ engine }) => engine.settled()));
    expect(nodes.flatMap(({ channel }) => channel.closed).sort()).toEqual([...ids].sort());
    expect((await audited()).filter((line) => line.startsWith('end'))).toHaveLength(ids.length);
    await Promise.all(nodes.map(({ engine }) => engine.close()));
  });
});

describe('a refused attempt', () => {
  // SES-10
  it('is one record, also for a key that names no session', async () => {
    await expect(rig.engine.end(helper, 'rh_guessed')).rejects.toMatchObject({ code: 'notFound' });
    const { sessionKey } = await create();
    await expect(rig.engine.extend(rig.person('other'), sessionKey)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(rig.engine.requestRights(helper, sessionKey, FULL_GRANTS)).rejects.toMatchObject({
      code: 'consentPending',
    });
    expect((await audited()).filter((line) => line.endsWith('Failure'))).toEqual([
      'endRemoteHelpSession Failure',
      'extendRemoteHelpSession Failure',
      'requestRemoteHelpSessionRights Failure',
    ]);
  });
});
