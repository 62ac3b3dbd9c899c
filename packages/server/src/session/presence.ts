/** Connections that open and go, and what the tenant changes under a live session (SES-11, SES-12). Pure. */
import type { Circumstances, ServerCommand, Step } from './commands.ts';
import { type EventBody, presenceEvent } from './control-events.ts';
import { tellHelper } from './device-commands.ts';
import type { Effect } from './effects.ts';
import { pairings } from './helper-commands.ts';
import {
  type Connection,
  helperParty,
  type LiveSession,
  type PartyName,
  type RequestedSession,
  type Session,
  sharerAwayMs,
} from './session.ts';
import { changed, ended, serversDeed, tellDevice, tellInsiders, unchanged } from './steps.ts';

type CommandOf<K extends ServerCommand['kind']> = Extract<ServerCommand, { kind: K }>;

/** A connection of the sharer's joins at once when the session is active; a helper's waits until access is requested. */
export function connectionOpened(
  session: Session,
  { connectionId, party, nodeId, isMember = false }: CommandOf<'connectionOpened'>,
  circumstances: Circumstances,
): Step {
  const refusal: Effect[] = [{ kind: 'closeConnection', connectionId }];
  if (session.state === 'ended') return { ...unchanged(session, circumstances), effects: refusal };
  const known = session.connections.find(({ id }) => id === connectionId);
  const ofParty = session.connections.filter((each) => each.party === party);
  // It would hear the group without consent: its helper was removed while it was lost, and has come anew.
  const isIntruder = isMember && party !== 'sharer' && !isAdmittedHelper(session, party);
  if (isIntruder || (known ? known.party !== party : ofParty.length >= circumstances.settings.mostConnections)) {
    return { ...unchanged(session, circumstances), effects: refusal };
  }
  const isBack = isMember && isAdmittedHelper(session, party);
  const joins = (party === 'sharer' && session.state === 'active') || isBack;
  const opened: Connection = { id: connectionId, party, nodeId, isAdmitted: joins || known?.isAdmitted === true };
  const connections = [...session.connections.filter((each) => each !== known), opened];
  const helping = session.connections.filter((each) => each.isAdmitted && isHelpers(each));
  const { sharerDueAt, helperDueAt, ...rest } = { sharerDueAt: undefined, helperDueAt: undefined, ...session };
  const isIn = party !== 'sharer' && opened.isAdmitted;
  const due = party === 'sharer' ? { helperDueAt } : isIn ? { sharerDueAt } : { sharerDueAt, helperDueAt };
  const present = { ...rest, ...withoutAbsent(due), ...pageIsBack(session, party, circumstances) } as LiveSession;
  const effects: Effect[] = [
    ...(joins ? [{ kind: 'admit', connectionId, groupId: session.groupId } as const] : []),
    ...(joins && !hasAdmitted(ofParty, () => true) ? [tellInsiders(session, presenceEvent(session, party, true))] : []),
    ...(joins && !known && party === 'sharer'
      ? helping.flatMap((each) => pairings({ ...session, connections }, each))
      : []),
    { kind: 'tellConnection', connectionId, event: policyEvent(session.isChatBlocked) },
  ];
  return changed(present, { connections }, circumstances, effects);
}

/** Until a page has answered, all of its time is its again. */
function pageIsBack(session: LiveSession, party: PartyName, { settings }: Circumstances): Partial<RequestedSession> {
  const isBack = party === 'sharer' && session.state === 'requested' && session.device.isUnenrolled;
  return isBack ? { consentUntil: session.createdAt + settings.consentMs } : {};
}

function isAdmittedHelper(session: LiveSession, party: PartyName): boolean {
  return session.helpers.some(({ objectId, access }) => access === 'admitted' && helperParty(objectId) === party);
}

