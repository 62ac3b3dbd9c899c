/** Ways to see the same X screen: the console through server and agent, and noVNC through websockify. */
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { tigerVncWords, vncProgramsOn } from '../../packages/agent/src/screen/vnc-programs.ts';
import { cpuSeconds, freePort, SERVER_CORE, spawnOn, stop, untilAnswers } from '../pinned.ts';
import { familyCpuSeconds } from '../screen-relay/family-cpu.ts';
import { firstFrame, forgetPicture } from './browser.ts';
import type { ScreenStand } from './screen-stand.ts';
import type { Device, ServiceStand } from './service-stand.ts';

/** Seconds of CPU time by part; what a part started counts as its own. */
export type CpuTimes = Readonly<Record<string, number>>;

/** An open view of the screen, that may be typed into. */
export interface View {
  readonly page: Page;
  close(): Promise<void>;
}

export interface Viewer {
  readonly name: string;
  open(): Promise<View>;
  cpu(): CpuTimes;
  close(): Promise<void>;
}

/** The console's page of a session: each view is a new session, that is asked for, consented to, and ended. */
export class ConsoleViewer implements Viewer {
  readonly name: string;
  readonly #service: ServiceStand;
  readonly #device: Device;
  readonly #page: Page;

  private constructor(name: string, service: ServiceStand, device: Device, page: Page) {
    this.name = name;
    this.#service = service;
    this.#device = device;
    this.#page = page;
  }

  static async start(name: string, service: ServiceStand, device: Device, context: BrowserContext) {
    const page = await context.newPage();
    await page.goto(`${service.origin}/devices`);
    await service.signIn(page);
    await page.getByRole('link', { name: device.name }).waitFor();
    return new ConsoleViewer(name, service, device, page);
  }

  /** Asks, and settles when the device does. */
  async ask(): Promise<void> {
    const page = this.#page;
    const { name, agent } = this.#device;
    await page.bringToFront();
    await page.getByRole('link', { name: 'Devices', exact: true }).first().click();
    await page.getByRole('link', { name }).click();
    await page.getByRole('button', { name: `Help on ${name}` }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'View and control' }).check();
    await dialog.getByLabel('Why you want to help').fill('To measure');
    await dialog.getByRole('button', { name: 'Ask' }).click();
    await page.getByText(`Waiting for an answer on ${name}`).first().waitFor();
    await agent.says('is a no.');
    await forgetPicture(page);
  }

  /** The person at the device says yes. @returns milliseconds from then to the first picture */
  async accept(): Promise<number> {
    const acceptedAt = performance.timeOrigin + performance.now();
    this.#device.agent.type('c');
    return (await firstFrame(this.#page)) - acceptedAt;
  }

  async open(): Promise<View> {
    await this.ask();
    await this.accept();
    await this.#page.locator('canvas[role="application"]').waitFor();
    return { page: this.#page, close: () => this.end() };
  }

  /** The person at the device stops the session. */
  async end(): Promise<void> {
    this.#device.agent.type('stop');
    await this.#device.agent.says('The session is over');
  }

  cpu(): CpuTimes {
    return { server: cpuSeconds(this.#service.pid), agent: familyCpuSeconds(this.#device.agent.pid) };
  }

  /** What it was given is closed by who gave it. */
  close(): Promise<void> {
    return this.#page.close();
  }
}

/** noVNC in a page with nothing else, websockify, and a VNC server as the agent starts it. */
export class NovncViewer implements Viewer {
  readonly name = 'noVNC + websockify';
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #children: ReturnType<typeof spawnOn>[];

  private constructor(context: BrowserContext, origin: string, children: ReturnType<typeof spawnOn>[]) {
    this.#context = context;
    this.#origin = origin;
    this.#children = children;
  }

  static async start(folder: string, { env, display }: ScreenStand, context: BrowserContext): Promise<NovncViewer> {
    const [program] = vncProgramsOn(env.PATH ?? '');
    if (program?.kind !== 'unixSocket') throw new Error('No TigerVNC is here.');
    const web = mkdtempSync(join(folder, 'novnc-'));
    mkdirSync(join(web, 'web'));
    symlinkSync(join(import.meta.dirname, 'novnc.html'), join(web, 'web/index.html'));
    symlinkSync(dirname(dirname(fileURLToPath(import.meta.resolve('@novnc/novnc')))), join(web, 'web/novnc'));
    const socket = join(web, 'socket');
    const port = await freePort();
    // It ends by itself after a minute without anybody.
    const forever = ['-MaxDisconnectionTime', '0'];
    const options = { env, stdio: 'ignore' } as const;
    const words = ['websockify', '--web', join(web, 'web'), `--unix-target=${socket}`, `127.0.0.1:${port}`];
    const vnc = spawnOn(SERVER_CORE, [...tigerVncWords(program.path, display, socket, undefined), ...forever], options);
    const websockify = spawnOn(SERVER_CORE, words, options);
    await untilAnswers(websockify, `http://127.0.0.1:${port}/`);
    return new NovncViewer(context, `http://127.0.0.1:${port}/`, [websockify, vnc]);
  }

  async open(): Promise<View> {
    const page = await this.#context.newPage();
    await page.goto(this.#origin);
    await firstFrame(page);
    return { page, close: () => page.close() };
  }

  cpu(): CpuTimes {
    const [websockify = 0, vnc = 0] = this.#children.map(({ pid }) => familyCpuSeconds(pid as number));
    return { websockify, vnc };
  }

  async close(): Promise<void> {
    for (const child of this.#children) await stop(child);
  }
}
