/**
 * What a helper may send to a VNC server, by an allow-list (docs/spec/screen.md): the handshake is answered here, input
 * passes by the gate, what is not listed ends the connection.
 */
import * as encoding from './encodings.ts';
import type { Extensions } from './extensions.ts';
import { drop, type Grammar, instead, pass, take } from './rfb-stream.ts';
import { PIXEL_FORMAT_BYTES, refuseUnless, SECURITY_NONE, s32, u16, VERSION, VERSION_BYTES } from './words.ts';

/** Decides on each message of input, which it is given whole, as RFB has it. */
export interface InputFilter {
  key(message: Uint8Array): boolean;
  pointer(message: Uint8Array): boolean;
}

export interface HelperGrammarOptions {
  /** Hands bytes back to the helper. */
  readonly reply: (bytes: Uint8Array) => void;
  /** The handshake with the helper is done: what the server said of itself is awaited. */
  readonly ready: () => void;
  readonly input: InputFilter;
  readonly extensions: Extensions;
}

const CLIENT = {
  setPixelFormat: 0,
  setEncodings: 2,
  framebufferUpdateRequest: 3,
  keyEvent: 4,
  pointerEvent: 5,
  clientCutText: 6,
  enableContinuousUpdates: 150,
  fence: 248,
  xvp: 250,
  setDesktopSize: 251,
  qemu: 255,
} as const;

const QEMU = { extendedKeyEvent: 0, audio: 1 } as const;
const QEMU_AUDIO = { enable: 0, disable: 1, setFormat: 2 } as const;

const MOST_ENCODINGS = 256;
const MOST_CUT_TEXT = 16 * 1024 * 1024;
const MOST_FENCE_PAYLOAD = 64;
/** rfbproto, PointerEvent: the marker that a byte with further buttons follows. */
const MARKER = 0x80;

/** Reads a helper's end. */
export function* helperGrammar(options: HelperGrammarOptions): Grammar {
  yield* handshake(options);
  let hasFormat = false;
  let hasAsked = false;
  for (;;) {
    const type = (yield take(1))[0];
    switch (type) {
      case CLIENT.setPixelFormat:
        refuseUnless(!hasAsked, 'The pixel format was changed after the first request.');
        refuseUnless(isServedFormat((yield take(3 + PIXEL_FORMAT_BYTES)).subarray(3)), 'Not 24 bits of true colour.');
        yield pass();
        hasFormat = true;
        break;
      case CLIENT.setEncodings:
        yield* encodings(options.extensions);
        break;
      case CLIENT.framebufferUpdateRequest:
      case CLIENT.enableContinuousUpdates:
        if (type === CLIENT.enableContinuousUpdates) refuseUnlessRead(options, encoding.CONTINUOUS_UPDATES);
        refuseUnless(hasFormat, 'An update was asked for before a pixel format.');
        hasAsked = true;
        yield take(9);
        yield pass();
        break;
      case CLIENT.fence: {
        refuseUnlessRead(options, encoding.FENCE);
        const length = (yield take(8))[7] ?? 0;
        refuseUnless(length <= MOST_FENCE_PAYLOAD, 'A fence was too long.');
        yield take(length);
        yield pass();
        break;
      }
      default:
        yield* input(type, options);
    }
  }
}

/** As an RFB server without a password (RFC 6143, 7.1 to 7.3.1). */
function* handshake({ reply, ready }: HelperGrammarOptions): Grammar {
  reply(VERSION);
  const version = yield take(VERSION_BYTES);
  refuseUnless(
    VERSION.every((byte, i) => byte === version[i]),
    'Another version of RFB than 3.8.',
  );
  yield drop();
  reply(Uint8Array.of(1, SECURITY_NONE));
  refuseUnless((yield take(1))[0] === SECURITY_NONE, 'Another security type than None.');
  yield drop();
  reply(Uint8Array.of(0, 0, 0, 0));
  // Whether to share is this end's decision: each helper has a connection of his own.
  yield take(1);
  yield drop();
  ready();
}

