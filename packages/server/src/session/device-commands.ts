/** What the device decides (SES-8). Pure; that it is the session's device was judged before. */
import type { ActorCommand, Circumstances, Refusal, Step } from './commands.ts';
import type { EventBody } from './control-events.ts';
import type { Effect } from './effects.ts';
import { withAccess } from './helper-commands.ts';
import { afterConsent, afterDecline, waitBeforePrompt } from './prompt-limits.ts';
import {
  type ActiveSession,
  ceilingOf,
  type Grants,
  helperParty,
  type LiveSession,
  narrower,
  type Prompt,
  type RequestedSession,
  sameGrants,
  sharerAwayMs,
  wider,
} from './session.ts';
import { changed, deed, ended, grantsText, refused, tellInsiders, textOf } from './steps.ts';

type CommandOf<K extends ActorCommand['kind']> = Extract<ActorCommand, { kind: K }>;

/** The device learns how to connect; the answer is its access URI and the keys of the connections that are in. */
export function join(session: LiveSession, circumstances: Circumstances): Step {
  return changed(session, {}, circumstances, [], [deed('joinRemoteHelpSession')]);
}

export function accept(session: LiveSession, command: CommandOf<'accept'>, circumstances: Circumstances): Step {
  if (session.state === 'requested') {
    return command.promptId === undefined
      ? activate(session, command.grants, circumstances)
      : refused(session, circumstances, NOT_ASKED);
  }
  const prompt = promptOf(session, command.promptId);
  if (!prompt) return refused(session, circumstances, NOT_ASKED);
  return prompt.kind === 'access'
    ? letIn(session, prompt, command.grants, circumstances)
    : grantMore(session, prompt, command.grants, circumstances);
}

function activate(session: RequestedSession, given: Grants, circumstances: Circumstances): Step {
  const { now, settings, prompts } = circumstances;
  const grants = narrower(given, ceilingOf(session.type));
  if (!grants.view) return refused(session, circumstances, NOTHING_GRANTED);
  const { consentUntil: _, ...rest } = session;
  const sharers = rest.connections.filter(({ party }) => party === 'sharer');
  const active: ActiveSession = {
    ...rest,
    state: 'active',
    acceptedAt: now,
    grants,
    prompts: [],
    helpers: withAccess(rest.helpers, rest.creatorId, 'admitted'),
    connections: rest.connections.map((each) => (each.party === 'sharer' ? { ...each, isAdmitted: true } : each)),
    helperDueAt: now + settings.awayMs,
    ...(sharers.length === 0 ? { sharerDueAt: now + sharerAwayMs(rest, settings) } : {}),
  };
  const effects: Effect[] = [
    ...sharers.map(({ id }): Effect => ({ kind: 'admit', connectionId: id, groupId: rest.groupId })),
    tellHelper(rest.creatorId, consented('session')),
    tellInsiders(active, grantedEvent(grants)),
  ];
  const record = deed('acceptRemoteHelpSession', { grants: grantsText(grants) });
  return changed(active, {}, { prompts: afterConsent(prompts, rest.creatorId, now) }, effects, [record]);
}

/** All helpers have what the session grants: an answer that grants less takes the rest from all, one can't add (SES-8.3). */
function letIn(session: ActiveSession, prompt: Prompt, given: Grants, circumstances: Circumstances): Step {
  const { now, prompts } = circumstances;
  const grants = narrower(session.grants, given);
  if (!grants.view) return refused(session, circumstances, NOTHING_GRANTED);
  const effects = [
    tellHelper(prompt.helperId, consented('access')),
    ...(sameGrants(grants, session.grants) ? [] : [tellInsiders(session, grantedEvent(grants))]),
  ];
  const changes = {
    grants,
    prompts: without(session.prompts, prompt),
    helpers: withAccess(session.helpers, prompt.helperId, 'admitted'),
  };
  const record = deed('acceptRemoteHelpHelper', { helper: prompt.helperId, grants: grantsText(grants) });
  return changed(session, changes, { prompts: afterConsent(prompts, prompt.helperId, now) }, effects, [record]);
}

