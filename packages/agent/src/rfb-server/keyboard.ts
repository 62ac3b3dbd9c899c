/** Types on an X display by keysyms, whatever its layout: through XTEST, as if somebody pressed the keys. */
import type { XTest } from 'x11';
import type { XDisplay } from '../x11/x-display.ts';
import { type Level, type Rows, type Stroke, spareKeycodes, strokeFor, type TypingState } from './keymap.ts';

const SHIFT_L = 0xffe1;
const ISO_LEVEL3_SHIFT = 0xfe03;
/** Bits of a key mask, and rows of the modifier mapping (X11 protocol, section 4). */
const SHIFT = 0;
const LOCK = 1;
const GROUP_SHIFT = 13;
const NO_SYMBOL = 0;

export class Keyboard {
  readonly #display: XDisplay;
  readonly #test: XTest;
  #rows: Rows = new Map();
  /** Keycodes of each modifier. */
  #modifiers: readonly (readonly number[])[] = [];
  /** Keycodes by the keysym that pressed them. */
  readonly #down = new Map<number, number>();
  /** Keys that typed nothing, and now type what the layout lacks; the oldest first. */
  readonly #borrowed = new Map<number, number>();

  constructor(display: XDisplay, test: XTest) {
    this.#display = display;
    this.#test = test;
  }

  /** Reads the layout; to be called again when it changes. */
  async load(): Promise<void> {
    const { client } = this.#display;
    const { min_keycode: first, max_keycode: last } = client.display;
    const rows = await this.#display.ask<readonly (readonly number[])[]>((reply) =>
      client.GetKeyboardMapping(first, last - first + 1, reply),
    );
    this.#rows = new Map(rows.map((row, at) => [first + at, row]));
    this.#modifiers = await this.#display.ask((reply) => client.GetModifierMapping(reply));
  }

  /** Presses or lets go; one at a time. What no key can type is passed over. */
  async key(keysym: number, isDown: boolean): Promise<void> {
    if (!isDown) {
      const keycode = this.#down.get(keysym);
      this.#down.delete(keysym);
      if (keycode !== undefined) this.#fake(this.#test.KeyRelease, keycode);
      return;
    }
    const state = await this.#state();
    const stroke = strokeFor(keysym, this.#rows, state) ?? (await this.#borrow(keysym));
    if (!stroke) return;
    const changes = stroke.level ? await this.#changesTo(stroke.level, state) : [];
    for (const { keycode, isHeld } of changes)
      this.#fake(isHeld ? this.#test.KeyRelease : this.#test.KeyPress, keycode);
    this.#fake(this.#test.KeyPress, stroke.keycode);
    for (const { keycode, isHeld } of changes.toReversed()) {
      this.#fake(isHeld ? this.#test.KeyPress : this.#test.KeyRelease, keycode);
    }
    this.#down.set(keysym, stroke.keycode);
  }

  /** Lets go of all, and gives borrowed keys back. */
  async close(): Promise<void> {
    for (const keycode of this.#down.values()) this.#fake(this.#test.KeyRelease, keycode);
    this.#down.clear();
    for (const keycode of this.#borrowed.values()) this.#put(keycode, NO_SYMBOL);
    await this.#display.settled();
  }

  async #state(): Promise<TypingState> {
    const { client, screen } = this.#display;
    const { keyMask } = await this.#display.ask<{ keyMask: number }>((reply) =>
      client.QueryPointer(screen.root, reply),
    );
    const altGr = this.#altGr();
    return {
      isShifted: (keyMask & (1 << SHIFT)) !== 0,
      isCapsLocked: (keyMask & (1 << LOCK)) !== 0,
      isAltGr: altGr !== undefined && (keyMask & (1 << altGr)) !== 0,
      group: (keyMask >> GROUP_SHIFT) & 3,
    };
  }

  /** Keys to press or to let go of for a moment: those held for a modifier that disturbs, one for each that is missing. */
  async #changesTo(level: Level, now: TypingState): Promise<{ readonly keycode: number; readonly isHeld: boolean }[]> {
    const { client } = this.#display;
    const held = await this.#display.ask<Buffer>((reply) => client.QueryKeymap(reply));
    const isHeld = (keycode: number) => ((held[keycode >> 3] ?? 0) & (1 << (keycode & 7))) !== 0;
    const changes = (wants: boolean, has: boolean, modifier: number | undefined, keysym: number) => {
      if (wants === has || modifier === undefined) return [];
      if (!wants) return (this.#modifiers[modifier] ?? []).filter((code) => code !== 0 && isHeld(code));
      return [...this.#rows]
        .filter(([, row]) => row[0] === keysym)
        .map(([code]) => code)
        .slice(0, 1);
    };
    return [
      ...changes(level.isShifted, now.isShifted, SHIFT, SHIFT_L),
      ...changes(level.isAltGr, now.isAltGr, this.#altGr(), ISO_LEVEL3_SHIFT),
    ].map((keycode) => ({ keycode, isHeld: isHeld(keycode) }));
  }

  /** The modifier that AltGr is, 0 to 7. */
  #altGr(): number | undefined {
    const at = this.#modifiers.findIndex((codes) =>
      codes.some((code) => this.#rows.get(code)?.[0] === ISO_LEVEL3_SHIFT),
    );
    return at < 0 ? undefined : at;
  }

  /** Puts a keysym that the layout lacks on a key that types nothing. */
  async #borrow(keysym: number): Promise<Stroke | undefined> {
    let keycode = this.#borrowed.get(keysym) ?? spareKeycodes(this.#rows).at(-1);
    if (keycode === undefined) {
      const free = [...this.#borrowed].find(([, code]) => ![...this.#down.values()].includes(code));
      if (!free) return undefined;
      this.#borrowed.delete(free[0]);
      keycode = free[1];
    }
    this.#borrowed.set(keysym, keycode);
    this.#put(keycode, keysym);
    await this.#display.settled();
    return { keycode };
  }

  #put(keycode: number, keysym: number): void {
    const row = [keysym, keysym];
    this.#display.client.ChangeKeyboardMapping(keycode, row.length, row);
    this.#rows = new Map(this.#rows).set(keycode, row);
  }

  #fake(type: number, keycode: number): void {
    this.#test.FakeInput(type, keycode, 0, 0, 0, 0);
  }
}
