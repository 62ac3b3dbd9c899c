/** How often the person at the device is asked: whoever is asked again and again says yes in the end to have peace. */
import type { Instant } from './clock.ts';

const HOUR_MS = 3_600_000;
/** More than a server of good will asks (SES-13), unless its operator raised that. */
const MOST_AN_HOUR = 20;

export class QuestionLimit {
  /** When questions were put that nobody said yes to, the oldest first. */
  #unwanted: Instant[] = [];

  mayAsk(now: Instant): boolean {
    this.#unwanted = this.#unwanted.filter((at) => now - at < HOUR_MS);
    return this.#unwanted.length < MOST_AN_HOUR;
  }

  /** @param isAccepted who says yes is there, and has not had enough */
  answered(now: Instant, isAccepted: boolean): void {
    if (isAccepted) this.#unwanted = [];
    else this.#unwanted.push(now);
  }
}
