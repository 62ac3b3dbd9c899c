/** Somebody with nothing installed shares a screen: two browsers, a real X screen, the service between them. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { flawsOf } from './flaws.ts';
import { type InBrowser, moves, ShareRig } from './share-rig.ts';

let rig: ShareRig;
beforeAll(async () => {
  rig = await ShareRig.open();
});
afterAll(() => rig?.close());

/** Chromium speaks of the camera on every page that takes a picture, and asks for none. */
const USUAL = [/camera is not allowed/, /status of 409/];
/** It says so of a code that is refused, at a time of its own. */
const REFUSED = /status of 404/;
const expected = new Set<RegExp>();

afterEach(async () => {
  for (const context of rig.browser.contexts()) await context.close();
  const known = [...USUAL, ...expected];
  expected.clear();
  expect(rig.complaints.splice(0).filter((text) => !known.some((each) => each.test(text)))).toEqual([]);
});

/** A sharer's page in a browser of its own. */
async function sharersPage(path = '/share'): Promise<Page> {
  const page = await (await rig.person()).newPage();
  await page.goto(`${rig.origin}${path}`);
  return page;
}

const stopButton = (page: Page) => page.getByRole('banner').getByRole('button', { name: 'Stop sharing' });
const isOver = (helper: Page) => helper.getByText('The session is over').first();

async function typeCode(sharer: Page, code: string): Promise<void> {
  await sharer.getByLabel('Code').fill(code);
  await sharer.getByRole('button', { name: 'Continue' }).click();
}

/** Both in, and the helper sees the screen. */
async function shared(): Promise<{ helper: Page; sharer: Page }> {
  const helper = await rig.helper('/share-code');
  const sharer = await sharersPage();
  await typeCode(sharer, await rig.code(helper));
  await sharer.getByRole('button', { name: 'Choose what to share' }).click();
  await stopButton(sharer).waitFor();
  await sharer.getByText('Sees your screen', { exact: true }).waitFor();
  await helper.locator('video').waitFor();
  return { helper, sharer };
}

/** The helper's page says that it is over, and why. */
async function untilOver(helper: Page, act: () => Promise<unknown>): Promise<string> {
  await act();
  await isOver(helper).waitFor();
  return helper.locator('body').innerText();
}

