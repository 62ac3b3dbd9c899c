/** One transition as a unit of the store: session, public row, records, effects and audit together or not at all. */
import type { EntitySet } from '@open-remote-help/protocol';
import { type Clock, type Instant, toIsoText } from '../clock.ts';
import type { EntityKey, StoredEntity, Unit, Values, Write } from '../store/store.ts';
import type { Command, Step } from './commands.ts';
import { askedBy, type OutboxEntry, outboxEntry, outboxWrite } from './outbox-rows.ts';
import { NO_PROMPTS, type PromptLog } from './prompt-limits.ts';
import type { DeviceId, Session, SessionId, SessionSettings } from './session.ts';
import { deedRecord, type Origin, type Subject, serversOrigin } from './session-audit.ts';
import { promptLogs } from './session-model.ts';
import {
  accessRecords,
  deleteLive,
  deletePage,
  deleteRecords,
  extendRecords,
  liveKey,
  publicKey,
  retrieveRecords,
  sessionOf,
  updateLive,
  updatePublic,
} from './session-rows.ts';
import { transition } from './transitions.ts';

/** Where a session is found, and the device whose prompts count where a command depends on them. */
export interface Address {
  readonly tenantId: string;
  readonly id: SessionId;
  readonly deviceId?: DeviceId;
}

export function addressOf({ tenantId, id, device }: Session): Address {
  return { tenantId, id, deviceId: device.id };
}

export interface Attempt {
  readonly address: Address;
  readonly command: Command;
  readonly origin: Origin | undefined;
  /** The instant at which it was asked, where that was before now. */
  readonly at?: Instant;
  /** Whether what was prepared fits the session as it is by now. */
  readonly fits?: (session: Session) => boolean;
  /** Changes to records once the command is accepted. */
  readonly records?: { readonly lease?: Values; readonly access?: Values };
  /** Sees the lease record before it changes; what it throws rejects the unit. */
  readonly precondition?: (record: StoredEntity) => void;
}

/** What became of an attempt; `stale` when what was prepared no longer fits. */
export type Outcome =
  | { readonly kind: 'absent' }
  | { readonly kind: 'stale' }
  | {
      readonly kind: 'decided';
      readonly before: Session;
      readonly step: Step;
      readonly outbox: OutboxEntry | undefined;
      /** The lease record as it is now, or as it was last, where the command is about it. */
      readonly record?: StoredEntity;
      readonly now: Instant;
    };

const HOUR_MS = 60 * 60 * 1_000;

/** Names of commands in the audit log, where the attempt is refused. */
const ACTIVITIES: Readonly<Record<Command['kind'], string>> = {
  retrieve: 'retrieveRemoteHelpSession',
  requestAccess: 'requestRemoteHelpSessionAccess',
  requestRights: 'requestRemoteHelpSessionRights',
  extend: 'extendRemoteHelpSession',
  moveLease: 'patchExtendRemoteHelpSessionResponse',
  end: 'endRemoteHelpSession',
  join: 'joinRemoteHelpSession',
  accept: 'acceptRemoteHelpSession',
  decline: 'declineRemoteHelpSession',
  narrow: 'narrowRemoteHelpSession',
  openRelay: 'openRemoteHelpRelay',
  joinRelay: 'joinRemoteHelpRelay',
  connectionOpened: 'openRemoteHelpConnection',
  connectionLost: 'loseRemoteHelpConnection',
  revoke: 'revokeRemoteHelpSession',
  removeHelper: 'removeRemoteHelpHelper',
  blockChat: 'blockRemoteHelpChat',
  wake: 'wakeRemoteHelpSession',
};

export function activityOf({ kind }: Pick<Command, 'kind'>): string {
  return ACTIVITIES[kind];
}

/** Commands whose answer depends on the device's prompts, or changes them. */
const PROMPTING: readonly Command['kind'][] = ['requestAccess', 'requestRights', 'accept', 'decline'];

/** The unit that applies a command to a stored session. */
export function attemptUnit(attempt: Attempt, clock: Clock, settings: SessionSettings): Unit<Outcome> {
  const { address, command, records } = attempt;
  const reads = readsOf(attempt);
  return {
    reads: [...reads.values()],
    wantsNow: true,
    decide: (rows, storesNow) => {
      const found = new Map([...reads.keys()].map((name, index) => [name, rows[index]]));
      const live = found.get('live');
      if (!live) return { writes: [], value: { kind: 'absent' } };
      const before = sessionOf(live);
      if (attempt.fits?.(before) === false) return { writes: [], value: { kind: 'stale' } };
      const lease = found.get('extend');
      if (lease) attempt.precondition?.(lease);
      const now = attempt.at ?? storesNow ?? clock.now();
      const prompts = promptsIn(found.get('prompts'));
      const step = transition(before, command, { now, settings, prompts });
      const outbox = outboxEntry([askedBy(before, step)], now);
      const isAccepted = !step.refusal && step.session?.state !== 'ended';
      const writes = [
        ...sessionWrites(live, found.get('public'), before, step, now),
        ...(isAccepted && step.session ? recordWrites(found, step.session, records) : []),
        ...promptWrites(address.tenantId, before.device.id, found.get('prompts'), prompts, step.prompts, now),
        ...(outbox ? [outboxWrite(outbox, address.tenantId, now)] : []),
        ...auditWrites(before, step, attempt.origin, now),
      ];
      const record = lease && leaseAfter(lease, step, records?.lease);
      return { writes, value: { kind: 'decided', before, step, outbox, now, ...(record ? { record } : {}) } };
    },
  };
}

