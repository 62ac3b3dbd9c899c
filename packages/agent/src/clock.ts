/** The only file here that may name `Date` and `setTimeout`. */

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

export const systemClock: Clock = {
  now: systemNow,
  at(instant, callback) {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const waitMs = Math.max(instant - Date.now(), 0);
      timer =
        waitMs > LONGEST_TIMEOUT_MS ? setTimeout(arm, LONGEST_TIMEOUT_MS) : setTimeout(callback, Math.ceil(waitMs));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

export function systemNow(): Instant {
  return Date.now();
}

/** The instant that HTTP's `Date` header tells (RFC 9110, 6.6.1); undefined when it tells none. */
export function readHttpDate(text: string | null): Instant | undefined {
  const instant = Date.parse(text ?? '');
  return Number.isNaN(instant) ? undefined : instant;
}

/** The time of day on this machine: `21:05`. */
export function localTimeText(instant: Instant): string {
  return new Date(instant).toTimeString().slice(0, 5);
}

/** The instant as RFC 3339 has it, in UTC. */
export function toIsoText(instant: Instant): string {
  return new Date(instant).toISOString();
}
