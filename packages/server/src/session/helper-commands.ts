/** What helpers, admins and applications ask of a live session. Pure; who may ask was judged before. */
import { epochMsOfTicks, parseDateTimeOffset } from '@open-remote-help/protocol';
import type { Instant } from '../clock.ts';
import type { ActorCommand, Circumstances, Deed, Refusal, Step } from './commands.ts';
import { askedEvent, pairedEvent, presenceEvent } from './control-events.ts';
import type { Effect } from './effects.ts';
import { afterPrompt, waitBeforePrompt } from './prompt-limits.ts';
import {
  type ActiveSession,
  type Connection,
  ceilingOf,
  type EndReason,
  type Grants,
  type Helper,
  helperOf,
  helperParty,
  type LiveSession,
  narrower,
  type Person,
  type Prompt,
  sameGrants,
  wider,
} from './session.ts';
import { changed, deed, ended, grantsText, PENDING, refused, tellDevice, tellInsiders, textOf } from './steps.ts';
import type { Actor } from './who-may.ts';

type CommandOf<K extends ActorCommand['kind']> = Extract<ActorCommand, { kind: K }>;

/** A helper learns how to connect; one who is new becomes known, which opens nothing yet (SES-7). */
export function retrieve(session: LiveSession, command: CommandOf<'retrieve'>, circumstances: Circumstances): Step {
  const person = personOf(command.actor);
  const record = [deed('retrieveRemoteHelpSession')];
  if (helperOf(session, person.objectId)) return changed(session, {}, circumstances, [], record);
  if (session.helpers.length >= circumstances.settings.mostHelpers) return refused(session, circumstances, FULL);
  const helper: Helper = { ...person, access: 'known', identity: command.identity };
  return changed(session, { helpers: [...session.helpers, helper] }, circumstances, [], record);
}

/** A helper's connection joins, or the sharer is asked about a helper who has not been admitted (SES-7). */
export function requestAccess(
  session: ActiveSession,
  command: CommandOf<'requestAccess'>,
  circumstances: Circumstances,
): Step {
  const person = personOf(command.actor);
  const helper = helperOf(session, person.objectId);
  if (!helper || !command.isOwn) return refused(session, circumstances, NOT_HIS_CONNECTION);
  if (helper.access === 'admitted') return admit(session, person, command, circumstances);
  if (helper.access === 'asked') return refused(session, circumstances, PENDING);
  const asked = ask(session, { kind: 'access', person, wants: session.grants, id: command.promptId }, circumstances);
  if (asked.refusal) return asked;
  const helpers = withAccess(session.helpers, person.objectId, 'asked');
  return { ...asked, session: { ...asked.session, helpers } as ActiveSession, refusal: PENDING };
}

function admit(
  session: ActiveSession,
  { objectId }: Person,
  { connectionId }: CommandOf<'requestAccess'>,
  circumstances: Circumstances,
): Step {
  const known = session.connections.find(({ id }) => id === connectionId);
  const record = [deed('requestRemoteHelpSessionAccess', { pubSubConnectionId: connectionId })];
  const effects: Effect[] = [{ kind: 'admit', connectionId, groupId: session.groupId }];
  if (known?.isAdmitted) return changed(session, {}, circumstances, effects, record);
  const party = helperParty(objectId);
  const admitted: Connection = { nodeId: '', ...known, id: connectionId, party, isAdmitted: true };
  const connections = [...session.connections.filter(({ id }) => id !== connectionId), admitted];
  const { helperDueAt, ...rest } = session;
  // Until its node has said that it holds the connection, nobody would miss either.
  const due = known || helperDueAt === undefined ? {} : { helperDueAt };
  effects.push(tellInsiders(session, presenceEvent(session, party, true)), ...pairings(session, admitted));
  return changed({ ...rest, ...due }, { connections }, circumstances, effects, record);
}

/** Tells the two ends of each pair that a helper's connection makes with the sharer's latest one. */
export function pairings(session: LiveSession, helping: Connection): Effect[] {
  const sharer = session.connections.findLast(({ party, isAdmitted }) => party === 'sharer' && isAdmitted);
  const event = sharer && pairedEvent(session, helping, sharer.id);
  if (!sharer || !event) return [];
  return [sharer.id, helping.id].map((connectionId) => ({ kind: 'tellConnection', connectionId, event }));
}

/** A helper who is in wants to do more; the device decides (SES-8). */
export function requestRights(
  session: ActiveSession,
  { actor, wants, promptId }: CommandOf<'requestRights'>,
  circumstances: Circumstances,
): Step {
  const person = personOf(actor);
  const ceiling = ceilingOf(session.type);
  if (!sameGrants(narrower(wants, ceiling), wants)) return refused(session, circumstances, BEYOND_TYPE);
  if (sameGrants(wider(session.grants, wants), session.grants)) return refused(session, circumstances, GRANTED_ALREADY);
  if (session.prompts.some(({ kind, helperId }) => kind === 'rights' && helperId === person.objectId)) {
    return refused(session, circumstances, PENDING);
  }
  const asked = ask(session, { kind: 'rights', person, wants, id: promptId }, circumstances);
  if (asked.refusal) return asked;
  return { ...asked, deeds: [deed('requestRemoteHelpSessionRights', { wants: grantsText(wants) })] };
}

