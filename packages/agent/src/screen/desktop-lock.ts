/** Locks the desktop, so that who comes by after an unattended session has to sign in. */
import { execFile } from 'node:child_process';

/** Runs a program to its end. @throws Error when there is none, it fails, or takes too long */
export type RunProgram = (program: string, words: readonly string[]) => Promise<void>;

export interface DesktopLockOptions {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly run?: RunProgram;
}

const LONGEST_RUN_MS = 10_000;

/** Tries what the platform knows, one after the other. @throws Error with the reasons when nothing locks it */
export async function lockDesktop({ platform, env, run = runProgram }: DesktopLockOptions): Promise<void> {
  const reasons: unknown[] = [];
  for (const [program = '', ...words] of waysToLock(platform, env)) {
    try {
      return await run(program, words);
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new AggregateError(reasons, 'Nothing here locks the desktop.');
}

function waysToLock(platform: NodeJS.Platform, { XDG_SESSION_ID }: NodeJS.ProcessEnv): readonly (readonly string[])[] {
  switch (platform) {
    case 'win32':
      return [['rundll32.exe', 'user32.dll,LockWorkStation']];
    case 'darwin':
      // The first is gone from newer systems; the second locks where a password is asked for after sleep.
      return [
        ['/System/Library/CoreServices/Menu Extras/User.menu/Contents/Resources/CGSession', '-suspend'],
        ['pmset', 'displaysleepnow'],
      ];
    default:
      return [
        ...(XDG_SESSION_ID ? [['loginctl', 'lock-session', XDG_SESSION_ID]] : []),
        ['loginctl', 'lock-session'],
        ['xdg-screensaver', 'lock'],
      ];
  }
}

const runProgram: RunProgram = (program, words) =>
  new Promise((resolve, reject) => {
    execFile(program, words, { timeout: LONGEST_RUN_MS }, (error) => (error ? reject(error) : resolve()));
  });
