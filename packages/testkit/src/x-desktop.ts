/** A desktop without a screen: Xvfb, programs on it, and what can be read back from them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DISPLAY_FILE = 3;

export interface XDesktop {
  /** As the variable `DISPLAY`. */
  readonly display: string;
  readonly env: NodeJS.ProcessEnv;
  /** Starts a program there; it is killed with the desktop. */
  start(program: string, ...words: string[]): ChildProcess;
  /** Runs one to its end; what it printed. */
  run(program: string, ...words: string[]): Promise<string>;
  close(): Promise<void>;
}

/** Xvfb keeps the size that it began with; Xvnc, which is reached by X alone here, changes it. */
const SERVERS = {
  Xvfb: (size: string) => ['-screen', '0', `${size}x24`],
  Xvnc: (size: string) => ['-geometry', size, '-depth', '24', '-SecurityTypes', 'None', '-rfbport', '-1'],
} as const;

/** A desktop of its own on a free display, without a window manager. */
export async function startXDesktop(
  width = 640,
  height = 480,
  program: keyof typeof SERVERS = 'Xvfb',
): Promise<XDesktop> {
  const shared = ['-displayfd', `${DISPLAY_FILE}`, '-nolisten', 'tcp', '-noreset'];
  const words = [...shared, ...SERVERS[program](`${width}x${height}`)];
  const server = spawn(program, words, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = createInterface({ input: server.stdio[DISPLAY_FILE] as Readable });
  const [line] = (await Promise.race([
    once(number, 'line'),
    once(server, 'exit').then(() => Promise.reject(new Error(`${program} did not start.`))),
  ])) as [string];
  const display = `:${line}`;
  const { WAYLAND_DISPLAY: _, XDG_SESSION_TYPE: __, XAUTHORITY: ___, ...rest } = process.env;
  const env = { ...rest, DISPLAY: display };
  const programs: ChildProcess[] = [];
  return {
    display,
    env,
    start(program, ...programWords) {
      const child = spawn(program, programWords, { env, stdio: ['ignore', 'pipe', 'ignore'] });
      programs.push(child);
      return child;
    },
    run: async (program, ...programWords) => (await run(program, programWords, { env })).stdout,
    async close() {
      await Promise.all([...programs, server].map(ended));
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
