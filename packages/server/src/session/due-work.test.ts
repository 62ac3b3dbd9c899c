import { auditEvents, remoteHelpSessions } from '@open-remote-help/protocol';
import { FakeChannel, type MemoryStore, memoryIdentity, SessionRig } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import type { Opener, Store, Unit } from '../store/store.ts';
import { LIVE_RECORD_SETS } from './lease-records.ts';
import type { SessionId } from './session.ts';
import { liveSessions, sessionEffects } from './session-model.ts';
import { accessRecords, createRecords, extendRecords, retrieveRecords } from './session-rows.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const COUNT = 20;

let store: MemoryStore;
let opener: Opener;
let rig: SessionRig;
let ids: string[];

beforeEach(async () => {
  const identity = await memoryIdentity();
  store = identity.store;
  opener = identity.keyRing;
  rig = new SessionRig({ store, opener, clock: identity.clock });
  await rig.setSettings();
  ids = [];
  for (let index = 0; index < COUNT; index++) {
    const { deviceId } = await rig.addDevice();
    const { id } = await rig.engine.create(rig.person('helper'), { deviceId, sessionType: 'viewScreen' });
    ids.push(id);
    rig.clock.advanceBy(1);
  }
  await rig.engine.settled();
  await rig.engine.close();
  rig.clock.advanceBy(5 * MINUTE);
});

/** A node that starts where the first one stopped. */
function heir({ on = store, channel = new FakeChannel() }: { on?: Store; channel?: FakeChannel } = {}): SessionRig {
  return new SessionRig({ store: on, opener, clock: rig.clock, tenantId: rig.tenantId, channel });
}

async function start(node: SessionRig): Promise<void> {
  await node.engine.start();
  await node.engine.settled();
}

/** The store, but that something may come before each unit. */
function storeWith(before: (unit: Unit<unknown>) => Unit<unknown>): Store {
  return new Proxy<Store>(store, {
    get: (of, name) => {
      if (name === 'transact') return (unit: Unit<unknown>) => of.transact(before(unit));
      const value = Reflect.get(of, name, of);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}

async function ended(): Promise<string[]> {
  const { entities } = await store.query({ set: remoteHelpSessions, tenantId: rig.tenantId, top: 1_000 });
  return entities.filter(({ values }) => values.state === 'ended').map(({ id }) => id);
}

async function endsOnRecord(): Promise<string[]> {
  const { entities } = await store.query({ set: auditEvents, tenantId: rig.tenantId, top: 1_000 });
  const ends = entities.filter(({ values }) => values.activityType === 'endRemoteHelpSession');
  return ends.map(({ values }) => String(values.sessionId));
}

describe('sessions that fall due together', () => {
  // SES-9, SES-10
  it('end together: each has its audit record, and none of its four records', async () => {
    let units = 0;
    const node = heir({
      on: storeWith((unit) => {
        units += unit.reads.some(({ set }) => set === liveSessions) ? 1 : 0;
        return unit;
      }),
    });
    await start(node);
    expect(units).toBe(1);
    expect(await ended()).toEqual(ids);
    expect(await endsOnRecord()).toEqual(ids);
    const sets = [extendRecords, createRecords, accessRecords, retrieveRecords];
    expect(sets.map(({ name }) => name)).toEqual(LIVE_RECORD_SETS);
    for (const set of sets) expect(await store.count({ set, tenantId: rig.tenantId })).toBe(0);
    expect(node.channel.closed).toEqual(ids);
    await node.engine.close();
  });

  // ST-18
  it('are forgotten together', async () => {
    const node = heir();
    await start(node);
    await node.pass(10 * MINUTE);
    expect(await store.count({ set: liveSessions, tenantId: SYSTEM_TENANT })).toBe(0);
    expect(await endsOnRecord()).toEqual(ids);
    expect(await ended()).toEqual(ids);
    await node.engine.close();
  });

  // SES-9.1
  it('are all closed by another node where the one that ended them died before it came to that', async () => {
    const dying = heir();
    dying.channel.failure = new Error('This node is dying.');
    await start(dying);
    await dying.engine.close();
    expect(await ended()).toEqual(ids);
    rig.clock.advanceBy(2 * SECOND);
    const node = heir();
    await start(node);
    expect(node.channel.closed).toEqual(ids);
    expect(await endsOnRecord()).toEqual(ids);
    expect(await store.count({ set: sessionEffects, tenantId: SYSTEM_TENANT })).toBe(0);
    await node.engine.close();
  });

  // SES-9.1
  it('wait for none that cannot be closed yet, and that one is closed later', async () => {
    const stuck = ids[3] as SessionId;
    const channel = new FakeChannel();
    const { closeSession } = channel;
    channel.closeSession = (id) =>
      id === stuck ? Promise.reject(new Error('Not now.')) : closeSession.call(channel, id);
    const node = heir({ channel });
    await start(node);
    expect(channel.closed).toEqual(ids.filter((id) => id !== stuck));
    expect(node.faults).toHaveLength(1);
    channel.closeSession = closeSession;
    await node.pass(2 * SECOND);
    expect(new Set(channel.closed)).toEqual(new Set(ids));
    expect(await store.count({ set: sessionEffects, tenantId: SYSTEM_TENANT })).toBe(0);
    await node.engine.close();
  });

  // SES-9
  it.each(['written', 'read'])('keep none waiting for one that cannot be %s, which is told of', async (what) => {
    const [bad, ...good] = [ids[7], ...ids.filter((id) => id !== ids[7])] as [SessionId, ...string[]];
    const key = { set: liveSessions, tenantId: SYSTEM_TENANT, id: bad };
    await store.transact({
      reads: [key],
      decide: ([before]) => ({
        writes: before && what === 'read' ? [{ kind: 'update', ...key, before, changes: { state: '{}' } }] : [],
        value: undefined,
      }),
    });
    const on = storeWith((unit) => ({
      ...unit,
      decide: (rows, now) => {
        const decided = unit.decide(rows, now);
        const isBad = decided.writes.some((write) => write.kind === 'update' && write.before.id === bad);
        if (isBad && what === 'written') throw new TypeError('It does not fit.');
        return decided;
      },
    }));
    const node = heir({ on });
    await start(node);
    expect(await ended()).toEqual(good);
    expect(await endsOnRecord()).toEqual(good);
    expect(node.channel.closed).toEqual(good);
    expect(node.faults).toEqual([expect.any(TypeError)]);
    await node.engine.close();
  });
});
