/** Enumerations of managedDevice, with the values Graph's metadata gives them. */
import { enumType } from '../edm/schema.ts';

export const complianceState = enumType(
  'complianceState',
  { unknown: 0, compliant: 1, noncompliant: 2, conflict: 3, error: 4, inGracePeriod: 254, configManager: 255 },
  { doc: 'Whether the device meets the policies that apply to it.' },
);

export const managedDeviceOwnerType = enumType(
  'managedDeviceOwnerType',
  { unknown: 0, company: 1, personal: 2, unknownFutureValue: 3 },
  { doc: 'Who owns the device.' },
);

export const ownerType = enumType('ownerType', ['unknown', 'company', 'personal'], { doc: 'Who owns the device.' });

export const managementAgentType = enumType(
  'managementAgentType',
  {
    eas: 1,
    mdm: 2,
    easMdm: 3,
    intuneClient: 4,
    easIntuneClient: 5,
    configurationManagerClient: 8,
    configurationManagerClientMdm: 10,
    configurationManagerClientMdmEas: 11,
    unknown: 16,
    jamf: 32,
    googleCloudDevicePolicyController: 64,
    microsoft365ManagedMdm: 258,
    msSense: 1024,
    intuneAosp: 2048,
    google: 8192,
    unknownFutureValue: 8193,
  },
  { doc: 'What manages the device.' },
);

export const managementState = enumType(
  'managementState',
  [
    'managed',
    'retirePending',
    'retireFailed',
    'wipePending',
    'wipeFailed',
    'unhealthy',
    'deletePending',
    'retireIssued',
    'wipeIssued',
    'wipeCanceled',
    'retireCanceled',
    'discovered',
  ],
  { doc: 'Where the device stands in its life under management.' },
);

export const deviceRegistrationState = enumType(
  'deviceRegistrationState',
  {
    notRegistered: 0,
    registered: 2,
    revoked: 3,
    keyConflict: 4,
    approvalPending: 5,
    certificateReset: 6,
    notRegisteredPendingEnrollment: 7,
    unknown: 8,
  },
  { doc: 'Whether the device is registered with the directory.' },
);

export const deviceEnrollmentType = enumType(
  'deviceEnrollmentType',
  {
    unknown: 0,
    userEnrollment: 1,
    deviceEnrollmentManager: 2,
    appleBulkWithUser: 3,
    appleBulkWithoutUser: 4,
    windowsAzureADJoin: 5,
    windowsBulkUserless: 6,
    windowsAutoEnrollment: 7,
    windowsBulkAzureDomainJoin: 8,
    windowsCoManagement: 9,
    windowsAzureADJoinUsingDeviceAuth: 10,
    appleUserEnrollment: 11,
    appleUserEnrollmentWithServiceAccount: 12,
    azureAdJoinUsingAzureVmExtension: 14,
    androidEnterpriseDedicatedDevice: 15,
    androidEnterpriseFullyManaged: 16,
    androidEnterpriseCorporateWorkProfile: 17,
    androidAOSPUserOwnedDeviceEnrollment: 18,
    androidAOSPUserlessDeviceEnrollment: 19,
    appleAccountDrivenUserEnrollment: 25,
    unknownFutureValue: 26,
  },
  { doc: 'How the device came under management.' },
);

export const deviceType = enumType(
  'deviceType',
  {
    desktop: 0,
    windowsRT: 1,
    winMO6: 2,
    nokia: 3,
    windowsPhone: 4,
    mac: 5,
    winCE: 6,
    winEmbedded: 7,
    iPhone: 8,
    iPad: 9,
    iPod: 10,
    android: 11,
    iSocConsumer: 12,
    unix: 13,
    macMDM: 14,
    holoLens: 15,
    surfaceHub: 16,
    androidForWork: 17,
    androidEnterprise: 18,
    windows10x: 19,
    androidnGMS: 20,
    chromeOS: 21,
    linux: 22,
    visionOS: 23,
    tvOS: 24,
    blackberry: 100,
    palm: 101,
    unknown: 255,
    cloudPC: 257,
  },
  { doc: 'The kind of device.' },
);

export const joinType = enumType('joinType', ['unknown', 'azureADJoined', 'azureADRegistered', 'hybridAzureADJoined'], {
  doc: 'How the device is joined to the directory.',
});

export const managedDevicePartnerReportedHealthState = enumType(
  'managedDevicePartnerReportedHealthState',
  [
    'unknown',
    'activated',
    'deactivated',
    'secured',
    'lowSeverity',
    'mediumSeverity',
    'highSeverity',
    'unresponsive',
    'compromised',
    'misconfigured',
  ],
  { doc: 'The threat level that a defence partner reports.' },
);

export const actionState = enumType(
  'actionState',
  ['none', 'pending', 'canceled', 'active', 'done', 'failed', 'notSupported'],
  { doc: 'How far a remote action has come.' },
);
