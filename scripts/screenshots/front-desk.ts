/** What lies on the remote desktop in pictures: the work of somebody whose printer has stopped. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DesktopRig } from '../../test/e2e/desktop-rig.ts';

const PAGE = pathToFileURL(join(import.meta.dirname, 'front-desk.html')).href;

/** A shell that knows of printers, whatever it is asked. */
const SHELL = `
prompt() { printf '\\033[32mlena@front-desk\\033[0m:~$ '; }
prompt
while read -r _; do
  echo 'printer front-desk is idle.  enabled since Mon 07:52'
  echo 'printer second-floor disabled since Mon 08:14 -'
  printf '\\tThe printer is not responding.\\n'
  prompt
done`;
const LOOK = ['-fa', 'DejaVu Sans Mono', '-fs', '10', '-bg', '#1d2530', '-fg', '#dfe6ec', '-bd', '#1d2530', '-b', '10'];

/** Where the pointer is on the terminal. */
export const TERMINAL = { x: 600, y: 580 } as const;

/** Opens a terminal in front of it. */
export async function openTerminal({ desktop }: DesktopRig): Promise<void> {
  desktop.start('xterm', '-T', 'notes', ...LOOK, '-geometry', '58x8+500+510', '-e', 'bash', '-c', SHELL);
  await desktop.run('xdotool', 'search', '--sync', '--onlyvisible', '--name', '^notes$');
}

/** Paints it onto the screen's ground, below all windows; the clock on it says what it is now. */
export async function furnish(rig: DesktopRig): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'remote-help-pictures-'));
  const picture = join(folder, 'front-desk.png');
  const context = await rig.help.browser.newContext({ viewport: { width: 1024, height: 768 } });
  const page = await context.newPage();
  await page.goto(PAGE);
  const now = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' }).format();
  await page.locator('.now').evaluate((clock, text) => {
    clock.textContent = text;
  }, now);
  await page.screenshot({ path: picture });
  await context.close();
  // ImageMagick ends with 1 when it has painted a root window.
  await rig.desktop.run('sh', '-c', `display -window root ${picture} || test $? = 1`);
  await rm(folder, { recursive: true });
}
