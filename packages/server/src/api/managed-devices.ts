/** `managedDevices` and its views: co-managed ones, a user's, the caller's. An admin enters devices; a record counts as enrolled. */
import { managedDevice, managementAgentType, NO_DATE, type Property } from '@open-remote-help/protocol';
import { toIsoText } from '../clock.ts';
import { deviceCredentials, deviceGenerations } from '../device/device-model.ts';
import { closeDeviceWrite } from '../session/recheck.ts';
import type { DeviceId } from '../session/session.ts';
import { BOOLEAN, type Expression, foldAscii, type Literal, literal, STRING } from '../store/expression.ts';
import type { Values } from '../store/store.ts';
import type { Behaviours, Circumstances } from './behaviours.ts';

/** Agents of Configuration Manager beside mobile device management: what makes a device co-managed. */
const COMANAGED = [
  managementAgentType.members.configurationManagerClientMdm,
  managementAgentType.members.configurationManagerClientMdmEas,
];

/** Literals that the kiota clients send for the signed-in user where a rewriting handler is missing. */
const ME = ['tokentoreplace', 'me-token-to-replace', 'me'];

/** A device entered now is enrolled now, and has a name to be managed by. */
function created(values: Values, { now }: Circumstances): Values {
  const enrolled = values.enrolledDateTime === NO_DATE ? toIsoText(now) : values.enrolledDateTime;
  return { ...values, enrolledDateTime: enrolled, managedDeviceName: values.managedDeviceName ?? values.deviceName };
}

function property(name: keyof typeof managedDevice.properties): Property {
  return managedDevice.properties[name];
}

/** The case of an object id carries no meaning; a list of its spellings, unlike `tolower`, leaves the index in use. */
function ownedBy(userId: string): Expression {
  return {
    kind: 'in',
    type: BOOLEAN,
    left: { kind: 'property', type: STRING, path: ['userId'], property: property('userId') },
    list: [...new Set([userId, userId.toLowerCase(), userId.toUpperCase()])].map(literal),
  };
}

function ownedByName(userPrincipalName: string): Expression {
  const path = {
    kind: 'property',
    type: STRING,
    path: ['userPrincipalName'],
    property: property('userPrincipalName'),
  } as const;
  return {
    kind: 'comparison',
    type: BOOLEAN,
    operator: 'eq',
    left: { kind: 'call', type: STRING, name: 'tolower', args: [path] },
    right: literal(foldAscii(userPrincipalName)),
  };
}

function isComanaged(): Expression {
  const type = { kind: 'enum', enum: managementAgentType } as const;
  return {
    kind: 'in',
    type: BOOLEAN,
    left: { kind: 'property', type, path: ['managementAgent'], property: property('managementAgent') },
    list: COMANAGED.map((value): Literal => ({ kind: 'literal', type, value })),
  };
}

/** A user is named by object id or by user principal name; the caller also by the clients' stand-ins. */
function userDevices({ outerKeys, caller }: Circumstances): Expression {
  const user = outerKeys['user-id'] ?? '';
  if (ME.includes(user.toLowerCase())) return ownedBy(caller.objectId);
  return user.includes('@') ? ownedByName(user) : ownedBy(user);
}

/** Of the devices and their three views. */
export const managedDeviceBehaviours: Behaviours = {
  managedDevices: {
    created,
    companions: [deviceCredentials, deviceGenerations],
    deleted: ({ id }, { caller, now }) => [closeDeviceWrite(caller.tenantId, id as DeviceId, now)],
    isGround: true,
  },
  comanagedDevices: { visible: isComanaged },
  userManagedDevices: { visible: userDevices },
  myManagedDevices: { visible: ({ caller }) => ownedBy(caller.objectId) },
};
