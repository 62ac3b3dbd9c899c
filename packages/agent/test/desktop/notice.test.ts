/** The window of a session on a real desktop: where it stands, and that it is in nobody's way. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOSTILE_TEXTS, startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import x11 from 'x11';
import { type Dialog, field } from '../../src/desktop/dialog.ts';
import type { DialogRunner } from '../../src/desktop/dialog-runner.ts';
import { findDesktop } from '../../src/desktop/find-desktop.ts';
import { TITLE } from '../../src/desktop/question-dialog.ts';
import { XDisplay } from '../../src/x11/x-display.ts';

const [WIDTH, HEIGHT] = [1280, 800];
const POINTER_ROOT = 1;
const [REPLACE, CARDINAL] = [0, 6];
const PATIENT = { timeout: 10_000 };
const TYPED = join(tmpdir(), `remote-help-typed-${process.pid}.txt`);

let desktop: XDesktop;
let display: XDisplay;
let dialogs: DialogRunner;
let abort: AbortController;
let eager: EagerDesktop | undefined;
let terminals = 0;

beforeAll(async () => {
  desktop = await startXDesktop(WIDTH, HEIGHT);
  display = await XDisplay.open(desktop.display);
});
afterAll(async () => {
  display?.close();
  await desktop?.close();
  await rm(TYPED, { force: true });
});
beforeEach(async () => {
  dialogs = (await findDesktop(desktop.env)) as DialogRunner;
  abort = new AbortController();
});
afterEach(async () => {
  abort.abort();
  await expect.poll(() => dialogs.open.size, PATIENT).toBe(0);
  await eager?.close();
  eager = undefined;
});

const xdotool = async (...words: string[]) => (await desktop.run('xdotool', ...words)).trim();
const onScreen = async (title = TITLE) =>
  Number(await xdotool('search', '--sync', '--onlyvisible', '--name', `^${title}$`));

function dialogOf(...lines: string[]): Dialog {
  const labels = ['Put aside', 'Answer…', 'Only let them see', 'Stop the session'];
  const choices = labels.map((label) => ({ id: label, label }));
  return { title: TITLE, lines: ['Somebody can see this screen:', ...lines], choices, timeoutSeconds: 60 };
}

async function placeOf(window: number): Promise<Record<'X' | 'Y' | 'WIDTH' | 'HEIGHT', number>> {
  const lines = (await xdotool('getwindowgeometry', '--shell', `${window}`)).split('\n');
  return Object.fromEntries(lines.map((line) => [line.split('=')[0], Number(line.split('=')[1])])) as never;
}

/** The window that lies above all others. */
async function highest(): Promise<number | undefined> {
  const { client, screen } = display;
  const { children } = await display.ask<{ children: number[] }>((reply) => client.QueryTree(screen.root, reply));
  return children.at(-1);
}

/** A terminal that has the keyboard, and what somebody typed into it. */
async function terminal(): Promise<{ readonly window: number; readonly text: () => Promise<string> }> {
  const title = `notes ${++terminals}`;
  desktop.start('xterm', '-T', title, '-geometry', '60x10+20+500', '-e', `cat > ${TYPED}`);
  const window = await onScreen(title);
  await xdotool('windowfocus', '--sync', `${window}`);
  return { window, text: () => readFile(TYPED, 'utf8').catch(() => '') };
}

/** In a window manager's place: hands the keyboard to every new window, and notes what it is asked. */
class EagerDesktop {
  readonly asked = new Set<string>();
  readonly focused: Promise<void>;
  readonly #display: XDisplay;
  readonly #announced = new Set<number>();

  private constructor(own: XDisplay) {
    this.#display = own;
    const focused = Promise.withResolvers<void>();
    this.focused = focused.promise;
    own.client.ChangeWindowAttributes(own.screen.root, { eventMask: x11.eventMask.SubstructureNotify });
    own.client.on('event', async ({ name, wid, message_type: type, data }) => {
      if (name === 'MapNotify') {
        own.client.SetInputFocus(wid, POINTER_ROOT);
        await own.settled();
        focused.resolve();
      }
      if (name !== 'ClientMessage') return;
      const message = await own.ask<string>((reply) => own.client.GetAtomName(type, reply));
      this.asked.add(`${message} ${wid} ${data}`);
    });
  }

  static async open(): Promise<EagerDesktop> {
    const own = await XDisplay.open(desktop.display);
    const eager = new EagerDesktop(own);
    await own.settled();
    return eager;
  }

  /** Sets a property of the root window. */
  async announce(property: string, ...numbers: readonly number[]): Promise<void> {
    const atom = await this.#display.atom(property);
    const data = Buffer.from(Uint32Array.from(numbers).buffer);
    this.#display.client.ChangeProperty(REPLACE, this.#display.screen.root, atom, CARDINAL, 32, data);
    this.#announced.add(atom);
    await this.#display.settled();
  }

  async close(): Promise<void> {
    for (const atom of this.#announced) this.#display.client.DeleteProperty(this.#display.screen.root, atom);
    await this.#display.settled();
    this.#display.close();
  }
}

/** What any user of this machine reads of all programs. */
async function commandLines(): Promise<string> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.join('\n');
}

