/** Reliable connections without a socket, until they are recovered or their time is up. One alarm for the next of them. */
import type { Clock, Instant } from '../clock.ts';

export class WaitingRoom<C extends { expire(): void }> {
  readonly #clock: Clock;
  readonly #waitMs: number;
  /** In the order of their deadlines, since all wait equally long. */
  readonly #deadlines = new Map<C, Instant>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  enter(connection: C): void {
    this.#deadlines.set(connection, this.#clock.now() + this.#waitMs);
    this.#arm();
  }

  leave(connection: C): void {
    if (!this.#deadlines.delete(connection) || this.#deadlines.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    if (this.#cancel) return;
    for (const deadline of this.#deadlines.values()) {
      this.#cancel = this.#clock.at(deadline, () => this.#expire());
      return;
    }
  }

  #expire(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const [connection, deadline] of this.#deadlines) {
      if (deadline > now) break;
      this.#deadlines.delete(connection);
      connection.expire();
    }
    this.#arm();
  }
}
