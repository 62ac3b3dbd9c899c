/**
 * The session's one pure function: what is due happens first, then the command is judged and applied. The table of
 * states and transitions stands in `docs/spec/session.md`.
 */
import type { ActorCommand, Circumstances, Command, Refusal, ServerCommand, Step } from './commands.ts';
import { requestedEvent } from './control-events.ts';
import { dueDeadline } from './deadlines.ts';
import { accept, closing, decline, join, narrow, tellHelper } from './device-commands.ts';
import { end, extend, FORBIDDEN, moveLease, requestAccess, requestRights, retrieve } from './helper-commands.ts';
import { blockChat, connectionLost, connectionOpened, removeHelper, revoke } from './presence.ts';
import { afterPrompt } from './prompt-limits.ts';
import { joinRelay, openRelay } from './relay-commands.ts';
import type { ActiveSession, LiveSession, Person, RequestedSession, Session } from './session.ts';
import { deed, ended, GONE, PENDING, refused, serversDeed, tellDevice, unchanged } from './steps.ts';
import { judge, type Operation } from './who-may.ts';

/** What SES-14 calls each command. */
const OPERATIONS: Readonly<Record<ActorCommand['kind'], Operation>> = {
  retrieve: 'retrieve',
  requestAccess: 'requestAccess',
  requestRights: 'requestRights',
  extend: 'extend',
  moveLease: 'extend',
  end: 'end',
  join: 'join',
  accept: 'answer',
  decline: 'answer',
  narrow: 'answer',
  openRelay: 'openRelay',
  joinRelay: 'joinRelay',
};

/** The first step of a session: the sharer is asked. */
export function created(session: RequestedSession, creator: Person, { now, prompts }: Circumstances): Step {
  const event = requestedEvent(session, creator, session.consentUntil);
  return {
    session,
    effects: [tellDevice(session, event)],
    deeds: [deed('createRemoteHelpSession', { sessionType: session.type })],
    prompts: afterPrompt(prompts, creator.objectId, now),
  };
}

/** Applies a command at an instant. A session that changes has the next version; a command that comes too late is refused. */
export function transition(session: Session, command: Command, circumstances: Circumstances): Step {
  const settled = settle(session, circumstances);
  if (!settled.session) return { ...settled, ...('actor' in command ? { refusal: GONE } : {}) };
  const step = apply(settled.session, command, { ...circumstances, prompts: settled.prompts });
  const whole: Step = {
    ...step,
    effects: [...settled.effects, ...step.effects],
    deeds: [...settled.deeds, ...step.deeds],
  };
  if (!whole.session || whole.session === session) return whole;
  return { ...whole, session: { ...whole.session, version: session.version + 1 } };
}

/** Everything that is due by now, in the order of its instants. */
function settle(session: Session, circumstances: Circumstances): Step {
  let step: Step = unchanged(session, circumstances);
  while (step.session) {
    const next = fallDue(step.session, { ...circumstances, prompts: step.prompts });
    if (!next) break;
    step = { ...next, effects: [...step.effects, ...next.effects], deeds: [...step.deeds, ...next.deeds] };
  }
  return step;
}

function fallDue(session: Session, circumstances: Circumstances): Step | undefined {
  const due = dueDeadline(session, circumstances.now);
  if (!due) return undefined;
  if (due.kind === 'forget' || session.state === 'ended')
    return { ...unchanged(session, circumstances), session: undefined };
  if (due.kind === 'withdraw') return withdraw(session as ActiveSession, due.promptId, circumstances);
  const record = serversDeed('endRemoteHelpSession');
  return ended(session, circumstances, { reason: due.reason, at: due.at, by: null, deed: record });
}

/** Nobody answered a question: that is no consent. */
function withdraw(session: ActiveSession, promptId: string, circumstances: Circumstances): Step {
  const prompt = session.prompts.find(({ id }) => id === promptId);
  if (!prompt) throw new TypeError('A prompt falls due that the session does not have.');
  return {
    ...unchanged(session, circumstances),
    session: { ...session, ...closing(session, prompt) },
    effects: [
      tellDevice(session, { event: 'withdrawn', promptId }),
      tellHelper(prompt.helperId, { event: 'consent', decision: 'timedOut', kind: prompt.kind, retryAt: null }),
    ],
    deeds: [serversDeed('withdrawRemoteHelpPrompt', { kind: prompt.kind, helper: prompt.helperId })],
  };
}

function apply(session: Session, command: Command, circumstances: Circumstances): Step {
  if (!('actor' in command)) return applyServers(session, command, circumstances);
  const refusal = refusalOf(session, command);
  if (refusal) return refused(session, circumstances, refusal);
  // Every verdict on an ended session is a refusal.
  return applyActors(session as LiveSession, command, circumstances);
}

function refusalOf(session: Session, command: ActorCommand): Refusal | undefined {
  switch (judge(OPERATIONS[command.kind], command.actor, session)) {
    case 'yes':
    case 'asks':
      return undefined;
    case 'pending':
      return PENDING;
    case 'gone':
      return GONE;
    case 'no':
      return FORBIDDEN;
  }
}

function applyActors(session: LiveSession, command: ActorCommand, circumstances: Circumstances): Step {
  switch (command.kind) {
    case 'retrieve':
      return retrieve(session, command, circumstances);
    case 'requestAccess':
      return requestAccess(session as ActiveSession, command, circumstances);
    case 'requestRights':
      return requestRights(session as ActiveSession, command, circumstances);
    case 'extend':
      return extend(session, circumstances);
    case 'moveLease':
      return moveLease(session, command, circumstances);
    case 'end':
      return end(session, command.actor, circumstances);
    case 'join':
      return join(session, circumstances);
    case 'accept':
      return accept(session, command, circumstances);
    case 'decline':
      return decline(session, command, circumstances);
    case 'narrow':
      return narrow(session, command, circumstances);
    case 'openRelay':
      return openRelay(session as ActiveSession, command, circumstances);
    case 'joinRelay':
      return joinRelay(session as ActiveSession, command, circumstances);
  }
}

function applyServers(session: Session, command: ServerCommand, circumstances: Circumstances): Step {
  if (command.kind === 'connectionOpened') return connectionOpened(session, command, circumstances);
  if (command.kind === 'connectionLost') return connectionLost(session, command, circumstances);
  if (session.state === 'ended' || command.kind === 'wake') return unchanged(session, circumstances);
  switch (command.kind) {
    case 'revoke':
      return revoke(session, command, circumstances);
    case 'removeHelper':
      return removeHelper(session, command, circumstances);
    case 'blockChat':
      return blockChat(session, command, circumstances);
  }
}
