/** Which key of an X keyboard, with which modifiers, types a keysym (X11 protocol, section 5; X Keyboard Extension). */

const NO_SYMBOL = 0;
const UNICODE = 0x0100_0000;
const LAST_UNICODE = UNICODE + 0x10_ffff;
/** What X counts as a row of a key, for the first and the second group: without, with Shift, with AltGr, with both. */
const COLUMNS = [
  [0, 1, 4, 5],
  [2, 3, 6, 7],
] as const;

/** Which of the two modifiers that change what a key types is on. */
export interface Level {
  readonly isShifted: boolean;
  readonly isAltGr: boolean;
}

export interface TypingState extends Level {
  readonly isCapsLocked: boolean;
  /** The layout in use: 0 or 1. */
  readonly group: number;
}

export interface Stroke {
  readonly keycode: number;
  /** Undefined when it types the keysym as modifiers are now. */
  readonly level?: Level;
}

/** The rows of `GetKeyboardMapping`, by keycode. */
export type Rows = ReadonlyMap<number, readonly number[]>;

const LEVELS: readonly Level[] = [
  { isShifted: false, isAltGr: false },
  { isShifted: true, isAltGr: false },
  { isShifted: false, isAltGr: true },
  { isShifted: true, isAltGr: true },
];

/** How to type a keysym, with as few changes of modifiers as can be; undefined when no key has it. */
export function strokeFor(keysym: number, rows: Rows, state: TypingState): Stroke | undefined {
  const wanted = canonical(keysym);
  const now = LEVELS.findIndex(({ isShifted, isAltGr }) => isShifted === state.isShifted && isAltGr === state.isAltGr);
  let other: Stroke | undefined;
  for (const [keycode, row] of rows) {
    const levels = levelsOf(row, state);
    if (levels[now] === wanted) return { keycode };
    const level = levels.indexOf(wanted);
    if (level < 0) continue;
    // A key that does not look at modifiers types the same with any: Return, F1, Shift itself.
    if (levels.every((each) => each === wanted || each === NO_SYMBOL)) return { keycode };
    other ??= { keycode, level: LEVELS[level] as Level };
  }
  return other;
}

/** Keys that type nothing: what the layout lacks can be put on them. */
export function spareKeycodes(rows: Rows): number[] {
  return [...rows].filter(([, row]) => row.every((keysym) => keysym === NO_SYMBOL)).map(([keycode]) => keycode);
}

/** What a key types at each level, in the group, with Caps Lock as it is. */
function levelsOf(row: readonly number[], { group, isCapsLocked }: TypingState): number[] {
  const hasGroup = group === 1 && (row[2] ?? NO_SYMBOL) !== NO_SYMBOL;
  const levels = COLUMNS[hasGroup ? 1 : 0].map((column) => canonical(row[column] ?? NO_SYMBOL));
  const [plain = NO_SYMBOL, shifted = NO_SYMBOL] = levels;
  // A letter that stands alone is typed in capitals with Shift.
  if (shifted === NO_SYMBOL) levels[1] = upperOf(plain) ?? NO_SYMBOL;
  const isLetter = plain !== levels[1] && upperOf(plain) === levels[1];
  if (isCapsLocked && isLetter) [levels[0], levels[1]] = [levels[1] as number, plain];
  return levels;
}

/** Latin-1 keysyms are the characters themselves (X11 protocol, appendix A). */
function upperOf(keysym: number): number | undefined {
  if (keysym > LAST_UNICODE || (keysym > 0xff && keysym < UNICODE)) return undefined;
  const point = keysym > UNICODE ? keysym - UNICODE : keysym;
  const upper = String.fromCodePoint(point).toUpperCase();
  const code = upper.length === 1 ? upper.charCodeAt(0) : point;
  return code === point ? undefined : canonical(UNICODE + code);
}

/** One number for a character of Latin-1, which may be written in two ways. */
function canonical(keysym: number): number {
  return keysym > UNICODE && keysym <= UNICODE + 0xff ? keysym - UNICODE : keysym;
}
