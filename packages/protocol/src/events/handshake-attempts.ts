import { EventRefusal } from './refusal.ts';

const MOST_UNFINISHED = 10;

/**
 * Counts the handshakes of one end and session that began and did not end well. Whoever swaps keys may break off each
 * time the digits would differ, and hope for the next time: each try is one chance in a million, so there are only ten.
 */
export class HandshakeAttempts {
  #unfinished = 0;

  /** @throws EventRefusal `notProven` when too many were left unfinished */
  begin(): void {
    if (this.#unfinished >= MOST_UNFINISHED) {
      throw new EventRefusal('notProven', 'Too many handshakes of this session were left unfinished.');
    }
    this.#unfinished++;
  }

  finish(): void {
    this.#unfinished--;
  }
}