type RowName = 'live' | 'public' | 'prompts' | 'extend' | 'retrieve' | 'access';

function readsOf({ address, command, records }: Attempt): Map<RowName, EntityKey> {
  const { tenantId, id, deviceId } = address;
  const reads = new Map<RowName, EntityKey>([
    ['live', liveKey(id)],
    ['public', publicKey(tenantId, id)],
  ]);
  if (PROMPTING.includes(command.kind) && deviceId !== undefined) reads.set('prompts', promptKey(tenantId, deviceId));
  if (records?.lease) {
    reads.set('extend', { set: extendRecords, tenantId, id });
    reads.set('retrieve', { set: retrieveRecords, tenantId, id });
  }
  if (records?.access) reads.set('access', { set: accessRecords, tenantId, id });
  return reads;
}

export function promptKey(tenantId: string, deviceId: DeviceId): EntityKey {
  return { set: promptLogs, tenantId, id: deviceId };
}

export function promptsIn(row: StoredEntity | undefined): PromptLog {
  // One of a release before names other things; an hour later it would be forgotten anyhow.
  return row ? { ...NO_PROMPTS, ...(JSON.parse(row.values.log as string) as Partial<PromptLog>) } : NO_PROMPTS;
}

/** Of a session that changed. @param shown its public row */
export function sessionWrites(
  live: StoredEntity,
  shown: StoredEntity | undefined,
  before: Session,
  { session }: Step,
  now: Instant,
): Write[] {
  if (session === before) return [];
  if (!session) return [deleteLive(before.id)];
  const hasJustEnded = session.state === 'ended' && before.state !== 'ended';
  return [
    updateLive(live, session, now),
    ...(shown ? updatePublic(shown, session) : []),
    ...(hasJustEnded ? [...deleteRecords(session), ...deletePage(session)] : []),
  ];
}

/** The lease's text goes into the two records that show it; what was prepared goes with it. */
function recordWrites(
  found: ReadonlyMap<RowName, StoredEntity | undefined>,
  { tenantId, lease }: Session,
  records: Attempt['records'],
): Write[] {
  const update = (set: EntitySet, name: RowName, changes: Values): Write[] => {
    const before = found.get(name);
    return before ? [{ kind: 'update', set, tenantId, before, changes }] : [];
  };
  const renewed = { ...records?.lease, sessionExpirationDateTime: lease.text };
  return [
    ...(records?.lease ? update(extendRecords, 'extend', renewed) : []),
    ...(records?.lease ? update(retrieveRecords, 'retrieve', renewed) : []),
    ...(records?.access ? update(accessRecords, 'access', records.access) : []),
  ];
}

function leaseAfter(before: StoredEntity, { session, refusal }: Step, changes: Values | undefined): StoredEntity {
  if (refusal || !session) return before;
  const values = { ...before.values, ...changes, sessionExpirationDateTime: session.lease.text };
  return { id: before.id, version: before.version + 1, values };
}

/** Writes the device's prompts where they changed. */
export function promptWrites(
  tenantId: string,
  deviceId: DeviceId,
  row: StoredEntity | undefined,
  before: PromptLog,
  after: PromptLog,
  now: Instant,
): Write[] {
  if (after === before) return [];
  const values = { log: JSON.stringify(after), expiresDateTime: toIsoText(now + HOUR_MS) };
  return row
    ? [{ kind: 'update', set: promptLogs, tenantId, before: row, changes: values }]
    : [{ kind: 'insert', set: promptLogs, tenantId, id: deviceId, values }];
}

export function auditWrites(before: Session, { deeds }: Step, origin: Origin | undefined, now: Instant): Write[] {
  const by = origin ?? serversOrigin(now);
  return deeds.map((deed) => deedRecord(subjectOf(before), deed, by, now));
}

/** What the audit log says of a session. */
export function subjectOf({ tenantId, id, device }: Session): Subject {
  return { tenantId, resourceId: id, hasSession: true, deviceName: device.name };
}
