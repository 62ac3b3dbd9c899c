import { ManualClock } from '@open-remote-help/testkit';
import { describe, expect, it } from 'vitest';
import { NamedServer } from './named-server.ts';
import { screenSystem } from './screen-system.ts';
import { X11Screens } from './x11-screens.ts';

const clock = new ManualClock();
const on = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv) => screenSystem({ platform, env, clock });

describe('the desktop that is shown', () => {
  it('is that of the X display', () => {
    expect(on('linux', { DISPLAY: ':0', XDG_SESSION_TYPE: 'x11' })).toBeInstanceOf(X11Screens);
  });

  // SCR-7
  it.each([
    ['Wayland', 'linux', { WAYLAND_DISPLAY: 'wayland-0', DISPLAY: ':0' }, 'wayland'],
    ['Wayland, as the session says', 'linux', { XDG_SESSION_TYPE: 'wayland', DISPLAY: ':0' }, 'wayland'],
    ['no desktop', 'linux', {}, 'noScreen'],
    ['Windows', 'win32', {}, 'noSource'],
    ['macOS', 'darwin', { DISPLAY: ':0' }, 'noSource'],
  ] as const)('is refused with a reason on %s', async (_, platform, env, why) => {
    const system = on(platform, env);
    expect(await system.screens()).toEqual([]);
    await expect(system.open(null)).rejects.toMatchObject({ name: 'ScreenError', why });
  });

  // SCR-4
  it('is that of the VNC server that is set, wherever it runs, as a whole', async () => {
    const named = { place: { host: '127.0.0.1', port: 5900 } };
    const system = screenSystem({ platform: 'win32', env: { WAYLAND_DISPLAY: 'x' }, clock, named });
    expect(system).toBeInstanceOf(NamedServer);
    expect((await system.open(null)).name).toBe('127.0.0.1:5900');
    await expect(system.open(0)).rejects.toMatchObject({ why: 'noScreen' });
  });
});
