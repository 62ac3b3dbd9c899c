/** Work that goes on at the same time, and whose outcomes are handed on in the order in which it was begun. */

interface Slot<T> {
  isReady: boolean;
  value: T | undefined;
}

export class InOrder<T> {
  readonly #next: (value: T) => void;
  readonly #failed: (error: unknown) => void;
  #slots: Slot<T>[] = [];
  #first = 0;

  constructor(next: (value: T) => void, failed: (error: unknown) => void) {
    this.#next = next;
    this.#failed = failed;
  }

  /** How much is under way. */
  get length(): number {
    return this.#slots.length - this.#first;
  }

  add(work: Promise<T>): void {
    const slot: Slot<T> = { isReady: false, value: undefined };
    this.#slots.push(slot);
    work.then((value) => {
      slot.value = value;
      slot.isReady = true;
      this.#handOn();
    }, this.#failed);
  }

  /** What is under way is handed on no more. */
  clear(): void {
    this.#slots = [];
    this.#first = 0;
  }

  #handOn(): void {
    for (let slot = this.#slots[this.#first]; slot?.isReady; slot = this.#slots[this.#first]) {
      this.#first += 1;
      if (this.#first === this.#slots.length) this.clear();
      this.#next(slot.value as T);
    }
  }
}
