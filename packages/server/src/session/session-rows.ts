/** Sessions as rows: the engine's own, the public one, and the four records of Graph. Pure. */
import {
  type EntitySet,
  remoteHelpResponseSets,
  type remoteHelpSession,
  remoteHelpSessions,
} from '@open-remote-help/protocol';
import { instantOf, SYSTEM_TENANT, type ValuesOf } from '../access/identity-model.ts';
import { type Instant, toIsoText } from '../clock.ts';
import { deviceCredentials, deviceGenerations } from '../device/device-model.ts';
import type { EntityKey, StoredEntity, Values, Write } from '../store/store.ts';
import { nextDeadline } from './deadlines.ts';
import { type DeviceId, isLive, type Session, type SessionId } from './session.ts';
import { liveSessions } from './session-model.ts';

/** A session as the store has it. */
export interface StoredSession {
  readonly row: StoredEntity;
  readonly session: Session;
}

/** What only its helper may read in the records, and the rest that the session does not hold. */
export interface HelperSecrets {
  readonly acsHelperUserToken: string;
  readonly pubSubHelperAccessUri: string;
}

export const [extendRecords, createRecords, accessRecords, retrieveRecords] = remoteHelpResponseSets;

export function liveKey(id: SessionId): EntityKey {
  return { set: liveSessions, tenantId: SYSTEM_TENANT, id };
}

export function slotKey(tenantId: string, deviceId: DeviceId): EntityKey {
  return { set: liveSessions, tenantId: SYSTEM_TENANT, alternateKey: 'deviceSlot', value: slotOf(tenantId, deviceId) };
}

function slotOf(tenantId: string, deviceId: DeviceId): string {
  return `${tenantId}|${deviceId}`;
}

export function publicKey(tenantId: string, id: SessionId): EntityKey {
  return { set: remoteHelpSessions, tenantId, id };
}

/** The session in a row of `liveSessions`. */
export function sessionOf(row: StoredEntity): Session {
  return JSON.parse(row.values.state as string) as Session;
}

/** What changes in the engine's own row with each version. */
function liveChanges(session: Session, now: Instant) {
  return {
    state: JSON.stringify(session),
    deviceSlot: isLive(session) ? slotOf(session.tenantId, session.device.id) : null,
    nextDeadlineDateTime: toIsoText(nextDeadline(session).at),
    changedDateTime: toIsoText(now),
  };
}

export function insertLive(
  session: Session,
  now: Instant,
  secrets: { readonly keyMaterial: string; readonly replayKey: string | null },
): Write {
  const values = { tenantId: session.tenantId, ...liveChanges(session, now), ...secrets };
  return { kind: 'insert', set: liveSessions, tenantId: SYSTEM_TENANT, id: session.id, values };
}

export function updateLive(before: StoredEntity, session: Session, now: Instant): Write {
  const changes = { ...liveChanges(session, now), ...(isLive(session) ? {} : { keyMaterial: null }) };
  return { kind: 'update', set: liveSessions, tenantId: SYSTEM_TENANT, before, changes };
}

export function deleteLive(id: SessionId): Write {
  return { kind: 'delete', set: liveSessions, tenantId: SYSTEM_TENANT, id };
}

type PublicValues = ValuesOf<typeof remoteHelpSession>;

/** What everybody with the permission may read of a session. */
export function publicValues(session: Session): PublicValues {
  const creator = session.helpers.find(({ objectId }) => objectId === session.creatorId);
  const end = session.state === 'ended' ? session : undefined;
  const begun = session.state === 'requested' ? undefined : session;
  return {
    sessionKey: session.key,
    state: session.state,
    endReason: end?.endReason ?? 'notEnded',
    endedBy: end?.endedBy ?? null,
    sessionType: session.type,
    grants: begun?.grants ?? null,
    deviceId: session.device.id,
    deviceName: session.device.name,
    isUnenrolled: session.device.isUnenrolled === true,
    helperId: session.creatorId,
    helperDisplayName: creator?.displayName ?? null,
    helperUserPrincipalName: creator?.userPrincipalName ?? null,
    helpers: session.helpers.map(({ objectId, displayName, userPrincipalName, access }) => ({
      userId: objectId,
      displayName,
      userPrincipalName,
      access,
    })),
    reason: session.reason,
    ticket: session.ticket,
    createdDateTime: toIsoText(session.createdAt),
    acceptedDateTime: textOrNull(begun?.acceptedAt),
    endedDateTime: textOrNull(end?.endedAt),
    consentExpirationDateTime: session.state === 'requested' ? toIsoText(session.consentUntil) : null,
    sessionExpirationDateTime: session.lease.text,
    latestExpirationDateTime: toIsoText(session.capAt),
    extensions: session.lease.generation - 1,
  };
}

function textOrNull(instant: Instant | undefined): string | null {
  return instant === undefined ? null : toIsoText(instant);
}

export function insertPublic(session: Session): Write {
  const { tenantId, id } = session;
  return { kind: 'insert', set: remoteHelpSessions, tenantId, id, values: publicValues(session) };
}

/** The update of what differs; none where nothing does. */
export function updatePublic(before: StoredEntity, session: Session): Write[] {
  const wanted: Values = publicValues(session);
  const names = Object.keys(wanted).filter((name) => !isSame(wanted[name], before.values[name]));
  if (names.length === 0) return [];
  const changes = Object.fromEntries(names.map((name) => [name, wanted[name]]));
  return [{ kind: 'update', set: remoteHelpSessions, tenantId: session.tenantId, before, changes }];
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

/** The four records of a session as it begins. The key that goes into the access record is given out later. */
export function insertRecords(session: Session, secrets: HelperSecrets): Write[] {
  const { tenantId, id, key, type, lease } = session;
  const helper = session.helpers[0];
  const insert = (set: EntitySet, values: Values): Write => ({ kind: 'insert', set, tenantId, id, values });
  const sessionExpirationDateTime = lease.text;
  return [
    insert(extendRecords, { sessionKey: key, ...secrets, sessionExpirationDateTime }),
    insert(createRecords, { sessionKey: key, sessionType: type }),
    insert(accessRecords, { sessionKey: key, sessionType: type, pubSubEncryptionKey: '', pubSubEncryption: '' }),
    insert(retrieveRecords, {
      sessionKey: key,
      ...secrets,
      acsHelperUserId: helper?.identity ?? '',
      acsSharerUserId: session.sharerIdentity,
      acsGroupId: session.acsGroupId,
      sessionType: type,
      deviceName: session.device.name,
      pubSubGroupId: session.groupId,
      sessionExpirationDateTime,
      webClientUri: null,
    }),
  ];
}

/** Graph's "delete the Remote Help session": at its end the four records go. */
export function deleteRecords({ tenantId, id }: Session): Write[] {
  return remoteHelpResponseSets.map((set) => ({ kind: 'delete', set, tenantId, id }));
}

/** A page is a device for its session alone: with the session it is gone. */
export function deletePage({ tenantId, device }: Session): Write[] {
  if (!device.isUnenrolled) return [];
  return [deviceCredentials, deviceGenerations].map((set) => ({ kind: 'delete', set, tenantId, id: device.id }));
}

/** The instant of a stored deadline. */
export function deadlineOf(row: StoredEntity): Instant {
  return instantOf(row.values.nextDeadlineDateTime as string);
}
