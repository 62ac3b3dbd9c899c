/** Every page of the console, as people see it who read it, hear it, or need other colours. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTE_PATHS } from '../../packages/console/src/route-paths.ts';
import { flawsOf } from './flaws.ts';
import { ShareRig } from './share-rig.ts';

let rig: ShareRig;
let deviceId: string;
beforeAll(async () => {
  rig = await ShareRig.open();
  const device = { deviceName: 'Front desk', operatingSystem: 'Linux', complianceState: 'noncompliant' };
  const made = await rig.api('POST', 'deviceManagement/managedDevices', device);
  expect(made.status).toBe(201);
  deviceId = ((await made.json()) as { id: string }).id;
  await rig.api('POST', 'remoteHelp/enrollmentTokens', { deviceName: 'Second desk' });
});
afterAll(() => rig?.close());

/** Those that need a session are looked at where there is one. */
const PAGES = Object.entries(ROUTE_PATHS).filter(
  ([name]) => !/^(session|sessionScreen|signedIn|signedOut|home)$/.test(name),
);

const SHOWN = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'forced colours': { forcedColors: 'active' },
  'German on a phone': { locale: 'de-DE', viewport: { width: 360, height: 740 } },
} as const;

async function shows(page: Page, path: string): Promise<void> {
  await page.goto(`${rig.origin}${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
}

describe.each(Object.entries(SHOWN))('in %s', (_, options) => {
  it('every page has a title of its own, fits its window, and axe finds nothing on it', async () => {
    const page = await rig.helper('/devices', options);
    const titles = new Set<string>();
    for (const [name, route] of PAGES) {
      await shows(page, route.replace(':deviceId', deviceId));
      expect(await flawsOf(page), name).toEqual([]);
      titles.add(await page.title());
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow, `${name} scrolls sideways`).toBe(0);
    }
    expect(titles.size).toBe(PAGES.length);
    await page.context().close();
  });
});

it('what is not there is said to be not there, and leads back', async () => {
  const page = await rig.helper('/devices');
  await page.goto(`${rig.origin}/devices/00000000-0000-4000-8000-000000000000`);
  await page
    .getByText(/not found|no longer|does not exist|gone/i)
    .first()
    .waitFor();
  expect(await flawsOf(page)).toEqual([]);
  await page.context().close();
});

it('no page complained', () => {
  expect(rig.complaints.filter((line) => !/status of (404|409)/.test(line))).toEqual([]);
});
