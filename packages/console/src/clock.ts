/** The one place in the console that knows the time. */

/** Milliseconds since 1970. */
export type Instant = number;

/** Ends a timer that has not fired. */
export type Cancel = () => void;

/** What tells the time and waits. */
export interface Clock {
  now(): Instant;
  /** Calls once, at the instant or as soon after it as possible. */
  at(instant: Instant, callback: () => void): Cancel;
}

/** A browser holds delays in a signed 32-bit integer. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The clock of the browser. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(instant, callback) {
    let timeout: ReturnType<typeof setTimeout>;
    const arm = () => {
      const left = instant - Date.now();
      if (left > LONGEST_TIMEOUT_MS) timeout = setTimeout(arm, LONGEST_TIMEOUT_MS);
      else timeout = setTimeout(callback, Math.max(0, left));
    };
    arm();
    return () => clearTimeout(timeout);
  },
};

/** The instant of an Edm.DateTimeOffset, to the millisecond; undefined where there is none (`0001-01-01…`) or no such date. */
export function instantOf(text: string | null | undefined): Instant | undefined {
  if (!text || text.startsWith('0001-01-01')) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

/** The instant that HTTP's `Date` header tells (RFC 9110, 6.6.1); undefined when it tells none. */
export function readHttpDate(text: string | null): Instant | undefined {
  const instant = Date.parse(text ?? '');
  return Number.isNaN(instant) ? undefined : instant;
}

/** An instant as Edm.DateTimeOffset in UTC, to the millisecond. */
export function dateTimeOffsetOf(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** The instant at which a day begins here, or one some days after it; `day` as a date input gives it: `2026-01-31`. */
export function startOfDay(day: string, daysAfter = 0): Instant | undefined {
  const date = new Date(`${day}T00:00:00`);
  // By the calendar: a day may have 23 or 25 hours.
  date.setDate(date.getDate() + daysAfter);
  const instant = date.getTime();
  return Number.isNaN(instant) ? undefined : instant;
}
