/**
 * `managedDevice`: a device whose screen may be helped with. An admin, an agent or an inventory import writes it, so its
 * properties are writable where Intune's own are read-only.
 */
import {
  boolean,
  complexCollection,
  complexType,
  dateTimeOffset,
  entitySet,
  entityType,
  enumOf,
  int64,
  NO_DATE,
  string,
  stringCollection,
} from '../edm/schema.ts';
import {
  actionState,
  complianceState,
  deviceEnrollmentType,
  deviceRegistrationState,
  deviceType,
  joinType,
  managedDeviceOwnerType,
  managedDevicePartnerReportedHealthState,
  managementAgentType,
  managementState,
  ownerType,
} from './managed-device-enums.ts';
import { MANAGED_DEVICES } from './permissions.ts';

/** Names, numbers and addresses. */
const text = (doc: string) => string({ isNullable: true, doc, maxLength: 1024 });
/** Short enough that every database can index any value. */
const indexedText = (doc: string) => string({ isNullable: true, doc, isIndexed: true, maxLength: 256 });
const flag = (doc: string) => boolean({ defaultValue: false, doc });
const instant = (doc: string) => dateTimeOffset({ defaultValue: NO_DATE, doc });
const bytes = (doc: string) => int64({ defaultValue: 0, doc });

export const deviceActionResult = complexType(
  'deviceActionResult',
  {
    actionName: text('The action, such as launchRemoteHelp.'),
    actionState: enumOf(actionState, { defaultValue: 'none', doc: 'How far it has come.' }),
    startDateTime: instant('When it was started.'),
    lastUpdatedDateTime: instant('When its state last changed.'),
  },
  { doc: 'What became of a remote action.' },
);

export const loggedOnUser = complexType(
  'loggedOnUser',
  { userId: text("The user's object id."), lastLogOnDateTime: instant('When the user last signed in.') },
  { doc: 'Someone who signed in to the device.' },
);

export const managedDevice = entityType(
  'managedDevice',
  {
    deviceName: indexedText('The name of the device.'),
    managedDeviceName: text('A friendly name, which admins may change.'),
    userId: indexedText('The object id of the primary user.'),
    userPrincipalName: indexedText('The user principal name of the primary user.'),
    userDisplayName: text('The name of the primary user.'),
    emailAddress: text('The mail address of the primary user.'),
    enrolledByUserPrincipalName: text('Who enrolled the device.'),
    operatingSystem: indexedText('The operating system, such as Windows or macOS.'),
    osVersion: text('The version of the operating system.'),
    deviceType: enumOf(deviceType, { defaultValue: 'unknown', doc: 'The kind of device.' }),
    complianceState: enumOf(complianceState, {
      defaultValue: 'unknown',
      isIndexed: true,
      doc: 'Whether the device meets the policies that apply to it.',
    }),
    complianceGracePeriodExpirationDateTime: instant('Until when a device out of compliance is tolerated.'),
    managedDeviceOwnerType: enumOf(managedDeviceOwnerType, { defaultValue: 'unknown', doc: 'Who owns the device.' }),
    ownerType: enumOf(ownerType, { defaultValue: 'unknown', doc: 'Who owns the device.' }),
    managementAgent: enumOf(managementAgentType, {
      defaultValue: 'unknown',
      isIndexed: true,
      doc: 'What manages the device; two kinds of Configuration Manager make it a co-managed one.',
    }),
    managementState: enumOf(managementState, { defaultValue: 'managed', doc: 'Where it stands under management.' }),
    deviceRegistrationState: enumOf(deviceRegistrationState, {
      defaultValue: 'unknown',
      doc: 'Whether it is registered with the directory.',
    }),
    deviceEnrollmentType: enumOf(deviceEnrollmentType, {
      defaultValue: 'unknown',
      doc: 'How it came under management.',
    }),
    joinType: enumOf(joinType, { defaultValue: 'unknown', doc: 'How it is joined to the directory.' }),
    azureADDeviceId: indexedText('The device id in the directory.'),
    azureActiveDirectoryDeviceId: text('The device id in the directory, by its older name.'),
    azureADRegistered: boolean({ isNullable: true, doc: 'Whether it is registered with the directory.' }),
    aadRegistered: boolean({ isNullable: true, doc: 'Whether it is registered, by its older name.' }),
    enrolledDateTime: instant('When the device was enrolled.'),
    lastSyncDateTime: dateTimeOffset({
      defaultValue: NO_DATE,
      isIndexed: true,
      doc: 'When the device was last heard of: at most a minute ago, as long as it is connected.',
    }),
    serialNumber: indexedText('The serial number.'),
    model: text('The model.'),
    manufacturer: text('The manufacturer.'),
    imei: text('The mobile equipment identity.'),
    meid: text('The mobile equipment identifier.'),
    phoneNumber: text('The phone number.'),
    udid: text('The unique device identifier of Apple devices.'),
    iccid: text('The identifier of the SIM card.'),
    wiFiMacAddress: text('The hardware address of the Wi-Fi adapter.'),
    isEncrypted: flag('Whether its storage is encrypted.'),
    isSupervised: flag('Whether it is supervised.'),
    jailBroken: text('True, False or Unknown.'),
    partnerReportedThreatState: enumOf(managedDevicePartnerReportedHealthState, {
      defaultValue: 'unknown',
      doc: 'The threat level that a defence partner reports.',
    }),
    usersLoggedOn: complexCollection(loggedOnUser, { doc: 'Who signed in last.' }),
    remoteAssistanceSessionUrl: string({
      isNullable: true,
      isComputed: true,
      doc: 'Where a remote assistance session for the device is joined.',
    }),
    remoteAssistanceSessionErrorDetails: string({
      isNullable: true,
      isComputed: true,
      doc: 'Why a remote assistance session could not be created.',
    }),
    deviceActionResults: complexCollection(deviceActionResult, {
      isComputed: true,
      doc: 'What became of the remote actions on the device.',
    }),
    roleScopeTagIds: stringCollection({ doc: 'The scope tags that the device carries.' }),
    totalStorageSpaceInBytes: bytes('Its storage, in bytes.'),
    freeStorageSpaceInBytes: bytes('Its free storage, in bytes.'),
    physicalMemoryInBytes: bytes('Its memory, in bytes.'),
    notes: string({ isNullable: true, doc: 'Notes of admins.' }),
  },
  { doc: 'A device that can be helped.' },
);

export const managedDevices = entitySet('managedDevices', managedDevice, {
  path: 'deviceManagement/managedDevices',
  permissions: MANAGED_DEVICES,
});

const READ_ONLY = {
  verbs: ['list', 'get'],
  viewOf: managedDevices,
  permissions: { read: MANAGED_DEVICES.read, write: [] },
} as const;

export const comanagedDevices = entitySet('comanagedDevices', managedDevice, {
  ...READ_ONLY,
  path: 'deviceManagement/comanagedDevices',
  doc: 'Devices that Configuration Manager and a second agent manage together.',
});

export const userManagedDevices = entitySet('userManagedDevices', managedDevice, {
  ...READ_ONLY,
  path: 'users/{user-id}/managedDevices',
  doc: 'The devices of a user, named by object id or user principal name.',
});

export const myManagedDevices = entitySet('myManagedDevices', managedDevice, {
  ...READ_ONLY,
  path: 'me/managedDevices',
  doc: "The caller's own devices.",
});

export const managedDeviceSets = [managedDevices, comanagedDevices, userManagedDevices, myManagedDevices] as const;
