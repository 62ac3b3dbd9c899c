/** Audit records of changes to tenants, accounts and client applications. */
import type { EntitySet } from '@open-remote-help/protocol';
import type { Instant } from '../clock.ts';
import type { Values, Write } from '../store/store.ts';
import { type AuditActor, auditWrite, modifiedProperties, SYSTEM_ACTOR } from './audit-record.ts';
import { newId } from './ids.ts';

/** Who asks for a change, and in which request; left out: the operator, by a command. */
export interface Origin {
  readonly actor?: AuditActor;
  /** The request-id; a fresh GUID when left out. */
  readonly correlationId?: string;
}

interface AccountChange {
  readonly tenantId: string;
  readonly now: Instant;
  readonly operationType: 'Create' | 'Update' | 'Delete' | 'Action';
  /** As a constant: `createUser`. */
  readonly activityType: string;
  readonly activity: string;
  readonly set: EntitySet;
  readonly id: string;
  readonly displayName: string;
  readonly before?: Values;
  readonly changes?: Values;
  readonly origin?: Origin | undefined;
}

/** The record of one change, to be written in the same unit. */
export function accountAudit(change: AccountChange): Write {
  const { tenantId, now, set, id, displayName, before, changes = {}, origin = {} } = change;
  return auditWrite({
    tenantId,
    id: newId(now),
    now,
    correlationId: origin.correlationId ?? newId(now),
    actor: origin.actor ?? SYSTEM_ACTOR,
    activity: change.activity,
    activityType: change.activityType,
    operationType: change.operationType,
    category: 'Settings',
    resources: [
      {
        displayName,
        auditResourceType: set.type.name,
        resourceId: id,
        modifiedProperties: modifiedProperties(set.type, before, changes),
      },
    ],
  });
}
