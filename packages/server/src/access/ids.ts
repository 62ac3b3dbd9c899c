import { randomInt } from 'node:crypto';
import { v7 } from 'uuid';
import type { Instant } from '../clock.ts';
import { freshRandom } from './random.ts';

const SEQUENCE_STARTS_BELOW = 2 ** 31;
let latest: Instant | undefined;
let sequence = 0;

/**
 * A fresh UUIDv7 (RFC 9562, 5.7) whose time part is `now`. Ids made later sort later; within one millisecond a counter
 * sees to it (6.2, method 1), as far as one process makes them.
 */
export function newId(now: Instant): string {
  sequence = now === latest ? sequence + 1 : randomInt(SEQUENCE_STARTS_BELOW);
  latest = now;
  return v7({ msecs: now, seq: sequence, random: freshRandom(16) });
}
