/** Which program shows dialogs here, if any. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../clock.ts';
import type { DialogProgram } from './dialog.ts';
import { DialogRunner } from './dialog-runner.ts';
import { kdialog } from './programs/kdialog.ts';
import { osascript } from './programs/osascript.ts';
import { powershell } from './programs/powershell.ts';
import { zenity, zenity4 } from './programs/zenity.ts';
import { XWindows } from './x-windows.ts';

const ON: Readonly<Record<string, readonly DialogProgram[]>> = { win32: [powershell], darwin: [osascript] };
const ANSWERS_WITHIN_MS = 5_000;
const COMMANDS: Readonly<Record<DialogProgram['name'], string>> = {
  zenity: 'zenity',
  kdialog: 'kdialog',
  PowerShell: 'powershell.exe',
  osascript: 'osascript',
};

/** @returns undefined where there is no desktop, or nothing that could show a dialog on it */
export async function findDesktop(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Promise<DialogRunner | undefined> {
  const path = environment.PATH ?? environment.Path ?? '';
  for (const program of candidates(environment, platform)) {
    if (!(await isOnPath(COMMANDS[program.name], path))) continue;
    // util-linux: a dialog that outlived a killed agent would offer a Stop that stops nothing.
    const hasSetpriv = platform === 'linux' && (await isOnPath('setpriv', path));
    const prefix = hasSetpriv ? ['setpriv', '--pdeathsig', 'TERM', '--'] : [];
    const shown = program === zenity ? await zenityOn(environment) : program;
    const windows =
      platform === 'linux' && environment.DISPLAY ? new XWindows(environment.DISPLAY, systemClock) : undefined;
    return new DialogRunner({ program: shown, environment: inUtf8(environment), prefix, windows });
  }
  return undefined;
}

/** Which of them is there; what can't say so is given text that neither takes for markup. */
async function zenityOn(env: NodeJS.ProcessEnv): Promise<DialogProgram> {
  const answer = promisify(execFile)('zenity', ['--version'], { env, timeout: ANSWERS_WITHIN_MS });
  const version = await answer.then(
    ({ stdout }) => stdout,
    () => '',
  );
  // 3.90 and after it were on the way to 4.
  return /^3\.[0-8]?\d\./.test(version) ? zenity : zenity4;
}

/** In a locale of ASCII alone, as where none is set, GLib refuses an argument with any other letter (g_option_context_parse). */
function inUtf8(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || 'C';
  return /utf-?8/i.test(locale) ? environment : { ...environment, LC_ALL: 'C.UTF-8' };
}

function candidates(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly DialogProgram[] {
  const own = ON[platform];
  if (own) return own;
  if (!environment.DISPLAY && !environment.WAYLAND_DISPLAY) return [];
  // On KDE too: kdialog takes texts on its command line alone, which every user of the machine can read.
  return [zenity, kdialog];
}

async function isOnPath(command: string, path: string): Promise<boolean> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, command);
    const isProgram = await Promise.all([stat(file), access(file, constants.X_OK)]).then(
      ([found]) => found.isFile(),
      () => false,
    );
    if (isProgram) return true;
  }
  return false;
}
