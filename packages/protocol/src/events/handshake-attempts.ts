import { EventRefusal } from './refusal.ts';

const MOST = { begun: 50, unfinished: 5 } as const;
/** One helper leaves others some, or he could keep them out. */
const MOST_OF_ONE = { begun: 40, unfinished: 3 } as const;

export interface Attempts {
  /** @throws EventRefusal `notProven` when there were too many */
  begin(): void;
  finish(): void;
}

class Count {
  readonly #most: { readonly begun: number; readonly unfinished: number };
  begun = 0;
  unfinished = 0;

  constructor(most: { readonly begun: number; readonly unfinished: number }) {
    this.#most = most;
  }

  get isFull(): boolean {
    return this.begun >= this.#most.begun || this.unfinished >= this.#most.unfinished;
  }
}

/**
 * Counts the handshakes with ECDH of one end in one session. Whoever swaps keys may break connections until the digits
 * happen to be equal: each handshake is a few chances in a million, so there must not be many, finished or not.
 */
export class HandshakeAttempts implements Attempts {
  readonly #all = new Count(MOST);
  readonly #ofOne = new Map<string, Count>();

  begin(): void {
    this.#begin(this.#all);
  }

  finish(): void {
    this.#all.unfinished--;
  }

  /** Those with one helper, by user id: they count among all. */
  of(helper: string): Attempts {
    const own = this.#ofOne.get(helper) ?? new Count(MOST_OF_ONE);
    this.#ofOne.set(helper, own);
    return {
      begin: () => this.#begin(this.#all, own),
      finish: () => {
        for (const count of [this.#all, own]) count.unfinished--;
      },
    };
  }

  #begin(...counts: readonly Count[]): void {
    if (counts.some((count) => count.isFull)) {
      throw new EventRefusal('notProven', 'There were too many handshakes in this session.');
    }
    for (const count of counts) {
      count.begun++;
      count.unfinished++;
    }
  }
}
