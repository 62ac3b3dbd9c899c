/** Signs of life: those that this end asks for, and how many of the other's requests it answers. */
import type { Timers } from '../realtime/socket.ts';

/** Requests of this end that wait for their answers. */
const MOST_OPEN = 64;
/** What needs no credit is bounded by time: so many at once, and so many a second. */
const BURST = 256;
const PER_SECOND = 32;

interface Open {
  readonly sentAt: number;
  readonly resolve: (ms: number) => void;
  readonly reject: (error: Error) => void;
}

export class Pings {
  readonly #timers: Timers;
  readonly #transmit: (token: bigint) => void;
  readonly #open = new Map<bigint, Open>();
  #next = 0n;
  #allowance = BURST;
  #allowedAt = 0;

  constructor(timers: Timers, transmit: (token: bigint) => void) {
    this.#timers = timers;
    this.#transmit = transmit;
  }

  /** @returns milliseconds until the answer came */
  send(): Promise<number> {
    if (this.#open.size >= MOST_OPEN) return Promise.reject(new Error('Too many pings are unanswered.'));
    const token = this.#next++;
    const answered = new Promise<number>((resolve, reject) => {
      this.#open.set(token, { sentAt: this.#timers.now(), resolve, reject });
    });
    this.#transmit(token);
    return answered;
  }

  /** Whose answer is of interest only because something is heard. */
  sendUnheeded(): void {
    this.send().catch(() => undefined);
  }

  /** @returns false when nobody asked */
  answered(token: bigint): boolean {
    const open = this.#open.get(token);
    if (!open) return false;
    this.#open.delete(token);
    open.resolve(this.#timers.now() - open.sentAt);
    return true;
  }

  /** Whether one more request of the other end is within bounds. */
  mayHear(): boolean {
    const now = this.#timers.now();
    this.#allowance = Math.min(BURST, this.#allowance + ((now - this.#allowedAt) * PER_SECOND) / 1_000);
    this.#allowedAt = now;
    this.#allowance -= 1;
    return this.#allowance >= 0;
  }

  close(): void {
    for (const { reject } of this.#open.values()) reject(new Error('The relay is closed.'));
    this.#open.clear();
  }
}
