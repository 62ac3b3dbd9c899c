/** Rectangles of a FramebufferUpdate (RFC 6143, 7.6.1), read to the byte in the one pixel format that is let through. */
import * as encoding from './encodings.ts';
import type { Extensions } from './extensions.ts';
import { RfbError } from './rfb-error.ts';
import { type Grammar, pass, take } from './rfb-stream.ts';
import { tight } from './tight.ts';
import { BYTES_PER_PIXEL, refuseUnless, s32, u16, u32 } from './words.ts';

/** Its size changes with what the server says of it. */
export interface Framebuffer {
  width: number;
  height: number;
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What browsers draw on; two screens of 7680×4320. */
const MOST_SIDE = 16_384;
const MOST_PIXELS = 2 ** 26;
const MOST_CURSOR_SIDE = 512;
const MOST_ZRLE = 64 * 1024 * 1024;
/** "As many as come before LastRect" (rfbproto). */
const UNTIL_LAST_RECT = 0xffff;

/** @throws RfbError */
export function refuseHugeFramebuffer({ width, height }: Framebuffer): void {
  const isFit = width <= MOST_SIDE && height <= MOST_SIDE && width * height <= MOST_PIXELS;
  refuseUnless(isFit, 'A desktop of that size cannot be shown.');
}

/** What follows the type of a FramebufferUpdate. */
export function* rectangles(framebuffer: Framebuffer, extensions: Extensions): Grammar {
  const count = u16(yield take(3), 1);
  yield pass();
  for (let i = 0; i < count || count === UNTIL_LAST_RECT; i++) {
    const header = yield take(12);
    const [x, y, width, height] = [u16(header, 0), u16(header, 2), u16(header, 4), u16(header, 6)];
    const kind = s32(header, 8);
    yield pass();
    if (kind === encoding.LAST_RECT) return;
    if (kind === encoding.QEMU_EXTENDED_KEY_EVENT || kind === encoding.EXTENDED_MOUSE_BUTTONS) {
      extensions.announced(kind);
      continue;
    }
    yield* payload(kind, { x, y, width, height }, framebuffer);
  }
}

function* payload(kind: number, rectangle: Rectangle, framebuffer: Framebuffer): Grammar {
  switch (kind) {
    case encoding.RAW:
      refuseOutside(rectangle, framebuffer);
      yield pass(rectangle.width * rectangle.height * BYTES_PER_PIXEL);
      return;
    case encoding.COPY_RECT: {
      refuseOutside(rectangle, framebuffer);
      const source = yield take(4);
      refuseOutside({ ...rectangle, x: u16(source, 0), y: u16(source, 2) }, framebuffer);
      yield pass();
      return;
    }
    case encoding.ZRLE: {
      refuseOutside(rectangle, framebuffer);
      const length = u32(yield take(4), 0);
      refuseUnless(length <= MOST_ZRLE, 'A rectangle was too long.');
      yield pass(length);
      return;
    }
    case encoding.TIGHT:
      refuseOutside(rectangle, framebuffer);
      yield* tight(rectangle);
      return;
    default:
      yield* pseudo(kind, rectangle, framebuffer);
  }
}

function* pseudo(kind: number, rectangle: Rectangle, framebuffer: Framebuffer): Grammar {
  const { width, height } = rectangle;
  switch (kind) {
    case encoding.CURSOR:
      refuseUnless(width <= MOST_CURSOR_SIDE && height <= MOST_CURSOR_SIDE, 'A cursor was too large.');
      // Its pixels, then a mask of one bit each, rows padded to bytes (RFC 6143, 7.8.1).
      yield pass(width * height * BYTES_PER_PIXEL + Math.ceil(width / 8) * height);
      return;
    case encoding.DESKTOP_SIZE:
      resize(framebuffer, width, height);
      return;
    case encoding.EXTENDED_DESKTOP_SIZE:
      yield* extendedDesktopSize(rectangle, framebuffer);
      return;
    case encoding.QEMU_LED_STATE:
      yield pass(1);
      return;
    default:
      throw new RfbError(`A rectangle of an encoding that was not asked for: ${kind}.`);
  }
}

/** rfbproto: why and how it went stand in the place of x and y, the monitors behind, 16 bytes each. */
function* extendedDesktopSize({ x, y, width, height }: Rectangle, framebuffer: Framebuffer): Grammar {
  const [asked, done] = [1, 0];
  const screens = (yield take(4))[0] ?? 0;
  if (x !== asked || y === done) resize(framebuffer, width, height);
  yield pass(screens * 16);
}

function resize(framebuffer: Framebuffer, width: number, height: number): void {
  framebuffer.width = width;
  framebuffer.height = height;
  refuseHugeFramebuffer(framebuffer);
}

function refuseOutside({ x, y, width, height }: Rectangle, framebuffer: Framebuffer): void {
  const isWithin = x + width <= framebuffer.width && y + height <= framebuffer.height;
  refuseUnless(isWithin, 'A rectangle lies outside of the desktop.');
}
