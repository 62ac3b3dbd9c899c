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
  const opening = presence.admits(device, connectionId);
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
    const second = presence.admits(device, 'second');
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
    const second = presence.admits(device, 'second');
    rig.clock.advanceBy(SIGN_OF_LIFE_MS);
    expect(await second).toBe(true);
    connections.settle.at(-1)?.answer(true);
    await settled();
    expect([connections.closed, rig.parked]).toEqual([['before first', 'before second'], []]);
  });

  // DEV-17
  it('is admitted when the first one cannot be asked', async () => {
    const opening = presence.admits(device, 'second');
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
    const opening = failing.admits(device, 'second');
    connections.settle.at(-1)?.answer(true);
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
    expect(connections.closed).toEqual([`all of ${device.deviceId}`]);
  });
});

describe('a device', () => {
  /** How often the managed device has changed. */
  const version = async () => (await rig.device(device.deviceId))?.version;

  // DEV-20
  it('is heard of in the store at once and every minute, as long as it has a connection', async () => {
    rig.clock.advanceBy(60_000);
    const openedAt = rig.clock.now();
    presence.entered(device, 'first');
    presence.entered(device, 'second');
    await settled();
    expect(await syncedAt()).toBe(toIsoText(openedAt));
    rig.clock.advanceBy(59_999);
    await settled();
    expect(await version()).toBe(2);
    rig.clock.advanceBy(1);
    await settled();
    expect(await syncedAt()).toBe(toIsoText(openedAt + 60_000));
    presence.closed(device, 'first');
    rig.clock.advanceBy(60_000);
    await settled();
    expect(await version()).toBe(4);
    presence.closed(device, 'second');
    expect(rig.clock.pending).toBe(0);
    rig.clock.advanceBy(600_000);
    await settled();
    expect(await version()).toBe(4);
    expect(await rig.audit()).toEqual(['enrollManagedDevice']);
  });

  // DEV-20
  it('that comes and goes is written down once a minute at most', async () => {
    rig.clock.advanceBy(60_000);
    for (let second = 0; second < 59; second++) {
      presence.entered(device, `${second}`);
      rig.clock.advanceBy(1_000);
      await settled();
      presence.closed(device, `${second}`);
    }
    expect(await version()).toBe(2);
  });

  // DEV-20
  it('is heard of in its own time, by one alarm for all devices', async () => {
    const other = { tenantId: DEVICE_TENANT, deviceId: (await rig.enrolled()).deviceId };
    rig.clock.advanceBy(60_000);
    presence.entered(device, 'a');
    rig.clock.advanceBy(20_000);
    presence.entered(other, 'b');
    expect(rig.clock.pending).toBe(1);
    rig.clock.advanceBy(40_000);
    await settled();
    expect([await version(), (await rig.device(other.deviceId))?.version]).toEqual([3, 2]);
    presence.closed(device, 'a');
    rig.clock.advanceBy(20_000);
    await settled();
    expect([await version(), (await rig.device(other.deviceId))?.version]).toEqual([3, 3]);
    expect(rig.clock.pending).toBe(1);
  });

  // DEV-20
  it('is heard of again when the store was away', async () => {
    rig.clock.advanceBy(60_000);
    const { store } = rig;
    if (!('failure' in store)) throw new Error('The rig has a store that can fail.');
    store.failure = new DomainError('unavailable', 'away');
    presence.entered(device, 'first');
    await settled();
    expect(errors).toHaveLength(1);
    store.failure = undefined;
    rig.clock.advanceBy(60_000);
    await settled();
    expect(await syncedAt()).toBe(toIsoText(rig.clock.now()));
  });

  it('that was deleted meanwhile, or never entered, does no harm', async () => {
    presence.closed(device, 'unknown');
    presence.entered({ ...device, deviceId: 'gone' }, 'x');
    await settled();
    expect(errors).toEqual([]);
  });
});
