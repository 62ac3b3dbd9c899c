/** Which devices are connected to this node, that the store hears of them, and what a second connection means. */
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

/** A device with connections here. */
interface Present extends DeviceName {
  readonly connectionIds: Set<string>;
  /** When the store is to be told next. */
  dueAt: Instant;
}

export class DevicePresence {
  readonly #options: DevicePresenceOptions;
  /** The one that is due next comes first. */
  readonly #present = new Map<string, Present>();
  #cancel: (() => void) | undefined;

  constructor(options: DevicePresenceOptions) {
    this.#options = options;
  }

  /**
   * Judges a connection that a device wants to open.
   * @returns whether it is admitted. If not, the device is parked and all its connections are closed.
   */
  async admits(device: DeviceName, connectionId: string): Promise<boolean> {
    const { clock, connections, park } = this.#options;
    const opened = { connectionId, openedAt: clock.now() };
    if (await this.#isSecond(device, opened)) {
      await park(device).finally(() => connections.closeAll(device));
      return false;
    }
    connections.closeEarlier(device, opened);
    return true;
  }

  /** A connection is open, or is back. From now on the store hears of the device, at once and every minute. */
  entered(device: DeviceName, connectionId: string): void {
    const present = this.#present.get(nameOf(device));
    if (present) {
      present.connectionIds.add(connectionId);
      return;
    }
    const { tenantId, deviceId } = device;
    this.#sync({ tenantId, deviceId, connectionIds: new Set([connectionId]), dueAt: 0 });
    this.#arm();
  }

  /** A connection is gone, or was lost and may come back. */
  closed(device: DeviceName, connectionId: string): void {
    const name = nameOf(device);
    const present = this.#present.get(name);
    present?.connectionIds.delete(connectionId);
    if (present?.connectionIds.size === 0) this.#present.delete(name);
    if (this.#present.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
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

  /** Tells the store that the device is there: the gateway gives up a connection of which nothing is heard. */
  #sync(present: Present): void {
    const { clock, store, onError } = this.#options;
    const now = clock.now();
    present.dueAt = now + SYNC_EVERY_MS;
    this.#present.delete(nameOf(present));
    this.#present.set(nameOf(present), present);
    writeSync(store, present, now).catch(onError);
  }

  #arm(): void {
    const [next] = this.#present.values();
    if (this.#cancel || !next) return;
    this.#cancel = this.#options.clock.at(next.dueAt, () => {
      this.#cancel = undefined;
      for (const present of this.#present.values()) {
        if (present.dueAt > this.#options.clock.now()) break;
        this.#sync(present);
      }
      this.#arm();
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
