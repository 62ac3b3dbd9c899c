/** Shares of the service in windows of ten seconds: for each caller, and for each source that shows no good token. */
import { DomainError } from '../errors.ts';

const WINDOW_MS = 10_000;
/** Sources remembered in one window; an attacker with more addresses than this is counted as one. */
const MOST_KEYS = 50_000;

/** Counts in memory, for this node alone; a window begins with each full ten seconds. */
export class Throttle {
  readonly #limit: number;
  readonly #counts = new Map<string, { requests: number }>();
  #window = 0;

  /** @param limit requests a window for one key; 0 means no limit */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one request. Throws `DomainError` tooManyRequests past the limit. */
  count(key: string, now: number): void {
    if (this.#limit === 0) return;
    let count = this.#countOf(key, now);
    if (!count) {
      count = { requests: 0 };
      this.#counts.set(this.#bounded(key), count);
    }
    count.requests++;
    if (count.requests > this.#limit) throw this.refusal(now);
  }

  /** Whether the key has used up its share. */
  isExhausted(key: string, now: number): boolean {
    return this.#limit !== 0 && (this.#countOf(key, now)?.requests ?? 0) >= this.#limit;
  }

  refusal(now: number): DomainError {
    const retryAfterSeconds = Math.ceil((WINDOW_MS - (now % WINDOW_MS)) / 1_000);
    return new DomainError('tooManyRequests', 'Too many requests. Try again later.', { retryAfterSeconds });
  }

  #countOf(key: string, now: number): { requests: number } | undefined {
    const window = Math.floor(now / WINDOW_MS);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    return this.#counts.get(key) ?? this.#counts.get(this.#bounded(key));
  }

  /** The name under which a key that is not counted yet is counted. */
  #bounded(key: string): string {
    return this.#counts.size < MOST_KEYS ? key : 'everybody else';
  }
}
