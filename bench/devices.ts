/** Managed devices that lists choose from. */
import { managedDevice, type Property } from '@open-remote-help/protocol';
import type { Values } from '../packages/server/src/store/store.ts';

const SYSTEMS = ['Windows', 'macOS', 'iOS', 'Android'] as const;

/** The system of every fourth device, and thus what a filter leaves over. */
export const FILTERED_SYSTEM = SYSTEMS[1];

/** A device as an inventory would write it. */
export function deviceOf(index: number): Values {
  const mark = index.toString(36).padStart(8, '0');
  return {
    ...DEFAULTS,
    deviceName: `DEVICE-${mark}`,
    managedDeviceName: `device_${mark}`,
    userId: `01980000-0000-7000-9000-${Math.floor(index / 3)
      .toString(16)
      .padStart(12, '0')}`,
    userPrincipalName: `user${Math.floor(index / 3)}@example.org`,
    userDisplayName: `User ${Math.floor(index / 3)}`,
    emailAddress: `user${Math.floor(index / 3)}@example.org`,
    operatingSystem: SYSTEMS[index % SYSTEMS.length],
    osVersion: `10.0.${index % 30_000}`,
    complianceState: index % 10 === 0 ? 'noncompliant' : 'compliant',
    serialNumber: `SN${mark}`,
    model: 'Model 7',
    manufacturer: 'Example',
    lastSyncDateTime: `2026-0${1 + (index % 9)}-1${index % 10}T08:30:00Z`,
    azureADDeviceId: `01980000-0000-7000-a000-${index.toString(16).padStart(12, '0')}`,
    totalStorageSpaceInBytes: 512_000_000_000,
    freeStorageSpaceInBytes: 100_000_000_000 + index,
  };
}

const DEFAULTS: Values = Object.fromEntries(
  Object.entries(managedDevice.properties as Readonly<Record<string, Property>>)
    .filter(([name]) => name !== 'id')
    .map(([name, { defaultValue, isCollection }]) => [name, defaultValue ?? (isCollection ? [] : null)]),
);
