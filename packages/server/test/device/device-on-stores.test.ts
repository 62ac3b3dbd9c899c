/** Devices where they really lie: what copies and two servers do at once on one database. */
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { auditEvents, enrollmentTokens, managedDevices } from '@open-remote-help/protocol';
import {
  DEVICE_TENANT,
  DeviceHand,
  type DeviceRig,
  deviceRig,
  ManualClock,
  startPostgres,
  type TestPostgres,
} from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identitySets } from '../../src/access/identity-model.ts';
import { deviceSets } from '../../src/device/device-model.ts';
import { sessionSets } from '../../src/session/session-model.ts';
import { openKeyedStore } from '../contracts/keyed-store.ts';
import { postgresDatabase, sqliteFile } from '../contracts/places.ts';
import type { OpenStore, Place } from '../contracts/store-contract.ts';

const sets = [managedDevices, enrollmentTokens, auditEvents, ...identitySets, ...deviceSets, ...sessionSets];
const AT_ONCE = 8;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

describe.each<[string, () => Promise<Place>]>([
  ['SQLite', sqliteFile],
  ['PostgreSQL', () => postgresDatabase(postgres)],
])('devices on %s', (_name, create) => {
  const clock = new ManualClock();
  const masterKey = createSecretKey(randomBytes(32));
  const stores: OpenStore[] = [];
  let place: Place;
  let one: DeviceRig;
  let two: DeviceRig;

  beforeAll(async () => {
    place = await create();
    one = await start();
    two = await start();
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await place?.remove();
  });

  async function start(): Promise<DeviceRig> {
    const keyed = await openKeyedStore(place, sets, { clock, masterKey });
    stores.push(keyed.store);
    return deviceRig(keyed);
  }

  const server = (index: number) => (index % 2 === 0 ? one : two);
  /** Does something at once on both servers by turns; how often each outcome came. */
  async function outcomes(act: (rig: DeviceRig, index: number) => Promise<unknown>): Promise<Record<string, number>> {
    const all = Array.from({ length: AT_ONCE }, (_, index) =>
      act(server(index), index).then(
        () => 'done',
        ({ reason, code }) => reason ?? code,
      ),
    );
    const counted = Map.groupBy(await Promise.all(all), (outcome) => outcome);
    return Object.fromEntries([...counted].map(([outcome, each]) => [outcome, each.length]));
  }

  // DEV-2
  it('a token that is used by many at once enrols as many as it says', async () => {
    const token = await one.newToken({ maxUses: 3 });
    const before = await one.store.count({ set: managedDevices, tenantId: DEVICE_TENANT });
    expect(await outcomes((rig) => rig.enrolled(new DeviceHand(DEVICE_TENANT), token))).toEqual({
      done: 3,
      usedToken: AT_ONCE - 3,
    });
    expect(await two.store.count({ set: managedDevices, tenantId: DEVICE_TENANT })).toBe(before + 3);
  });

  // DEV-9
  it('a key that is enrolled with many tokens at once belongs to one device', async () => {
    const hand = new DeviceHand(DEVICE_TENANT);
    const tokens = await Promise.all(Array.from({ length: AT_ONCE }, () => one.newToken()));
    const counted = await outcomes((rig, index) => rig.enrolled(hand, tokens[index]));
    expect(counted).toEqual({ done: 1, conflict: AT_ONCE - 1 });
  });

  // DEV-12
  it('an assertion that is presented at both servers at once is good once', async () => {
    const device = await one.enrolled();
    const assertion = await device.hand.assertion(device.deviceId, device.generation, clock.now());
    expect(await outcomes((rig) => rig.present(assertion))).toEqual({ done: 1, replayed: AT_ONCE - 1 });
  });

  // DEV-15, DEV-16
  it('copies that sign in at once are found out, and parked once', async () => {
    const device = await one.enrolled();
    const counted = await outcomes((rig) => rig.signIn(device, { jti: randomUUID() }));
    expect(counted).toEqual({ done: 2, parked: AT_ONCE - 2 });
    expect([...one.parked, ...two.parked].filter(({ deviceId }) => deviceId === device.deviceId)).toHaveLength(1);
    expect((await two.device(device.deviceId))?.values.managementState).toBe('unhealthy');
  });

  // DEV-14
  it('a token of one server is good at the other, until the device is parked at the first', async () => {
    const device = await one.enrolled();
    const { access_token: token } = await one.signIn(device);
    expect(await two.devices.verify(two.cause(), token)).toMatchObject({ deviceId: device.deviceId });
    await one.devices.park(one.cause(), device.deviceId, 'secondConnection');
    await expect(two.devices.verify(two.cause(), token)).rejects.toMatchObject({ reason: 'withdrawn' });
  });
});
