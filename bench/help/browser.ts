/** The browser that the helper sits at. It stays on the core of the load, on which the run itself is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { MARK, SCREEN } from './screen.ts';

export const CANVAS = 'canvas';

export function person(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1_280, height: 800 }, locale: 'en-US' });
}

/** Has every page of a person tell of the remote screen that it shows. */
export async function watchPictures(context: BrowserContext): Promise<void> {
  const [x, y] = [MARK.x + MARK.size / 2, MARK.y + MARK.size / 2];
  const script = readFileSync(join(import.meta.dirname, 'in-page.js'), 'utf8');
  await context.addInitScript(`{ const WIDTH = ${SCREEN.width}, MARK_X = ${x}, MARK_Y = ${y};\n${script} }`);
}

/** Colours of the mark that were seen, and frames. */
export interface Seen {
  readonly frames: number;
  readonly changes: number;
}

/** What `in-page.js` offers; it runs in the browser. */
interface InPage {
  readonly remotePicture: {
    readonly picture: Seen;
    forget(): void;
    firstFrame(): Promise<number>;
    press(selector: string, count: number): Promise<number[]>;
  };
}

export const forgetPicture = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as InPage).remotePicture.forget());

/** Milliseconds since 1970 at which the first frame with anything in it was in the canvas. */
export const firstFrame = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as InPage).remotePicture.firstFrame());

/** Milliseconds from each key to the changed pixel. */
export const pressKeys = (page: Page, count: number) =>
  page.evaluate(([selector, presses]) => (globalThis as unknown as InPage).remotePicture.press(selector, presses), [
    CANVAS,
    count,
  ] as const);

export const seenIn = (page: Page) => page.evaluate(() => (globalThis as unknown as InPage).remotePicture.picture);
