/** What the X screen of these parts shows, and where its pixels are read. */
import { join } from 'node:path';

export const SCREEN = { width: 1_920, height: 1_080 } as const;
/** A block that has another colour after each key press, and in each frame of the animation. */
export const MARK = { x: 944, y: 64, size: 32 } as const;
export const COLOURS = [0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0xff00ff, 0x00ffff] as const;
/** Stripes that move on with each frame of the animation. */
export const STRIPES = { x: 560, y: 240, width: 800, height: 600, each: 10 } as const;
export const FRAME_MS = 20;

/** Told to the program on the screen. */
export type ScreenMode = 'still' | 'moving';

export const SCREEN_PROGRAM = join(import.meta.dirname, 'screen-program.ts');
