/** A clock that moves only when a test says so. */
import type { Clock, Instant } from '../../server/src/clock.ts';

interface Alarm {
  readonly instant: Instant;
  readonly callback: () => void;
}

/** Stands still until a test moves it, and then calls what was due, in order. */
export class ManualClock implements Clock {
  #now: Instant;
  readonly #alarms = new Set<Alarm>();

  /** Starts at the given instant in epoch milliseconds. */
  constructor(now: Instant = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  at(instant: Instant, callback: () => void): () => void {
    const alarm = { instant, callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** How many alarms wait. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** When the next alarm is due. */
  get nextAt(): Instant {
    return Math.min(...[...this.#alarms].map(({ instant }) => instant));
  }

  /** Moves to an instant, firing on the way what is due, in order; an alarm armed meanwhile fires too when due. */
  advanceTo(instant: Instant): void {
    for (let alarm = this.#next(instant); alarm; alarm = this.#next(instant)) {
      this.#alarms.delete(alarm);
      this.#now = Math.max(this.#now, alarm.instant);
      alarm.callback();
    }
    this.#now = instant;
  }

  /** Moves forward by a duration. */
  advanceBy(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  #next(until: Instant): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.instant <= until && (!next || alarm.instant < next.instant)) next = alarm;
    }
    return next;
  }
}