function* input(type: number | undefined, options: HelperGrammarOptions): Grammar {
  const { input: filter } = options;
  switch (type) {
    case CLIENT.keyEvent:
      yield* whole(7, (message) => filter.key(Uint8Array.of(CLIENT.keyEvent, ...message)));
      return;
    case CLIENT.pointerEvent: {
      const buttons = (yield take(1))[0] ?? 0;
      const isExtended = (buttons & MARKER) !== 0;
      if (isExtended) refuseUnlessRead(options, encoding.EXTENDED_MOUSE_BUTTONS);
      yield* whole(isExtended ? 5 : 4, (rest) => filter.pointer(Uint8Array.of(CLIENT.pointerEvent, buttons, ...rest)));
      return;
    }
    case CLIENT.qemu:
      yield* qemu(options);
      return;
    default:
      yield* neverPassed(type);
  }
}

function* qemu(options: HelperGrammarOptions): Grammar {
  const { input: filter } = options;
  const kind = (yield take(1))[0];
  if (kind === QEMU.extendedKeyEvent) {
    refuseUnlessRead(options, encoding.QEMU_EXTENDED_KEY_EVENT);
    yield* whole(10, (rest) => filter.key(Uint8Array.of(CLIENT.qemu, QEMU.extendedKeyEvent, ...rest)));
    return;
  }
  refuseUnless(kind === QEMU.audio, 'An unknown message of QEMU.');
  const operation = u16(yield take(2), 0);
  refuseUnless(operation <= QEMU_AUDIO.setFormat, 'An unknown message of QEMU audio.');
  yield drop(operation === QEMU_AUDIO.setFormat ? 6 : 0);
}

/** What has its own way, or none. */
function* neverPassed(type: number | undefined): Grammar {
  switch (type) {
    case CLIENT.clientCutText: {
      // rfbproto: a negative length is that of the extended clipboard.
      const length = Math.abs(s32(yield take(7), 3));
      refuseUnless(length <= MOST_CUT_TEXT, 'A clipboard was too long.');
      yield drop(length);
      return;
    }
    case CLIENT.xvp:
      yield drop(3);
      return;
    case CLIENT.setDesktopSize: {
      const screens = (yield take(7))[5] ?? 0;
      yield drop(screens * 16);
      return;
    }
    default:
      refuseUnless(false, `An unknown message of a client: ${type}.`);
  }
}

/** SetEncodings, with what is known of it. */
function* encodings(extensions: Extensions): Grammar {
  const count = u16(yield take(3), 1);
  refuseUnless(count <= MOST_ENCODINGS, 'Too many encodings.');
  const listed = yield take(count * 4);
  const known: number[] = [];
  for (let i = 0; i < count; i++) {
    const listedOne = s32(listed, i * 4);
    if (encoding.isKnownEncoding(listedOne)) known.push(listedOne);
  }
  extensions.asked(known);
  const message = new DataView(new ArrayBuffer(4 + known.length * 4));
  message.setUint8(0, CLIENT.setEncodings);
  message.setUint16(2, known.length);
  known.forEach((one, i) => {
    message.setInt32(4 + i * 4, one);
  });
  yield instead(new Uint8Array(message.buffer));
}

function refuseUnlessRead({ extensions }: HelperGrammarOptions, needed: number): void {
  refuseUnless(extensions.has(needed), `A message that the VNC server does not read, for want of ${needed}.`);
}

/** The rest of a message passes as a whole, or not at all. */
function* whole(bytes: number, mayPass: (rest: Uint8Array) => boolean): Grammar {
  yield mayPass(yield take(bytes)) ? pass() : drop();
}

/** RFC 6143, 7.4: 32 bits a pixel, 24 of them true colour, eight for each, in any order. */
function isServedFormat(format: Uint8Array): boolean {
  const [bitsPerPixel, depth, , isTrueColour] = format;
  const areFull = u16(format, 4) === 255 && u16(format, 6) === 255 && u16(format, 8) === 255;
  return bitsPerPixel === 32 && depth === 24 && isTrueColour !== 0 && areFull;
}
