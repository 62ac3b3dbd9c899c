/** The desktop of an X display, shown by a VNC server that is started for the session and that nobody else reaches. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScreenInfo } from '@open-remote-help/protocol/relay';
import type { Clock } from '../clock.ts';
import { XDisplay } from '../x11/x-display.ts';
import { monitorsOf } from '../x11/x-monitors.ts';
import { givenServer } from './given-server.ts';
import { listeningServer } from './listening-server.ts';
import { ScreenError, type ScreenSystem, type VncSource } from './screen-source.ts';
import { type Area, tigerVncWords, type VncProgram, vncProgramsOn, x11VncWords } from './vnc-programs.ts';

export interface X11ScreensOptions {
  /** As the variable `DISPLAY`. */
  readonly display: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** VNC servers that may be started, the preferred first; those on the path when absent. */
  readonly programs?: readonly VncProgram[];
  /** Serves the picture where no program does. */
  readonly ownServer?: (display: string, area: Area | undefined) => Promise<VncSource>;
}

/** What a VNC server is given of the environment: where the display is, and nothing that might be a secret. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'XAUTHORITY', 'XDG_RUNTIME_DIR'];
const FOLDER_PREFIX = 'open-remote-help-';

export class X11Screens implements ScreenSystem {
  readonly #options: X11ScreensOptions;

  constructor(options: X11ScreensOptions) {
    this.#options = options;
  }

  async screens(): Promise<readonly ScreenInfo[]> {
    const display = await this.#display();
    try {
      return await monitorsOf(display);
    } finally {
      display.close();
    }
  }

  async open(screen: number | null): Promise<VncSource> {
    const area = screen === null ? undefined : await this.#areaOf(screen);
    const { display, env, ownServer, programs = vncProgramsOn(env.PATH ?? '') } = this.#options;
    let last: unknown;
    for (const program of programs) {
      try {
        return await this.#start(program, area);
      } catch (error) {
        last = error;
      }
    }
    if (ownServer) return ownServer(display, area);
    if (last !== undefined) throw last;
    throw new ScreenError('noSource', 'No VNC server was found on the device. TigerVNC and x11vnc will do.');
  }

  async #areaOf(screen: number): Promise<Area> {
    const found = (await this.screens()).find(({ id }) => id === screen);
    if (!found) throw new ScreenError('noScreen', 'The device has no such screen any more.');
    return found;
  }

  async #start({ kind, name, path }: VncProgram, area: Area | undefined): Promise<VncSource> {
    const { display, clock, env: all } = this.#options;
    const env = Object.fromEntries(PASSED_ON.map((variable) => [variable, all[variable]]));
    if (kind === 'inherited') return givenServer(name, x11VncWords(path, display, area), env);
    const folder = await mkdtemp(join(all.XDG_RUNTIME_DIR ?? tmpdir(), FOLDER_PREFIX));
    const socket = join(folder, 'rfb');
    return listeningServer({ name, words: tigerVncWords(path, display, socket, area), folder, socket, env, clock });
  }

  async #display(): Promise<XDisplay> {
    try {
      return await XDisplay.open(this.#options.display);
    } catch (cause) {
      throw new ScreenError('noScreen', `The display ${this.#options.display} cannot be opened.`, { cause });
    }
  }
}
