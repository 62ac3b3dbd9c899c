import { EventRefusal } from './refusal.ts';

const MOST = 50;
const MOST_UNFINISHED = 5;

/**
 * Counts the handshakes with ECDH of one end in one session. Whoever swaps keys may break connections until the digits
 * happen to be equal: each handshake is a few chances in a million, so there must not be many, finished or not.
 */
export class HandshakeAttempts {
  #begun = 0;
  #unfinished = 0;

  /** @throws EventRefusal `notProven` when there were too many */
  begin(): void {
    if (this.#begun >= MOST || this.#unfinished >= MOST_UNFINISHED) {
      throw new EventRefusal('notProven', 'There were too many handshakes in this session.');
    }
    this.#begun++;
    this.#unfinished++;
  }

  finish(): void {
    this.#unfinished--;
  }
}
