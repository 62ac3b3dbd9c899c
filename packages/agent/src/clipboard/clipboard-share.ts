/** The clipboard between the desktop and helpers, each direction by its own grant. Nothing is read before it is granted. */
import type { SessionGrants } from '@open-remote-help/protocol/events';
import type { ClipboardSystem } from '../screen/screen-source.ts';
import { NOTHING } from '../sharer.ts';

export interface ClipboardShareOptions {
  /** undefined where there is no clipboard. */
  readonly open: (() => Promise<ClipboardSystem>) | undefined;
  /** Sends what was copied on the desktop to all helpers. */
  readonly send: (text: string) => void;
  readonly failed: (error: unknown) => void;
}

/** As peer events bound it, in UTF-16 code units. */
const MOST_TEXT = 256 * 1024;
/** What a peer event carries as text (docs/spec/events.md): no control characters but these. */
const UNFIT = /[[\p{Cc}]--[\t\n\r]]/gv;

export class ClipboardShare {
  readonly #options: ClipboardShareOptions;
  #grants = NOTHING;
  #system: Promise<ClipboardSystem | undefined> | undefined;
  #stopWatching: (() => void) | undefined;
  /** What helpers and the desktop have in common: it goes to neither again. */
  #common: string | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(options: ClipboardShareOptions) {
    this.#options = options;
  }

  allow(grants: SessionGrants): void {
    this.#grants = grants;
    this.#inTurn(() => this.#watch());
  }

  /** A helper has copied something. */
  received(text: string): void {
    this.#inTurn(async () => {
      if (!this.#grants.clipboardToSharer || text === this.#common) return;
      const system = await this.#opened();
      // Taken away while the clipboard was opened.
      if (!this.#grants.clipboardToSharer) return;
      this.#common = text;
      await system?.write(text);
    });
  }

  async close(): Promise<void> {
    this.#grants = NOTHING;
    this.#isOver = true;
    this.#stopWatching?.();
    await this.#last;
    const system = await this.#system?.catch(() => undefined);
    await system?.close();
  }

  async #watch(): Promise<void> {
    if (!this.#grants.clipboardToHelper) {
      this.#stopWatching?.();
      this.#stopWatching = undefined;
    } else if (!this.#stopWatching) {
      const system = await this.#opened();
      if (this.#grants.clipboardToHelper) this.#stopWatching = system?.watch((text) => this.#copied(text));
    }
  }

  #copied(raw: string): void {
    if (!this.#grants.clipboardToHelper || raw === this.#common) return;
    const text = raw.toWellFormed().replaceAll(UNFIT, '');
    if (text === '' || text.length > MOST_TEXT || text === this.#common) return;
    this.#common = text;
    this.#options.send(text);
  }

  #opened(): Promise<ClipboardSystem | undefined> {
    this.#system ??= this.#options.open?.() ?? Promise.resolve(undefined);
    return this.#system;
  }

  #inTurn(act: () => Promise<void>): void {
    this.#last = this.#last
      .then(() => (this.#isOver ? undefined : act()))
      .catch((error: unknown) => {
        this.#system = undefined;
        this.#options.failed(error);
      });
  }
}
