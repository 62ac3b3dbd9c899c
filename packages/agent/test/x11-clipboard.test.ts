/** The clipboard of a real X display, shared with xclip. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { X11Clipboard } from '../src/clipboard/x11-clipboard.ts';
import { systemClock } from '../src/clock.ts';

const LONG = 'größer als ein Paket, '.repeat(20_000);

let desktop: XDesktop;
let clipboard: X11Clipboard;
beforeAll(async () => {
  desktop = await startXDesktop();
});
beforeEach(async () => {
  clipboard = await X11Clipboard.open(desktop.display, systemClock);
});
afterEach(() => clipboard.close());
afterAll(() => desktop.close());

/** Copies as another program on the desktop does. */
async function copy(text: string, ...words: string[]): Promise<void> {
  const options = { env: desktop.env, stdio: ['pipe', 'ignore', 'inherit'] as ['pipe', 'ignore', 'inherit'] };
  const xclip = spawn('xclip', ['-selection', 'clipboard', ...words], options);
  xclip.stdin.end(text);
  await once(xclip, 'exit');
}

/** xclip goes on in the background, and owns the clipboard a moment later. */
const isThere = (text: string) => vi.waitFor(async () => expect(await clipboard.read()).toBe(text));

/** Pastes as another program does. */
function paste(target = 'UTF8_STRING'): Promise<string> {
  return new Promise((resolve) => {
    const words = ['-selection', 'clipboard', '-out', '-target', target];
    execFile('xclip', words, { env: desktop.env, maxBuffer: 8 * 1024 * 1024 }, (_, out) => resolve(out));
  });
}

// SCR-23
it.each([['Grüße, 世界 🌍\n'], [LONG]])('is read as others copied it, and written for them to paste', async (text) => {
  await copy(text);
  await isThere(text);
  await clipboard.write('mine');
  expect([await paste(), await clipboard.read()]).toEqual(['mine', 'mine']);
  await clipboard.write(text);
  expect(await paste()).toBe(text);
  expect(await paste('STRING')).toBe(Buffer.from(text, 'latin1').toString());
});

// SCR-23
it('tells what others copy, once each, and nothing of what was written here or is no text', async () => {
  const told: string[] = [];
  const stop = clipboard.watch((text) => told.push(text));
  await clipboard.write('mine');
  await copy('theirs');
  await vi.waitFor(() => expect(told).toEqual(['theirs']));
  await copy('\x89PNG', '-target', 'image/png');
  await copy('theirs again');
  await vi.waitFor(() => expect(told).toEqual(['theirs', 'theirs again']));
  stop();
  await copy('unseen');
  await isThere('unseen');
  expect(told).toHaveLength(2);
});

// SCR-23
it('answers what it is asked for, and refuses what it has not', async () => {
  await clipboard.write('mine');
  expect((await paste('TARGETS')).trim().split('\n')).toEqual(['TARGETS', 'UTF8_STRING', 'STRING']);
  expect(await paste('image/png')).toBe('');
});

// SCR-23
it('does not take what is longer than a clipboard', async () => {
  await copy('x'.repeat(3 * 1024 * 1024));
  expect(await clipboard.read()).toBe('');
  await copy('short');
  await isThere('short');
});