// DEV-31
describe('the notice', () => {
  it('stands in the middle of the top edge', async () => {
    dialogs.stand(dialogOf('    Anna Berg'), abort.signal);
    const window = await onScreen();
    await expect.poll(async () => (await placeOf(window)).Y, PATIENT).toBe(0);
    const { X, WIDTH: width, HEIGHT: height } = await placeOf(window);
    expect(X).toBe(Math.floor((WIDTH - width) / 2));
    expect(height).toBeLessThan(HEIGHT / 4);
  });

  it('leaves the keyboard to who types, when it comes and when it is told something else', async () => {
    const { window, text } = await terminal();
    const typing = xdotool('type', '--delay', '20', 'what somebody writes while another one comes to help him');
    const notice = dialogs.stand(dialogOf('    Anna Berg'), abort.signal);
    await onScreen();
    for (const name of ['Ben', 'Cleo', 'Dora']) expect(notice.retell(dialogOf(`    ${name}`).lines)).toBe(true);
    await typing;
    await xdotool('key', 'Return');
    await expect.poll(text, PATIENT).toBe('what somebody writes while another one comes to help him\n');
    expect(await xdotool('getwindowfocus')).toBe(`${window}`);
  });

  it('gives the keyboard back that is handed to every new window', async () => {
    const { window } = await terminal();
    eager = await EagerDesktop.open();
    dialogs.stand(dialogOf('    Anna Berg'), abort.signal);
    await eager.focused;
    await expect.poll(() => xdotool('getwindowfocus'), PATIENT).toBe(`${window}`);
  });

  it('asks a window manager for its place, and to give the keyboard back', async () => {
    const { window } = await terminal();
    eager = await EagerDesktop.open();
    const panel = 32;
    await eager.announce('_NET_ACTIVE_WINDOW', window);
    await eager.announce('_NET_WORKAREA', 0, panel, WIDTH, HEIGHT - panel);
    dialogs.stand(dialogOf('    Anna Berg'), abort.signal);
    const notice = await onScreen();
    const [above, isPager] = [await display.atom('_NET_WM_STATE_ABOVE'), 2];
    const wanted = [
      `_NET_ACTIVE_WINDOW ${window} ${[isPager, 0, 0, 0, 0]}`,
      `_NET_WM_DESKTOP ${notice} ${[0xffff_ffff, isPager, 0, 0, 0]}`,
      `_NET_WM_STATE ${notice} ${[1, above, 0, isPager, 0]}`,
    ];
    await expect.poll(() => [...(eager?.asked ?? [])], PATIENT).toEqual(expect.arrayContaining(wanted));
    await expect.poll(async () => (await placeOf(notice)).Y, PATIENT).toBe(panel);
  });

  it('is above what is put over it', async () => {
    dialogs.stand(dialogOf('    Anna Berg'), abort.signal);
    const window = await onScreen();
    desktop.start('xterm', '-T', 'cover', '-geometry', '150x30+100+0', '-e', 'cat');
    const cover = await onScreen('cover');
    await xdotool('windowraise', `${cover}`);
    await expect.poll(highest, PATIENT).toBe(window);
  });

  it('stops by its button, which the keyboard reaches', async () => {
    display.client.SetInputFocus(POINTER_ROOT, POINTER_ROOT);
    const { pressed, retell } = dialogs.stand(dialogOf('    Anna Berg'), abort.signal);
    const window = await onScreen();
    await expect.poll(async () => (await placeOf(window)).Y, PATIENT).toBe(0);
    await xdotool('mousemove', '--window', `${window}`, '20', '20');
    retell(dialogOf('    Ben').lines);
    await xdotool('key', 'Tab', 'Tab', 'Tab', 'Return');
    expect(await pressed).toBe('Stop the session');
    expect(retell(dialogOf('    Cleo').lines)).toBe(false);
  });

  // DEV-30
  it('shows hostile texts as they are: none adds a line or makes letters larger', async () => {
    const scripts = ['<span size="99999">A</span>', 'A\\nB', 'A\\012B', '&#10;', '</b>', '<!--', '100', 'pulsate:true'];
    const names = HOSTILE_TEXTS.filter(({ length }) => length < 40).map((text) => field(text, '-'));
    const texts = [...names, ...scripts];
    const heightWith = async (lines: readonly string[]) => {
      const shown = new AbortController();
      const notice = dialogs.stand(dialogOf('-', '-'), shown.signal);
      const window = await onScreen();
      const { HEIGHT: before } = await placeOf(window);
      notice.retell(dialogOf(...lines).lines);
      await expect.poll(async () => (await placeOf(window)).HEIGHT, PATIENT).toBeGreaterThan(before);
      const { HEIGHT: height } = await placeOf(window);
      shown.abort();
      await notice.pressed;
      return height;
    };
    expect(await heightWith(texts)).toBe(await heightWith(texts.map(() => '-')));
  });

  // DEV-30
  it('is in no command line, nor is a question', async () => {
    const secret = `Anna ${process.hrtime.bigint()}`;
    const notice = dialogs.stand(dialogOf(`    ${secret}`), abort.signal);
    await onScreen();
    notice.retell(dialogOf(`    Chat: ${secret}`).lines);
    void dialogs.ask(dialogOf(`Name: ${secret}`), abort.signal);
    await expect.poll(async () => (await commandLines()).match(/Put aside/g)?.length, PATIENT).toBe(2);
    expect(await commandLines()).not.toContain(secret);
  });
});
