import { DEVICE_TENANT, type DeviceRig, deviceRig } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { type DeviceName, DevicePresence, SIGN_OF_LIFE_MS, verdictOn } from './device-presence.ts';

/** Connections that answer when the test says so. */
class Connections {
  readonly closed: string[] = [];
  readonly asked: string[] = [];
  /** Settles what `earlierAnswers` promised, newest last. */
  readonly settle: { answer(isAlive: boolean): void; fail(error: Error): void }[] = [];

  earlierAnswers(_device: DeviceName, { connectionId }: { connectionId: string }): Promise<boolean> {
    this.asked.push(connectionId);
    return new Promise((answer, fail) => this.settle.push({ answer, fail }));
  }

  closeEarlier(_device: DeviceName, { connectionId }: { connectionId: string }): void {
    this.closed.push(`before ${connectionId}`);
  }

  closeAll({ deviceId }: DeviceName): void {
    this.closed.push(`all of ${deviceId}`);
  }
}

let rig: DeviceRig;
let device: DeviceName;
let connections: Connections;
let presence: DevicePresence;
const errors: unknown[] = [];
beforeEach(async () => {
  rig = await deviceRig();
  device = { tenantId: DEVICE_TENANT, deviceId: (await rig.enrolled()).deviceId };
  connections = new Connections();
  errors.length = 0;
  presence = new DevicePresence({
    ...rig,
    connections,
    park: ({ deviceId }) => rig.devices.park(rig.cause(), deviceId, 'secondConnection'),
    onError: (error) => errors.push(error),
  });
});

/** Opens a connection of which nothing earlier is left. */
async function openFirst(connectionId = 'first'): Promise<boolean> {
  const opening = presence.opened(device, connectionId);
  connections.settle.at(-1)?.answer(false);
  return opening;
}

