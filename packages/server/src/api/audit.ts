/** The audit record of a change through the API; written in the same unit as the change. */
import { type AuditCategory, actorOf, auditWrite, modifiedProperties } from '../access/audit-record.ts';
import { newId } from '../access/ids.ts';
import type { StoredEntity, Values, Write } from '../store/store.ts';
import type { Target } from './entity-handlers.ts';

const CATEGORIES: Readonly<Record<string, AuditCategory>> = {
  managedDevices: 'Device',
  enrollmentTokens: 'Device',
  roleDefinitions: 'Role',
  roleAssignments: 'Role',
  remoteAssistanceSettings: 'Settings',
  remoteAssistancePartners: 'Settings',
};

/** @param activity `Create`, `Update`, `Delete`, or the name of an action */
export function auditOfWrite(
  { request, set, caller, now }: Target,
  activity: string,
  id: string,
  before: StoredEntity | undefined,
  changes: Values | undefined,
): Write {
  const type = set.type.name;
  const isGeneric = activity === 'Create' || activity === 'Update' || activity === 'Delete';
  return auditWrite({
    tenantId: caller.tenantId,
    id: newId(now),
    now,
    correlationId: request.ids.requestId,
    actor: actorOf(caller, request.remoteAddress),
    activity: `${activity} ${type}`,
    activityType: `${activity.charAt(0).toLowerCase()}${activity.slice(1)}${type.charAt(0).toUpperCase()}${type.slice(1)}`,
    operationType: isGeneric ? activity : 'Action',
    category: CATEGORIES[(set.viewOf ?? set).name] ?? 'RemoteHelp',
    resources: [
      {
        auditResourceType: type,
        displayName: nameOf(before?.values ?? changes),
        modifiedProperties: changes ? modifiedProperties(set.type, before?.values, changes) : [],
        resourceId: id,
      },
    ],
  });
}

function nameOf(values: Values | undefined): string | null {
  const name = values?.displayName ?? values?.deviceName;
  return typeof name === 'string' ? name : null;
}
