import { v7 } from 'uuid';
import type { Instant } from '../clock.ts';

/** A fresh UUIDv7 (RFC 9562, 5.7) whose time part is `now`: ids made later sort later. */
export function newId(now: Instant): string {
  return v7({ msecs: now });
}
