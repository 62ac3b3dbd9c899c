/** A screen that is shared from a browser, on both sides. */
import type { Page } from 'playwright-core';
import type { ShareRig } from '../../test/e2e/share-rig.ts';
import type { Camera } from './camera.ts';

const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';

/** From the code to the end, and where there is no way in. */
export async function sharePages(rig: ShareRig, camera: Camera): Promise<void> {
  await switchedOff(rig, camera);
  await phone(rig, camera);
  const helper = await rig.helper('/share-code');
  const sharer = await sharersPage(rig);
  await camera.portrait(sharer, 'share-code');
  await sharer.getByLabel('Code').fill('ZZZZZZZZ');
  await sharer.getByRole('button', { name: 'Continue' }).click();
  await sharer.getByText('This code is not good').waitFor();
  await camera.shot(sharer, 'share-code-refused');
  await helper.getByLabel('Reason').fill('The printer on the second floor');
  const code = await rig.code(helper);
  await camera.portrait(helper, 'give-out-a-code-made');
  await sharer.getByLabel('Code').fill(code);
  await sharer.getByRole('button', { name: 'Continue' }).click();
  await sharer.getByRole('heading', { name: /asks to see your screen/ }).waitFor();
  // It cannot be pressed before there was time to read.
  await sharer.getByRole('button', { name: 'Choose what to share' }).click({ trial: true });
  await camera.portrait(sharer, 'share-asking');
  await sharer.getByRole('button', { name: 'Choose what to share' }).click();
  await sharer.getByText('Sees your screen').waitFor();
  await helper.locator('video').waitFor();
  await camera.portrait(sharer, 'share-sharing');
  await camera.portrait(helper, 'share-helper');
  await sharer.getByRole('banner').getByRole('button', { name: 'Pause' }).click();
  await sharer.getByText('Paused: helpers see the last picture').waitFor();
  await camera.shot(sharer, 'share-paused');
  await helper.getByText('The person there has paused the picture.').first().waitFor();
  await camera.shot(helper, 'share-helper-paused');
  await sharer.getByRole('banner').getByRole('button', { name: 'Stop sharing' }).click();
  await sharer.getByText('You stopped sharing.').waitFor();
  await camera.portrait(sharer, 'share-over');
  for (const page of [helper, sharer]) await page.context().close();
  const german = await sharersPage(rig, { locale: 'de-DE' });
  await camera.take(german, 'share-code-de');
  await german.context().close();
}

async function switchedOff(rig: ShareRig, camera: Camera): Promise<void> {
  await rig.takePages(false);
  const page = await rig.helper('/share-code');
  await page.getByText('Help without enrolment is switched off').waitFor();
  await camera.shot(page, 'give-out-a-code-off');
  await page.context().close();
  await rig.takePages(true);
}

async function phone(rig: ShareRig, camera: Camera): Promise<void> {
  const page = await sharersPage(rig, { userAgent: PHONE, viewport: { width: 360, height: 740 } });
  await page.getByRole('heading', { name: 'This browser cannot share its screen' }).waitFor();
  await camera.shot(page, 'share-phone');
  await page.context().close();
}

async function sharersPage(rig: ShareRig, options?: Parameters<ShareRig['person']>[0]): Promise<Page> {
  const page = await (await rig.person(options)).newPage();
  await page.goto(`${rig.origin}/share`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}
