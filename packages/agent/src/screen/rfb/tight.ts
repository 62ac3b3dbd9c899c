/** A rectangle in the Tight encoding (rfbproto), read to the byte; pixels of 24 bits, so "TPIXEL" has three bytes. */
import { RfbError } from './rfb-error.ts';
import { type Grammar, pass, take } from './rfb-stream.ts';

const PIXEL_BYTES = 3;
const FILL = 0x8;
const JPEG = 0x9;
/** The bit of the compression control that is not set for basic compression. */
const NOT_BASIC = 0x8;
const HAS_FILTER = 0x4;
const FILTER = { copy: 0, palette: 1, gradient: 2 } as const;
/** Fewer bytes are sent as they are, without a length. */
const LEAST_COMPRESSED = 12;

export function* tight({ width, height }: { readonly width: number; readonly height: number }): Grammar {
  // The low four bits reset the streams of zlib, which are the helper's.
  const control = ((yield take(1))[0] ?? 0) >> 4;
  if (control === FILL) yield pass(PIXEL_BYTES);
  else if (control === JPEG) yield* compressed();
  else if ((control & NOT_BASIC) === 0) yield* basic(control, width, height);
  else throw new RfbError(`An unknown compression of Tight: ${control}.`);
}

function* basic(control: number, width: number, height: number): Grammar {
  const filter = control & HAS_FILTER ? (yield take(1))[0] : FILTER.copy;
  let size = width * height * PIXEL_BYTES;
  if (filter === FILTER.palette) {
    const colors = ((yield take(1))[0] ?? 0) + 1;
    yield pass(colors * PIXEL_BYTES);
    size = (colors <= 2 ? Math.ceil(width / 8) : width) * height;
  } else if (filter !== FILTER.copy && filter !== FILTER.gradient) {
    throw new RfbError(`An unknown filter of Tight: ${filter}.`);
  }
  if (size < LEAST_COMPRESSED) yield pass(size);
  else yield* compressed();
}

/** Data behind its length in one to three bytes, seven bits in each of the first two, the lowest first. */
function* compressed(): Grammar {
  let length = 0;
  for (let i = 0; i < 3; i++) {
    const byte = (yield take(1))[0] ?? 0;
    const isLast = i === 2 || byte < 0x80;
    length |= (isLast ? byte : byte & 0x7f) << (7 * i);
    if (isLast) break;
  }
  yield pass(length);
}
