/** A session on a desktop, on both sides. */
import type { Page } from 'playwright-core';
import { systemClock, toIsoText } from '../../packages/server/src/clock.ts';
import { clickAt, DEVICE, type DesktopRig, press, seesPicture } from '../../test/e2e/desktop-rig.ts';
import type { Camera } from './camera.ts';
import { settled } from './console-pages.ts';
import { furnish, openTerminal, TERMINAL } from './front-desk.ts';

const DRAWN_MS = 1_500;

/** Asked for, declined, seen, controlled, ended. */
export async function sessionPages(rig: DesktopRig, camera: Camera): Promise<void> {
  await furnish(rig);
  await rig.switchOn();
  const page = await rig.help.helper('/devices');
  await declined(rig, page, camera);
  await viewed(rig, page, camera);
  await controlled(rig, page, camera);
  await records(rig, page, camera);
  await page.context().close();
}

async function declined(rig: DesktopRig, page: Page, camera: Camera): Promise<void> {
  await page.getByRole('link', { name: DEVICE }).click();
  await page.getByRole('button', { name: `Help on ${DEVICE}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'View and control' }).check();
  await dialog.getByLabel('Why you want to help').fill('The printer on the second floor');
  await dialog.getByLabel('Ticket').fill('INC-2041');
  await camera.portrait(page, 'start-session');
  await dialog.getByRole('button', { name: 'Ask' }).click();
  await page.getByText(`Waiting for an answer on ${DEVICE}`).first().waitFor();
  await camera.portrait(page, 'session-waiting');
  await desktop(rig, camera, 'desktop-question', () => rig.answer('session', 'decline'));
  await page.getByText('The person there said no.').first().waitFor();
  await camera.shot(page, 'session-declined');
}

async function viewed(rig: DesktopRig, page: Page, camera: Camera): Promise<void> {
  await openTerminal(rig);
  await rig.ask('View and control', page);
  await rig.answer('session', 'view');
  await seesPicture(page);
  await camera.portrait(page, 'screen-view-only');
  await page.getByRole('button', { name: 'Ask for more rights' }).click();
  await page.getByRole('alertdialog').waitFor();
  await camera.shot(page, 'screen-more-rights');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Ask' }).click();
  await desktop(rig, camera, 'desktop-question-rights', () => rig.answer('other', 'allow'));
  await page.getByText('Keys go to the remote screen.').first().waitFor();
  await rig.command('stop');
  await page.getByText('The session is over').first().waitFor();
  await camera.shot(page, 'screen-stopped');
}

async function controlled(rig: DesktopRig, page: Page, camera: Camera): Promise<void> {
  await rig.ask('View and control', page);
  await rig.answer('session', 'control');
  await seesPicture(page);
  await clickAt(page, TERMINAL.x, TERMINAL.y);
  await press(page, 'lpstat -p\n');
  await drawn();
  await camera.portrait(page, 'screen');
  await desktop(rig, camera, 'desktop-window');
  for (const [button, name] of [
    ['Clipboard', 'screen-clipboard'],
    ['Quality', 'screen-quality'],
    ['People and safety', 'screen-people'],
    ['Chat', 'screen-chat'],
  ] as const) {
    await page.getByRole('button', { name: button }).click();
    if (button === 'Chat') {
      await page.getByLabel('Write a message').fill('Which printer is it?');
      await page.keyboard.press('Enter');
      await rig.agent?.says('Which printer is it?');
    }
    await camera.shot(page, name);
  }
  await camera.portrait(page, 'screen-chat');
  await page.getByRole('button', { name: 'Close the panel' }).click();
  await page.getByRole('button', { name: 'Ask for more rights' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Ask' }).click();
  await page.getByText('Input is paused while the person there answers a question.').first().waitFor();
  await camera.shot(page, 'screen-frozen');
  await rig.answer('other', 'decline');
  await page.getByText('The person there said no to more rights.').first().waitFor();
  const live = await rig.help.helper('/sessions');
  await settled(live);
  await camera.portrait(live, 'sessions-live');
  await live.goto(page.url());
  await live.getByRole('button', { name: 'Ask to join' }).waitFor();
  await camera.shot(live, 'screen-join');
  await live.context().close();
  await nearTheEnd(rig, page, camera);
}

async function nearTheEnd(rig: DesktopRig, page: Page, camera: Camera): Promise<void> {
  const list = await rig.help.api('GET', 'ExtendRemoteHelpSessionResponse');
  const { value } = (await list.json()) as { value: { id: string }[] };
  const body = { sessionExpirationDateTime: toIsoText(systemClock.now() + 100_000) };
  await rig.help.api('PATCH', `ExtendRemoteHelpSessionResponse/${value[0]?.id}`, body);
  await page
    .getByText(/^The session ends in/)
    .first()
    .waitFor();
  await camera.shot(page, 'screen-lease-warning');
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByRole('alertdialog').waitFor();
  await camera.shot(page, 'screen-end');
  await page.getByRole('alertdialog').getByRole('button', { name: 'End the session' }).click();
  await page.getByText('The session is over').first().waitFor();
  await camera.portrait(page, 'screen-ended');
}

async function records(rig: DesktopRig, page: Page, camera: Camera): Promise<void> {
  await page.getByRole('link', { name: 'See the record' }).click();
  await settled(page);
  await camera.portrait(page, 'session-record');
  await page.goto(`${rig.help.origin}/sessions`);
  await settled(page);
}

/** A picture of the device's own screen, once what came up there is drawn. */
async function desktop(rig: DesktopRig, camera: Camera, name: string, act?: () => Promise<void>): Promise<void> {
  await rig.desktop.run('xdotool', 'search', '--sync', '--onlyvisible', '--name', '^Open Remote Help$');
  await drawn();
  await rig.photograph(camera.path(name));
  await camera.keep(name);
  await act?.();
}

/** Settles once what changed on the desktop is in its pictures. */
function drawn(): Promise<void> {
  return new Promise((settle) => systemClock.at(systemClock.now() + DRAWN_MS, settle));
}
