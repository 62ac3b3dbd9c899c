/**
 * A terminal on which lines come and go while somebody types: a status line at the bottom, redrawn in place, where there
 * is a screen; plain lines one after the other where there is none.
 */
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

export interface LiveTerminalOptions {
  readonly input: Readable;
  readonly output: Writable & { readonly columns?: number };
  /** Whether input and output are a person's terminal. */
  readonly isInteractive: boolean;
  readonly onLine: (line: string) => void;
  /** Ctrl+C. */
  readonly onInterrupt: () => void;
  /** Nothing more will be typed. */
  readonly onEnd?: () => void;
}

const CLEAR = '\r\x1b[J';
const UP_AND_CLEAR = '\x1b[1A\r\x1b[J';
/** Columns that stay free for what is typed. */
const ROOM_TO_TYPE = 24;

export class LiveTerminal {
  readonly #options: LiveTerminalOptions;
  readonly #lines: Interface;
  #status = '';
  #isClosed = false;

  constructor(options: LiveTerminalOptions) {
    this.#options = options;
    const { input, output, isInteractive, onLine, onInterrupt, onEnd } = options;
    this.#lines = createInterface({ input, ...(isInteractive ? { output } : {}), terminal: isInteractive, prompt: '' });
    this.#lines.on('line', (line) => {
      // What was typed stands behind a status that is no longer true.
      if (isInteractive) output.write(UP_AND_CLEAR);
      onLine(line);
      this.#redraw();
    });
    this.#lines.on('SIGINT', onInterrupt);
    this.#lines.on('close', () => {
      if (!this.#isClosed) onEnd?.();
    });
  }

  /** Lines that stay. */
  print(...lines: readonly string[]): void {
    const { output, isInteractive } = this.#options;
    output.write(`${isInteractive && !this.#isClosed ? CLEAR : ''}${lines.join('\n')}\n`);
    this.#redraw();
  }

  /** The line at the bottom; nothing where there is no screen. */
  status(text: string): void {
    if (!this.#options.isInteractive || text === this.#status) return;
    this.#status = text;
    this.#redraw();
  }

  /** Forgets what was typed and not sent. */
  forgetTyped(): void {
    if (!this.#options.isInteractive || this.#isClosed) return;
    const [toItsEnd, allBefore] = ['e', 'u'];
    for (const name of [toItsEnd, allBefore]) this.#lines.write(null, { ctrl: true, name });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#options.isInteractive) this.#options.output.write(CLEAR);
    this.#lines.close();
  }

  #redraw(): void {
    const { isInteractive, output } = this.#options;
    if (!isInteractive || this.#isClosed) return;
    const room = Math.max(20, (output.columns ?? 80) - ROOM_TO_TYPE);
    this.#lines.setPrompt(stripVTControlCharacters(this.#status).length > room ? this.#cut(room) : this.#status);
    this.#lines.prompt(true);
  }

  /** A cut in the middle of a style would leave the terminal in it. */
  #cut(room: number): string {
    return `${stripVTControlCharacters(this.#status).slice(0, room - 3)}… `;
  }
}
