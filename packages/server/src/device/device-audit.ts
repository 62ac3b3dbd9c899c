/** Audit records of what devices do, and of what becomes of them. */
import { managedDevice } from '@open-remote-help/protocol';
import { type AuditActor, auditWrite, modifiedProperties, SYSTEM_ACTOR } from '../access/audit-record.ts';
import { newId } from '../access/ids.ts';
import type { Instant } from '../clock.ts';
import type { Values, Write } from '../store/store.ts';

/** A request, or whatever else made something happen. */
export interface Cause {
  readonly tenantId: string;
  readonly now: Instant;
  /** The request-id; any GUID where no request caused it. */
  readonly correlationId: string;
  /** Address that it came from. */
  readonly source: string | undefined;
}

/** A device that acts by its own key. */
export function deviceActor(deviceId: string, deviceName: string | null, source: string | undefined): AuditActor {
  return {
    ...SYSTEM_ACTOR,
    auditActorType: 'Application',
    applicationId: deviceId,
    applicationDisplayName: deviceName,
    servicePrincipalName: deviceName,
    ipAddress: source ?? null,
  };
}

export interface DeviceEvent {
  readonly activity: 'Enroll' | 'Reenroll' | 'Repeat enrolment of' | 'Park' | 'Resume' | 'Unenroll';
  readonly deviceId: string;
  readonly deviceName: string | null;
  /** Values of the managed device before and after. */
  readonly before?: Values;
  readonly changes?: Values;
  /** What else there is to know, by name; no secret. */
  readonly facts: Readonly<Record<string, string>>;
}

const TYPES = {
  Enroll: 'enrollManagedDevice',
  Reenroll: 'reenrollManagedDevice',
  'Repeat enrolment of': 'repeatEnrollmentOfManagedDevice',
  Park: 'parkManagedDevice',
  Resume: 'resumeManagedDevice',
  Unenroll: 'unenrollManagedDevice',
} as const;

export function deviceAudit(cause: Cause, event: DeviceEvent): Write {
  const { activity, deviceId, deviceName, before, changes = {}, facts } = event;
  const known = Object.entries(facts).map(([displayName, newValue]) => ({ displayName, oldValue: null, newValue }));
  return auditWrite({
    ...cause,
    id: newId(cause.now),
    actor:
      activity === 'Park'
        ? { ...SYSTEM_ACTOR, ipAddress: cause.source ?? null }
        : deviceActor(deviceId, deviceName, cause.source),
    activity: `${activity} managedDevice`,
    activityType: TYPES[activity],
    operationType: 'Action',
    category: 'Device',
    resources: [
      {
        displayName: deviceName,
        auditResourceType: managedDevice.name,
        resourceId: deviceId,
        modifiedProperties: [...known, ...modifiedProperties(managedDevice, before, changes)],
      },
    ],
  });
}
