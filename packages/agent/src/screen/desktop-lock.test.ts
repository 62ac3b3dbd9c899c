import { describe, expect, it } from 'vitest';
import { lockDesktop } from './desktop-lock.ts';

/** Programs that were run; all but the last of `works` fail. */
async function lockedBy(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, works: string): Promise<string[]> {
  const ran: string[] = [];
  await lockDesktop({
    ...{ platform, env },
    run: async (program, words) => {
      ran.push([program, ...words].join(' '));
      if (program !== works) throw new Error(`${program} is not there.`);
    },
  });
  return ran;
}

// SCR-20
describe('the desktop', () => {
  it('is locked by the first way that works', async () => {
    expect(await lockedBy('linux', { XDG_SESSION_ID: '4' }, 'loginctl')).toEqual(['loginctl lock-session 4']);
    expect(await lockedBy('linux', {}, 'xdg-screensaver')).toEqual(['loginctl lock-session', 'xdg-screensaver lock']);
    expect(await lockedBy('win32', {}, 'rundll32.exe')).toEqual(['rundll32.exe user32.dll,LockWorkStation']);
    expect((await lockedBy('darwin', {}, 'pmset')).at(-1)).toBe('pmset displaysleepnow');
  });

  it('is said not to be locked where nothing does', async () => {
    await expect(lockedBy('linux', {}, 'none')).rejects.toThrow('Nothing here locks the desktop.');
  });
});
