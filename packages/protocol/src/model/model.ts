/** The whole model, in the order in which `$metadata` shows it. */
import type { Model } from '../edm/schema.ts';
import { auditEvents, verifyAuditEvents } from './audit-events.ts';
import { enrollmentTokens } from './enrollment-tokens.ts';
import { invitations } from './invitations.ts';
import { managedDeviceSets } from './managed-devices.ts';
import { remoteAssistanceOperations, remoteAssistanceSets } from './remote-assistance.ts';
import { remoteHelpOperations } from './remote-help-operations.ts';
import { remoteHelpResponseSets } from './remote-help-responses.ts';
import { remoteHelpSessions } from './remote-help-sessions.ts';
import { roleSets } from './roles.ts';

export * from './audit-events.ts';
export * from './built-in-roles.ts';
export * from './enrollment-tokens.ts';
export * from './examples.ts';
export * from './ice-servers.ts';
export * from './invitations.ts';
export * from './managed-device-enums.ts';
export * from './managed-devices.ts';
export * from './permissions.ts';
export * from './remote-assistance.ts';
export * from './remote-help-operations.ts';
export * from './remote-help-responses.ts';
export * from './remote-help-sessions.ts';
export * from './resource-operations.ts';
export * from './roles.ts';

/** Everything that is served below `/beta`; routes, tables, documents and permissions come from it. */
export const model: Model = {
  sets: [
    ...remoteHelpResponseSets,
    ...managedDeviceSets,
    ...remoteAssistanceSets,
    ...roleSets,
    auditEvents,
    enrollmentTokens,
    remoteHelpSessions,
    invitations,
  ],
  operations: [...remoteHelpOperations, ...remoteAssistanceOperations, verifyAuditEvents],
};
