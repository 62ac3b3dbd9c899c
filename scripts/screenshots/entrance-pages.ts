/** What stands before the console: sign-in, a first password, a second factor, and the sign-out. */
import type { Page } from 'playwright-core';
import { addUser } from '../../packages/server/src/access/accounts.ts';
import { totpCode, totpStepAt } from '../../packages/server/src/access/totp.ts';
import { systemClock } from '../../packages/server/src/clock.ts';
import { HELPER, type ShareRig } from '../../test/e2e/share-rig.ts';
import type { Camera } from './camera.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Every step of the sign-in. */
export async function entrancePages(rig: ShareRig, camera: Camera): Promise<void> {
  await firstPassword(rig, camera);
  await secondFactor(rig, camera);
  const page = await rig.helper('/devices');
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
  await page.goto(`${rig.origin}/no-such-page`);
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await camera.shot(page, 'not-found');
  await page.goto(`${rig.origin}/signed-out`);
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await camera.shot(page, 'signed-out');
  await page.context().close();
}

async function firstPassword(rig: ShareRig, camera: Camera): Promise<void> {
  const name = 'new@example.org';
  const { password } = await newAccount(rig, name);
  const page = await signInPage(rig);
  await camera.portrait(page, 'sign-in');
  await signIn(page, name, 'not this one');
  await page.getByRole('alert').waitFor();
  await camera.shot(page, 'sign-in-refused');
  await signIn(page, name, password ?? '');
  await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
  await camera.shot(page, 'first-password');
  await page.context().close();
}

async function secondFactor(rig: ShareRig, camera: Camera): Promise<void> {
  const name = 'codes@example.org';
  await newAccount(rig, name, HELPER.password);
  const page = await signInPage(rig);
  await page.getByRole('checkbox').check();
  await signIn(page, name, HELPER.password);
  await page.getByRole('heading', { name: 'Set up codes' }).waitFor();
  await camera.portrait(page, 'totp-set-up');
  const secret = (await page.locator('#secret').innerText()).replace(/\s/g, '');
  await page
    .getByLabel('Code', { exact: true })
    .fill(totpCode(bytesOf(secret).toString('base64url'), totpStepAt(systemClock.now())));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
  await camera.shot(page, 'totp-recovery-codes');
  await page.context().close();
  const again = await signInPage(rig);
  await signIn(again, name, HELPER.password);
  await again.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await camera.shot(again, 'totp-code');
  await again.context().close();
}

function newAccount(rig: ShareRig, name: string, password?: string) {
  const { data, ownTenantId } = rig.service;
  return addUser(
    { store: data.store, clock: systemClock },
    {
      ...{ tenantId: ownTenantId ?? '', userPrincipalName: name, displayName: HELPER.displayName, isAdmin: true },
      ...(password === undefined ? {} : { password }),
    },
  );
}

async function signInPage(rig: ShareRig): Promise<Page> {
  const page = await (await rig.person()).newPage();
  await page.goto(`${rig.origin}/devices`);
  await page.locator('input[autocomplete="username"]').waitFor();
  return page;
}

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.locator('input[autocomplete="username"]').fill(name);
  await page.locator('input[type="password"]').fill(password);
  await page.locator('button.primary').click();
}

/** What base32 stands for (RFC 4648, 6). */
function bytesOf(base32: string): Buffer {
  const bits = [...base32].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
