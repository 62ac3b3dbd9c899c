/** What a client of an RFB server may send, read to the byte (RFC 6143, 7.1 to 7.5; rfbproto for what came later). */
import { drop, type Grammar, take } from '../screen/rfb/rfb-stream.ts';
import {
  PIXEL_FORMAT_BYTES,
  refuseUnless,
  SECURITY_NONE,
  s32,
  u16,
  u32,
  VERSION,
  VERSION_BYTES,
} from '../screen/rfb/words.ts';
import type { Rectangle } from './rectangle.ts';

/** Where each colour of a pixel of four bytes lies: byte 0 to 3. */
export interface PixelFormat {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

export interface ClientListener {
  reply(bytes: Uint8Array): void;
  /** Answers ClientInit. */
  init(): void;
  pixelFormat(format: PixelFormat): void;
  encodings(encodings: readonly number[]): void;
  updateRequest(area: Rectangle, isIncremental: boolean): void;
  continuousUpdates(area: Rectangle | undefined): void;
  fence(flags: number, payload: Uint8Array): void;
  key(keysym: number, isDown: boolean): void;
  pointer(mask: number, x: number, y: number): void;
}

const MOST_ENCODINGS = 256;
const MOST_FENCE_PAYLOAD = 64;

/** @throws RfbError for what the agent lets no helper send */
export function* clientMessages(listener: ClientListener): Grammar {
  listener.reply(VERSION);
  const version = yield take(VERSION_BYTES);
  refuseUnless(
    VERSION.every((byte, at) => byte === version[at]),
    'Another version of RFB than 3.8.',
  );
  listener.reply(Uint8Array.of(1, SECURITY_NONE));
  refuseUnless((yield take(1))[0] === SECURITY_NONE, 'Another security type than None.');
  listener.reply(Uint8Array.of(0, 0, 0, 0));
  yield take(1);
  yield drop();
  listener.init();
  for (;;) {
    yield* message((yield take(1))[0] ?? 0, listener);
    yield drop();
  }
}

function* message(type: number, listener: ClientListener): Grammar {
  switch (type) {
    case 0:
      listener.pixelFormat(formatOf((yield take(3 + PIXEL_FORMAT_BYTES)).subarray(3)));
      return;
    case 2: {
      const count = u16(yield take(3), 1);
      refuseUnless(count <= MOST_ENCODINGS, 'Too many encodings.');
      const list = yield take(count * 4);
      listener.encodings(Array.from({ length: count }, (_, at) => s32(list, at * 4)));
      return;
    }
    case 3: {
      const request = yield take(9);
      listener.updateRequest(areaIn(request), request[0] !== 0);
      return;
    }
    case 4: {
      const key = yield take(7);
      listener.key(u32(key, 3), key[0] !== 0);
      return;
    }
    case 5: {
      const pointer = yield take(5);
      listener.pointer(pointer[0] ?? 0, u16(pointer, 1), u16(pointer, 3));
      return;
    }
    case 150: {
      const request = yield take(9);
      listener.continuousUpdates(request[0] !== 0 ? areaIn(request) : undefined);
      return;
    }
    case 248: {
      const head = Uint8Array.from(yield take(8));
      const length = head[7] ?? 0;
      refuseUnless(length <= MOST_FENCE_PAYLOAD, 'A fence was too long.');
      listener.fence(u32(head, 3), yield take(length));
      return;
    }
    default:
      refuseUnless(false, `An unknown message of a client: ${type}.`);
  }
}

function areaIn(request: Uint8Array): Rectangle {
  return { x: u16(request, 1), y: u16(request, 3), width: u16(request, 5), height: u16(request, 7) };
}

/** RFC 6143, 7.4. */
function formatOf(format: Uint8Array): PixelFormat {
  const [bitsPerPixel, , isBigEndian] = format;
  const shifts = [format[10], format[11], format[12]].map((shift) => shift ?? -1);
  const areBytes = shifts.every((shift) => shift % 8 === 0 && shift >= 0 && shift <= 24);
  refuseUnless(bitsPerPixel === 32 && areBytes, 'Not 24 bits of true colour.');
  const [red = 0, green = 0, blue = 0] = shifts.map((shift) => (isBigEndian ? 3 - shift / 8 : shift / 8));
  return { red, green, blue };
}
