/**
 * Makes a picture of every page and state of the product in docs/screenshots, against a service, browsers and an agent
 * that run for it. `npm run screenshots -- share` makes those of one part alone.
 */
import { join } from 'node:path';
import { DesktopRig } from '../test/e2e/desktop-rig.ts';
import { ShareRig } from '../test/e2e/share-rig.ts';
import { Camera } from './screenshots/camera.ts';
import { consolePages, emptyPages, makeDevices } from './screenshots/console-pages.ts';
import { entrancePages } from './screenshots/entrance-pages.ts';
import { sessionPages } from './screenshots/session-pages.ts';
import { sharePages } from './screenshots/share-pages.ts';

const camera = new Camera(join(import.meta.dirname, '..', 'docs', 'screenshots'));

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  entrance: () => onService(entrancePages),
  empty: () => onService(emptyPages),
  share: () => onService(sharePages),
  session: () => onDesktop((rig) => sessionPages(rig, camera)),
  console: () =>
    onDesktop(async (rig) => {
      await makeDevices(rig.help);
      await consolePages(rig.help, camera);
    }),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: no part. There are ${Object.keys(PARTS).join(', ')}.`);
await camera.open();
for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
  process.stdout.write(`${name}\n`);
  await PARTS[name]?.();
}
process.stdout.write(`${camera.count} pictures in ${camera.folder}\n`);

async function onService(act: (rig: ShareRig, camera: Camera) => Promise<void>): Promise<void> {
  const rig = await ShareRig.open();
  try {
    await act(rig, camera);
  } finally {
    await rig.close();
  }
}

async function onDesktop(act: (rig: DesktopRig) => Promise<void>): Promise<void> {
  const rig = await DesktopRig.open();
  try {
    await act(rig);
  } finally {
    await rig.close();
  }
}
