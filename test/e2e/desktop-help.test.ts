/** Help on a desktop from end to end: the service, a browser, the agent, a VNC server, an X desktop. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, toIsoText } from '../../packages/server/src/clock.ts';
import { type BreakingProxy, startBreakingProxy } from '../../packages/server/test/gateway/breaking-proxy.ts';
import { clickAt, DesktopRig, press, seesPicture } from './desktop-rig.ts';
import { flawsOf } from './flaws.ts';

const SOON = { timeout: 15_000 };

/** Longer than a connection can be recovered without being opened anew, shorter than the session waits. */
const CUT_MS = 20_000;

let rig: DesktopRig;
let network: BreakingProxy;
let page: Page;
beforeAll(async () => {
  rig = await DesktopRig.open({}, async (origin) => {
    network = await startBreakingProxy(Number(new URL(origin).port));
    return `http://127.0.0.1:${network.port}`;
  });
});
beforeEach(async () => {
  await rig.switchOn();
  page = await rig.help.helper('/devices');
});
afterEach(async () => {
  await rig.switchOff();
  await page.context().close();
});
afterAll(async () => {
  network?.stop();
  await rig?.close();
});

const button = (name: string | RegExp, of = page) => of.getByRole('button', { name });
const said = (text: string | RegExp, of = page) => of.getByText(text).first().waitFor(SOON);

/** A session in which the desktop is seen. */
async function helped(type: 'View the screen' | 'View and control', answer: 'view' | 'control' | 'all'): Promise<void> {
  await rig.ask(type, page);
  await (type === 'View the screen' ? rig.answer('viewing', 'view') : rig.answer('session', answer));
  await seesPicture(page);
}

async function typeInto(of: Page, text: string): Promise<void> {
  await said('Keys go to the remote screen.', of);
  await clickAt(of, 600, 580);
  await press(of, text);
}

async function endIt(): Promise<void> {
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End the session' }).click();
  await said('The session is over');
}

describe('a helper who may control', () => {
  it('sees the screen, types and clicks on it, extends, chats, and ends', async () => {
    const notes = await rig.terminal();
    await helped('View and control', 'all');
    await typeInto(page, 'Hello from the helpdesk!\n');
    await expect.poll(notes.text, SOON).toBe('Hello from the helpdesk!\n');

    const asked = rig.desktop.start('xmessage', '-geometry', '+0+0', '-buttons', 'Restart:7', 'The printer hangs.');
    await rig.desktop.run('xdotool', 'search', '--sync', '--onlyvisible', '--name', '^xmessage$');
    const gone = new Promise((resolve) => asked.once('exit', resolve));
    await clickAt(page, 30, 40);
    expect(await gone).toBe(7);

    const lease = page.getByTestId('lease');
    await expect.poll(() => lease.innerText(), SOON).toMatch(/^59:\d\d left$/);
    await expect.poll(() => lease.innerText(), SOON).toMatch(/^59:[0-4]\d left$/);
    await button('Extend').click();
    await expect.poll(() => lease.innerText(), SOON).toMatch(/^(1:00:00|59:5\d) left$/);

    await button('Chat').click();
    await page.getByLabel('Write a message').fill('Which printer is it?');
    await page.keyboard.press('Enter');
    await rig.agent?.says('Which printer is it?');
    expect(await flawsOf(page)).toEqual([]);

    await button('People and safety').click();
    const digits = (await page.getByTestId('digits').innerText()).replace(/\s/g, '');
    expect(rig.agent?.output().replaceAll(' ', '')).toContain(`Sixdigits:${digits}`);
    expect(await flawsOf(page)).toEqual([]);
    await endIt();
    await rig.agent?.says('The session is over');
    await page.goto(page.url().replace('/screen', ''));
    await said('Ended by the helper');
    expect(await flawsOf(page)).toEqual([]);
  });

  it('exchanges clipboards both ways, as far as that was granted', async () => {
    await helped('View and control', 'all');
    await button('Clipboard').click();
    await page.getByLabel('Text to put into the clipboard there').fill('from the helper: ä€→');
    await button('Put it there').click();
    await expect
      .poll(() => rig.desktop.run('xclip', '-selection', 'clipboard', '-o').catch(() => ''), SOON)
      .toBe('from the helper: ä€→');
    await rig.copy('from the desktop');
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Copied there' }).inputValue(), SOON)
      .toBe('from the desktop');
    await rig.command('narrow');
    await said('The person there does not share what is copied there.');
    await endIt();
  });

  it('loses the input while the person there is asked, and cannot answer for him', async () => {
    await helped('View and control', 'control');
    const notes = await rig.terminal();
    await typeInto(page, 'before\n');
    await expect.poll(notes.text, SOON).toBe('before\n');
    await button('Ask for more rights').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Ask' }).click();
    await said('Input is paused while the person there answers a question.');
    await page.getByTestId('remote-picture').locator('canvas').focus();
    for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
    await rig.answer('other', 'decline');
    await said('The person there said no to more rights.');
    await typeInto(page, 'after\n');
    await expect.poll(notes.text, SOON).toBe('before\nafter\n');
    await endIt();
  });
});

