/** Random bytes drawn from the system in bulk: one draw costs more than sealing a value or making an id. */
import { randomBytes } from 'node:crypto';

const DRAWN_AT_ONCE = 4_096;

let drawn = Buffer.alloc(0);
let used = 0;

/** Fresh random bytes for what is not secret: initialisation vectors, ids. Each byte is given out once. */
export function freshRandom(length: number): Buffer {
  if (used + length > drawn.length) {
    // A new buffer each time: what was given out stays as it is.
    drawn = randomBytes(DRAWN_AT_ONCE);
    used = 0;
  }
  const bytes = drawn.subarray(used, used + length);
  used += length;
  return bytes;
}
