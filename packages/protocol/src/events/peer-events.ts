/**
 * Peer events: what the ends tell each other, sealed (`docs/spec/events.md`, EV-9 to EV-11). Each belongs to one stream,
 * and some go one way only.
 */
import { type Bytes, decodeUtf8, encodeUtf8 } from './bytes.ts';
import { EventRefusal } from './refusal.ts';
import {
  boolean,
  integer,
  jsonIn,
  line,
  list,
  malformed,
  membersOf,
  nullable,
  object,
  oneOf,
  type Shape,
  type TypeOf,
  text,
  token,
} from './shape.ts';
import {
  DIRECTIONS,
  type Direction,
  EVENT_VERSION,
  grantsShape,
  LINE_LENGTHS,
  type Stream,
  type UnknownEvent,
} from './words.ts';

/** Most bytes of an event before it is sealed: with base64 around it, it fits a frame of 1 MB. */
export const MAX_PLAINTEXT_BYTES = 512 * 1024;

const MAX_SDP = 64 * 1024;
const MAX_CLIPBOARD = 256 * 1024;
/** Positions are fractions of the screen's width and height, in 65,535ths. */
const position = integer(0, 65_535);
const screen = integer(0, 63);

interface Declaration<S extends Shape<object>> {
  readonly stream: Stream;
  readonly directions: readonly Direction[];
  readonly shape: S;
}

const declare = <S extends Shape<object>>(
  stream: Stream,
  directions: readonly Direction[],
  shape: S,
): Declaration<S> => ({
  stream,
  directions,
  shape,
});

const point = object({ x: position, y: position });
const description = object({ sdp: text(MAX_SDP) });

const DECLARATIONS = {
  chat: declare('chat', DIRECTIONS, object({ id: token(64), text: text(4_000) })),
  pointer: declare('pointer', ['toSharer'], object({ screen, x: position, y: position, isVisible: boolean })),
  pen: declare(
    'pointer',
    ['toSharer'],
    object({
      screen,
      stroke: integer(0, 2 ** 31 - 1),
      color: oneOf(['red', 'yellow', 'green', 'blue', 'black', 'white'], 'red'),
      points: list(point),
      isLast: boolean,
    }),
  ),
  penCleared: declare('pointer', ['toSharer'], object({ screen })),
  offer: declare('signalling', DIRECTIONS, description),
  answer: declare('signalling', DIRECTIONS, description),
  candidate: declare(
    'signalling',
    DIRECTIONS,
    object({
      candidate: text(1_024),
      sdpMid: nullable(text(64)),
      sdpMLineIndex: nullable(integer(0, 65_535)),
    }),
  ),
  clipboard: declare('clipboard', DIRECTIONS, object({ text: text(MAX_CLIPBOARD) })),
  /** `inputHolder`: the name of who holds the input, to show; null while nobody does. */
  rights: declare(
    'rights',
    ['toHelper'],
    object({ grants: grantsShape, holdsInput: boolean, inputHolder: nullable(line(LINE_LENGTHS.name)) }),
  ),
  /** Asks for the input, or gives it up. */
  input: declare('rights', ['toSharer'], object({ wants: boolean })),
} as const;

export type PeerEventName = keyof typeof DECLARATIONS;

export const PEER_EVENT_NAMES = Object.keys(DECLARATIONS) as readonly PeerEventName[];

/** The members of one peer event, by its name. */
export type PeerEventOf<N extends PeerEventName> = N extends PeerEventName
  ? { readonly event: N } & TypeOf<(typeof DECLARATIONS)[N]['shape']>
  : never;

export type PeerEvent = PeerEventOf<PeerEventName>;

/** The stream of an event, and the ways in which it may go. */
export function placeOf(name: PeerEventName): { readonly stream: Stream; readonly directions: readonly Direction[] } {
  return DECLARATIONS[name];
}

/**
 * The bytes of an event before they are sealed: JSON in UTF-8.
 * @throws EventRefusal `malformed` as `decodePeerEvent`, `misplaced` when it may not go this way
 */
export function encodePeerEvent(event: PeerEvent, direction: Direction): Bytes {
  const { shape } = declarationOf(event.event, placeOf(event.event).stream, direction);
  const bytes = encodeUtf8(JSON.stringify({ version: EVENT_VERSION, event: event.event, ...shape(event, '') }));
  if (bytes.length > MAX_PLAINTEXT_BYTES) throw malformed('event', `has more than ${MAX_PLAINTEXT_BYTES} bytes`);
  return bytes;
}

/**
 * Reads the opened bytes of a frame.
 * @returns `unknown` for another name or a later version
 * @throws EventRefusal `malformed` with the member at fault; `misplaced` for another stream or direction than its own
 */
export function decodePeerEvent(bytes: Uint8Array, stream: Stream, direction: Direction): PeerEvent | UnknownEvent {
  if (bytes.length > MAX_PLAINTEXT_BYTES) throw malformed('event', `has more than ${MAX_PLAINTEXT_BYTES} bytes`);
  const members = membersOf(jsonIn(decodeUtf8(bytes), 'event'), '');
  const version = integer(1, Number.MAX_SAFE_INTEGER)(members.version, 'version');
  const name = token(64)(members.event, 'event');
  if (version !== EVENT_VERSION || !isPeerEventName(name)) return { event: 'unknown', name };
  const { shape } = declarationOf(name, stream, direction);
  return { event: name, ...shape(members, '') } as PeerEvent;
}

function declarationOf(name: PeerEventName, stream: Stream, direction: Direction): Declaration<Shape<object>> {
  const declaration = DECLARATIONS[name];
  if (declaration.stream !== stream || !declaration.directions.includes(direction)) {
    throw new EventRefusal('misplaced', `${name} does not go in the stream ${stream} ${direction}.`, 'event');
  }
  return declaration;
}

function isPeerEventName(name: string): name is PeerEventName {
  return Object.hasOwn(DECLARATIONS, name);
}
