/** Counts what repeats, and says how much of it is worth a line of its own. */
export class Gathered {
  readonly #most: number;
  readonly #seen = new Map<string, number>();

  /** @param most of each name */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether it is one of the first of its name */
  take(name: string): boolean {
    const seen = (this.#seen.get(name) ?? 0) + 1;
    this.#seen.set(name, seen);
    return seen <= this.#most;
  }

  /** How many there were beyond the first, by name, and begins anew; undefined when there were none. */
  rest(): Readonly<Record<string, number>> | undefined {
    const beyond = [...this.#seen]
      .filter(([, seen]) => seen > this.#most)
      .map(([name, seen]) => [name, seen - this.#most]);
    this.#seen.clear();
    return beyond.length === 0 ? undefined : Object.fromEntries(beyond);
  }
}
