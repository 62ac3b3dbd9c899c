/** Control events of a session, made from its data. What a person is shown comes from verified claims (SES-8). Pure. */
import { createHash } from 'node:crypto';
import {
  type ControlEvent,
  type ControlEventName,
  type ControlEventOf,
  LINE_LENGTHS,
  toLine,
} from '@open-remote-help/protocol/events';
import { type Instant, toIsoText } from '../clock.ts';
import {
  type Connection,
  type ConnectionId,
  helperOf,
  type LiveSession,
  type PartyName,
  type Person,
  type Prompt,
  type Session,
} from './session.ts';

type BodyOf<N extends ControlEventName> = N extends ControlEventName
  ? Omit<ControlEventOf<N>, 'sessionKey' | 'revision'>
  : never;

/** A control event but for what every one of its session has: key and revision. */
export type EventBody = BodyOf<ControlEventName>;

const HELPER = 'helper:';
const LONGEST_USER_ID = 256;

/** The whole event, of the session at this version. */
export function controlEvent({ key, version }: Pick<Session, 'key' | 'version'>, body: EventBody): ControlEvent {
  return { ...body, sessionKey: key, revision: version } as ControlEvent;
}

/** The device is asked about the session itself. */
export function requestedEvent(session: Session, creator: Person, until: Instant): EventBody {
  const { reason, ticket, type } = session;
  const helperSays = {
    reason: lineOrNull(reason, LINE_LENGTHS.reason),
    ticket: lineOrNull(ticket, LINE_LENGTHS.ticket),
  };
  return { event: 'requested', sessionType: type, helper: shownOf(creator), helperSays, until: toIsoText(until) };
}

/** The device is asked once more. */
export function askedEvent({ id, kind, wants, until }: Prompt, helper: Person): EventBody {
  const helperSays = { reason: null, ticket: null };
  return { event: 'asked', promptId: id, kind, helper: shownOf(helper), helperSays, wants, until: toIsoText(until) };
}

export function presenceEvent(session: Session, party: PartyName, isPresent: boolean): EventBody {
  if (party === 'sharer') return { event: 'presence', party, userId: session.device.id, isPresent };
  return { event: 'presence', party: 'helper', userId: userIdOf(helperIdOf(party)), isPresent };
}

/** A helper's connection and the sharer's are a pair now. */
export function pairedEvent(
  session: Session,
  helping: Connection,
  sharerConnectionId: ConnectionId,
): EventBody | undefined {
  const helper = helperOf(session, helperIdOf(helping.party));
  return helper && { event: 'paired', helper: shownOf(helper), helperConnectionId: helping.id, sharerConnectionId };
}

/** What is being asked on the device now. */
export function questionsOf(session: LiveSession): EventBody[] {
  if (session.state === 'requested') {
    const creator = helperOf(session, session.creatorId);
    return creator ? [requestedEvent(session, creator, session.consentUntil)] : [];
  }
  return session.prompts.flatMap((prompt) => {
    const helper = helperOf(session, prompt.helperId);
    return helper ? [askedEvent(prompt, helper)] : [];
  });
}

/** The object id of a helper's party; empty for the sharer. */
export function helperIdOf(party: PartyName): string {
  return party === 'sharer' ? '' : party.slice(HELPER.length);
}

function shownOf({ objectId, displayName, userPrincipalName, organization }: Person) {
  const { name, mail, organization: longest } = LINE_LENGTHS;
  return {
    userId: userIdOf(objectId),
    name: toLine(displayName ?? userPrincipalName ?? '', name) || userIdOf(objectId),
    mail: lineOrNull(userPrincipalName, mail),
    organization: toLine(organization, longest) || 'unknown',
  };
}

/** Object ids of issuers elsewhere may hold anything. */
function userIdOf(objectId: string): string {
  const isFit = /^[\x21-\x7e]+$/.test(objectId) && objectId.length <= LONGEST_USER_ID;
  return isFit ? objectId : createHash('sha256').update(objectId).digest('hex');
}

function lineOrNull(text: string | null, most: number): string | null {
  return toLine(text ?? '', most) || null;
}
