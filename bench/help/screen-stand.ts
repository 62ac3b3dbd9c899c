/** The X screen that everything is measured on, and what is drawn there. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { SERVER_CORE, spawnOn, stop } from '../pinned.ts';
import { SCREEN, SCREEN_PROGRAM, type ScreenMode } from './screen.ts';

export interface ScreenStand {
  /** With the variable DISPLAY, and none that would mean another desktop. */
  readonly env: NodeJS.ProcessEnv;
  readonly display: string;
  show(mode: ScreenMode): void;
  close(): Promise<void>;
}

export async function startScreen(): Promise<ScreenStand> {
  const { width, height } = SCREEN;
  const words = ['Xvfb', '-displayfd', '3', '-nolisten', 'tcp', '-noreset', '-screen', '0', `${width}x${height}x24`];
  const server = spawnOn(SERVER_CORE, words, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [number] = (await Promise.race([
    once(createInterface({ input: server.stdio[3] as Readable }), 'line'),
    once(server, 'exit').then(() => Promise.reject(new Error('Xvfb did not start.'))),
  ])) as [string];
  const display = `:${number}`;
  const { WAYLAND_DISPLAY: _, XDG_SESSION_TYPE: __, XAUTHORITY: ___, ...rest } = process.env;
  const env = { ...rest, DISPLAY: display };
  const program = await startProgram(env);
  return {
    ...{ env, display },
    show: (mode) => void program.send(mode),
    close: async () => {
      await stop(program);
      await stop(server);
    },
  };
}

async function startProgram(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const program = spawnOn(SERVER_CORE, [process.execPath, SCREEN_PROGRAM], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await Promise.race([
    once(program, 'message'),
    once(program, 'exit').then(() => Promise.reject(new Error('The program on the screen did not start.'))),
  ]);
  return program;
}
