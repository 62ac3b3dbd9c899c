/** A server under load: how it is started, addressed and ended. */
import type { ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from '../load/job.ts';
import { freePort, SERVER_CORE, spawnOn, stop, untilAnswers } from '../pinned.ts';
import { idOf } from '../records.ts';

export interface Server {
  readonly name: string;
  readonly process: ChildProcess;
  readonly address: Address;
  /** Everything that it wrote to standard output and error. */
  readonly logFile: string;
  close(): Promise<void>;
}

export interface Launch {
  readonly name: string;
  /** Folder of the run's data; the server's output goes into a file there. */
  readonly folder: string;
  readonly command: (port: number) => readonly string[];
  readonly environment?: (port: number) => Readonly<Record<string, string>>;
  readonly workingFolder?: string;
  readonly path: Address['path'];
  readonly tokens?: readonly string[];
  /** A URL that answers 200 once it is ready; by default that of the first record. */
  readonly readyAt?: string;
}

/** Starts a server on its core and waits until it answers. */
export async function launch(launch: Launch): Promise<Server> {
  const { name, folder, path, tokens = [] } = launch;
  const port = await freePort();
  const logFile = join(folder, `${name}.log`);
  const output = openSync(logFile, 'a');
  const child = spawnOn(SERVER_CORE, launch.command(port), {
    cwd: launch.workingFolder,
    env: { ...process.env, ...launch.environment?.(port) },
    stdio: ['ignore', output, output],
  });
  const url = launch.readyAt ?? `http://localhost:${port}${path[0]}${idOf(0)}${path[1]}`;
  await untilAnswers(child, url, tokens[0] === undefined ? {} : { authorization: `Bearer ${tokens[0]}` });
  return { name, process: child, address: { port, path, tokens }, logFile, close: () => stop(child) };
}
