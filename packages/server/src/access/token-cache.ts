/**
 * Verified tokens, so that a signature is checked once and not with each request. Two generations of a map approximate
 * "least recently used" at the cost of one lookup.
 */
import type { Instant } from '../clock.ts';
import type { Caller } from './caller.ts';

interface Entry {
  readonly caller: Caller;
  readonly notBefore: Instant;
  readonly until: Instant;
}

export class TokenCache {
  readonly #mostEntries: number;
  readonly #mostChars: number;
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  #youngChars = 0;

  /** Holds at most `capacity` tokens, and of their text at most `mostChars`. */
  constructor(capacity = 10_000, mostChars = 32 * 1024 * 1024) {
    this.#mostEntries = Math.max(1, Math.floor(capacity / 2));
    this.#mostChars = mostChars / 2;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The caller, if the token was verified before and its time has neither passed nor yet to come. */
  get(token: string, now: Instant): Caller | undefined {
    const entry = this.#young.get(token) ?? this.#promote(token);
    return entry !== undefined && now < entry.until && now >= entry.notBefore ? entry.caller : undefined;
  }

  /** Remembers a verified token from `notBefore` and until before `until`. */
  set(token: string, caller: Caller, notBefore: Instant, until: Instant): void {
    this.#put(token, { caller, notBefore, until });
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngChars = 0;
  }

  #promote(token: string): Entry | undefined {
    const entry = this.#old.get(token);
    if (!entry) return undefined;
    this.#old.delete(token);
    this.#put(token, entry);
    return entry;
  }

  #put(token: string, entry: Entry): void {
    if (this.#young.size >= this.#mostEntries || this.#youngChars + token.length > this.#mostChars) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngChars = 0;
    }
    if (!this.#young.has(token)) this.#youngChars += token.length;
    this.#young.set(token, entry);
  }
}
