/** The display's cursor as the Cursor pseudo-encoding has it (RFC 6143, 7.8.1). */
import type { XCursorImage } from 'x11';
import type { PixelFormat } from './client-messages.ts';
import { PIXEL_BYTES } from './framebuffer.ts';

/** Cursors know no half transparency: from here on a pixel is shown. */
const SHOWN = 128;

/** Pixels in the client's format, then a bit for each, rows padded to bytes. */
export function cursorPixels({ width, height, cursorImage }: XCursorImage, { red, green, blue }: PixelFormat): Buffer {
  const maskRow = Math.ceil(width / 8);
  const bytes = Buffer.alloc(width * height * PIXEL_BYTES + maskRow * height);
  for (let at = 0; at < width * height; at++) {
    const from = at * PIXEL_BYTES;
    if ((cursorImage[from + 3] ?? 0) < SHOWN) continue;
    bytes[from + blue] = cursorImage[from] ?? 0;
    bytes[from + green] = cursorImage[from + 1] ?? 0;
    bytes[from + red] = cursorImage[from + 2] ?? 0;
    const column = at % width;
    const bit = width * height * PIXEL_BYTES + ((at - column) / width) * maskRow + (column >> 3);
    bytes[bit] = (bytes[bit] ?? 0) | (0x80 >> (column & 7));
  }
  return bytes;
}