function withoutAbsent<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The loss of a side's last connection is told, and that side has a while to come back (SES-12). */
export function connectionLost(
  session: Session,
  { connectionId }: CommandOf<'connectionLost'>,
  circumstances: Circumstances,
): Step {
  const lost = session.state === 'ended' ? undefined : session.connections.find(({ id }) => id === connectionId);
  if (!lost || session.state === 'ended') return unchanged(session, circumstances);
  const connections = session.connections.filter((each) => each !== lost);
  const wasLast = lost.isAdmitted && !hasAdmitted(connections, ({ party }) => party === lost.party);
  const presence = tellInsiders(session, presenceEvent(session, lost.party, false));
  const effects = wasLast ? [presence] : [];
  const { now, settings } = circumstances;
  const dueAt = now + (lost.party === 'sharer' ? sharerAwayMs(session, settings) : settings.awayMs);
  if (session.state === 'requested') {
    const isPages = session.device.isUnenrolled && lost.party === 'sharer';
    const isGone = isPages && !connections.some(({ party }) => party === 'sharer');
    // Nobody else can answer: its key is gone with the page.
    const due = isGone ? { consentUntil: Math.min(session.consentUntil, dueAt) } : {};
    return changed(session, { connections, ...due }, circumstances, effects);
  }
  const away = {
    ...(lost.party === 'sharer' && wasLast ? { sharerDueAt: dueAt } : {}),
    ...(lost.isAdmitted && lost.party !== 'sharer' && !hasAdmitted(connections, isHelpers)
      ? { helperDueAt: dueAt }
      : {}),
  };
  return changed(session, { connections, ...away }, circumstances, effects);
}

function policyEvent(blockChat: boolean): EventBody {
  return { event: 'policy', blockChat };
}

/** Whether one that fits is in, by the word of the node that holds it: of another the loss would be told by nobody. */
function hasAdmitted(connections: readonly Connection[], fits: (connection: Connection) => boolean): boolean {
  return connections.some((connection) => connection.isAdmitted && connection.nodeId !== '' && fits(connection));
}

function isHelpers({ party }: { readonly party: PartyName }): boolean {
  return party !== 'sharer';
}

/** The ground has gone from under the session: setting off, device gone, its creator's right withdrawn. */
export function revoke(session: LiveSession, { why }: CommandOf<'revoke'>, circumstances: Circumstances): Step {
  const record = serversDeed('revokeRemoteHelpSession', { why });
  return ended(session, circumstances, { reason: 'revoked', at: circumstances.now, by: null, deed: record });
}

/** A helper beside the creator has lost his right: he is cut off, the session goes on; without its creator it ends. */
export function removeHelper(
  session: LiveSession,
  { objectId }: CommandOf<'removeHelper'>,
  circumstances: Circumstances,
): Step {
  if (objectId === session.creatorId) return revoke(session, { kind: 'revoke', why: 'rights' }, circumstances);
  const helper = session.helpers.find((each) => each.objectId === objectId);
  if (!helper) return unchanged(session, circumstances);
  const party = `helper:${objectId}` as const;
  const his = session.connections.filter((each) => each.party === party);
  const effects: Effect[] = [
    tellHelper(objectId, { event: 'ended', reason: 'revoked' }),
    ...his.map(({ id }): Effect => ({ kind: 'closeConnection', connectionId: id })),
    { kind: 'revokeTokens', identities: [helper.identity] },
  ];
  const withoutHim = {
    helpers: session.helpers.filter((each) => each !== helper),
    connections: session.connections.filter((each) => each.party !== party),
  };
  const record = [serversDeed('removeRemoteHelpHelper', { helper: objectId })];
  if (session.state === 'requested') return changed(session, withoutHim, circumstances, effects, record);
  const last = his.findLast(({ isAdmitted }) => isAdmitted);
  if (last) {
    effects.push(tellInsiders({ ...session, ...withoutHim }, presenceEvent(session, party, false)));
  }
  const prompts = session.prompts.filter(({ helperId }) => helperId !== objectId);
  for (const { id } of session.prompts) {
    if (!prompts.some((prompt) => prompt.id === id))
      effects.push(tellDevice(session, { event: 'withdrawn', promptId: id }));
  }
  const isAlone = last !== undefined && !hasAdmitted(withoutHim.connections, isHelpers);
  const away = isAlone ? { helperDueAt: circumstances.now + circumstances.settings.awayMs } : {};
  return changed(session, { ...withoutHim, prompts, ...away }, circumstances, effects, record);
}

export function blockChat(
  session: LiveSession,
  { isBlocked }: CommandOf<'blockChat'>,
  circumstances: Circumstances,
): Step {
  if (session.isChatBlocked === isBlocked) return unchanged(session, circumstances);
  const effects = [tellInsiders(session, policyEvent(isBlocked))];
  return changed(session, { isChatBlocked: isBlocked }, circumstances, effects);
}
