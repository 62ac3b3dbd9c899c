/** Keys that a browser keeps for itself, or that people's keyboards lack: keysyms of X11's keysymdef.h. */
import type { Key } from './picture.ts';

const key = (keysym: number, code: string): Key => ({ keysym, code });

const CONTROL = key(0xffe3, 'ControlLeft');
const ALT = key(0xffe9, 'AltLeft');
const SHIFT = key(0xffe1, 'ShiftLeft');
const WIN = key(0xffeb, 'MetaLeft');

/** What the menu of keys offers, by the name under which its text stands in the catalogue. */
export const KEY_COMBINATIONS = {
  ctrlAltDel: [CONTROL, ALT, key(0xffff, 'Delete')],
  win: [WIN],
  altTab: [ALT, key(0xff09, 'Tab')],
  altF4: [ALT, key(0xffc1, 'F4')],
  ctrlEsc: [CONTROL, key(0xff1b, 'Escape')],
  ctrlShiftEsc: [CONTROL, SHIFT, key(0xff1b, 'Escape')],
  winR: [WIN, key(0x72, 'KeyR')],
  winL: [WIN, key(0x6c, 'KeyL')],
  escape: [key(0xff1b, 'Escape')],
  print: [key(0xff61, 'PrintScreen')],
  menu: [key(0xff67, 'ContextMenu')],
  f11: [key(0xffc8, 'F11')],
} as const satisfies Readonly<Record<string, readonly Key[]>>;

export type KeyCombination = keyof typeof KEY_COMBINATIONS;

export const KEY_COMBINATION_NAMES = Object.keys(KEY_COMBINATIONS) as readonly KeyCombination[];

/** Those that the sharer's end can be asked for beside the stream, because its system takes them from nobody else. */
export const SPECIAL: Partial<Readonly<Record<KeyCombination, 'ctrlAltDel' | 'win'>>> = {
  ctrlAltDel: 'ctrlAltDel',
  win: 'win',
};
