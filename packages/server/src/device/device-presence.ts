/** Which devices are connected to this node, when they were last heard of, and what a second connection means. */
import { managedDevice, managedDevices } from '@open-remote-help/protocol';
import { instantOf, valuesOf } from '../access/identity-model.ts';
import { type Clock, type Instant, toIsoText } from '../clock.ts';
import type { Store } from '../store/store.ts';

/** A device of a tenant. */
export interface DeviceName {
  readonly tenantId: string;
  readonly deviceId: string;
}

export interface OpenedConnection {
  readonly connectionId: string;
  readonly openedAt: Instant;
}

/** The connections of devices on every node; the gateway implements it. */
export interface DeviceConnections {
  /**
   * Asks each connection of the device that was opened before this one, admitted or not, for a sign of life. True with
   * the first that answers; false once none is left that could. May settle late, or never.
   */
  earlierAnswers(device: DeviceName, opened: OpenedConnection): Promise<boolean>;
  /** Closes, for good, the connections opened before this one. */
  closeEarlier(device: DeviceName, opened: OpenedConnection): void;
  /** Closes, for good, every connection of the device. */
  closeAll(device: DeviceName): void;
}

export interface DevicePresenceOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly connections: DeviceConnections;
  /** Refuses both copies of the device from now on. */
  readonly park: (device: DeviceName) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** How long an earlier connection has to show that it is alive. */
export const SIGN_OF_LIFE_MS = 2_000;
const SYNC_EVERY_MS = 60_000;

/** What is to become of a connection while an earlier one was asked for a sign of life. */
export type Verdict = 'wait' | 'replace' | 'park';

/** @param answeredAt when the earlier one answered, if it did */
export function verdictOn(askedAt: Instant, answeredAt: Instant | undefined, now: Instant): Verdict {
  const dueAt = askedAt + SIGN_OF_LIFE_MS;
  if (answeredAt !== undefined && answeredAt < dueAt) return 'park';
  return now >= dueAt ? 'replace' : 'wait';
}

interface Present {
  readonly connectionIds: Set<string>;
  lastSeenAt: Instant;
  /** When the store was last told, or is being told. */
  syncedAt: Instant;
}

export class DevicePresence {
  readonly #options: DevicePresenceOptions;
  readonly #present = new Map<string, Present>();

  constructor(options: DevicePresenceOptions) {
    this.#options = options;
  }

  /**
   * Judges a connection that a device opened; to be asked before it is admitted. Of one that is gone by the time of the
   * answer, `closed` is told afterwards.
   * @returns whether it is admitted. If not, the device is parked and all its connections are closed.
   */
  async opened(device: DeviceName, connectionId: string): Promise<boolean> {
    const { clock, connections, park } = this.#options;
    const opened = { connectionId, openedAt: clock.now() };
    if (await this.#isSecond(device, opened)) {
      await park(device).finally(() => connections.closeAll(device));
      return false;
    }
    connections.closeEarlier(device, opened);
    this.#enter(device, connectionId);
    return true;
  }

  /** Anything that came from a device. */
  heard(device: DeviceName): void {
    const present = this.#present.get(nameOf(device));
    if (present) this.#saw(device, present);
  }

  closed(device: DeviceName, connectionId: string): void {
    const name = nameOf(device);
    const present = this.#present.get(name);
    present?.connectionIds.delete(connectionId);
    if (present?.connectionIds.size === 0) this.#present.delete(name);
  }

  /** When a device that is connected to this node was last heard of; undefined where it is not. */
  lastSeenAt(device: DeviceName): Instant | undefined {
    return this.#present.get(nameOf(device))?.lastSeenAt;
  }

  /** Whether an earlier connection shows in time that it is alive. */
  #isSecond(device: DeviceName, opened: OpenedConnection): Promise<boolean> {
    const { clock, connections, onError } = this.#options;
    const askedAt = opened.openedAt;
    return new Promise((resolve) => {
      const cancel = clock.at(askedAt + SIGN_OF_LIFE_MS, () => resolve(false));
      const settle = (isAlive: boolean) => {
        cancel();
        const now = clock.now();
        resolve(isAlive && verdictOn(askedAt, now, now) === 'park');
      };
      connections.earlierAnswers(device, opened).then(settle, (error: unknown) => {
        onError(error);
        settle(false);
      });
    });
  }

  #enter(device: DeviceName, connectionId: string): void {
    const now = this.#options.clock.now();
    const present = this.#present.get(nameOf(device)) ?? {
      connectionIds: new Set(),
      lastSeenAt: now,
      syncedAt: Number.NEGATIVE_INFINITY,
    };
    present.connectionIds.add(connectionId);
    this.#present.set(nameOf(device), present);
    this.#saw(device, present);
  }

  #saw(device: DeviceName, present: Present): void {
    const { clock, store, onError } = this.#options;
    const now = clock.now();
    present.lastSeenAt = now;
    if (now - present.syncedAt < SYNC_EVERY_MS) return;
    const before = present.syncedAt;
    present.syncedAt = now;
    writeSync(store, device, now).catch((error: unknown) => {
      present.syncedAt = before;
      onError(error);
    });
  }
}

/** Another node may have told the store already; nobody asks for a record of who was there when. */
function writeSync(store: Store, { tenantId, deviceId }: DeviceName, now: Instant): Promise<void> {
  return store.transact({
    reads: [{ set: managedDevices, tenantId, id: deviceId }],
    decide: ([before]) => {
      const isDue = before && now - instantOf(valuesOf(managedDevice, before).lastSyncDateTime) >= SYNC_EVERY_MS;
      if (!isDue) return { writes: [], value: undefined };
      const changes = { lastSyncDateTime: toIsoText(now) };
      return { writes: [{ kind: 'update', set: managedDevices, tenantId, before, changes }], value: undefined };
    },
  });
}

function nameOf({ tenantId, deviceId }: DeviceName): string {
  return `${tenantId}|${deviceId}`;
}
