/** The only file that may name `Date`, `setTimeout` or `setInterval`. Everyone else is given a clock or an instant. */

/** An instant in epoch milliseconds. */
export type Instant = number;

/** Where the present comes from; tests put in one that they move. */
export interface Clock {
  now(): Instant;
  /** Calls back once at or after the instant; the returned function cancels. */
  at(instant: Instant, callback: () => void): () => void;
}

// setTimeout keeps its delay in a signed 32-bit integer; a longer wait would fire at once.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

class SystemClock implements Clock {
  now(): Instant {
    return Date.now();
  }

  at(instant: Instant, callback: () => void): () => void {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const waitMs = instant - Date.now();
      timer = setTimeout(
        waitMs > LONGEST_TIMEOUT_MS ? arm : callback,
        Math.min(Math.max(waitMs, 0), LONGEST_TIMEOUT_MS),
      );
    };
    arm();
    return () => clearTimeout(timer);
  }
}

/** The machine's clock. */
export const systemClock: Clock = new SystemClock();

/** Time since an earlier instant; without end when the clock was set back, as nobody knows how much has passed then. */
export function elapsedMs(since: Instant, now: Instant): number {
  return now < since ? Number.POSITIVE_INFINITY : now - since;
}

let latest: Instant | undefined;
let latestText = '';

/** UTC text of an instant, milliseconds precise: `2026-01-31T09:00:00.000Z`. */
export function toIsoText(instant: Instant): string {
  // Log lines and audit records of one millisecond ask for the same text.
  if (instant !== latest) {
    latestText = new Date(instant).toISOString();
    latest = instant;
  }
  return latestText;
}

/** As HTTP's `Date` header has it (RFC 9110, 5.6.7). */
export function toHttpDate(instant: Instant): string {
  return new Date(instant).toUTCString();
}

/** The instant that HTTP's `Date` header tells; undefined when it tells none. */
export function readHttpDate(text: string | null): Instant | undefined {
  const instant = Date.parse(text ?? '');
  return Number.isNaN(instant) ? undefined : instant;
}

/** For libraries that want a `Date`. */
export function toDate(instant: Instant): Date {
  return new Date(instant);
}
