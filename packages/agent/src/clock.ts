/** The only file here that may name `Date`. */

/** An instant in epoch milliseconds. */
export type Instant = number;

export function systemNow(): Instant {
  return Date.now();
}

/** The instant that HTTP's `Date` header tells (RFC 9110, 6.6.1); undefined when it tells none. */
export function readHttpDate(text: string | null): Instant | undefined {
  const instant = Date.parse(text ?? '');
  return Number.isNaN(instant) ? undefined : instant;
}