describe('a helper who may only look', () => {
  it('gets no key through, until the person there allows it', async () => {
    const notes = await rig.terminal();
    await rig.ask('View and control', page);
    await rig.answer('session', 'view');
    await seesPicture(page);
    await said('View only: control was not granted.');
    await clickAt(page, 600, 580);
    await press(page, 'nothing of this\n');
    await button('Ask for more rights').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Ask' }).click();
    await rig.answer('other', 'allow');
    await said('Keys go to the remote screen.');
    await typeInto(page, 'but this\n');
    await expect.poll(notes.text, SOON).toBe('but this\n');
    await endIt();
  });
});

describe('the person at the desktop', () => {
  it('says no, or is not asked any more when the helper withdraws', async () => {
    await rig.ask('View the screen', page);
    await rig.answer('viewing', 'decline');
    await said('The person there said no.');
    await rig.ask('View the screen', page);
    await rig.agent?.says('the question is on the screen');
    expect(await flawsOf(page)).toEqual([]);
    await button('Cancel the request').click();
    await said('The request was withdrawn.');
    await expect.poll(() => rig.questions(), SOON).toBe(0);
  });

  it('stops it at any time', async () => {
    await helped('View the screen', 'view');
    await rig.command('stop');
    await said('The person there ended it.');
  });

  it('lets a second helper in, and hands him what the first gives up', async () => {
    const notes = await rig.terminal();
    await helped('View and control', 'control');
    const second = await rig.help.helper(new URL(page.url()).pathname);
    await button('Ask to join', second).click();
    await rig.answer('other', 'allow');
    await seesPicture(second);
    await said(/View only: .* has the input\./, second);
    await button('Ask for the input', second).click();
    await button('Give the input up').click();
    await said('Keys go to the remote screen.', second);
    await typeInto(second, 'the second\n');
    await expect.poll(notes.text, SOON).toBe('the second\n');
    await second.context().close();
    await endIt();
  });
});

describe('a session', () => {
  it('goes on after the device was cut off for twenty seconds, with another relay', async () => {
    const notes = await rig.terminal();
    await helped('View and control', 'control');
    network.refuse(true);
    await said('The device has lost its connection. The picture is the last one.');
    await new Promise<void>((resolve) => systemClock.at(systemClock.now() + CUT_MS, resolve));
    network.refuse(false);
    await page.getByText('The device has lost its connection.').first().waitFor({ state: 'hidden', timeout: 40_000 });
    await seesPicture(page);
    await said('Keys go to the remote screen.');
    await typeInto(page, 'here again\n');
    await expect.poll(notes.text, SOON).toBe('here again\n');
    await endIt();
  });

  it('is over for both when its lease is moved to a moment that comes', async () => {
    await helped('View the screen', 'view');
    const [, sessionId = ''] = /sessions\/([^/]+)\//.exec(page.url()) ?? [];
    const sessionExpirationDateTime = toIsoText(systemClock.now() + 3_000);
    const record = `ExtendRemoteHelpSessionResponse/${sessionId}`;
    expect((await rig.help.api('PATCH', record, { sessionExpirationDateTime })).status).toBe(200);
    await said(/^The session ends in/);
    await said('The time ran out.');
    await rig.agent?.says('The session is over');
  });
});

// Policies that are broken and exceptions; a question that waits is answered 409, a session that is over 404.
it('no page complained', () => {
  expect(rig.help.complaints.filter((line) => !/status of (404|409)/.test(line))).toEqual([]);
});
