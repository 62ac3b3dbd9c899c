/** The unit that creates a session (SES-1): settings, device, its one live session, replays and prompts, all at once. */
import { createHash } from 'node:crypto';
import { managedDevices, remoteAssistanceSets } from '@open-remote-help/protocol';
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { SINGLETON_ID } from '../access/singleton.ts';
import type { Clock, Instant } from '../clock.ts';
import { deviceCredentials } from '../device/device-model.ts';
import type { StoredEntity, Unit, Write } from '../store/store.ts';
import type { Refusal, Step } from './commands.ts';
import { dueDeadline } from './deadlines.ts';
import { tooSoon } from './helper-commands.ts';
import { type Ingredients, newSession, type Wish } from './new-session.ts';
import { askedBy, type OutboxEntry, outboxEntry, outboxWrite } from './outbox-rows.ts';
import { newKeyMaterial } from './pair-keys.ts';
import { waitBeforePrompt } from './prompt-limits.ts';
import type { RequestedSession, Session, SessionId, SessionSettings } from './session.ts';
import { deedRecord, type Origin, type Subject } from './session-audit.ts';
import { liveSessions } from './session-model.ts';
import { type HelperSecrets, insertLive, insertPublic, insertRecords, sessionOf, slotKey } from './session-rows.ts';
import { promptKey, promptsIn, promptWrites } from './session-unit.ts';
import { created } from './transitions.ts';

/** How long a repeat without an id of its own counts as the same request. */
const RETRY_MS = 60_000;

export interface Creation {
  readonly ingredients: Omit<Ingredients, 'device' | 'isChatBlocked'> & {
    readonly device: Pick<Ingredients['device'], 'id'>;
  };
  readonly wish: Wish;
  readonly secrets: HelperSecrets;
  readonly origin: Origin;
  /** Whether the caller may create a session of this type on this device. */
  readonly isAllowed: boolean;
  /** The client's own id of the request. */
  readonly clientRequestId: string | undefined;
  /** Whether the client says that it repeats itself (`Retry-Attempt`). */
  readonly isRetry: boolean;
}

export type CreationOutcome =
  | {
      readonly kind: 'created';
      readonly session: RequestedSession;
      readonly step: Step;
      readonly outbox: OutboxEntry | undefined;
      readonly now: Instant;
    }
  /** The same request was answered before. */
  | { readonly kind: 'replayed'; readonly session: Session }
  /** What holds the device's slot is due: it is seen to first. */
  | { readonly kind: 'occupied'; readonly by: Session }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly subject: Subject };

const [settingsSet] = remoteAssistanceSets;

export function creationUnit(creation: Creation, clock: Clock, settings: SessionSettings): Unit<CreationOutcome> {
  const { ingredients } = creation;
  const { tenantId, device } = ingredients;
  const replayKey = replayKeyOf(creation);
  const unique = { set: liveSessions, tenantId: SYSTEM_TENANT, alternateKey: 'replayKey' } as const;
  return {
    reads: [
      { set: settingsSet, tenantId, id: SINGLETON_ID },
      { set: managedDevices, tenantId, id: device.id },
      { set: deviceCredentials, tenantId, id: device.id },
      promptKey(tenantId, device.id),
      slotKey(tenantId, device.id),
      ...(replayKey === null ? [] : [{ ...unique, value: replayKey }]),
    ],
    wantsNow: true,
    decide: ([tenantSettings, managedDevice, credential, promptRow, slot, replayed], storesNow) => {
      const now = storesNow ?? clock.now();
      if (replayed) return { writes: [], value: { kind: 'replayed', session: sessionOf(replayed) } };
      const holder = slot && sessionOf(slot);
      if (holder && dueDeadline(holder, now)) return { writes: [], value: { kind: 'occupied', by: holder } };
      if (holder && isRepeated(creation, holder, now)) {
        return { writes: [], value: { kind: 'replayed', session: holder } };
      }
      const prompts = promptsIn(promptRow);
      const waitMs = waitBeforePrompt(prompts, ingredients.creator.objectId, now, settings);
      const refusal = refusalOf(creation, { tenantSettings, managedDevice, holder, waitMs });
      if (refusal || !managedDevice) return refusedCreation(creation, refusal ?? NO_DEVICE, managedDevice);
      const whole: Ingredients = {
        ...ingredients,
        device: { id: device.id, name: nameOf(managedDevice), keyThumbprint: thumbprintIn(credential) },
        isChatBlocked: tenantSettings?.values.blockChat === true,
      };
      const session = newSession(whole, creation.wish, now, settings);
      const step = created(session, ingredients.creator, { now, settings, prompts });
      const outbox = outboxEntry([askedBy(session, step)], now);
      const writes = [
        insertLive(session, now, { keyMaterial: newKeyMaterial(), replayKey }),
        insertPublic(session),
        ...insertRecords(session, creation.secrets),
        ...promptWrites(tenantId, device.id, promptRow, prompts, step.prompts, now),
        ...(outbox ? [outboxWrite(outbox, tenantId, now)] : []),
        ...step.deeds.map((deed) =>
          deedRecord(subjectOf(creation, session.id, managedDevice), deed, creation.origin, now),
        ),
      ];
      return { writes, value: { kind: 'created', session, step, outbox, now } };
    },
  };
}

