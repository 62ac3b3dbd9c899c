import { expect, it } from 'vitest';
import { spareKeycodes, strokeFor, type TypingState } from './keymap.ts';

const [SHIFT, RETURN, EURO, AUDIO_MUTE] = [0xffe1, 0xff0d, 0x20ac, 0x1008ff12];
const code = (character: string) => character.charCodeAt(0);
/** A German keyboard with a second layout, as X lists it: group 1, group 2, then AltGr of each. */
const ROWS = new Map<number, readonly number[]>([
  [16, [code('7'), code('/'), code('7'), code('&'), code('{')]],
  [26, [code('e'), code('E'), code('e'), code('E'), EURO]],
  [36, [RETURN, 0, RETURN]],
  [38, [code('a')]],
  [50, [SHIFT, 0, SHIFT]],
  [121, [AUDIO_MUTE]],
  [248, []],
  [249, [0, 0]],
]);
const STATE: TypingState = { isShifted: false, isAltGr: false, isCapsLocked: false, group: 0 };
const SHIFTED = { ...STATE, isShifted: true };
const shift = { isShifted: true, isAltGr: false };
const none = { isShifted: false, isAltGr: false };

// RFB-4
it.each([
  ['a letter', 'e', STATE, { keycode: 26 }],
  ['a capital with Shift held', 'E', SHIFTED, { keycode: 26 }],
  ['a capital without', 'E', STATE, { keycode: 26, level: shift }],
  ['a letter with Shift held', 'e', SHIFTED, { keycode: 26, level: none }],
  ['what the helper types with Shift and this keyboard without', '7', SHIFTED, { keycode: 16, level: none }],
  ['a character of AltGr', '{', STATE, { keycode: 16, level: { isShifted: false, isAltGr: true } }],
  ['a capital with Caps Lock', 'E', { ...STATE, isCapsLocked: true }, { keycode: 26 }],
  ['a letter with Caps Lock', 'e', { ...STATE, isCapsLocked: true }, { keycode: 26, level: shift }],
  ['a digit with Caps Lock', '7', { ...STATE, isCapsLocked: true }, { keycode: 16 }],
  ['a capital of a letter that stands alone', 'A', STATE, { keycode: 38, level: shift }],
  ['a character of the second layout', '&', { ...STATE, group: 1 }, { keycode: 16, level: shift }],
])('%s', (_, character, state, stroke) => {
  expect(strokeFor(code(character), ROWS, state)).toEqual(stroke);
});

// RFB-4
it('keys that do not look at modifiers are pressed as they are', () => {
  expect(strokeFor(RETURN, ROWS, SHIFTED)).toEqual({ keycode: 36 });
  expect(strokeFor(SHIFT, ROWS, SHIFTED)).toEqual({ keycode: 50 });
});

// RFB-4
it('a character of Latin-1 is known by both of its keysyms, and others by none', () => {
  expect(strokeFor(0x0100_0000 + code('e'), ROWS, STATE)).toEqual({ keycode: 26 });
  for (const keysym of [code('z'), 0x0101_f600, 0xffff_ffff, 0])
    expect(strokeFor(keysym, ROWS, STATE)?.level).toBeUndefined();
  expect(strokeFor(code('z'), ROWS, STATE)).toBeUndefined();
  expect(spareKeycodes(ROWS)).toEqual([248, 249]);
});
