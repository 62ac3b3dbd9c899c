/** Which of several helpers holds the input: one at a time, the first who came until he gives it up or goes. */
export class InputHolder {
  /** In the order in which they came. */
  readonly #present = new Set<string>();
  /** In the order in which they asked. */
  readonly #asking = new Set<string>();
  #current: string | undefined;

  /** A helper's user id. */
  get current(): string | undefined {
    return this.#current;
  }

  came(helper: string): void {
    this.#present.add(helper);
    this.#current ??= helper;
  }

  left(helper: string): void {
    this.#present.delete(helper);
    this.#asking.delete(helper);
    if (this.#current === helper) this.#handOn();
  }

  /** Asks for the input, or gives it up, or stops asking. */
  wants(helper: string, isWanted: boolean): void {
    if (!this.#present.has(helper)) return;
    if (!isWanted) {
      this.#asking.delete(helper);
      if (this.#current === helper) this.#handOn();
    } else if (this.#current === undefined) this.#current = helper;
    else if (this.#current !== helper) this.#asking.add(helper);
  }

  /** To who asked first; nobody has it where nobody asked, until somebody does. */
  #handOn(): void {
    const [next] = this.#asking;
    this.#current = next;
    if (next !== undefined) this.#asking.delete(next);
  }
}
