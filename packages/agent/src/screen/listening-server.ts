/** A VNC server that listens on a unix socket in a folder of its own, which the system lets nobody else into. */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { keepProcess } from './kept-process.ts';
import { ScreenError, type VncSource } from './screen-source.ts';

export interface ListeningServerOptions {
  readonly name: string;
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** Of mode 0700; it goes with the program. */
  readonly folder: string;
  readonly socket: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

const LONGEST_START_MS = 5_000;
const TRY_AGAIN_MS = 20;

/** Starts it, and settles once it listens. @throws ScreenError `noSource` */
export async function listeningServer(options: ListeningServerOptions): Promise<VncSource> {
  const { name, words, folder, env } = options;
  const server = keepProcess(words, folder, env);
  let isOver = false;
  void server.over.then(() => {
    isOver = true;
  });
  let first: Socket | undefined;
  try {
    first = await firstConnection(options, () => isOver);
  } catch (error) {
    await server.end();
    throw new ScreenError('noSource', `${name} did not start.`, {
      cause: new Error(await server.over, { cause: error }),
    });
  }
  return {
    name,
    async connect() {
      const ready = first;
      first = undefined;
      return ready ?? connected(options.socket).catch((cause: unknown) => gone(name, cause));
    },
    async close() {
      first?.destroy();
      await server.end();
    },
  };
}

async function firstConnection({ socket, clock }: ListeningServerOptions, isOver: () => boolean): Promise<Socket> {
  const until = clock.now() + LONGEST_START_MS;
  for (;;) {
    try {
      return await connected(socket);
    } catch (error) {
      // Not there yet, or not listening yet.
      if (isOver() || clock.now() >= until) throw error;
    }
    await new Promise<void>((resolve) => clock.at(clock.now() + TRY_AGAIN_MS, resolve));
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

function gone(name: string, cause: unknown): never {
  throw new ScreenError('noSource', `${name} is gone.`, { cause });
}