describe('a shared screen', () => {
  // SHR-19, SHR-22, EV-16
  it('is seen by the helper, moving, under the same six digits, and leaves with a stop', async () => {
    const { helper, sharer } = await shared();
    expect(await moves(helper.locator('video'))).toBe(true);
    const digits = await sharer.locator('output.digits').innerText();
    expect(digits).toMatch(/^\d{3} \d{3}$/);
    await helper.getByRole('button', { name: /People/ }).click();
    await expect.poll(() => helper.locator('body').innerText()).toContain(digits);
    // SHR-23
    expect(await untilOver(helper, () => stopButton(sharer).click())).toContain('The person there ended it.');
    await sharer.getByText('You stopped sharing.').waitFor();
    expect(await sharer.locator('video').count()).toBe(0);
  });

  // SHR-23
  it.each<[string, (sharer: Page) => Promise<unknown>, string]>([
    ['the picture ends', (sharer) => sharer.locator('video').evaluate(endTrack), 'The person there ended it.'],
    ['the page goes elsewhere', (sharer) => sharer.goto('about:blank'), 'The person there ended it.'],
    ['the tab is closed', (sharer) => sharer.close({ runBeforeUnload: true }), 'The person there ended it.'],
    ['the page crashes', crash, 'away'],
  ])('is over for the helper when %s', async (_what, act, reason) => {
    const { helper, sharer } = await shared();
    expect(await untilOver(helper, () => act(sharer))).toContain(reason);
  });

  // SHR-23
  it('stands still while it is paused, and says so on both sides', async () => {
    const { helper, sharer } = await shared();
    expect(await moves(helper.locator('video'))).toBe(true);
    await sharer.getByRole('banner').getByRole('button', { name: 'Pause' }).click();
    await sharer.getByText('Paused: helpers see the last picture').waitFor();
    await helper.getByText('The person there has paused the picture.').first().waitFor();
    await sharer.getByRole('banner').getByRole('button', { name: 'Go on' }).click();
    await sharer.getByRole('heading', { name: 'Anna Berg sees your screen' }).waitFor();
    expect(await moves(helper.locator('video'))).toBe(true);
  });

  it('shows on the page what the helper points at and draws', async () => {
    const { helper, sharer } = await shared();
    const canvas = sharer.locator('.preview canvas');
    const isDrawn = () => canvas.evaluate(hasPixels);
    expect(await isDrawn()).toBe(false);
    const box = (await helper.locator('video').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const at = (part: number) => [box.x + box.width * part, box.y + box.height / 2] as const;
    await helper.getByRole('button', { name: 'Point', exact: true }).click();
    await helper.mouse.move(...at(0.4));
    await helper.mouse.move(...at(0.5), { steps: 5 });
    await expect.poll(isDrawn, { timeout: 20_000 }).toBe(true);
    await helper.getByRole('button', { name: 'Draw', exact: true }).click();
    await helper.mouse.move(...at(0.3));
    await helper.mouse.down();
    await helper.mouse.move(...at(0.6), { steps: 10 });
    await helper.mouse.up();
    const clear = sharer.getByRole('button', { name: 'Clear drawings' });
    await clear.click();
    await clear.waitFor({ state: 'detached' });
  });

  it('tells the helper how good the picture is', async () => {
    const { helper } = await shared();
    await helper.getByRole('button', { name: 'Quality', exact: true }).click();
    await helper.getByText('1280 × 720').waitFor();
    await helper.getByText('Direct, sealed').waitFor();
    await expect.poll(() => helper.locator('body').innerText(), { timeout: 20_000 }).toMatch(/\d+ ms/);
  });

  it('has chat both ways', async () => {
    const { helper, sharer } = await shared();
    await sharer.getByLabel('Write a message').fill('Can you see <b>it</b>?');
    await sharer.getByRole('button', { name: 'Send' }).click();
    await helper.getByRole('button', { name: /Chat/ }).first().click();
    await helper.getByText('Can you see <b>it</b>?').first().waitFor();
  });

  // SHR-16
  it('is over when the organisation takes no pages any more', async () => {
    const { helper, sharer } = await shared();
    try {
      expect(await untilOver(helper, () => rig.takePages(false))).toContain('withdrawn');
      await sharer.getByText('Nobody sees your screen any more').waitFor();
    } finally {
      await rig.takePages(true);
    }
  });
});

describe('the page', () => {
  // SHR-22
  it('asks again when the choice of a screen is closed, and shows nothing', async () => {
    const helper = await rig.helper('/share-code');
    const sharer = await sharersPage();
    await sharer.evaluate(closeTheChoiceOnce);
    await typeCode(sharer, await rig.code(helper));
    const accept = sharer.getByRole('button', { name: 'Choose what to share' });
    await accept.click();
    await sharer.getByText('Nothing was chosen').waitFor();
    expect(await helper.locator('video').count()).toBe(0);
    await accept.click();
    await stopButton(sharer).waitFor();
  });

  // EV-6
  it('shows who asks, and tells the helper of a no', async () => {
    const helper = await rig.helper('/share-code');
    await helper.getByLabel('Reason').fill('The printer');
    const sharer = await sharersPage();
    await typeCode(sharer, await rig.code(helper));
    await sharer.getByRole('heading', { name: 'Anna Berg asks to see your screen' }).waitFor();
    const text = await sharer.locator('main').innerText();
    for (const shown of ['@example.org', 'Contoso Ltd', 'The printer', 'Accept only if you asked for help']) {
      expect(text).toContain(shown);
    }
    await sharer.getByRole('button', { name: 'Decline', exact: true }).click();
    await sharer.getByText('You declined.').waitFor();
    await isOver(helper).waitFor();
  });

  // SHR-21
  it('takes a code from behind the # and leaves none in its address', async () => {
    const helper = await rig.helper('/share-code');
    const code = await rig.code(helper);
    const sharer = await sharersPage(`/share#${code}`);
    expect(await sharer.getByLabel('Code').inputValue()).toBe(code);
    expect(sharer.url()).toBe(`${rig.origin}/share`);
    await sharer.getByRole('button', { name: 'Continue' }).click();
    await sharer.getByRole('heading', { name: 'Anna Berg asks to see your screen' }).waitFor();
  });

  // SHR-20
  it('tells a phone that it cannot, before it asks for a code', async () => {
    const phone = await (
      await rig.person({
        userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
        viewport: { width: 360, height: 740 },
      })
    ).newPage();
    await phone.goto(`${rig.origin}/share`);
    await phone.getByRole('heading', { name: 'This browser cannot share its screen' }).waitFor();
    expect(await phone.getByLabel('Code').count()).toBe(0);
  });

  // SHR-8
  it('says of a code that is not good just that', async () => {
    expected.add(REFUSED);
    const sharer = await sharersPage();
    await typeCode(sharer, 'ZZZZ');
    await sharer.getByText('A code has 8 letters and digits').waitFor();
    await typeCode(sharer, 'ZZZZZZZZ');
    await sharer.getByText('This code is not good').waitFor();
  });
});

describe('what screen readers find', () => {
  it('is named, in every state of the page, in both appearances', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const helper = await rig.helper('/share-code');
      await helper.getByRole('button', { name: 'Make a code' }).waitFor();
      const sharer = await (await rig.person({ colorScheme })).newPage();
      await sharer.goto(`${rig.origin}/share`);
      await sharer.getByLabel('Code').waitFor();
      expect(await flawsOf(sharer)).toEqual([]);
      await typeCode(sharer, await rig.code(helper));
      const accept = sharer.getByRole('button', { name: 'Choose what to share' });
      await accept.waitFor();
      expect(await flawsOf(sharer)).toEqual([]);
      await accept.click();
      await sharer.getByText('Sees your screen', { exact: true }).waitFor();
      expect(await flawsOf(sharer)).toEqual([]);
      await stopButton(sharer).click();
      await sharer.getByText('You stopped sharing.').waitFor();
      expect(await flawsOf(sharer)).toEqual([]);
    }
  });
});

