/** A VNC server that the settings name: one that runs anyway, on this machine or near it. */
import { constants } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ScreenInfo } from '@open-remote-help/protocol/relay';
import { ScreenError, type ScreenSystem, type VncSource } from './screen-source.ts';

/** Where it listens: a port of TCP, or a unix socket. */
export type ServerPlace = { readonly host: string; readonly port: number } | { readonly path: string };

export interface NamedServerOptions {
  readonly place: ServerPlace;
  /** A file with the password as its first line, readable by its owner alone. */
  readonly passwordFile?: string;
}

const LONGEST_CONNECTING_MS = 5_000;
const OTHERS = constants.S_IRWXG | constants.S_IRWXO;

/** Its desktop is shown as a whole: what monitors it has is not known. */
export class NamedServer implements ScreenSystem {
  readonly #options: NamedServerOptions;

  constructor(options: NamedServerOptions) {
    this.#options = options;
  }

  async screens(): Promise<readonly ScreenInfo[]> {
    return [];
  }

  async open(screen: number | null): Promise<VncSource> {
    if (screen !== null) throw new ScreenError('noScreen', 'The VNC server shows the desktop as a whole.');
    const { place, passwordFile } = this.#options;
    const password = passwordFile === undefined ? undefined : await passwordIn(passwordFile);
    const name = 'path' in place ? place.path : `${place.host}:${place.port}`;
    return {
      name,
      ...(password === undefined ? {} : { password }),
      connect: () => connected(place, name),
      close: async () => undefined,
    };
  }
}

async function passwordIn(file: string): Promise<string> {
  const [{ mode }, text] = await Promise.all([stat(file), readFile(file, 'utf8')]).catch((cause: unknown) => {
    throw new ScreenError('noSource', 'The password of the VNC server cannot be read.', { cause });
  });
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw new ScreenError('noSource', 'The password of the VNC server can be read by others than its owner.');
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}

function connected(place: ServerPlace, name: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const refuse = (cause?: Error) => {
      socket.destroy();
      reject(new ScreenError('noSource', `The VNC server at ${name} cannot be reached.`, { cause }));
    };
    const socket = connect({ ...place, noDelay: true, timeout: LONGEST_CONNECTING_MS }, () => {
      socket.off('error', refuse);
      socket.off('timeout', refuse);
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once('error', refuse);
    socket.once('timeout', refuse);
  });
}