/** At most what was asked for: the server cannot ask for less and be given more. */
function grantMore(session: ActiveSession, prompt: Prompt, given: Grants, { now, prompts }: Circumstances): Step {
  const grants = narrower(wider(session.grants, narrower(given, prompt.wants)), ceilingOf(session.type));
  const effects = [tellHelper(prompt.helperId, consented('rights')), tellInsiders(session, grantedEvent(grants))];
  const record = deed('acceptRemoteHelpRights', { grants: grantsText(grants) });
  const changes = { grants, prompts: without(session.prompts, prompt) };
  return changed(session, changes, { prompts: afterConsent(prompts, prompt.helperId, now) }, effects, [record]);
}

export function decline(session: LiveSession, command: CommandOf<'decline'>, circumstances: Circumstances): Step {
  const { now, prompts } = circumstances;
  const details = { isReported: String(command.isReported === true) };
  if (session.state === 'requested') {
    if (command.promptId !== undefined) return refused(session, circumstances, NOT_ASKED);
    const { creatorId } = session;
    const log = afterDecline(prompts, creatorId, now);
    const record = deed('declineRemoteHelpSession', details);
    const end = { reason: 'declined', at: now, by: 'the sharer', deed: record } as const;
    const step = ended(session, { ...circumstances, prompts: log }, end);
    // Before the end, which closes the connection that this is told on.
    return {
      ...step,
      effects: [tellDeclined('session', creatorId, { ...circumstances, prompts: log }), ...step.effects],
    };
  }
  const prompt = promptOf(session, command.promptId);
  if (!prompt) return refused(session, circumstances, NOT_ASKED);
  const log = afterDecline(prompts, prompt.helperId, now);
  const effects = [tellDeclined(prompt.kind, prompt.helperId, { ...circumstances, prompts: log })];
  const record = deed('declineRemoteHelpPrompt', { ...details, kind: prompt.kind, helper: prompt.helperId });
  return changed(session, closing(session, prompt), { prompts: log }, effects, [record]);
}

/** Less than before, at any time; never more. */
export function narrow(session: LiveSession, { grants }: CommandOf<'narrow'>, circumstances: Circumstances): Step {
  if (session.state === 'requested') return refused(session, circumstances, NOT_ASKED);
  const narrowed = narrower(session.grants, grants);
  const record = deed('narrowRemoteHelpSession', { grants: grantsText(narrowed) });
  const effects: Effect[] = [tellInsiders(session, grantedEvent(narrowed))];
  if (!narrowed.view) effects.push({ kind: 'cutRelays' });
  return changed(session, { grants: narrowed }, circumstances, effects, [record]);
}

/** What changes when a question is closed without consent. */
export function closing(session: ActiveSession, prompt: Prompt): Pick<ActiveSession, 'prompts' | 'helpers'> {
  return {
    prompts: without(session.prompts, prompt),
    helpers: prompt.kind === 'access' ? withAccess(session.helpers, prompt.helperId, 'refused') : session.helpers,
  };
}

/** With the instant from which on he may ask again. */
function tellDeclined(
  kind: 'session' | Prompt['kind'],
  helperId: string,
  { prompts, now, settings }: Circumstances,
): Effect {
  const retryAt = textOf(now + waitBeforePrompt(prompts, helperId, now, settings));
  return tellHelper(helperId, { event: 'consent', decision: 'declined', kind, retryAt });
}

export function tellHelper(objectId: string, event: EventBody): Effect {
  return { kind: 'tell', parties: [helperParty(objectId)], event };
}

function consented(kind: 'session' | Prompt['kind']): EventBody {
  return { event: 'consent', decision: 'granted', kind, retryAt: null };
}

function grantedEvent(grants: Grants): EventBody {
  return { event: 'granted', grants, by: 'sharer' };
}

function promptOf(session: ActiveSession, promptId: string | undefined): Prompt | undefined {
  return session.prompts.find(({ id }) => id === promptId);
}

function without(prompts: readonly Prompt[], prompt: Prompt): Prompt[] {
  return prompts.filter(({ id }) => id !== prompt.id);
}

const NOT_ASKED: Refusal = { code: 'conflict', message: 'Nothing of the kind is being asked.', target: 'promptId' };
const NOTHING_GRANTED: Refusal = {
  code: 'badRequest',
  message: 'To accept is to grant at least the view. Decline instead.',
  target: 'grants',
};
