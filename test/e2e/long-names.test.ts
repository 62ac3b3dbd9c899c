/** Names and addresses in the console's lists, longer than their columns. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flawsOf } from './flaws.ts';
import { type InBrowser, ShareRig } from './share-rig.ts';

const NAME = 'Warehouse-terminal-behind-the-loading-bay-of-the-northern-hall';
const MAIL = 'maria-magdalena.lindqvist-oesterberg@regional.branch-office.example.org';

let rig: ShareRig;
beforeAll(async () => {
  rig = await ShareRig.open();
  const person = { userDisplayName: 'Maria Magdalena Lindqvist-Österberg', userPrincipalName: MAIL };
  const device = { deviceName: NAME, operatingSystem: 'Linux', osVersion: 'Debian GNU/Linux 13 (trixie)', ...person };
  expect((await rig.api('POST', 'deviceManagement/managedDevices', device)).status).toBe(201);
  await rig.api('POST', 'remoteHelp/enrollmentTokens', { displayName: NAME, deviceName: NAME });
  const role = { displayName: NAME, rolePermissions: [] };
  expect((await rig.api('POST', 'deviceManagement/roleDefinitions', role)).status).toBe(201);
});
afterAll(() => rig?.close());

/** Texts of cells that are broken within a word, or cut where nothing shows them whole. */
function unreadable(page: Page): Promise<readonly string[]> {
  return page.locator('td, th').evaluateAll((cells: InBrowser[]) =>
    cells.flatMap((cell) => {
      const { document, getComputedStyle } = globalThis as InBrowser;
      const walker = document.createTreeWalker(cell, 4);
      const found: string[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const { index, 0: word } of node.data.matchAll(/\S+/g)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
          // Text may be parted after a hyphen, and is read all the same.
          if (tops.size > 1 && !word.includes('-')) found.push(`broken: ${word}`);
        }
        const box = node.parentElement.closest('span, td, th');
        const isCut = box.scrollWidth > box.clientWidth && getComputedStyle(box).overflow !== 'visible';
        if (isCut && box.tabIndex !== 0 && !box.querySelector('a')) found.push(`cut: ${node.data}`);
      }
      return found;
    }),
  );
}

describe.each([1_280, 360])('%i pixels wide', (width) => {
  it('no list breaks a word, and what is cut is whole for who comes to it', async () => {
    const page = await rig.helper('/devices', { viewport: { width, height: 800 } });
    for (const path of ['/devices', '/enrolment', '/roles?show=roles', '/audit']) {
      await page.goto(`${rig.origin}${path}`);
      await page.locator('td', { hasText: NAME }).first().waitFor();
      await page.waitForLoadState('networkidle');
      expect(await unreadable(page), path).toEqual([]);
      expect(await flawsOf(page), path).toEqual([]);
    }
    await page.goto(`${rig.origin}/devices`);
    const name = page.getByRole('link', { name: NAME });
    await name.focus();
    await page.getByRole('tooltip').getByText(NAME).waitFor();
    await name.blur();
    await page.getByRole('tooltip').waitFor({ state: 'hidden' });
    if (width > 760) {
      await page.locator('td').getByText(MAIL).hover();
      await page.getByRole('tooltip').getByText(MAIL).waitFor();
    }
    await page.context().close();
  });
});
