/**
 * Control events: what the server tells the ends, in clear. They hold no secret and can only stop or inform
 * (`docs/spec/events.md`, EV-1 to EV-8).
 */
import { boolean, dateTime, integer, line, membersOf, nullable, object, oneOf, type TypeOf, token } from './shape.ts';
import { END_REASONS, EVENT_VERSION, grantsShape, LINE_LENGTHS, SESSION_TYPES, type UnknownEvent } from './words.ts';

const sessionKey = token(512);
const LAST_REVISION = Number.MAX_SAFE_INTEGER;
const revision = integer(1, LAST_REVISION);
const promptId = token(128);
const userId = token(256);
const connectionId = token(256);

/** Who asks: name and mail from verified claims, the organisation from the issuer's setting. */
const helper = object({
  userId,
  name: line(LINE_LENGTHS.name),
  mail: nullable(line(LINE_LENGTHS.mail)),
  organization: line(LINE_LENGTHS.organization),
});

/** The helper's own words, which nobody verified, and which have to be shown as such. */
const helperSays = object({
  reason: nullable(line(LINE_LENGTHS.reason)),
  ticket: nullable(line(LINE_LENGTHS.ticket)),
});

const SHAPES = {
  /** To the device: a session waits for consent. */
  requested: object({ sessionType: oneOf(SESSION_TYPES), helper, helperSays, until: dateTime }),
  /** To the device: another helper wants in, or one who is in wants more. */
  asked: object({
    promptId,
    kind: oneOf(['access', 'rights']),
    helper,
    helperSays,
    wants: grantsShape,
    until: dateTime,
  }),
  /** To the device: the prompt is to be taken away. */
  withdrawn: object({ promptId }),
  /** To the helper who asked: what was decided. */
  consent: object({
    kind: oneOf(['session', 'access', 'rights']),
    decision: oneOf(['granted', 'declined', 'timedOut']),
    retryAt: nullable(dateTime),
  }),
  /** To all: what helpers may do now, and who changed it. */
  granted: object({ grants: grantsShape, by: oneOf(['sharer', 'server']) }),
  /** To both connections named: they are a pair now, and the helper's begins the handshake. */
  paired: object({ helper, helperConnectionId: connectionId, sharerConnectionId: connectionId }),
  /** To the sharer's connections: a helper's end waits at a relay, for which the sharer's asks for its own grant. */
  relayRequested: object({ relayId: token(128), helperConnectionId: connectionId }),
  leaseRenewed: object({ expiresAt: dateTime }),
  /** A party's first connection came, or its last one went. */
  presence: object({ party: oneOf(['helper', 'sharer']), userId, isPresent: boolean }),
  /** The picture stands still, or moves again; `until`: when the session ends if it stays so. */
  frozen: object({
    isFrozen: boolean,
    cause: oneOf(['helperAway', 'sharerAway', 'pausedBySharer', 'relayLost', 'other'], 'other'),
    until: nullable(dateTime),
  }),
  /** What the tenant's settings take from both ends. */
  policy: object({ blockChat: boolean }),
  ended: object({ reason: oneOf(END_REASONS, 'failed') }),
} as const;

export type ControlEventName = keyof typeof SHAPES;

export const CONTROL_EVENT_NAMES = Object.keys(SHAPES) as readonly ControlEventName[];

interface Head<N> {
  readonly event: N;
  readonly sessionKey: string;
  /** Grows with each transition of the session: of two events of one name the greater is the later one. */
  readonly revision: number;
}

/** The members of one control event, by its name. */
export type ControlEventOf<N extends ControlEventName> = N extends ControlEventName
  ? Head<N> & TypeOf<(typeof SHAPES)[N]>
  : never;

export type ControlEvent = ControlEventOf<ControlEventName>;

/**
 * The JSON object of a control event.
 * @throws EventRefusal `malformed` when a member is not as `decodeControlEvent` wants it
 */
export function encodeControlEvent(event: ControlEvent): Readonly<Record<string, unknown>> {
  return {
    version: EVENT_VERSION,
    event: event.event,
    sessionKey: sessionKey(event.sessionKey, 'sessionKey'),
    revision: revision(event.revision, 'revision'),
    ...SHAPES[event.event](event, ''),
  };
}

/**
 * Reads the data of a message that came from the server; one from a group is no control event, whatever it holds.
 * @returns `unknown` for another name or a later version, except for `ended`, which always counts
 * @throws EventRefusal `malformed` with the member at fault
 */
export function decodeControlEvent(value: unknown): ControlEvent | UnknownEvent {
  const members = membersOf(value, '');
  const name = token(64)(members.event, 'event');
  if (name === 'ended') return ended(members);
  const version = integer(1, Number.MAX_SAFE_INTEGER)(members.version, 'version');
  if (version !== EVENT_VERSION || !isControlEventName(name)) return { event: 'unknown', name };
  const head = {
    event: name,
    sessionKey: sessionKey(members.sessionKey, 'sessionKey'),
    revision: revision(members.revision, 'revision'),
  };
  return { ...head, ...SHAPES[name](members, '') } as ControlEvent;
}

/** Nothing about a stop but its session may keep it from being heard: what else is not as it should be reads as new. */
function ended(members: Readonly<Record<string, unknown>>): ControlEventOf<'ended'> {
  const key = sessionKey(members.sessionKey, 'sessionKey');
  const reason = END_REASONS.find((known) => known === members.reason) ?? 'failed';
  const isRevision = Number.isSafeInteger(members.revision) && Number(members.revision) > 0;
  return { event: 'ended', sessionKey: key, revision: isRevision ? Number(members.revision) : LAST_REVISION, reason };
}

function isControlEventName(name: string): name is ControlEventName {
  return Object.hasOwn(SHAPES, name);
}
