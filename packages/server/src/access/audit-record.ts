/**
 * Builds audit records. Pure, so that a unit's `decide` can add one to its writes. Members of objects are put in the order
 * of their names, as `canonicalJson` wants them.
 */
import { auditEvents, type EntityType, type Properties } from '@open-remote-help/protocol';
import { type Instant, toIsoText } from '../clock.ts';
import type { Values, Write } from '../store/store.ts';
import type { Caller } from './caller.ts';

/** `auditActor` of the model: who acted. */
export interface AuditActor {
  readonly auditActorType: 'ItPro' | 'Application' | 'System' | 'Unknown';
  readonly userPermissions: readonly string[];
  readonly applicationId: string | null;
  readonly applicationDisplayName: string | null;
  readonly userPrincipalName: string | null;
  readonly servicePrincipalName: string | null;
  readonly ipAddress: string | null;
  readonly userId: string | null;
}

/** `auditProperty` of the model: one changed property. */
export interface AuditProperty {
  readonly displayName: string;
  readonly oldValue: string | null;
  readonly newValue: string | null;
}

/** `auditResource` of the model: one thing acted upon. */
export interface AuditResource {
  readonly displayName: string | null;
  readonly auditResourceType: string;
  readonly resourceId: string;
  readonly modifiedProperties: readonly AuditProperty[];
}

export type AuditCategory = 'RemoteHelp' | 'Device' | 'Role' | 'Settings' | 'SignIn';

export interface AuditFacts {
  readonly tenantId: string;
  /** A UUIDv7. */
  readonly id: string;
  readonly now: Instant;
  /** The request-id of the request that caused it; any GUID for a command. */
  readonly correlationId: string;
  readonly actor: AuditActor;
  /** What was done, in words; also the display name. */
  readonly activity: string;
  /** What was done, as a constant: `patchExtendRemoteHelpSessionResponse`. */
  readonly activityType: string;
  readonly operationType: 'Create' | 'Update' | 'Delete' | 'Action';
  readonly result?: 'Success' | 'Failure';
  readonly category: AuditCategory;
  readonly resources?: readonly AuditResource[];
  /** The help session that it is about. */
  readonly sessionId?: string | null;
}

/** The server itself, or the operator at its console. */
export const SYSTEM_ACTOR: AuditActor = {
  applicationDisplayName: null,
  applicationId: null,
  auditActorType: 'System',
  ipAddress: null,
  servicePrincipalName: null,
  userId: null,
  userPermissions: [],
  userPrincipalName: null,
};

/** Someone who is not known: a refused sign-in. */
export function unknownActor(ipAddress: string | null): AuditActor {
  return { ...SYSTEM_ACTOR, auditActorType: 'Unknown', ipAddress };
}

/** A person with a local account, in person. */
export function userActor(
  { id, userPrincipalName }: { readonly id: string; readonly userPrincipalName: string },
  ipAddress: string | undefined,
): AuditActor {
  return {
    ...SYSTEM_ACTOR,
    auditActorType: 'ItPro',
    userId: id,
    userPrincipalName,
    ipAddress: ipAddress ?? null,
  };
}

/** The actor that a verified token stands for. */
export function actorOf(caller: Caller, ipAddress: string | null): AuditActor {
  const isUser = caller.kind === 'delegated';
  const name = caller.name ?? null;
  return {
    applicationDisplayName: isUser ? null : name,
    applicationId: caller.applicationId ?? null,
    auditActorType: isUser ? 'ItPro' : 'Application',
    ipAddress,
    servicePrincipalName: isUser ? null : name,
    userId: caller.objectId,
    userPermissions: [...caller.permissions],
    userPrincipalName: isUser ? (caller.userPrincipalName ?? null) : null,
  };
}

/**
 * What changed, property by property; `before` is left out at creation. A secret property is named without its values.
 */
export function modifiedProperties(type: EntityType, before: Values | undefined, changes: Values): AuditProperty[] {
  const properties: Properties = type.properties;
  // Clients send whole objects: what they leave as it was is no modification. A sealed secret equals no plain one.
  const modified = Object.keys(changes).filter((name) => !before || changes[name] !== before[name]);
  return modified.map((displayName) => {
    const isSecret = properties[displayName]?.isSecret === true;
    return {
      displayName,
      newValue: isSecret ? null : asText(changes[displayName]),
      oldValue: isSecret ? null : asText(before?.[displayName]),
    };
  });
}

function asText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The insert of one record into `auditEvents`. */
export function auditWrite(facts: AuditFacts): Write {
  return {
    kind: 'insert',
    set: auditEvents,
    tenantId: facts.tenantId,
    id: facts.id,
    values: {
      displayName: facts.activity,
      componentName: 'OpenRemoteHelp',
      actor: facts.actor,
      activity: facts.activity,
      activityDateTime: toIsoText(facts.now),
      activityType: facts.activityType,
      activityOperationType: facts.operationType,
      activityResult: facts.result ?? 'Success',
      correlationId: facts.correlationId,
      resources: facts.resources ?? [],
      category: facts.category,
      sessionId: facts.sessionId ?? null,
    },
  };
}
