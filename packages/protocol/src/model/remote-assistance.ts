/** The tenant's remote-assistance settings, and the partners whose connectors it uses. */
import type { Operation } from '../edm/schema.ts';
import { boolean, dateTimeOffset, entitySet, entityType, enumOf, enumType, NO_DATE, string } from '../edm/schema.ts';
import { SERVICE_CONFIG } from './permissions.ts';

export const remoteAssistanceState = enumType('remoteAssistanceState', ['disabled', 'enabled'], {
  doc: 'Whether sessions may be held.',
});

export const remoteAssistanceOnboardingStatus = enumType(
  'remoteAssistanceOnboardingStatus',
  ['notOnboarded', 'onboarding', 'onboarded'],
  { doc: 'How far the connection to a partner has come.' },
);

export const remoteAssistanceSettings = entityType(
  'remoteAssistanceSettings',
  {
    remoteAssistanceState: enumOf(remoteAssistanceState, {
      defaultValue: 'disabled',
      doc: 'Whether sessions may be held; off until an admin switches it on.',
    }),
    allowSessionsToUnenrolledDevices: boolean({
      defaultValue: false,
      doc: 'Whether sharers may use devices that are not enrolled.',
    }),
    blockChat: boolean({ defaultValue: false, doc: 'Whether chat is switched off in sessions.' }),
  },
  { doc: 'The rules for remote help that hold in the whole tenant.' },
);

export const remoteAssistancePartner = entityType(
  'remoteAssistancePartner',
  {
    displayName: string({ isNullable: true, doc: 'The name of the partner.' }),
    onboardingUrl: string({ isNullable: true, doc: "The partner's page where an admin connects the tenant." }),
    onboardingStatus: enumOf(remoteAssistanceOnboardingStatus, {
      defaultValue: 'notOnboarded',
      doc: 'How far the connection has come.',
    }),
    lastConnectionDateTime: dateTimeOffset({ defaultValue: NO_DATE, doc: 'When the partner last called.' }),
    onboardingRequestExpiryDateTime: dateTimeOffset({
      defaultValue: NO_DATE,
      doc: 'When a pending onboarding request lapses.',
    }),
  },
  { doc: 'A partner that provides remote assistance through a connector.' },
);

export const remoteAssistanceSets = [
  entitySet('remoteAssistanceSettings', remoteAssistanceSettings, {
    path: 'deviceManagement/remoteAssistanceSettings',
    verbs: ['get', 'update'],
    isSingleton: true,
    permissions: SERVICE_CONFIG,
  }),
  entitySet('remoteAssistancePartners', remoteAssistancePartner, {
    path: 'deviceManagement/remoteAssistancePartners',
    permissions: SERVICE_CONFIG,
  }),
] as const;

export const remoteAssistanceOperations: readonly Operation[] = [
  {
    kind: 'action',
    namespace: 'microsoft.graph',
    name: 'beginOnboarding',
    boundTo: ['remoteAssistancePartners'],
    parameters: [],
    permissions: SERVICE_CONFIG.write,
    doc: 'Starts the connection to the partner.',
  },
  {
    kind: 'action',
    namespace: 'microsoft.graph',
    name: 'disconnect',
    boundTo: ['remoteAssistancePartners'],
    parameters: [],
    permissions: SERVICE_CONFIG.write,
    doc: 'Ends the connection to the partner.',
  },
];
