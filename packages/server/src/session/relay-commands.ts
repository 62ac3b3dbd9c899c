/** What ends ask about relays. Pure; who may ask was judged before. */
import type { ActorCommand, Circumstances, Refusal, Step } from './commands.ts';
import { type ActiveSession, type ConnectionId, helperParty, type Session } from './session.ts';
import { changed, deed, FORBIDDEN_VIEW, refused } from './steps.ts';
import type { Actor } from './who-may.ts';

type CommandOf<K extends ActorCommand['kind']> = Extract<ActorCommand, { kind: K }>;

/** The two connections that a relay would be between; undefined where the helper's is not his, or there is no sharer's. */
export function relayEnds(session: Session, actor: Actor, helperConnectionId: ConnectionId) {
  if (session.state !== 'active' || !isHis(session, actor, helperConnectionId)) return undefined;
  const sharer = session.connections.findLast(({ party, isAdmitted }) => party === 'sharer' && isAdmitted);
  return sharer && { sessionId: session.id, helperConnectionId, sharerConnectionId: sharer.id };
}

/** A helper's end wants a relay; the sharer's connections hear of it. */
export function openRelay(
  session: ActiveSession,
  { actor, connectionId, relayId, waitMs }: CommandOf<'openRelay'>,
  circumstances: Circumstances,
): Step {
  if (!isHis(session, actor, connectionId)) return refused(session, circumstances, NOT_HIS_CONNECTION);
  if (!session.grants.view) return refused(session, circumstances, FORBIDDEN_VIEW);
  if (session.device.isUnenrolled) return refused(session, circumstances, NO_RELAYS);
  if (!relayEnds(session, actor, connectionId)) return refused(session, circumstances, NO_SHARER);
  if (waitMs > 0) return refused(session, circumstances, { ...TOO_MANY, retryAfterSeconds: Math.ceil(waitMs / 1_000) });
  const event = { event: 'relayRequested', relayId, helperConnectionId: connectionId } as const;
  const record = deed('openRemoteHelpRelay', { pubSubConnectionId: connectionId });
  return changed(session, {}, circumstances, [{ kind: 'tell', parties: ['sharer'], event }], [record]);
}

/** The device comes to a relay that waits for it. */
export function joinRelay(
  session: ActiveSession,
  { isWaiting }: CommandOf<'joinRelay'>,
  circumstances: Circumstances,
): Step {
  if (!session.grants.view) return refused(session, circumstances, FORBIDDEN_VIEW);
  if (!isWaiting) return refused(session, circumstances, NO_RELAY);
  return changed(session, {}, circumstances, [], [deed('joinRemoteHelpRelay')]);
}

function isHis(session: ActiveSession, actor: Actor, connectionId: ConnectionId): boolean {
  if (actor.kind !== 'person') return false;
  const own = helperParty(actor.person.objectId);
  return session.connections.some(({ id, party, isAdmitted }) => id === connectionId && party === own && isAdmitted);
}

const NOT_HIS_CONNECTION: Refusal = {
  code: 'notFound',
  message: 'No connection of yours with this id takes part in the session.',
  target: 'pubSubConnectionId',
};

const NO_RELAYS: Refusal = { code: 'conflict', message: 'A page in a browser shares its screen without a relay.' };

const NO_SHARER: Refusal = { code: 'conflict', message: 'The sharer is not connected. Wait until it is.' };

const TOO_MANY: Refusal = { code: 'tooManyRequests', message: 'There were too many relays. Wait before the next.' };

/** Also what a device is told whose relay has gone meanwhile. */
export const NO_RELAY: Refusal = {
  code: 'notFound',
  message: 'No relay with this id waits for the sharer in this session.',
  target: 'relayId',
};
