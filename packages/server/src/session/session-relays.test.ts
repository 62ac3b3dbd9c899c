import { auditEvents } from '@open-remote-help/protocol';
import { FULL_GRANTS, type MemoryStore, memoryIdentity, SessionRig } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import type { ConnectionId } from './session.ts';
import type { DeviceRequester, Requester } from './session-engine.ts';

let store: MemoryStore;
let rig: SessionRig;
let helper: Requester;
let device: DeviceRequester;
let session: Awaited<ReturnType<SessionRig['activeSession']>>;

beforeEach(async () => {
  const identity = await memoryIdentity();
  store = identity.store;
  rig = new SessionRig({ store, opener: identity.keyRing, clock: identity.clock });
  await rig.setSettings();
  device = await rig.addDevice();
  helper = rig.person('helper');
  await rig.engine.start();
  session = await rig.activeSession(helper, device);
});

const open = (by = helper, connectionId: string = session.helping.id) =>
  rig.engine.openRelay(by, session.sessionKey, connectionId);
const join = (relayId: string, by = device) => rig.engine.joinRelay(by, session.id, relayId);
const relays = () => [...rig.relays.places.keys()];

async function audited(): Promise<string[]> {
  const { entities } = await store.query({ set: auditEvents, tenantId: rig.tenantId, top: 1_000 });
  const names = entities.map(({ values }) => `${values.activityType} ${values.activityResult}`);
  return names.filter((name) => name.includes('Relay'));
}

const refusing = (code: string, target?: string) => expect.objectContaining({ code, ...(target ? { target } : {}) });

// RLY-10
describe('a relay', () => {
  it("is given to a helper's connection that is in, the sharer's hear of it, and the device gets its own grant", async () => {
    const offer = await open();
    expect(offer).toEqual({
      relayId: 'relay-1',
      relayUri: 'wss://help.example/relay',
      relayGrant: 'grant-1-of-helper',
    });
    expect(rig.relays.places.get('relay-1')).toEqual({
      ...{ sessionId: session.id, helperConnectionId: session.helping.id, sharerConnectionId: session.sharer.id },
    });
    const heard = rig.channel.connections.get(session.sharer.id)?.heard.at(-1);
    expect(heard).toMatchObject({
      event: 'relayRequested',
      relayId: 'relay-1',
      helperConnectionId: session.helping.id,
    });
    expect(rig.channel.heard(session.helping.id)).not.toContain('relayRequested');
    expect(JSON.stringify(heard)).not.toContain('grant');
    expect(await join('relay-1')).toEqual({ ...offer, relayGrant: 'grant-2-of-sharer' });
    // SES-10
    expect(await audited()).toEqual(['openRemoteHelpRelay Success', 'joinRemoteHelpRelay Success']);
  });

  it('is there before the sharer hears of it', async () => {
    let wasThere = false;
    const tell = rig.channel.tell.bind(rig.channel);
    rig.channel.tell = async (id, parties, event) => {
      if (event.event === 'relayRequested') wasThere = rig.relays.awaitsSharer(event.relayId, session.id);
      return tell(id, parties, event);
    };
    await open();
    expect(wasThere).toBe(true);
  });

  it.each<[string, string, string, () => Promise<unknown>]>([
    ['for a connection that is nobody’s', 'notFound', 'pubSubConnectionId', () => open(helper, 'nobody')],
    ["for the sharer's connection", 'notFound', 'pubSubConnectionId', () => open(helper, session.sharer.id)],
    ['to a helper who is not in', 'forbidden', '', () => open(rig.person('other'))],
    ['to an application', 'forbidden', '', () => open(rig.application())],
    ['to a device that is another', 'forbidden', '', async () => join('relay-1', await rig.addDevice())],
    ['that there is not', 'notFound', 'relayId', () => join('relay-9')],
  ])('is not given %s, and that is on record', async (_, code, target, work) => {
    await expect(work()).rejects.toEqual(refusing(code, target || undefined));
    expect([relays(), (await audited()).every((name) => name.endsWith('Failure'))]).toEqual([[], true]);
    expect(await audited()).toHaveLength(1);
  });

  it("is not given for another helper's connection, whose own it does not use up", async () => {
    const second = rig.person('second');
    const { pubSubHelperAccessUri } = await rig.engine.retrieve(second, session.sessionKey);
    const waiting = await rig.connect(pubSubHelperAccessUri);
    await expect(open(second, session.helping.id)).rejects.toEqual(refusing('forbidden'));
    await expect(open(second, waiting.id)).rejects.toEqual(refusing('forbidden'));
    await expect(open(helper, waiting.id)).rejects.toEqual(refusing('notFound', 'pubSubConnectionId'));
    expect(relays()).toEqual([]);
  });

  it('is not given before there is consent', async () => {
    const another = await rig.addDevice();
    const { id, sessionKey } = await rig.engine.create(helper, {
      deviceId: another.deviceId,
      sessionType: 'viewScreen',
    });
    await expect(rig.engine.openRelay(helper, sessionKey, 'c')).rejects.toEqual(refusing('consentPending'));
    await expect(rig.engine.joinRelay(another, id, 'r')).rejects.toEqual(refusing('consentPending'));
  });

  it('is not given without the view, and is cut when the view is taken back', async () => {
    const { relayId } = await open();
    await rig.engine.narrow(device, session.id, { ...FULL_GRANTS, view: false });
    expect(relays()).toEqual([]);
    await expect(open()).rejects.toEqual(refusing('forbidden'));
    await expect(join(relayId)).rejects.toEqual(refusing('forbidden'));
  });

  it('goes on when something else is taken back', async () => {
    const { relayId } = await open();
    await rig.engine.narrow(device, session.id, { ...FULL_GRANTS, control: false });
    expect(relays()).toEqual([relayId]);
  });

  it('is not given while the sharer is not connected', async () => {
    await rig.disconnect(session.sharer);
    await expect(open()).rejects.toEqual(refusing('conflict'));
  });

  it('is not given too often, and says when again', async () => {
    rig.relays.wait = 1_500;
    await expect(open()).rejects.toEqual(expect.objectContaining({ code: 'tooManyRequests', retryAfterSeconds: 2 }));
    expect([relays(), await audited()]).toEqual([[], ['openRemoteHelpRelay Failure']]);
  });

  it('is not left behind where a connection of its pair closed meanwhile', async () => {
    const { isOpenedWith } = rig.channel;
    rig.channel.isOpenedWith = async (id, right) => {
      rig.channel.connections.delete(session.sharer.id);
      return isOpenedWith.call(rig.channel, id, right);
    };
    await expect(open()).rejects.toEqual(refusing('notFound'));
    expect(relays()).toEqual([]);
  });

  it('is not left behind where the store is away', async () => {
    store.failure = new DomainError('unavailable', 'The database is away.');
    await expect(open()).rejects.toEqual(refusing('unavailable'));
    store.failure = undefined;
    expect(relays()).toEqual([]);
  });
});

