/**
 * Records of what anybody can make happen as often as they like, and must not fill the log with: the first of a kind is
 * recorded at once, those of the following minute together as one record with their number.
 */
import type { Clock, Instant } from '../clock.ts';
import type { Store, Write } from '../store/store.ts';

/** Something that happened. */
export interface Happening {
  /** The same of all that are recorded together. */
  readonly name: string;
  /**
   * The record of so many; asked of the first of its name alone.
   * @param isFirst whether it is of that one, and not of those that followed
   */
  record(count: number, now: Instant, isFirst: boolean): Write;
}

/** What the records go into. */
export interface GatheredRecordsOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Told when a gathered record could not be written; it is tried again with the next one. */
  readonly onError: (error: unknown) => void;
}

interface Window {
  readonly happening: Happening;
  readonly openedAt: Instant;
  readonly isFirst: boolean;
  /** Not yet recorded. */
  unrecorded: number;
}

const WINDOW_MS = 60_000;

/** Keeps a window in memory for each name, for a minute. Closing writes what is unrecorded. */
export class GatheredRecords {
  readonly #options: GatheredRecordsOptions;
  /** In the order in which they close. */
  readonly #windows = new Map<string, Window>();
  readonly #writing = new Set<Promise<void>>();
  #cancel: (() => void) | undefined;

  constructor(options: GatheredRecordsOptions) {
    this.#options = options;
  }

  /** How many names there are. */
  get size(): number {
    return this.#windows.size;
  }

  isOpen(name: string): boolean {
    return this.#windows.has(name);
  }

  /**
   * Records what happened, or counts it.
   * @throws what the store throws; it is counted then, and recorded with the next ones
   */
  async note(happening: Happening): Promise<void> {
    const open = this.#windows.get(happening.name);
    if (open) open.unrecorded++;
    else await this.#open({ happening, openedAt: this.#options.clock.now(), isFirst: true, unrecorded: 1 });
  }

  /** Settles when nothing is being written. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writing);
  }

  /** Records what is still unrecorded and disarms the timer; settles when all is written. */
  async close(): Promise<void> {
    this.#cancel?.();
    const unrecorded = [...this.#windows.values()].filter((window) => window.unrecorded > 0);
    this.#windows.clear();
    for (const window of unrecorded) this.#write({ ...window, isFirst: false }).catch(this.#options.onError);
    await this.settled();
  }

  #open(window: Window): Promise<void> {
    this.#windows.set(window.happening.name, window);
    this.#arm();
    return this.#write(window);
  }

  #write(window: Window): Promise<void> {
    const write = this.#transact(window).finally(() => this.#writing.delete(write));
    this.#writing.add(write);
    return write;
  }

  async #transact(window: Window): Promise<void> {
    const { store, clock } = this.#options;
    const { happening, isFirst, unrecorded: count } = window;
    window.unrecorded = 0;
    const record = happening.record(count, clock.now(), isFirst);
    try {
      await store.transact({ reads: [], decide: () => ({ writes: [record], value: undefined }) });
    } catch (error) {
      window.unrecorded += count;
      throw error;
    }
  }

  #arm(): void {
    this.#cancel?.();
    const [first] = this.#windows.values();
    this.#cancel = first && this.#options.clock.at(first.openedAt + WINDOW_MS, () => this.#closeDue());
  }

  #closeDue(): void {
    const { clock, onError } = this.#options;
    const now = clock.now();
    for (const [name, window] of [...this.#windows]) {
      if (window.openedAt + WINDOW_MS > now) break;
      this.#windows.delete(name);
      if (window.unrecorded > 0) this.#open({ ...window, openedAt: now, isFirst: false }).catch(onError);
    }
    this.#arm();
  }
}
