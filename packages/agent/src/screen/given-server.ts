/** A VNC server that is started for each connection and handed it: it listens nowhere, and ends with the connection. */
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { lastWords } from './kept-process.ts';
import { ScreenError, type VncSource } from './screen-source.ts';

/** The connection is a pair of sockets without a name, on file 3 there and on standard input where a server wants it. */
const HAND_OVER = 'exec "$@" <&3 3<&-';
const CONNECTION = 3;

interface Served {
  readonly connection: Duplex;
  readonly over: Promise<string>;
}

/** Starts it once, to see that it serves. @throws ScreenError `noSource` */
export async function givenServer(name: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<VncSource> {
  const running = new Set<Served>();
  const serve = async () => {
    const served = started(words, env);
    running.add(served);
    void served.over.then(() => running.delete(served));
    const isServed = await Promise.race([
      served.over.then(() => false),
      new Promise<true>((resolve) => served.connection.once('readable', () => resolve(true))),
    ]);
    if (isServed && served.connection.readableLength > 0) return served.connection;
    served.connection.destroy();
    throw new ScreenError('noSource', `${name} did not start.`, { cause: new Error(await served.over) });
  };
  let first: Duplex | undefined = await serve();
  return {
    name,
    async connect() {
      const ready = first;
      first = undefined;
      return ready ?? serve();
    },
    async close() {
      for (const { connection } of running) connection.destroy();
      await Promise.all([...running].map(({ over }) => over));
    },
  };
}

function started(words: readonly string[], env: NodeJS.ProcessEnv): Served {
  const child = spawn('/bin/sh', ['-c', HAND_OVER, 'sh', ...words], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env,
  });
  const connection = child.stdio[CONNECTION] as Duplex;
  // What broke is seen by whoever reads; nobody may be reading any more.
  connection.on('error', () => connection.destroy());
  return { connection, over: lastWords(child, child.stderr) };
}
