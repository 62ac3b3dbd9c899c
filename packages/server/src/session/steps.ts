/** Steps that several commands take: ending, telling, refusing. Pure. */
import { type Instant, toIsoText } from '../clock.ts';
import type { Circumstances, Deed, Refusal, Step } from './commands.ts';
import type { EventBody } from './control-events.ts';
import type { Effect } from './effects.ts';
import {
  type EndReason,
  type Grants,
  type Helper,
  helperParty,
  type LiveSession,
  type PartyName,
  REMEMBERED_MS,
  type Session,
} from './session.ts';

/** Nothing changed, nothing to do. */
export function unchanged(session: Session, { prompts }: Circumstances): Step {
  return { session, effects: [], deeds: [], prompts };
}

export function refused(session: Session, circumstances: Circumstances, refusal: Refusal): Step {
  return { ...unchanged(session, circumstances), refusal };
}

/** The session with changes, and what follows from them. */
export function changed<S extends LiveSession>(
  session: S,
  changes: Partial<Omit<S, 'version' | 'state'>>,
  { prompts }: Pick<Circumstances, 'prompts'>,
  effects: readonly Effect[] = [],
  deeds: readonly Deed[] = [],
): Step & { readonly session: S } {
  return { session: { ...session, ...changes }, effects, deeds, prompts };
}

/** The session's end: everyone is told, cut off for good, and tokens are worth nothing (SES-6). */
export function ended(
  session: LiveSession,
  { prompts, now }: Circumstances,
  end: { readonly reason: EndReason; readonly at: Instant; readonly by: string | null; readonly deed: Deed },
): Step {
  const { connections: _, isChatBlocked: __, ...facts } = session;
  const wasActive = session.state === 'active';
  const event: EventBody = { event: 'ended', reason: end.reason };
  return {
    session: {
      ...pick(facts),
      ...(wasActive ? { acceptedAt: session.acceptedAt, grants: session.grants } : {}),
      state: 'ended',
      endedAt: end.at,
      endReason: end.reason,
      endedBy: end.by,
      // Counted from when it was noticed: after a long standstill others still have to see the end.
      forgetAt: now + REMEMBERED_MS,
      version: session.version,
    },
    effects: [
      tellDevice(session, event),
      { kind: 'tell', parties: 'all', event },
      { kind: 'closeSession' },
      {
        kind: 'revokeTokens',
        identities: [...session.helpers.map(({ identity }) => identity), session.sharerIdentity],
      },
    ],
    deeds: [{ ...end.deed, details: { ...end.deed.details, endReason: end.reason } }],
    prompts,
  };
}

/** What every state has. */
function pick(session: Omit<LiveSession, 'connections' | 'isChatBlocked'>) {
  const { id, tenantId, key, type, device, creatorId, helpers, sharerIdentity, acsGroupId, groupId } = session;
  const { reason, ticket, createdAt, capAt, lease } = session;
  const identity = { id, tenantId, key, type, device, creatorId, helpers, sharerIdentity, acsGroupId, groupId };
  return { ...identity, reason, ticket, createdAt, capAt, lease };
}

export function deed(activityType: string, details: Deed['details'] = {}): Deed {
  return { activityType, isServers: false, details };
}

export function serversDeed(activityType: string, details: Deed['details'] = {}): Deed {
  return { activityType, isServers: true, details };
}

/** A page has no connection but that of its session. */
export function tellDevice({ tenantId, device }: Session, event: EventBody): Effect {
  if (device.isUnenrolled) return { kind: 'tell', parties: ['sharer'], event };
  return { kind: 'tellDevice', tenantId, deviceId: device.id, event };
}

/** Tells the sharer and the helpers who are in, or who asked first; nobody who only waits. */
export function tellInsiders(session: LiveSession, event: EventBody): Effect {
  return { kind: 'tell', parties: insiders(session), event };
}

function insiders(session: LiveSession): readonly PartyName[] {
  const isIn = ({ objectId, access }: Helper) => access === 'admitted' || objectId === session.creatorId;
  return ['sharer', ...session.helpers.filter(isIn).map(({ objectId }) => helperParty(objectId))];
}

/** Instants as clients read them. */
export const textOf = toIsoText;

/** For the audit log: the names of what is granted. */
export function grantsText(grants: Grants): string {
  const names = Object.entries(grants).flatMap(([name, isGranted]) => (isGranted ? [name] : []));
  return names.length === 0 ? 'none' : names.join(',');
}

export const GONE: Refusal = { code: 'notFound', message: 'There is no such live session.' };
export const PENDING: Refusal = {
  code: 'consentPending',
  message: 'The sharer has been asked. The connection is told the answer; ask for access again then.',
};

export const FORBIDDEN_VIEW: Refusal = { code: 'forbidden', message: 'The sharer does not allow the view.' };
