/** What a window manager is asked (Extended Window Manager Hints 1.5), and done in its place where there is none. */
import type { XDisplay } from '../x11/x-display.ts';

const ANY_TYPE = 0;
const MOST_NUMBERS = 64;
/** Source indication (EWMH 1.5, 9.2): not the application's own wish, which a window manager may refuse. */
const BY_PERSON = 2;
const ADD = 1;
const EVERY_DESKTOP = 0xffff_ffff;
const POINTER_ROOT = 1;

/** The 32-bit numbers that a property of a window holds; none where it has no such property. */
export async function numbersOf(display: XDisplay, window: number, property: string): Promise<readonly number[]> {
  const atom = await display.atom(property);
  const { format, data } = await display.ask<{ format: number; data: Buffer }>((reply) =>
    display.client.GetProperty(0, window, atom, ANY_TYPE, 0, MOST_NUMBERS, reply),
  );
  if (format !== 32) return [];
  return Array.from({ length: Math.floor(data.length / 4) }, (_, index) => data.readUInt32LE(index * 4));
}

/** Above other windows. Without a window manager it is raised, which lasts until something else is. */
export async function keepAbove(display: XDisplay, window: number): Promise<void> {
  const above = await display.atom('_NET_WM_STATE_ABOVE');
  await tell(display, window, '_NET_WM_STATE', [ADD, above, 0, BY_PERSON, 0]);
}

export async function onEveryDesktop(display: XDisplay, window: number): Promise<void> {
  await tell(display, window, '_NET_WM_DESKTOP', [EVERY_DESKTOP, BY_PERSON, 0, 0, 0]);
}

/** The first row of pixels below panels at the top edge. */
export async function topOfWorkArea(display: XDisplay): Promise<number> {
  const [, top = 0] = await numbersOf(display, display.screen.root, '_NET_WORKAREA');
  return top;
}

/** Where the keyboard is. */
export interface Keyboard {
  readonly focus: number;
  /** The window that the window manager calls active; undefined where there is none. */
  readonly active: number | undefined;
}

export async function keyboardOf(display: XDisplay): Promise<Keyboard> {
  const [{ focus }, [active]] = await Promise.all([
    display.ask<{ focus: number }>((reply) => display.client.GetInputFocus(reply)),
    numbersOf(display, display.screen.root, '_NET_ACTIVE_WINDOW'),
  ]);
  return { focus, active: active || undefined };
}

export async function passKeyboardTo(display: XDisplay, { focus, active }: Keyboard): Promise<void> {
  if (active === undefined) display.client.SetInputFocus(focus, POINTER_ROOT);
  else await tell(display, active, '_NET_ACTIVE_WINDOW', [BY_PERSON, 0, 0, 0, 0]);
}

async function tell(display: XDisplay, window: number, message: string, data: readonly number[]): Promise<void> {
  display.client.SendClientMessage(display.screen.root, window, await display.atom(message), 32, data);
}
