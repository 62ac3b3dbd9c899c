/** What the console asks the API about devices, and what it makes of the answer. */
import type { managedDevice, Of } from '@open-remote-help/protocol';
import { dateTimeOffsetOf, type Instant, instantOf } from '../clock.ts';
import { literal } from '../graph/client.ts';

/** A device as the API gives it. */
export type Device = Of<typeof managedDevice> & { readonly id: string };

/** Where devices are. */
export const DEVICES = 'deviceManagement/managedDevices';

/** What a row of the list needs. */
export const ROW = [
  'id',
  'deviceName',
  'userDisplayName',
  'userPrincipalName',
  'operatingSystem',
  'osVersion',
  'complianceState',
  'managementState',
  'lastSyncDateTime',
] as const;

/** A connected device was heard of at most a minute ago; a while more is left for clocks that differ. */
const ONLINE_WITHIN_MS = 2 * 60_000;

/** Whether it has said that it is enrolled no more (DEV-38). */
export function isUnenrolled({ managementState }: Pick<Device, 'managementState'>): boolean {
  return managementState === 'discovered';
}

/** Whether a device is connected now, as far as can be told. */
export function isOnline(device: Pick<Device, 'lastSyncDateTime' | 'managementState'>, now: Instant): boolean {
  if (isUnenrolled(device)) return false;
  const at = instantOf(device.lastSyncDateTime);
  return at !== undefined && now - at <= ONLINE_WITHIN_MS;
}

/** What the list is narrowed to; empty texts do not narrow. */
export interface DeviceFilter {
  readonly online: string;
  readonly compliance: string;
  readonly system: string;
}

/** `$filter`; undefined for all devices. */
export function filterText({ online, compliance, system }: DeviceFilter, now: Instant): string | undefined {
  // By the minute, so that the same question is the same text for a while.
  const since = dateTimeOffsetOf(Math.floor((now - ONLINE_WITHIN_MS) / 60_000) * 60_000);
  const parts = [
    online === 'yes' ? `lastSyncDateTime ge ${since}` : '',
    online === 'no' ? `lastSyncDateTime lt ${since}` : '',
    compliance === '' ? '' : `complianceState eq ${literal(compliance)}`,
    system === '' ? '' : `startswith(operatingSystem,${literal(system)})`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(' and ');
}
