/** One armed timer for the nearest instant at which the engine has work; work that is under way is never doubled. */
import type { Clock, Instant } from '../clock.ts';

/** Work that left undone what was due when it began is tried again this much later. */
const AGAIN_MS = 100;

export class WakeUp {
  readonly #clock: Clock;
  readonly #work: () => Promise<Instant>;
  #cancel: (() => void) | undefined;
  #armedAt: Instant = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param work does what is due and gives the instant of the next; it does not reject. What falls due while it works is
   * done at once after it
   */
  constructor(clock: Clock, work: () => Promise<Instant>) {
    this.#clock = clock;
    this.#work = work;
  }

  /** Sees to it that work is done at the instant, if not before. */
  arm(instant: Instant): void {
    if (this.#isClosed || instant >= this.#armedAt) return;
    this.#cancel?.();
    this.#armedAt = instant;
    // While work is under way it arms the timer when it is done.
    if (!this.#running) this.#cancel = this.#clock.at(instant, () => this.now());
  }

  /** Works now; settles when nothing is under way. */
  async now(): Promise<void> {
    if (this.#isClosed) return;
    if (!this.#running) {
      this.#disarm();
      this.#running = this.#run();
    }
    await this.#running;
  }

  /** Settles when no work is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** From now on nothing is armed; settles when the last work is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#disarm();
    await this.#running;
  }

  async #run(): Promise<void> {
    const begunAt = this.#clock.now();
    const next = await this.#work();
    this.#running = undefined;
    const wanted = Math.min(next, this.#armedAt);
    this.#armedAt = Number.POSITIVE_INFINITY;
    this.arm(Math.max(wanted, this.#clock.now() + (next <= begunAt ? AGAIN_MS : 0)));
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedAt = Number.POSITIVE_INFINITY;
  }
}
