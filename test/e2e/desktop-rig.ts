/** A service, helpers in browsers, and a device with the agent on a real desktop: all parts are those that people use. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import type { Page } from 'playwright-core';
import { systemClock } from '../../packages/server/src/clock.ts';
import { remoteHelp, type Started, start } from '../../packages/server/test/cli/process.ts';
import { ShareRig } from './share-rig.ts';

export const DEVICE = 'Front desk';
const TITLE = 'Open Remote Help';
/** The order of the buttons of a question (`packages/agent/src/choices.ts`); the focus is on the first. */
const CHOICES = {
  session: ['decline', 'report', 'view', 'control', 'all'],
  viewing: ['decline', 'report', 'view'],
  other: ['decline', 'report', 'allow'],
} as const;

export type Answer<K extends keyof typeof CHOICES = keyof typeof CHOICES> = (typeof CHOICES)[K][number];

/** Sessions may follow each other at once. */
const IMPATIENT = { REMOTE_HELP_SESSION_PROMPTS_PER_HOUR: '60', REMOTE_HELP_SESSION_BACK_OFF_SECONDS: '1' };

export class DesktopRig {
  readonly help: ShareRig;
  readonly desktop: XDesktop;
  readonly folder: string;
  agent: Started | undefined;

  private constructor(help: ShareRig, desktop: XDesktop, folder: string) {
    this.help = help;
    this.desktop = desktop;
    this.folder = folder;
  }

  /** @param reach the address at which the device reaches the service, from the service's own */
  static async open(
    settings: Readonly<Record<string, string>> = {},
    reach: (origin: string) => Promise<string> = async (origin) => origin,
  ): Promise<DesktopRig> {
    const help = await ShareRig.open({ ...IMPATIENT, ...settings });
    const desktop = await startXDesktop(1024, 768);
    const rig = new DesktopRig(help, desktop, await mkdtemp(join(tmpdir(), 'remote-help-agent-')));
    await desktop.run('xsetroot', '-solid', '#2b5d8a');
    const made = (await (await help.api('POST', 'remoteHelp/enrollmentTokens', {})).json()) as { token: string };
    const server = await reach(help.origin);
    await rig.command('enroll', '--server', server, '--token', made.token, '--name', DEVICE);
    return rig;
  }

