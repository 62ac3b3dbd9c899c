/**
 * Rectangles in the Tight encoding (rfbproto): one colour as such, few colours by a palette, else the colours themselves;
 * no JPEG, so that nothing is lost. Each is compressed on its own, in threads, with its stream of zlib begun anew.
 */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { PixelFormat } from './client-messages.ts';
import { PIXEL_BYTES } from './framebuffer.ts';
import type { Rectangle } from './rectangle.ts';

const deflated = promisify(deflate);

/** Compression control: in the high four bits what follows, in the low ones which streams begin anew. */
const FILL = 0x80;
const FILTER_FOLLOWS = 0x40;
const PALETTE = 1;
/** Streams for colours, for a palette of two, and for a longer one; numbers as they are usual. */
const STREAM = { copy: 0, twoColors: 1, palette: 2 } as const;
const MOST_COLORS = 256;
/** Fewer bytes are sent as they are, without a length. */
const LEAST_COMPRESSED = 12;

/** What a rectangle of Tight may have at most is 2048 pixels across; smaller ones go to several threads. */
const MOST_WIDTH = 2_048;
const MOST_PIXELS = 64 * 1024;

/** Cuts a rectangle into such as are encoded each on its own. */
export function pieces({ x, y, width, height }: Rectangle): Rectangle[] {
  const all: Rectangle[] = [];
  for (let left = 0; left < width; left += MOST_WIDTH) {
    const across = Math.min(MOST_WIDTH, width - left);
    const down = Math.max(1, Math.floor(MOST_PIXELS / across));
    for (let top = 0; top < height; top += down) {
      all.push({ x: x + left, y: y + top, width: across, height: Math.min(down, height - top) });
    }
  }
  return all;
}

/** Pixels as the client has them, for one that knows nothing else. */
export function encodeRaw(pixels: Uint32Array, { red, green, blue }: PixelFormat): Buffer {
  const bytes = Buffer.alloc(pixels.length * PIXEL_BYTES);
  for (let at = 0; at < pixels.length; at++) {
    const pixel = pixels[at] as number;
    bytes[at * PIXEL_BYTES + red] = pixel >> 16;
    bytes[at * PIXEL_BYTES + green] = pixel >> 8;
    bytes[at * PIXEL_BYTES + blue] = pixel;
  }
  return bytes;
}

/**
 * What follows the header of a rectangle of Tight.
 * @param pixels 24 bits each, red first
 * @param width of its rows
 * @param level of zlib, 1 to 9
 */
export async function encodeTight(pixels: Uint32Array, width: number, level: number): Promise<Buffer> {
  const palette = paletteOf(pixels);
  if (palette?.size === 1) return Buffer.concat([Buffer.of(FILL), rgb([pixels[0] as number])]);
  if (!palette) return withStream(STREAM.copy, [], rgb(pixels), level);
  const isTwo = palette.size === 2;
  const filter = [Buffer.of(PALETTE, palette.size - 1), rgb([...palette.keys()])];
  const indexes = isTwo
    ? bits(pixels, palette, width)
    : Buffer.from(Array.from(pixels, (each) => palette.get(each) ?? 0));
  return withStream(isTwo ? STREAM.twoColors : STREAM.palette, filter, indexes, level);
}

async function withStream(stream: number, filter: readonly Buffer[], data: Buffer, level: number): Promise<Buffer> {
  const control = (stream << 4) | (filter.length > 0 ? FILTER_FOLLOWS : 0) | (1 << stream);
  if (data.length < LEAST_COMPRESSED) return Buffer.concat([Buffer.of(control), ...filter, data]);
  const compressed = await deflated(data, { level });
  return Buffer.concat([Buffer.of(control), ...filter, compactLength(compressed.length), compressed]);
}

/** Colours with their numbers, undefined when they are too many. */
function paletteOf(pixels: Uint32Array): Map<number, number> | undefined {
  const palette = new Map<number, number>();
  let last = -1;
  for (const pixel of pixels) {
    if (pixel === last) continue;
    last = pixel;
    if (palette.has(pixel)) continue;
    if (palette.size === MOST_COLORS) return undefined;
    palette.set(pixel, palette.size);
  }
  return palette;
}

/** One bit a pixel, the highest first, rows padded to bytes. */
function bits(pixels: Uint32Array, palette: ReadonlyMap<number, number>, width: number): Buffer {
  const rowBytes = Math.ceil(width / 8);
  const packed = Buffer.alloc(rowBytes * (pixels.length / width));
  const [first] = palette.keys();
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] === first) continue;
    const column = at % width;
    const byte = ((at - column) / width) * rowBytes + (column >> 3);
    packed[byte] = (packed[byte] as number) | (0x80 >> (column & 7));
  }
  return packed;
}

function rgb(pixels: ArrayLike<number>): Buffer {
  const bytes = Buffer.allocUnsafe(pixels.length * 3);
  for (let at = 0, to = 0; at < pixels.length; at++) {
    const pixel = pixels[at] as number;
    bytes[to++] = pixel >> 16;
    bytes[to++] = pixel >> 8;
    bytes[to++] = pixel;
  }
  return bytes;
}

/** One to three bytes: seven bits in each of the first two, the lowest first. */
function compactLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  if (length < 0x4000) return Buffer.of((length & 0x7f) | 0x80, length >> 7);
  return Buffer.of((length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14);
}
