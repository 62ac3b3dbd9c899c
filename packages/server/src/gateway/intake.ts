/** What a client sends, read no faster than its rate and the work in hand allow. */
import type { Clock } from '../clock.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { type GatewayLimits, RateLimit } from './limits.ts';

/** Whose intake it is. */
export interface IntakeOwner {
  /** Handles one message. */
  take(data: Buffer, isBinary: boolean): void;
  pauseReading(): void;
  resumeReading(): void;
}

interface IntakeOptions {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
}

/** Why reading is held back, as bits. */
const FOR_RATE = 1;
const FOR_WORK = 2;

export class Intake {
  readonly #owner: IntakeOwner;
  readonly #options: IntakeOptions;
  readonly #rate: RateLimit;
  #holds = 0;
  #works = 0;
  /** What came in one piece with the message after which reading was held back. */
  #unread: { readonly data: Buffer; readonly isBinary: boolean }[] | undefined;
  #cancelRelease: (() => void) | undefined;

  constructor(owner: IntakeOwner, options: IntakeOptions) {
    this.#owner = owner;
    this.#options = options;
    this.#rate = new RateLimit(options.limits);
  }

  get isHeld(): boolean {
    return this.#holds !== 0;
  }

  /** A message has come: hands it on, or keeps it until there is less work. */
  receive(data: Buffer, isBinary: boolean): void {
    this.count(data.length);
    if ((this.#holds & FOR_WORK) === 0) {
      this.#owner.take(data, isBinary);
      return;
    }
    this.#unread ??= [];
    this.#unread.push({ data, isBinary });
  }

  /** Counts what came towards the rate. */
  count(bytes: number): void {
    const { clock, metrics } = this.#options;
    const now = clock.now();
    const waitMs = this.#rate.count(bytes, now);
    if (waitMs === 0 || (this.#holds & FOR_RATE) !== 0) return;
    metrics.countHeldBack();
    this.#hold(FOR_RATE);
    this.#cancelRelease = clock.at(now + waitMs, () => this.#release(FOR_RATE));
  }

  /** The service works on something for the client; too much at once holds back reading. */
  beginWork(): void {
    this.#works += 1;
    if (this.#works >= this.#options.limits.pendingEvents) this.#hold(FOR_WORK);
  }

  endWork(): void {
    this.#works -= 1;
    while (this.#works < this.#options.limits.pendingEvents) {
      const next = this.#unread?.shift();
      if (!next) {
        this.#release(FOR_WORK);
        return;
      }
      this.#owner.take(next.data, next.isBinary);
    }
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#unread = undefined;
    this.#cancelRelease?.();
  }

  #hold(why: number): void {
    this.#holds |= why;
    this.#owner.pauseReading();
  }

  #release(why: number): void {
    if ((this.#holds & why) === 0) return;
    this.#holds &= ~why;
    if (this.#holds === 0) this.#owner.resumeReading();
  }
}