/** Puts a question to the device, within the limits of SES-13. */
function ask(
  session: ActiveSession,
  question: { kind: Prompt['kind']; person: Person; wants: Grants; id: string },
  circumstances: Circumstances,
): Step {
  const { kind, person, wants, id } = question;
  const { now, settings, prompts } = circumstances;
  const waitMs = waitBeforePrompt(prompts, person.objectId, now, settings);
  if (waitMs > 0) return refused(session, circumstances, tooSoon(waitMs));
  const until = now + settings.consentMs;
  const prompt: Prompt = { id, kind, helperId: person.objectId, wants, until };
  return changed(
    session,
    { prompts: [...session.prompts, prompt] },
    { prompts: afterPrompt(prompts, person.objectId, now) },
    [tellDevice(session, askedEvent(prompt, person))],
  );
}

/** A new lease: from now on, never shorter than the present one, never beyond the cap (SES-3). */
export function extend(session: LiveSession, circumstances: Circumstances): Step {
  const { lease, capAt } = session;
  if (lease.expiresAt >= capAt) return refused(session, circumstances, atCap(capAt));
  const wanted = Math.min(circumstances.now + circumstances.settings.leaseMs, capAt);
  const isLater = wanted > lease.expiresAt;
  const text = isLater ? textOf(wanted) : lease.text;
  const renewed = { expiresAt: Math.max(lease.expiresAt, wanted), text, generation: lease.generation + 1 };
  const effects = [tellInsiders(session, { event: 'leaseRenewed', expiresAt: text })];
  const record = deed('extendRemoteHelpSession', { sessionExpirationDateTime: text });
  return changed(session, { lease: renewed }, circumstances, effects, [record]);
}

/** The lease moved by PATCH: anywhere up to the cap; what is past ends the session now. */
export function moveLease(
  session: LiveSession,
  { actor, text }: CommandOf<'moveLease'>,
  circumstances: Circumstances,
): Step {
  const expiresAt = floorToMs(text);
  const { lease, capAt } = session;
  if (expiresAt === undefined) return refused(session, circumstances, NO_INSTANT);
  if (expiresAt > capAt) return refused(session, circumstances, beyondCap(capAt));
  const record = deed('patchExtendRemoteHelpSessionResponse', { sessionExpirationDateTime: text });
  const moved = { ...session, lease: { ...lease, expiresAt, text } };
  if (expiresAt <= circumstances.now) return end(moved, actor, circumstances, record);
  const effects =
    expiresAt === lease.expiresAt ? [] : [tellInsiders(session, { event: 'leaseRenewed', expiresAt: text })];
  return changed(moved, {}, circumstances, effects, [record]);
}

/** Ended by whoever asks; before consent it was never begun. */
export function end(session: LiveSession, actor: Actor, circumstances: Circumstances, record = endDeed()): Step {
  const reason = endReason(session, actor);
  return ended(session, circumstances, { reason, at: circumstances.now, by: nameOfActor(actor), deed: record });
}

function endDeed(): Deed {
  return deed('endRemoteHelpSession');
}

function endReason(session: LiveSession, actor: Actor): EndReason {
  const isRequested = session.state === 'requested';
  if (actor.kind === 'device') return isRequested ? 'declined' : 'endedBySharer';
  const helper = actor.kind === 'person' ? helperOf(session, actor.person.objectId) : undefined;
  if (!helper || (helper.objectId !== session.creatorId && helper.access !== 'admitted')) return 'endedByAdmin';
  return isRequested ? 'cancelled' : 'endedByHelper';
}

function nameOfActor(actor: Actor): string | null {
  if (actor.kind === 'person') return actor.person.displayName ?? actor.person.userPrincipalName;
  return actor.kind === 'device' ? 'the sharer' : actor.audit.applicationDisplayName;
}

export function withAccess(helpers: readonly Helper[], objectId: string, access: Helper['access']): Helper[] {
  return helpers.map((helper) => (helper.objectId === objectId ? { ...helper, access } : helper));
}

/** Epoch milliseconds that a DateTimeOffset names, floored; undefined when the text is none. */
export function floorToMs(text: string): Instant | undefined {
  const value = parseDateTimeOffset(text);
  return value && epochMsOfTicks(value.ticks);
}

/** The table of who may lets only people through to where this is asked. */
function personOf(actor: Actor): Person {
  if (actor.kind !== 'person') throw new TypeError('Only a person asks for this.');
  return actor.person;
}

const FULL: Refusal = { code: 'conflict', message: 'The session knows as many helpers as it can.' };

const NOT_HIS_CONNECTION: Refusal = {
  code: 'notFound',
  message: 'No open connection with this id was opened with your access URI of this session.',
  target: 'pubSubConnectionId',
};

const BEYOND_TYPE: Refusal = {
  code: 'badRequest',
  message: 'A session of this type cannot grant that. Create one of another type.',
  target: 'rights',
};

const GRANTED_ALREADY: Refusal = { code: 'conflict', message: 'All of this is granted already.', target: 'rights' };

const NO_INSTANT: Refusal = {
  code: 'badRequest',
  message: 'sessionExpirationDateTime is no DateTimeOffset.',
  target: 'sessionExpirationDateTime',
};

function atCap(capAt: Instant): Refusal {
  return {
    code: 'conflict',
    message: `The session cannot last beyond ${textOf(capAt)}, and its lease reaches that already.`,
    target: 'sessionExpirationDateTime',
  };
}

function beyondCap(capAt: Instant): Refusal {
  return {
    code: 'badRequest',
    message: `The session cannot last beyond ${textOf(capAt)}.`,
    target: 'sessionExpirationDateTime',
  };
}

export function tooSoon(waitMs: number): Refusal {
  return {
    code: 'tooManyRequests',
    message: 'The sharer has declined or been asked too often. Wait before asking again.',
    retryAfterSeconds: Math.ceil(waitMs / 1_000),
  };
}

/** For transitions: what a refusal of SES-14 says. */
export const FORBIDDEN: Refusal = {
  code: 'forbidden',
  message: 'You take no part in this session that would allow this.',
};
