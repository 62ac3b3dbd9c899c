/** A service with a helper's account, an X screen on which something moves, and a browser that may take it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remoteAssistanceSets } from '@open-remote-help/protocol';
import { freePort, startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { addUser } from '../../packages/server/src/access/accounts.ts';
import { mintToken } from '../../packages/server/src/access/mint-token.ts';
import { systemClock } from '../../packages/server/src/clock.ts';
import { readConfig } from '../../packages/server/src/config.ts';
import { createLog } from '../../packages/server/src/log.ts';
import { type Service, startService } from '../../packages/server/src/main.ts';
import { openBrowser, signIn } from './browser.ts';

export const HELPER = { displayName: 'Anna Berg', password: 'correct horse battery staple' };
const SCOPES = ['DeviceManagementConfiguration.ReadWrite.All', 'DeviceManagementManagedDevices.ReadWrite.All'];

/** What a person would choose in the browser's own window. */
const SCREEN_FLAG = '--auto-select-desktop-capture-source=Entire screen';

export class ShareRig {
  readonly service: Service;
  /** `http://localhost:port` */
  readonly origin: string;
  readonly browser: Browser;
  readonly #screen: XDesktop;
  readonly #dataDir: string;
  #helpers = 0;
  /** What pages complained about: policies that were broken, exceptions. */
  readonly complaints: string[] = [];

  private constructor(parts: {
    service: Service;
    origin: string;
    browser: Browser;
    screen: XDesktop;
    dataDir: string;
  }) {
    this.service = parts.service;
    this.origin = parts.origin;
    this.browser = parts.browser;
    this.#screen = parts.screen;
    this.#dataDir = parts.dataDir;
  }

  static async open(settings: Readonly<Record<string, string>> = {}): Promise<ShareRig> {
    const dataDir = await mkdtemp(join(tmpdir(), 'remote-help-'));
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const config = readConfig({
      ...{ REMOTE_HELP_DATA_DIR: dataDir, REMOTE_HELP_PORT: String(port), REMOTE_HELP_TLS_PORT: 'off' },
      ...{ REMOTE_HELP_METRICS_PORT: 'off', REMOTE_HELP_PUBLIC_URL: origin, REMOTE_HELP_ORGANIZATION: 'Contoso Ltd' },
      ...settings,
    });
    const service = await startService(config, { log: createLog('silent', false) });
    const screen = await startScreen();
    screen.start('xterm', '-geometry', '160x44+0+0', '-e', 'sh', '-c', MOVEMENT);
    const browser = await openBrowser([SCREEN_FLAG], screen.env);
    const rig = new ShareRig({ service, origin, browser, screen, dataDir });
    await rig.takePages(true);
    return rig;
  }

  /** Calls the API as an admin. */
  async api(method: string, path: string, body?: object): Promise<Response> {
    const { store, keyRing } = this.service.data;
    const { publicUrl } = this.service.config;
    const token = await mintToken({ store, keyRing, clock: systemClock }, { publicUrl, scopes: SCOPES });
    return fetch(`${this.origin}/beta/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }

  /** Switches help for people with nothing installed on or off. */
  async takePages(doesIt: boolean): Promise<void> {
    const [settings] = remoteAssistanceSets;
    const body = { remoteAssistanceState: 'enabled', allowSessionsToUnenrolledDevices: doesIt };
    const { status } = await this.api('PATCH', settings.path, body);
    if (status !== 200) throw new Error(`The settings could not be changed: ${status}.`);
  }

  /** A person's browser: nothing is shared with the others. */
  async person(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({ viewport: { width: 1_280, height: 800 }, ...options });
    context.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    context.on('weberror', (error) => this.complaints.push(String(error.error())));
    return context;
  }

  /** An account of a helper; each has a share of its own in the codes that may be given out. */
  async #newHelper(): Promise<string> {
    const { service } = this;
    this.#helpers += 1;
    const name = `anna${this.#helpers}@example.org`;
    await addUser(
      { store: service.data.store, clock: systemClock },
      {
        ...{ tenantId: service.ownTenantId ?? '', userPrincipalName: name, mail: name, isAdmin: true },
        ...HELPER,
      },
    );
    return name;
  }

  /** A helper of his own, signed in at a page of the console. */
  async helper(path: string, options?: Parameters<Browser['newContext']>[0]): Promise<Page> {
    const page = await (await this.person(options)).newPage();
    await page.goto(`${this.origin}${path}`);
    await signIn(page, { name: await this.#newHelper(), password: HELPER.password });
    return page;
  }

  /** A code that was given out in the console, and the page that waits for it to be typed. */
  async code(page: Page): Promise<string> {
    await page.getByRole('button', { name: 'Make a code' }).click();
    return page.locator('output').innerText();
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.#screen.close();
    await this.service.close();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** Chromium lists windows by this property, and dies where no window manager has ever named it. */
async function startScreen(): Promise<XDesktop> {
  const screen = await startXDesktop(1_280, 720);
  await screen.run('xprop', '-root', '-f', 'WM_STATE', '32c', '-set', 'WM_STATE', '1');
  return screen;
}

/** Text that scrolls by, as fast as the terminal can draw. */
const MOVEMENT = 'i=0; while :; do i=$((i+1)); echo "$i $i $i $i $i $i $i $i $i $i $i $i"; sleep 0.05; done';

/** What only the browser has: no type of it is known to the service and its tests. */
// biome-ignore lint/suspicious/noExplicitAny: the library of the browser's types would be everybody's
export type InBrowser = any;

/** Whether a video's pixels change: two frames, some callbacks apart. */
export function moves(video: ReturnType<Page['locator']>): Promise<boolean> {
  return video.evaluate(async (shown: InBrowser) => {
    const sample = () => {
      const context = new (globalThis as InBrowser).OffscreenCanvas(160, 90).getContext('2d');
      context.drawImage(shown, 0, 0, 160, 90);
      return context.getImageData(0, 0, 160, 90).data.join();
    };
    const frames = (count: number) =>
      new Promise<void>((resolve) => {
        const next = (left: number) => (left === 0 ? resolve() : shown.requestVideoFrameCallback(() => next(left - 1)));
        next(count);
      });
    await frames(1);
    const before = sample();
    await frames(10);
    return sample() !== before;
  });
}
