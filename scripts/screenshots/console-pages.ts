/** The pages of the console, but for a session's screen. */
import type { Page } from 'playwright-core';
import type { ShareRig } from '../../test/e2e/share-rig.ts';
import type { Camera } from './camera.ts';

/** Where each page stands. */
const MAIN = [
  ['devices', '/devices'],
  ['sessions-past', '/sessions?show=past'],
  ['settings', '/settings'],
  ['roles', '/roles'],
  ['enrolment', '/enrolment'],
  ['audit', '/audit'],
  ['give-out-a-code', '/share-code'],
] as const;

const DEVICES = [
  ['Accounts 2', 'Mara Lind', 'Windows', '11 24H2', 'compliant'],
  ['Archive scanner', 'Jonas Falk', 'Linux', 'Debian 13', 'unknown'],
  ['Meeting room 4', null, 'Windows', '11 23H2', 'inGracePeriod'],
  ['Reception iMac', 'Sofie Dahl', 'macOS', '15.3', 'compliant'],
  ['Warehouse terminal', 'Emil Krog', 'Windows', '10 22H2', 'noncompliant'],
] as const;

/** What a new installation shows. */
export async function emptyPages(rig: ShareRig, camera: Camera): Promise<void> {
  const page = await rig.helper('/devices');
  await page.getByText('There are no devices yet').waitFor();
  await camera.shot(page, 'devices-empty');
  for (const [name, path] of [
    ['sessions-empty', '/sessions'],
    ['enrolment-empty', '/enrolment'],
  ] as const) {
    await visit(rig, page, path);
    await camera.shot(page, name);
  }
  await page.context().close();
}

/** Devices as an inventory would have entered them. */
export async function makeDevices(rig: ShareRig): Promise<void> {
  for (const [deviceName, person, operatingSystem, osVersion, complianceState] of DEVICES) {
    const mail = person ? `${person.split(' ')[0]?.toLowerCase()}@example.org` : null;
    const body = { deviceName, operatingSystem, osVersion, complianceState };
    const user = person ? { userDisplayName: person, userPrincipalName: mail } : {};
    const { status } = await rig.api('POST', 'deviceManagement/managedDevices', { ...body, ...user });
    if (status !== 201) throw new Error(`A device could not be made: ${status}.`);
  }
}

/** Every page with something on it. */
export async function consolePages(rig: ShareRig, camera: Camera): Promise<void> {
  const page = await rig.helper('/devices');
  await page.getByRole('link', { name: 'Warehouse terminal' }).waitFor();
  for (const [name, path] of MAIN) {
    await visit(rig, page, path);
    await camera.portrait(page, name);
  }
  await visit(rig, page, '/devices?search=nothing+is+called+so');
  await page.getByText('No device fits').waitFor();
  await camera.shot(page, 'devices-none-found');
  await visit(rig, page, '/devices');
  await page.getByRole('link', { name: 'Warehouse terminal' }).click();
  await page.getByRole('heading', { level: 1, name: 'Warehouse terminal' }).waitFor();
  await settled(page);
  await camera.portrait(page, 'device');
  await dialogs(rig, page, camera);
  await page.context().close();
  await inGerman(rig, camera);
}

async function dialogs(rig: ShareRig, page: Page, camera: Camera): Promise<void> {
  await page.getByRole('button', { name: /^Account of/ }).click();
  await camera.shot(page, 'person-menu');
  await page.keyboard.press('Escape');
  await visit(rig, page, '/roles');
  await page.getByRole('tab', { name: 'Roles' }).click();
  await page.getByRole('button', { name: 'New role' }).click();
  await page.getByRole('dialog').waitFor();
  await settled(page);
  await camera.shot(page, 'role-new');
  await visit(rig, page, '/enrolment');
  await page.getByRole('button', { name: 'Make a token' }).first().click();
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Front desk');
  await camera.shot(page, 'enrolment-new');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.getByText('Shown once').waitFor();
  await camera.portrait(page, 'enrolment-token');
  await visit(rig, page, '/audit');
  await page.getByRole('button', { name: 'Verify the chain' }).click();
  await page.getByText('The log is whole').waitFor();
  await camera.shot(page, 'audit-verified');
}

async function inGerman(rig: ShareRig, camera: Camera): Promise<void> {
  const page = await rig.helper('/devices', { locale: 'de-DE' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  for (const [name, path] of MAIN) {
    await visit(rig, page, path);
    await camera.take(page, `${name}-de`);
  }
  await page.context().close();
}

async function visit(rig: ShareRig, page: Page, path: string): Promise<void> {
  await page.goto(`${rig.origin}${path}`);
  await settled(page);
}

/** Settles when a page has all that it asked for; a fresh one signs in by itself first. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('navigation').first().waitFor();
  await page.waitForLoadState('networkidle');
}