describe('codes in the console', () => {
  // SHR-4
  it('are not made where the organisation takes no pages: it says so, and where to change it', async () => {
    await rig.takePages(false);
    try {
      const helper = await rig.helper('/share-code');
      await helper.getByText('Help without enrolment is switched off').waitFor();
      expect(await helper.getByRole('link', { name: 'Open settings' }).getAttribute('href')).toBe('/settings');
    } finally {
      await rig.takePages(true);
    }
  });

  // SHR-5
  it('are withdrawn, and good for nothing then', async () => {
    expected.add(REFUSED);
    const helper = await rig.helper('/share-code');
    const code = await rig.code(helper);
    await helper.getByRole('button', { name: 'Withdraw the code' }).click();
    await helper.getByText('The code was withdrawn').waitFor();
    const sharer = await sharersPage();
    await typeCode(sharer, code);
    await sharer.getByText('This code is not good').waitFor();
  });
});

/** What the browser's own bar does when somebody stops there. */
function endTrack(video: InBrowser): void {
  const [track] = video.srcObject.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event('ended'));
}

function hasPixels(canvas: InBrowser): boolean {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value: number) => value > 0);
}

/** As somebody who closes the browser's own window, the first time. */
function closeTheChoiceOnce(): void {
  const { mediaDevices } = (globalThis as InBrowser).navigator;
  const choose = mediaDevices.getDisplayMedia.bind(mediaDevices);
  mediaDevices.getDisplayMedia = async () => {
    mediaDevices.getDisplayMedia = choose;
    throw new DOMException('Permission denied by user', 'NotAllowedError');
  };
}

/** Nothing of the page gets to say goodbye. */
async function crash(sharer: Page): Promise<void> {
  const gone = new Promise<void>((resolve) => sharer.once('crash', () => resolve()));
  sharer.goto('chrome://crash').catch(() => undefined);
  await gone;
}