/** Names one request of one caller for one device, so that its replay is found even after the session ended. */
function replayKeyOf({ ingredients, wish, clientRequestId }: Creation): string | null {
  if (clientRequestId === undefined) return null;
  const { tenantId, creator, device } = ingredients;
  const parts = JSON.stringify([tenantId, creator.objectId, device.id, wish.type, clientRequestId]);
  return createHash('sha256').update(parts).digest('hex');
}

function isRepeated({ isRetry, clientRequestId, ingredients, wish }: Creation, holder: Session, now: Instant): boolean {
  const isSame = holder.creatorId === ingredients.creator.objectId && holder.type === wish.type;
  return isRetry && clientRequestId === undefined && isSame && now - holder.createdAt < RETRY_MS;
}

interface Found {
  readonly tenantSettings: StoredEntity | undefined;
  readonly managedDevice: StoredEntity | undefined;
  readonly holder: Session | undefined;
  readonly waitMs: number;
}

/** From what says least about the device to what says most. */
function refusalOf(
  { isAllowed }: Creation,
  { tenantSettings, managedDevice, holder, waitMs }: Found,
): Refusal | undefined {
  if (tenantSettings?.values.remoteAssistanceState !== 'enabled') return SWITCHED_OFF;
  if (!managedDevice) return NO_DEVICE;
  if (!isAllowed) return NO_RIGHT;
  if (holder) return IN_PROGRESS;
  return waitMs > 0 ? tooSoon(waitMs) : undefined;
}

function refusedCreation(
  creation: Creation,
  refusal: Refusal,
  managedDevice: StoredEntity | undefined,
): { writes: Write[]; value: CreationOutcome } {
  return { writes: [], value: { kind: 'refused', refusal, subject: subjectOf(creation, undefined, managedDevice) } };
}

function subjectOf(
  { ingredients: { tenantId, device } }: Creation,
  sessionId: SessionId | undefined,
  managedDevice: StoredEntity | undefined,
): Subject {
  const deviceName = managedDevice ? nameOf(managedDevice) : null;
  return { tenantId, resourceId: sessionId ?? device.id, hasSession: sessionId !== undefined, deviceName };
}

function thumbprintIn(credential: StoredEntity | undefined): string | null {
  return credential ? (credential.values.keyThumbprint as string) : null;
}

function nameOf({ id, values }: StoredEntity): string {
  const name = values.deviceName ?? values.managedDeviceName;
  return typeof name === 'string' && name !== '' ? name : id;
}

const SWITCHED_OFF: Refusal = {
  code: 'forbidden',
  message: 'Remote help is switched off in this tenant (remoteAssistanceSettings/remoteAssistanceState).',
};
const NO_DEVICE: Refusal = { code: 'notFound', message: 'There is no such managed device.' };
const NO_RIGHT: Refusal = {
  code: 'forbidden',
  message: 'No role assignment whose scope holds this device allows you a session of this type.',
};
const IN_PROGRESS: Refusal = {
  code: 'sessionInProgress',
  message: 'The device has a live session. It has to end before another begins.',
};
