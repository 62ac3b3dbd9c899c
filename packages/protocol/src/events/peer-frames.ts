/** Frames: what the ends send through the session's group, as JSON (`docs/spec/events.md`, EV-22). */
import { encodeBase64 } from './bytes.ts';
import { LENGTHS } from './crypto-port.ts';
import { MAX_PLAINTEXT_BYTES } from './peer-events.ts';
import { MAX_COUNTER } from './sealed-stream.ts';
import { base64, integer, membersOf, object, oneOf, type TypeOf, token } from './shape.ts';
import { EVENT_VERSION, STREAMS, type UnknownEvent } from './words.ts';

const connectionId = token(256);
const mac = base64(LENGTHS.mac);
const nonce = base64(LENGTHS.nonce);
const ecdhKey = base64(LENGTHS.publicKey);

const SHAPES = {
  /** Helper to sharer, without ECDH. */
  hello: object({ nonce, mac }),
  helloAnswer: object({ nonce, mac }),
  /** Helper to sharer, with ECDH. */
  commit: object({ commitment: base64(LENGTHS.commitment), mac }),
  commitAnswer: object({
    nonce,
    ecdhKey,
    deviceKey: base64(LENGTHS.publicKey),
    signature: base64(LENGTHS.signature),
    mac,
  }),
  /** Helper to sharer. */
  reveal: object({ nonce, ecdhKey, mac }),
  sealed: object({
    stream: oneOf(STREAMS),
    counter: integer(0, MAX_COUNTER),
    ciphertext: base64(LENGTHS.tag, MAX_PLAINTEXT_BYTES + LENGTHS.tag),
  }),
} as const;

export type FrameName = keyof typeof SHAPES;

export const FRAME_NAMES = Object.keys(SHAPES) as readonly FrameName[];

/** The members of one frame, by its name. */
export type FrameOf<N extends FrameName> = N extends FrameName
  ? { readonly frame: N; readonly from: string; readonly to: string } & TypeOf<(typeof SHAPES)[N]>
  : never;

/** `from` and `to` are connection ids. */
export type PeerFrame = FrameOf<FrameName>;

/** The JSON object of a frame: bytes become base64. */
export function encodeFrame(frame: PeerFrame): Readonly<Record<string, unknown>> {
  const members = Object.entries(frame).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? encodeBase64(value) : value,
  ]);
  return { version: EVENT_VERSION, ...Object.fromEntries(members) };
}

/**
 * Reads the data of a message that came from the session's group.
 * @returns `unknown` for another name, a later version, or a stream of a later version
 * @throws EventRefusal `malformed` with the member at fault
 */
export function decodeFrame(value: unknown): PeerFrame | UnknownEvent {
  const members = membersOf(value, '');
  const name = token(64)(members.frame, 'frame');
  const version = integer(1, Number.MAX_SAFE_INTEGER)(members.version, 'version');
  if (version !== EVENT_VERSION || !isFrameName(name)) return { event: 'unknown', name };
  if (name === 'sealed') {
    const stream = token(64)(members.stream, 'stream');
    if (!STREAMS.some((known) => known === stream)) return { event: 'unknown', name: stream };
  }
  const from = connectionId(members.from, 'from');
  const to = connectionId(members.to, 'to');
  return { frame: name, from, to, ...SHAPES[name](members, '') } as PeerFrame;
}

function isFrameName(name: string): name is FrameName {
  return Object.hasOwn(SHAPES, name);
}
