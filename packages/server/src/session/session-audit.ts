/** Audit records of sessions (SES-10): one for each accepted command, handed-out key and refused attempt. Pure. */
import { type AuditActor, auditWrite, SYSTEM_ACTOR } from '../access/audit-record.ts';
import { newId } from '../access/ids.ts';
import type { Instant } from '../clock.ts';
import type { Write } from '../store/store.ts';
import type { Deed } from './commands.ts';
import type { RefusedAttempt } from './refused-attempts.ts';

/** Who asked, in which request. */
export interface Origin {
  readonly actor: AuditActor;
  readonly correlationId: string;
}

/** What it was about. */
export interface Subject {
  readonly tenantId: string;
  /** The session's id, or the device's where there is no session. */
  readonly resourceId: string;
  readonly hasSession: boolean;
  readonly deviceName: string | null;
}

/** The server's own doings. */
export function serversOrigin(now: Instant): Origin {
  return { actor: SYSTEM_ACTOR, correlationId: newId(now) };
}

export function deedRecord(subject: Subject, deed: Deed, origin: Origin, now: Instant): Write {
  return record(subject, deed.activityType, deed.details, deed.isServers ? serversOrigin(now) : origin, now, 'Success');
}

/** @param count of several attempts that are recorded together: how many; their requests are not named */
export function refusalRecord(
  { subject, activityType, refusal: { code }, origin }: RefusedAttempt,
  now: Instant,
  count?: number,
): Write {
  const details = { refusal: code, ...(count === undefined ? {} : { count: String(count) }) };
  const from = count === undefined ? origin : { ...origin, correlationId: newId(now) };
  return record(subject, activityType, details, from, now, 'Failure');
}

function record(
  { tenantId, resourceId, hasSession, deviceName }: Subject,
  activityType: string,
  details: Deed['details'],
  { actor, correlationId }: Origin,
  now: Instant,
  result: 'Success' | 'Failure',
): Write {
  return auditWrite({
    tenantId,
    id: newId(now),
    now,
    correlationId,
    actor,
    activity: inWords(activityType),
    activityType,
    operationType: activityType.startsWith('create') ? 'Create' : 'Action',
    result,
    category: 'RemoteHelp',
    sessionId: hasSession ? resourceId : null,
    resources: [
      {
        displayName: deviceName,
        auditResourceType: 'remoteHelpSession',
        resourceId,
        modifiedProperties: Object.entries(details).map(([displayName, newValue]) => ({
          displayName,
          oldValue: null,
          newValue,
        })),
      },
    ],
  });
}

/** `endRemoteHelpSession` as `End remote help session`. */
function inWords(activityType: string): string {
  const words = activityType.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
