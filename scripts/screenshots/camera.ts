/** Takes pictures of pages, in the appearances and sizes that are asked for. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';

const run = promisify(execFile);
const NARROW = { width: 360, height: 740 };

export class Camera {
  readonly folder: string;
  #count = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  get count(): number {
    return this.#count;
  }

  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, `${name}.png`);
  }

  /** One picture of a page as it is. */
  async take(page: Page, name: string): Promise<void> {
    // Without frames of its own, the browser would photograph what it drew before.
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    await page.screenshot({ path: this.path(name), animations: 'disabled' });
    await this.keep(name);
  }

  /** Light and dark. */
  async shot(page: Page, name: string): Promise<void> {
    await page.emulateMedia({ colorScheme: 'light' });
    await this.take(page, name);
    await page.emulateMedia({ colorScheme: 'dark' });
    await this.take(page, `${name}-dark`);
    await page.emulateMedia({ colorScheme: 'light' });
  }

  /** Light and dark, in colours that the system forces, and as narrow as a phone. */
  async portrait(page: Page, name: string): Promise<void> {
    await this.shot(page, name);
    await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    await this.take(page, `${name}-contrast`);
    await page.emulateMedia({ forcedColors: 'none', colorScheme: 'light' });
    const size = page.viewportSize();
    await page.setViewportSize(NARROW);
    await this.take(page, `${name}-narrow`);
    if (size) await page.setViewportSize(size);
  }

  /** Counts a picture that lies in the folder, packed as small as it gets without loss: fewer colours would be seen. */
  async keep(name: string): Promise<void> {
    await run('convert', [this.path(name), '-strip', '-define', 'png:compression-level=9', this.path(name)]);
    this.#count += 1;
  }
}
