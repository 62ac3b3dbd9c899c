/** Pages of the console in a browser that has nothing of it yet, on a slow processor. */
import type { Browser, Page } from 'playwright-core';
import { median } from '../medians.ts';
import type { Row } from '../report.ts';
import { person } from './browser.ts';
import type { ServiceStand } from './service-stand.ts';
import { verdict } from './verdict.ts';

const SLOWER = 4;
const MOST_KILOBYTES = 400;
const LONGEST_MS = 1_500;

interface FirstPage {
  readonly name: string;
  readonly path: string;
  readonly isSignedIn: boolean;
  /** Once it is there, the page can be used. */
  readonly selector: string;
}

const PAGES: readonly FirstPage[] = [
  { name: 'entrance, signed out', path: '/signed-out', isSignedIn: false, selector: 'button' },
  { name: 'sign-in, by way of the console', path: '/', isSignedIn: false, selector: 'input[type="password"]' },
  { name: 'devices, signed in at the issuer', path: '/devices', isSignedIn: true, selector: 'a[href^="/devices/"]' },
];

export interface Load {
  /** Of all answers, heads included, compressed by gzip; 10^3 bytes. */
  readonly kilobytes: number;
  readonly requests: number;
  /** From the navigation until what the person needs is there and the page has nothing more to do. */
  readonly interactiveMs: number;
}

export interface FirstLoad {
  readonly page: string;
  readonly loads: readonly Load[];
}

/** Each page takes its turn in each round, always with nothing in the browser's cache. */
export async function measureFirstLoad(
  { origin, signIn }: Pick<ServiceStand, 'origin' | 'signIn'>,
  browser: Browser,
  rounds: number,
  tell: (line: string) => void,
): Promise<FirstLoad[]> {
  const measured = PAGES.map(({ name }) => ({ page: name, loads: [] as Load[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const [index, first] of PAGES.entries()) {
      const context = await person(browser);
      if (first.isSignedIn) {
        const before = await context.newPage();
        await before.goto(`${origin}${first.path}`);
        await signIn(before);
        await before.locator(first.selector).first().waitFor();
        await before.close();
      }
      const load = await loadOnce(await context.newPage(), `${origin}${first.path}`, first.selector);
      measured[index]?.loads.push(load);
      const { kilobytes, interactiveMs } = load;
      tell(`first load, round ${round}: ${first.name} ${kilobytes.toFixed(0)} kB, ${interactiveMs.toFixed(0)} ms`);
      await context.close();
    }
  }
  return measured;
}

/** Runs in the browser. */
interface InPage {
  readonly performance: { readonly timeOrigin: number; now(): number };
  requestIdleCallback(idle: () => void): void;
}

async function loadOnce(page: Page, url: string, selector: string): Promise<Load> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Network.enable');
  await devTools.send('Network.clearBrowserCache');
  await devTools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  const answers = new Map<string, Answer>();
  devTools.on('Network.responseReceived', ({ requestId, response: { url: address, headers, fromDiskCache } }) => {
    const encoding = headers['content-encoding'] ?? headers['Content-Encoding'];
    if (!fromDiskCache) answers.set(requestId, { url: address, isBrotli: encoding === 'br', bytes: 0 });
  });
  devTools.on('Network.loadingFinished', ({ requestId, encodedDataLength: bytes }) => {
    const answer = answers.get(requestId);
    if (answer) answers.set(requestId, { ...answer, bytes });
  });
  const startedAt = performance.timeOrigin + performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator(selector).first().waitFor();
  const interactiveAt = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const { performance: clock, requestIdleCallback } = globalThis as unknown as InPage;
        requestIdleCallback(() => resolve(clock.timeOrigin + clock.now()));
      }),
  );
  await page.waitForLoadState('networkidle');
  const bytes = await Promise.all([...answers.values()].map(bytesByGzip));
  const kilobytes = bytes.reduce((sum, each) => sum + each, 0) / 1_000;
  return { kilobytes, requests: answers.size, interactiveMs: interactiveAt - startedAt };
}

interface Answer {
  readonly url: string;
  readonly isBrotli: boolean;
  /** On the wire, with its head. */
  readonly bytes: number;
}

/** Browsers that speak Brotli are given less than the aim is about: these files are weighed as others get them. */
async function bytesByGzip({ url, isBrotli, bytes }: Answer): Promise<number> {
  if (!isBrotli) return bytes;
  const sizeBy = async (encoding: string) => {
    const answer = await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': encoding } });
    return Number(answer.headers.get('content-length'));
  };
  return bytes - (await sizeBy('br')) + (await sizeBy('gzip'));
}

export function firstLoadRows(measured: readonly FirstLoad[]): Row[] {
  return measured.flatMap(({ page, loads }) => {
    const of = (name: keyof Load) => median(loads.map((load) => load[name]));
    const [kilobytes, interactiveMs] = [of('kilobytes'), of('interactiveMs')];
    return [
      {
        what: `first load, ${page} (${of('requests')} requests)`,
        value: `${kilobytes.toFixed(0)} kB`,
        aim: verdict(`< ${MOST_KILOBYTES} kB`, kilobytes < MOST_KILOBYTES),
      },
      {
        what: `… until it can be used, on a processor ${SLOWER} times slower`,
        value: `${interactiveMs.toFixed(0)} ms`,
        aim: verdict(`< ${LONGEST_MS / 1_000} s`, interactiveMs < LONGEST_MS),
      },
    ];
  });
}