  get #file(): string {
    return join(this.folder, 'device.json');
  }

  /** Runs `remote-help agent …`; what it printed. */
  async command(name: string, ...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await remoteHelp(this.folder, ['agent', name, ...words, '--file', this.#file]);
    if (code !== 0) throw new Error(`agent ${name} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Starts the agent on the desktop; settles when helpers can ask. */
  async switchOn(): Promise<Started> {
    const words = ['agent', 'run', '--prompts', 'desktop', '--file', this.#file];
    this.agent = start(this.folder, words, { DISPLAY: this.desktop.display, PATH: process.env.PATH ?? '' });
    await this.agent.says('This device is on');
    return this.agent;
  }

  /** Ends the agent as whoever runs it would. */
  async switchOff(): Promise<void> {
    this.agent?.kill('SIGTERM');
    await this.agent?.end;
    this.agent = undefined;
  }

  /** The window of the question: beside it there may be the one that says who looks. */
  async #dialog(): Promise<string> {
    const ids = await this.desktop.run('xdotool', 'search', '--sync', '--onlyvisible', '--name', `^${TITLE}$`);
    for (const id of ids.trim().split('\n')) {
      const pid = (await this.desktop.run('xdotool', 'getwindowpid', id)).trim();
      if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('Decline and report')) return id;
    }
    return this.#dialog();
  }

  /** Waits for a question, reads it for a second, and answers it at the keyboard of the desktop. */
  async answer<K extends keyof typeof CHOICES>(kind: K, answer: Answer<K>): Promise<void> {
    await this.agent?.says('the question is on the screen');
    await this.desktop.run('xdotool', 'windowfocus', '--sync', await this.#dialog());
    await new Promise<void>((resolve) => systemClock.at(systemClock.now() + 1_100, resolve));
    const steps = CHOICES[kind].indexOf(answer as never);
    await this.desktop.run('xdotool', 'key', ...new Array(steps).fill('Tab'), 'Return');
  }

  /** A terminal on the desktop, and what the file holds that a person there wrote with it. */
  async terminal(): Promise<{ text(): Promise<string> }> {
    const file = join(this.folder, 'typed.txt');
    const title = 'notes';
    this.desktop.start('xterm', '-T', title, '-geometry', '60x12+420+440', '-e', `cat > ${file}`);
    await this.desktop.run('xdotool', 'search', '--sync', '--onlyvisible', '--name', `^${title}$`);
    return { text: () => readFile(file, 'utf8').catch(() => '') };
  }

  /** How many windows of the agent are on the screen. */
  async questions(): Promise<number> {
    const ids = await this.desktop.run('xdotool', 'search', '--onlyvisible', '--name', `^${TITLE}$`).catch(() => '');
    return ids.trim().split('\n').filter(Boolean).length;
  }

  /** Somebody at the desktop copies a text. */
  async copy(text: string): Promise<void> {
    const program = spawn('xclip', ['-selection', 'clipboard', '-i'], {
      env: this.desktop.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    program.stdin.end(text);
    await once(program, 'exit');
  }

  /** A picture of the desktop, for people to look at. */
  async photograph(path: string): Promise<void> {
    await this.desktop.run('import', '-window', 'root', path);
  }

  /** A helper asks for a session on the device, and is on its page. */
  async ask(type: 'View the screen' | 'View and control' = 'View and control', helper?: Page): Promise<Page> {
    const page = helper ?? (await this.help.helper('/devices'));
    if (helper) await page.goto(`${this.help.origin}/devices`);
    await page.getByRole('link', { name: DEVICE }).click();
    await page.getByRole('heading', { level: 1, name: DEVICE }).waitFor();
    await page.getByRole('button', { name: `Help on ${DEVICE}` }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: type }).check();
    await dialog.getByLabel('Why you want to help').fill('Your printer');
    await dialog.getByRole('button', { name: 'Ask' }).click();
    await page.getByText(`Waiting for an answer on ${DEVICE}`).first().waitFor();
    return page;
  }

  async close(): Promise<void> {
    await this.switchOff();
    await this.desktop.close();
    await this.help.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What is used of a canvas: this is no program for browsers. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: ArrayLike<number> };
  } | null;
}

/** Settles once the canvas shows the desktop's colour, as near as an encoding with loss leaves it. */
export async function seesPicture(page: Page): Promise<void> {
  const canvas = page.getByTestId('remote-picture').locator('canvas');
  await canvas.waitFor();
  const isSeen = (shown: Canvas) => {
    const pixel = shown.height > 0 && shown.getContext('2d')?.getImageData(2, shown.height - 2, 1, 1).data;
    return pixel && [0x2b, 0x5d, 0x8a].every((level, index) => Math.abs(level - (pixel[index] ?? 0)) <= 8);
  };
  await page.waitForFunction(isSeen as never, await canvas.elementHandle());
}

/** Moves to a place of the remote desktop and clicks. */
export async function clickAt(page: Page, x: number, y: number): Promise<void> {
  const canvas = page.getByTestId('remote-picture').locator('canvas');
  const box = await canvas.boundingBox();
  const { width, height } = await canvas.evaluate((shown) => {
    const { width, height } = shown as unknown as Canvas;
    return { width, height };
  });
  if (!box) throw new Error('The picture is not there.');
  await page.mouse.click(box.x + (x * box.width) / width, box.y + (y * box.height) / height);
}

/** Types as a person does, with Shift where a US keyboard needs it: the browser's driver would leave it out. */
export async function press(page: Page, text: string): Promise<void> {
  for (const character of text) {
    const isShifted = /[A-Z!@#$%^&*()_+{}|:"<>?~]/.test(character);
    if (isShifted) await page.keyboard.down('Shift');
    await page.keyboard.press(character === '\n' ? 'Enter' : character);
    if (isShifted) await page.keyboard.up('Shift');
  }
}