// RLY-11
describe('relays are cut', () => {
  beforeEach(async () => {
    const { relayId } = await open();
    await join(relayId);
    expect(relays()).toEqual([relayId]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['by the helper', () => rig.engine.end(helper, session.sessionKey)],
    ['by the sharer', () => rig.engine.stop(device, session.id)],
    ['by an admin', () => rig.engine.end(rig.person('an admin', { isAdmin: true }), session.sessionKey)],
    ['with its lease', () => rig.pass(60 * 60_000)],
    ['because remote help is switched off', () => switchedOff()],
    ['because its helper has no right any more', () => withoutRight('helper')],
  ])('with a session that ends %s', async (_, work) => {
    await work();
    await rig.engine.settled();
    expect(relays()).toEqual([]);
  });

  it('with a lease that runs out while the database is away', async () => {
    store.failure = new DomainError('unavailable', 'The database is away.');
    rig.clock.advanceBy(60 * 60_000);
    await expect.poll(relays, { interval: 1 }).toEqual([]);
  });

  it('with a stop by the sharer while the database is away', async () => {
    store.failure = new DomainError('unavailable', 'The database is away.');
    await rig.engine.stop(device, session.id);
    expect(relays()).toEqual([]);
    store.failure = undefined;
    await expect(join('relay-1')).rejects.toEqual(refusing('notFound'));
  });

  // SES-11.1
  it('of a helper who is cut off, and not those of others', async () => {
    const second = rig.person('second');
    const { pubSubHelperAccessUri } = await rig.engine.retrieve(second, session.sessionKey);
    const { id } = await rig.connect(pubSubHelperAccessUri);
    await expect(rig.engine.requestAccess(second, session.sessionKey, id)).rejects.toEqual(refusing('consentPending'));
    const [asked] = await rig.engine.messagesFor(device);
    const promptId = asked?.event === 'asked' ? asked.promptId : '';
    await rig.engine.accept(device, session.id, FULL_GRANTS, promptId);
    await rig.engine.requestAccess(second, session.sessionKey, id);
    await rig.engine.openRelay(second, session.sessionKey, id);
    expect(relays()).toEqual(['relay-1', 'relay-2']);
    await withoutRight('second');
    await rig.engine.settled();
    expect(relays()).toEqual(['relay-1']);
    expect(rig.relays.places.get('relay-1')?.helperConnectionId).toBe<ConnectionId>(session.helping.id);
  });
});

async function switchedOff(): Promise<void> {
  await rig.setSettings({ remoteAssistanceState: 'disabled' });
  await rig.engine.recheck(rig.tenantId);
}

async function withoutRight(objectId: string): Promise<void> {
  rig.rights.without.add(objectId);
  await rig.engine.recheck(rig.tenantId);
}
