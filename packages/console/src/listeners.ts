/** Who hears of something, as long as it wants to. */
export class Listeners<Heard extends readonly unknown[] = []> {
  readonly #all = new Set<(...heard: Heard) => void>();

  /** @returns what ends the listening */
  readonly add = (listener: (...heard: Heard) => void): (() => void) => {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  };

  tell(...heard: Heard): void {
    for (const listener of [...this.#all]) listener(...heard);
  }
}
