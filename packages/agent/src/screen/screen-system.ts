/** Which desktop this process can show, and how: decided once, from what the settings and the surroundings say. */
import type { Clock } from '../clock.ts';
import { ownServer } from '../rfb-server/own-server.ts';
import { NamedServer, type NamedServerOptions } from './named-server.ts';
import { type NoScreenReason, ScreenError, type ScreenSystem } from './screen-source.ts';
import { X11Screens } from './x11-screens.ts';

export interface ScreenSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** A VNC server that is set; it goes before everything that could be found. */
  readonly named?: NamedServerOptions;
}

/** Never throws: where nothing can be shown, opening says why. */
export function screenSystem({ platform, env, clock, named }: ScreenSurroundings): ScreenSystem {
  if (named) return new NamedServer(named);
  if (platform === 'win32' || platform === 'darwin') {
    return nothing('noSource', 'The device has no VNC server that its settings name.');
  }
  // Under Wayland DISPLAY may be set as well: it leads to Xwayland, which shows no desktop.
  if (env.WAYLAND_DISPLAY || env.XDG_SESSION_TYPE === 'wayland') {
    return nothing(
      'wayland',
      'The desktop runs under Wayland, which lets no program show it to others. Signing in with Xorg helps.',
    );
  }
  if (!env.DISPLAY) return nothing('noScreen', 'The device runs without a desktop.');
  return new X11Screens({
    ...{ display: env.DISPLAY, env, clock },
    ownServer: (display, area) => ownServer(display, area, clock),
  });
}

function nothing(why: NoScreenReason, text: string): ScreenSystem {
  return {
    screens: async () => [],
    open: () => Promise.reject(new ScreenError(why, text)),
  };
}
