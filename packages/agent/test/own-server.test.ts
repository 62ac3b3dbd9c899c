/** The agent's own RFB server on a real X display: what it shows, and what is typed through it. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { RFB_VERSION, RfbViewer, rfbClient, startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { ownServer } from '../src/rfb-server/own-server.ts';
import type { Rectangle } from '../src/rfb-server/rectangle.ts';
import { InputGate } from '../src/screen/input-gate.ts';
import type { VncSource } from '../src/screen/screen-source.ts';
import { VncConnection } from '../src/screen/vnc-connection.ts';

let desktop: XDesktop;
let source: VncSource;
let connection: Duplex;
beforeEach(async () => {
  desktop = await startXDesktop();
  await desktop.run('xsetroot', '-solid', '#204060');
});
afterEach(async () => {
  await source.close();
  await desktop.close();
});

async function view(area?: Rectangle): Promise<RfbViewer> {
  source = await ownServer(desktop.display, area, systemClock);
  connection = await source.connect();
  const viewer = new RfbViewer((bytes) => connection.write(bytes));
  connection.on('data', (bytes) => viewer.receive(bytes));
  await viewer.ready;
  return viewer;
}

/** A window that tells every key that is typed into it. */
async function typed(viewer: RfbViewer): Promise<AsyncIterator<string>> {
  const before = viewer.updates;
  const program: ChildProcess = desktop.start('xev', '-event', 'keyboard', '-geometry', '600x400+0+0');
  const lines = createInterface({ input: program.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  await viewer.until(() => viewer.updates > before);
  viewer.pointer(0, 300, 200);
  return lines;
}

const FIRST_MODIFIER = 0xfe00;
const LAST_FUNCTION_KEY = 0xffff;
const UNICODE = 0x0100_0000;

/** The next characters that keys typed, without modifiers. */
async function characters(lines: AsyncIterator<string>, count: number): Promise<string> {
  let text = '';
  for (let isPress = false; text.length < count; ) {
    const { value, done } = await lines.next();
    if (done) throw new Error('The window is gone.');
    if (/^Key(Press|Release) event/.test(value)) isPress = value.startsWith('KeyPress');
    const keysym = Number(/keysym (0x[0-9a-f]+)/.exec(value)?.[1]);
    if (!isPress || Number.isNaN(keysym) || (keysym >= FIRST_MODIFIER && keysym <= LAST_FUNCTION_KEY)) continue;
    text += String.fromCodePoint(keysym > UNICODE ? keysym - UNICODE : keysym);
  }
  return text;
}

// RFB-2
it('shows the desktop, and what changes on it', async () => {
  const viewer = await view();
  await viewer.until(() => viewer.pixel(600, 400).join() === '32,64,96');
  await desktop.run('xsetroot', '-solid', '#c0ffee');
  await viewer.until(() => viewer.pixel(0, 0).join() === '192,255,238');
  await viewer.until(() => viewer.pixel(639, 479).join() === '192,255,238');
});

// RFB-1
it('shows one area alone, and the pointer stays within', async () => {
  const viewer = await view({ x: 320, y: 80, width: 320, height: 400 });
  expect(await viewer.ready).toEqual({ width: 320, height: 400 });
  viewer.pointer(0, 10, 20);
  viewer.pointer(0, 60_000, 20);
  const box = desktop.start('xev', '-event', 'mouse', '-geometry', '640x480+0+0');
  const lines = createInterface({ input: box.stdout as NodeJS.ReadableStream });
  viewer.pointer(0, 60_000, 30);
  // Where the pointer was when the window came up is told first.
  for await (const line of lines) {
    const [, x] = /root:\((\d+),/.exec(line) ?? [];
    if (x === '639') break;
    expect(Number(x ?? 0)).toBeLessThan(640);
    viewer.pointer(0, 60_000, 40);
  }
});

// RFB-4
it('types what is meant, whatever the layout of the display', async () => {
  const viewer = await view();
  await desktop.run('setxkbmap', 'de');
  const lines = await typed(viewer);
  viewer.type('Zy/7>_|{@');
  expect(await characters(lines, 9)).toBe('Zy/7>_|{@');
  // As from a keyboard that has no Shift there, and with characters that the layout lacks.
  for (const character of 'A>_é→') {
    const code = character.charCodeAt(0);
    const keysym = code > 0xff ? UNICODE + code : code;
    viewer.key(keysym, true);
    viewer.key(keysym, false);
  }
  expect(await characters(lines, 5)).toBe('A>_é→');
  // Borrowed keys are given back.
  const borrowed = async () => (await desktop.run('xmodmap', '-pke')).includes('U2192');
  expect([await borrowed(), await source.close(), await borrowed()]).toEqual([true, undefined, false]);
});

// RFB-4
it('lets go of what is held when the connection ends', async () => {
  const viewer = await view();
  const lines = await typed(viewer);
  viewer.key(0xffe1, true);
  viewer.key('Q'.charCodeAt(0), true);
  expect(await characters(lines, 1)).toBe('Q');
  connection.destroy();
  const released: string[] = [];
  while (released.length < 2) {
    const { value } = await lines.next();
    if (/^KeyRelease/.test(value)) {
      await lines.next();
      released.push((await lines.next()).value);
    }
  }
  expect(released.join()).toMatch(/keysym 0x51|keysym 0xffe1/);
});

// RFB-2
it('follows a change of the size', async () => {
  await desktop.close();
  desktop = await startXDesktop(640, 480, 'Xvnc');
  await desktop.run('xsetroot', '-solid', '#204060');
  const viewer = await view();
  await viewer.until(() => viewer.pixel(639, 479).join() === '32,64,96');
  await desktop.run('xrandr', '--size', '800x600');
  await viewer.until(() => viewer.pixel(799, 599).join() === '32,64,96');
});

// RFB-3
it('is understood by the agent that reads it, with all that a browser asks for', async () => {
  source = await ownServer(desktop.display, undefined, systemClock);
  const toHelper: Uint8Array[] = [];
  const updated = Promise.withResolvers<void>();
  const middle = new VncConnection({
    vnc: await source.connect(),
    clock: systemClock,
    input: (release) => new InputGate().input('helper', release),
    toHelper: async (bytes) => {
      toHelper.push(bytes.slice());
      if (Buffer.concat(toHelper).length > 2_000) updated.resolve();
    },
  });
  const running = middle.run();
  const say = (...messages: Uint8Array[]) => {
    for (const message of messages) middle.push(message, () => undefined);
  };
  say(RFB_VERSION, Uint8Array.of(1), Uint8Array.of(1));
  await vi.waitFor(() => expect(Buffer.concat(toHelper).length).toBeGreaterThan(24));
  say(rfbClient.setPixelFormat(), rfbClient.setEncodings(7, -239, -223, -312, -313, -254));
  // That the server reads fences and continuous updates is what it says first (SCR-24).
  const announced = Buffer.of(248, 0, 0, 0, 0x80, 0, 0, 0, 0, 150);
  await vi.waitFor(() => expect(Buffer.concat(toHelper).includes(announced)).toBe(true));
  say(rfbClient.update(false, 0, 0, 640, 480), rfbClient.continuousUpdates(true));
  desktop.start('xterm', '-geometry', '80x30+0+0', '-e', 'seq 100; cat');
  await updated.promise;
  await middle.close();
  await running;
});

// RFB-1
it('says why it cannot serve', async () => {
  const elsewhere = ownServer(':987', undefined, systemClock);
  await expect(elsewhere).rejects.toMatchObject({ why: 'noScreen' });
  source = await ownServer(desktop.display, undefined, systemClock);
  const outside = { x: 9_000, y: 0, width: 10, height: 10 };
  await expect(ownServer(desktop.display, outside, systemClock)).rejects.toMatchObject({ why: 'noScreen' });
});
