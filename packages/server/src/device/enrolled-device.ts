/** What is entered of a device that enrols. Pure. */
import {
  type DeviceFacts,
  type EnrollmentRequest,
  type enrollmentToken,
  managedDevice,
} from '@open-remote-help/protocol';
import { type ValuesOf, valuesOf } from '../access/identity-model.ts';
import type { StoredEntity, Values } from '../store/store.ts';
import { NOT_PARKED } from './parking.ts';

const CLAIMS = [
  'operatingSystem',
  'osVersion',
  'manufacturer',
  'model',
  'serialNumber',
] as const satisfies readonly (keyof DeviceFacts)[];

/** What is entered of a device: the token's word first, then what stands there, then what the device says of itself. */
export function enrolledValues(
  said: EnrollmentRequest,
  token: ValuesOf<typeof enrollmentToken>,
  device: StoredEntity | undefined,
  now: string,
): Values {
  const before = device && valuesOf(managedDevice, device);
  const deviceName = token.deviceName ?? before?.deviceName ?? said.deviceName;
  return {
    ...Object.fromEntries(CLAIMS.flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]]]))),
    ...ownerOf(said, token, before),
    deviceName,
    managedDeviceName: before?.managedDeviceName ?? deviceName,
    enrolledDateTime: now,
    lastSyncDateTime: now,
    ...NOT_PARKED,
  };
}

/** Object id and name go together: half of one owner beside half of another would be nobody. */
function ownerOf(
  said: EnrollmentRequest,
  token: ValuesOf<typeof enrollmentToken>,
  before: ValuesOf<typeof managedDevice> | undefined,
): Values {
  const isNamed = (owner: Pick<typeof token, 'userId' | 'userPrincipalName'> | undefined) =>
    owner !== undefined && (owner.userId !== null || owner.userPrincipalName !== null);
  if (isNamed(token)) return { userId: token.userId, userPrincipalName: token.userPrincipalName };
  return isNamed(before) ? {} : { userPrincipalName: said.userPrincipalName ?? null };
}

/** A managed device of which nothing is known. */
export function blankDevice(): Values {
  const properties = Object.entries(managedDevice.properties).filter(([name]) => name !== 'id');
  return Object.fromEntries(properties.map(([name, { defaultValue }]) => [name, defaultValue ?? null]));
}
