/** All that a device lends to its sessions, from its settings and surroundings. */
import { binarySocketPort } from '@open-remote-help/protocol/relay';
import { X11Clipboard } from '../clipboard/x11-clipboard.ts';
import type { Clock } from '../clock.ts';
import { lockDesktop } from './desktop-lock.ts';
import type { NamedServerOptions } from './named-server.ts';
import { screenSystem } from './screen-system.ts';
import type { DesktopSystems } from './session-desktop.ts';

export interface DesktopSurroundings {
  readonly clock: Clock;
  /** A VNC server that is set; asked anew for each picture. */
  readonly named: () => NamedServerOptions | undefined;
  readonly platform?: NodeJS.Platform;
  readonly env?: NodeJS.ProcessEnv;
}

export function desktopSystems(surroundings: DesktopSurroundings): DesktopSystems {
  const { clock, named, platform = process.platform, env = process.env } = surroundings;
  const system = () => {
    const server = named();
    return screenSystem({ platform, env, clock, ...(server ? { named: server } : {}) });
  };
  const { DISPLAY: display } = env;
  return {
    screens: { screens: () => system().screens(), open: (screen) => system().open(screen) },
    // Windows and macOS have clipboards that are not read yet.
    ...(display && platform !== 'win32' ? { clipboard: () => X11Clipboard.open(display, clock) } : {}),
    openBinarySocket: binarySocketPort(globalThis.WebSocket),
    lock: () => lockDesktop({ platform, env }),
  };
}
