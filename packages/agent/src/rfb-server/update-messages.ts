/** What an RFB server sends, byte for byte (RFC 6143, 7.3 and 7.6; rfbproto for fences and continuous updates). */
import type { Rectangle } from './rectangle.ts';

const FRAMEBUFFER_UPDATE = 0;
const END_OF_CONTINUOUS_UPDATES = 150;
const FENCE = 248;
const BITS_PER_PIXEL = 32;
const DEPTH = 24;
const FULL = 255;

/** Of a rectangle: where it is, and how what follows is encoded. */
export interface EncodedRectangle {
  readonly place: Rectangle;
  readonly encoding: number;
  readonly bytes: Buffer;
}

/** ServerInit without a name, with pixels of 32 bits, red lowest. */
export function serverInit(width: number, height: number): Buffer {
  const init = Buffer.alloc(24);
  init.writeUInt16BE(width, 0);
  init.writeUInt16BE(height, 2);
  init.set([BITS_PER_PIXEL, DEPTH, 0, 1, 0, FULL, 0, FULL, 0, FULL, 0, 8, 16], 4);
  return init;
}

export function framebufferUpdate(rectangles: readonly EncodedRectangle[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt8(FRAMEBUFFER_UPDATE, 0);
  head.writeUInt16BE(rectangles.length, 2);
  return Buffer.concat([
    head,
    ...rectangles.flatMap(({ place, encoding, bytes }) => {
      const header = Buffer.alloc(12);
      header.writeUInt16BE(place.x, 0);
      header.writeUInt16BE(place.y, 2);
      header.writeUInt16BE(place.width, 4);
      header.writeUInt16BE(place.height, 6);
      header.writeInt32BE(encoding, 8);
      return [header, bytes];
    }),
  ]);
}

/** Tells a client that continuous updates can be had, or have ended. */
export function endOfContinuousUpdates(): Buffer {
  return Buffer.of(END_OF_CONTINUOUS_UPDATES);
}

export function fence(flags: number, payload: Uint8Array): Buffer {
  const message = Buffer.alloc(9 + payload.length);
  message.writeUInt8(FENCE, 0);
  message.writeUInt32BE(flags, 4);
  message.writeUInt8(payload.length, 8);
  message.set(payload, 9);
  return message;
}