const syncedAt = async () => (await rig.device(device.deviceId))?.values.lastSyncDateTime;
/** Lets what was started come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('verdictOn', () => {
  // DEV-17
  it.each([
    [undefined, 0, 'wait'],
    [undefined, SIGN_OF_LIFE_MS - 1, 'wait'],
    [undefined, SIGN_OF_LIFE_MS, 'replace'],
    [SIGN_OF_LIFE_MS - 1, SIGN_OF_LIFE_MS - 1, 'park'],
    [SIGN_OF_LIFE_MS, SIGN_OF_LIFE_MS, 'replace'],
    [0, 999_999, 'park'],
  ])('answered at %j, looked at after %i ms: %s', (answeredAt, after, verdict) => {
    expect(verdictOn(1_000, answeredAt === undefined ? undefined : 1_000 + answeredAt, 1_000 + after)).toBe(verdict);
  });

  // DEV-17
  it('never waits past the time, and parks exactly for an answer within it', () => {
    const instants = fc.tuple(fc.nat(10_000), fc.option(fc.nat(5_000), { nil: undefined }), fc.nat(5_000));
    fc.assert(
      fc.property(instants, ([askedAt, after, later]) => {
        const answeredAt = after === undefined ? undefined : askedAt + after;
        const verdict = verdictOn(askedAt, answeredAt, (answeredAt ?? askedAt) + later);
        expect(verdict === 'park').toBe(after !== undefined && after < SIGN_OF_LIFE_MS);
        if (later >= SIGN_OF_LIFE_MS) expect(verdict).not.toBe('wait');
      }),
      { seed: 17 },
    );
  });
});

describe('a connection of a device', () => {
  // DEV-17
  it('is admitted at once when there is no earlier one', async () => {
    expect(await openFirst()).toBe(true);
    expect([connections.closed, rig.parked, rig.clock.pending]).toEqual([['before first'], [], 0]);
  });

  // DEV-17
  it('parks both while the first still answers', async () => {
    await openFirst();
    const second = presence.opened(device, 'second');
    rig.clock.advanceBy(SIGN_OF_LIFE_MS - 1);
    connections.settle.at(-1)?.answer(true);
    expect(await second).toBe(false);
    expect(connections.closed).toEqual(['before first', `all of ${device.deviceId}`]);
    expect(rig.parked).toMatchObject([{ deviceId: device.deviceId, reason: 'secondConnection' }]);
    expect((await rig.device(device.deviceId))?.values.managementState).toBe('unhealthy');
    expect(rig.clock.pending).toBe(0);
  });

  // DEV-17
  it('replaces a first one that says nothing for two seconds, and a late answer changes nothing', async () => {
    await openFirst();
    const second = presence.opened(device, 'second');
    rig.clock.advanceBy(SIGN_OF_LIFE_MS);
    expect(await second).toBe(true);
    connections.settle.at(-1)?.answer(true);
    await settled();
    expect([connections.closed, rig.parked]).toEqual([['before first', 'before second'], []]);
  });

  // DEV-17
  it('is admitted when the first one cannot be asked', async () => {
    const opening = presence.opened(device, 'second');
    connections.settle.at(-1)?.fail(new DomainError('unavailable', 'The other node is away.'));
    expect(await opening).toBe(true);
    expect([errors.length, rig.clock.pending]).toEqual([1, 0]);
  });

  // DEV-17
  it('is closed also when parking cannot be written down', async () => {
    const failing = new DevicePresence({
      ...rig,
      connections,
      park: () => Promise.reject(new DomainError('unavailable', 'The database is away.')),
      onError: (error) => errors.push(error),
    });
    const opening = failing.opened(device, 'second');
    connections.settle.at(-1)?.answer(true);
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
    expect(connections.closed).toEqual([`all of ${device.deviceId}`]);
  });
});

describe('a device', () => {
  // DEV-20
  it('is online while it has a connection here', async () => {
    expect(presence.lastSeenAt(device)).toBeUndefined();
    await openFirst();
    await openFirst('second');
    rig.clock.advanceBy(500);
    presence.heard(device);
    expect(presence.lastSeenAt(device)).toBe(rig.clock.now());
    presence.closed(device, 'first');
    expect(presence.lastSeenAt(device)).toBe(rig.clock.now());
    presence.closed(device, 'second');
    expect(presence.lastSeenAt(device)).toBeUndefined();
  });

  // DEV-20
  it('of another tenant is another, whatever its id', async () => {
    await openFirst();
    expect(presence.lastSeenAt({ ...device, tenantId: 'other' })).toBeUndefined();
  });

  // DEV-20
  it('is heard of in the store once a minute at most', async () => {
    rig.clock.advanceBy(60_000);
    const openedAt = rig.clock.now();
    await openFirst();
    for (let second = 0; second < 59; second++) {
      rig.clock.advanceBy(1_000);
      presence.heard(device);
    }
    await settled();
    expect(await syncedAt()).toBe(toIsoText(openedAt));
    rig.clock.advanceBy(1_000);
    presence.heard(device);
    await settled();
    expect(await syncedAt()).toBe(toIsoText(openedAt + 60_000));
    expect((await rig.device(device.deviceId))?.version).toBe(3);
    expect(await rig.audit()).toEqual(['enrollManagedDevice']);
  });

  // DEV-20
  it('is heard of again when the store was away', async () => {
    rig.clock.advanceBy(60_000);
    const { store } = rig;
    if (!('failure' in store)) throw new Error('The rig has a store that can fail.');
    store.failure = new DomainError('unavailable', 'away');
    await openFirst();
    await settled();
    expect(errors).toHaveLength(1);
    store.failure = undefined;
    presence.heard(device);
    await settled();
    expect(await syncedAt()).toBe(toIsoText(rig.clock.now()));
  });

  it('that was deleted meanwhile, or is not connected, is heard of without harm', async () => {
    presence.heard(device);
    const opening = presence.opened({ ...device, deviceId: 'gone' }, 'x');
    connections.settle.at(-1)?.answer(false);
    expect(await opening).toBe(true);
    await settled();
    expect(errors).toEqual([]);
  });
});
