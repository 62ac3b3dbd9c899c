/** Parking: a device that seems to exist twice is refused, both copies of it, until it is enrolled anew. */
import { managedDevices } from '@open-remote-help/protocol';
import { type Instant, toIsoText } from '../clock.ts';
import { recheckWrite } from '../session/recheck.ts';
import type { EntityKey, Store, StoredEntity, Write } from '../store/store.ts';
import { type Cause, deviceAudit } from './device-audit.ts';
import { deviceCredentials } from './device-model.ts';

/** `staleGeneration`: signed in with a secret of the past. `secondConnection`: connected while the first still answered. */
export type ParkReason = 'staleGeneration' | 'secondConnection';

export interface ParkedDevice {
  readonly tenantId: string;
  readonly deviceId: string;
  readonly reason: ParkReason;
  readonly now: Instant;
}

const DETAILS = 'The device is parked: it seems to exist twice. Enrol it anew with a token that names it.';

/** What a managed device shows while it is parked, and when it no longer is. */
export const PARKED = { managementState: 'unhealthy', remoteAssistanceSessionErrorDetails: DETAILS } as const;
export const NOT_PARKED = { managementState: 'managed', remoteAssistanceSessionErrorDetails: null } as const;

/**
 * The writes that park a device, and have its sessions looked at; none when it is parked. The unit must have read both
 * rows.
 * @param device undefined for a page, which has no record
 */
export function parkWrites(
  cause: Cause,
  credential: StoredEntity,
  device: StoredEntity | undefined,
  reason: ParkReason,
): readonly Write[] {
  if (credential.values.parkedDateTime !== null) return [];
  const { tenantId, now } = cause;
  const parked = { parkedDateTime: toIsoText(now) };
  return [
    { kind: 'update', set: deviceCredentials, tenantId, before: credential, changes: parked },
    ...(device ? [{ kind: 'update', set: managedDevices, tenantId, before: device, changes: PARKED } as const] : []),
    deviceAudit(cause, {
      activity: 'Park',
      deviceId: credential.id,
      deviceName: (device?.values.deviceName ?? null) as string | null,
      ...(device ? { before: device.values } : {}),
      changes: PARKED,
      facts: { reason },
    }),
    recheckWrite(tenantId, now),
  ];
}

/** Parks a device, unless it is gone or parked already; says whether it was done now. */
export function parkDevice(store: Store, cause: Cause, deviceId: string, reason: ParkReason): Promise<boolean> {
  return store.transact({
    reads: deviceKeys(cause.tenantId, deviceId),
    decide: ([credential, device]) => {
      const isThere = credential !== undefined && (device !== undefined || isPage(credential));
      const writes = isThere ? parkWrites(cause, credential, device, reason) : [];
      return { writes, value: writes.length > 0 };
    },
  });
}

/** Whether it is the credential of a page in a browser, which is no managed device. */
export function isPage(credential: StoredEntity): boolean {
  return typeof credential.values.sessionId === 'string';
}

/** A device's credential, then its record. */
export function deviceKeys(tenantId: string, id: string): readonly [EntityKey, EntityKey] {
  return [
    { set: deviceCredentials, tenantId, id },
    { set: managedDevices, tenantId, id },
  ];
}
