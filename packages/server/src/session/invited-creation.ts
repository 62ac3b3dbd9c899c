/** The unit in which a page becomes a device and its session begins: both, once for each code, or neither (SHR-9). */
import { type DevicePublicKey, invitation, invitations, remoteAssistanceSets } from '@open-remote-help/protocol';
import { insertOf, instantOf, valuesOf } from '../access/identity-model.ts';
import { SINGLETON_ID } from '../access/singleton.ts';
import { type Clock, type Instant, toIsoText } from '../clock.ts';
import { thumbprintOf } from '../device/device-key.ts';
import { deviceCredentials } from '../device/device-model.ts';
import { firstGeneration, generationWrite } from '../device/generation.ts';
import { DomainError } from '../errors.ts';
import type { StoredEntity, Unit, Write } from '../store/store.ts';
import { type Ingredients, newSession, readWish } from './new-session.ts';
import { askedBy, type OutboxEntry, outboxEntry, outboxWrite } from './outbox-rows.ts';
import { newKeyMaterial } from './pair-keys.ts';
import { NO_PROMPTS } from './prompt-limits.ts';
import type { DeviceId, RequestedSession, SessionSettings } from './session.ts';
import { deedRecord, type Origin } from './session-audit.ts';
import { type HelperSecrets, insertLive, insertPublic, insertRecords } from './session-rows.ts';
import { deed } from './steps.ts';
import { created } from './transitions.ts';

const [settingsSet] = remoteAssistanceSets;

/** A claim of a code that was found; without ingredients the same is read, and nothing comes of it. */
export interface InvitedCreation {
  readonly tenantId: string;
  readonly invitationId: string;
  readonly page: { readonly id: DeviceId; readonly name: string; readonly publicKey: DevicePublicKey };
  /** The secret that its first sign-in needs. */
  readonly generation: string;
  readonly ingredients: Omit<Ingredients, 'device' | 'isChatBlocked' | 'tenantId'> | undefined;
  readonly secrets: HelperSecrets;
  readonly origin: Origin;
  /** When it was claimed, by the clock by which the code was given out. */
  readonly at: Instant;
}

export type Invited = { readonly session: RequestedSession; readonly outbox: OutboxEntry | undefined };

/** @returns undefined for a code that is good for nothing any more, or whose tenant takes no pages */
export function invitedUnit(
  creation: InvitedCreation,
  clock: Clock,
  settings: SessionSettings,
): Unit<Invited | undefined> {
  const { tenantId, invitationId, page, ingredients, at } = creation;
  const thumbprint = thumbprintOf(page.publicKey);
  return {
    reads: [
      { set: settingsSet, tenantId, id: SINGLETON_ID },
      { set: invitations, tenantId, id: invitationId },
      { set: deviceCredentials, tenantId, alternateKey: 'keyThumbprint', value: thumbprint },
    ],
    wantsNow: true,
    decide: ([tenantSettings, invited, holder], storesNow) => {
      const now = storesNow ?? clock.now();
      if (!ingredients || !takesPages(tenantSettings) || !isOpen(invited, at)) return { writes: [], value: undefined };
      if (holder) throw new DomainError('conflict', 'The key is in use: make a new one.', { target: 'publicKey' });
      const { sessionType, reason, ticket } = valuesOf(invitation, invited);
      const whole: Ingredients = {
        ...{ ...ingredients, tenantId },
        device: { id: page.id, name: page.name, keyThumbprint: thumbprint, isUnenrolled: true },
        isChatBlocked: tenantSettings?.values.blockChat === true,
      };
      const session = newSession(whole, readWish(sessionType, reason, ticket), now, settings);
      const step = created(session, ingredients.creator, { now, settings, prompts: NO_PROMPTS });
      const outbox = outboxEntry([askedBy(session, step)], now);
      const claim = deed('claimRemoteHelpInvitation', { invitationId, helper: ingredients.creator.objectId });
      const subject = { tenantId, resourceId: session.id, hasSession: true, deviceName: page.name };
      const writes = [
        claimed(invited, session, at),
        ...pageWrites(creation, session, thumbprint, now),
        insertLive(session, now, { keyMaterial: newKeyMaterial(), replayKey: null }),
        insertPublic(session),
        ...insertRecords(session, creation.secrets),
        ...(outbox ? [outboxWrite(outbox, tenantId, now)] : []),
        ...[claim, ...step.deeds].map((each) => deedRecord(subject, each, creation.origin, now)),
      ];
      return { writes, value: { session, outbox } };
    },
  };
}

/** Whether the tenant lets people be helped who have nothing installed, and be helped at all. */
export function takesPages(settings: StoredEntity | undefined): boolean {
  const { remoteAssistanceState, allowSessionsToUnenrolledDevices } = settings?.values ?? {};
  return remoteAssistanceState === 'enabled' && allowSessionsToUnenrolledDevices === true;
}

/** Neither claimed, nor withdrawn, nor expired. */
export function isOpen(invited: StoredEntity | undefined, now: Instant): invited is StoredEntity {
  return invited?.values.state === 'open' && now < instantOf(valuesOf(invitation, invited).expirationDateTime);
}

function claimed(before: StoredEntity, { id, tenantId }: RequestedSession, now: Instant): Write {
  const changes = { state: 'claimed', claimedDateTime: toIsoText(now), sessionId: id };
  return { kind: 'update', set: invitations, tenantId, before, changes };
}

function pageWrites(
  { page, generation, invitationId }: InvitedCreation,
  { id: sessionId, tenantId }: RequestedSession,
  keyThumbprint: string,
  now: Instant,
): Write[] {
  return [
    insertOf(deviceCredentials, tenantId, page.id, {
      ...{ keyThumbprint, sessionId, enrollmentTokenId: invitationId },
      publicKey: JSON.stringify(page.publicKey),
      hasSignedIn: true,
      parkedDateTime: null,
    }),
    generationWrite(tenantId, page.id, undefined, firstGeneration(generation), now),
  ];
}
