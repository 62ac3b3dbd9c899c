/** The command as people run it: a process of its own, with its own data folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const COMMAND = resolve(import.meta.dirname, '../../bin/remote-help.js');
export const ROOT = resolve(import.meta.dirname, '../../../..');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly http: string;
  readonly https: string;
  readonly metrics: string;
  /** Everything written so far. */
  output(): string;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Finished>;
}

/** A data folder for one test. */
export async function dataFolder(): Promise<{ dataDir: string; remove: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'remote-help-cli-'));
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) };
}

function environment(dataDir: string, settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: process.env.HOME,
    REMOTE_HELP_DATA_DIR: dataDir,
    ...settings,
  };
}

/** Runs `remote-help …` to its end. */
export function remoteHelp(
  dataDir: string,
  args: readonly string[],
  { settings = {}, input = '' }: { settings?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: environment(dataDir, settings) });
  child.stdin.end(input);
  return finished(child);
}

/** A command that goes on, and what it has to say meanwhile. */
export interface Started {
  /** Everything written so far, errors too. */
  output(): string;
  /** Waits until it was written, after what was waited for before. @throws Error when the command ends without it */
  says(text: string): Promise<void>;
  type(line: string): void;
  /** Nothing more will be typed. */
  closeInput(): void;
  kill(signal: NodeJS.Signals): void;
  readonly end: Promise<Finished>;
}

/** Starts `remote-help …` and leaves it running. */
export function start(
  dataDir: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: environment(dataDir, settings) });
  const end = finished(child);
  let output = '';
  let read = 0;
  let hasEnded = false;
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer) => {
    output += chunk.toString();
    wake();
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  child.once('close', () => {
    hasEnded = true;
    wake();
  });
  return {
    output: () => output,
    says: async (text) => {
      for (;;) {
        const at = output.indexOf(text, read);
        if (at >= 0) {
          read = at + text.length;
          return;
        }
        if (hasEnded) throw new Error(`${args.join(' ')} ended without ${JSON.stringify(text)}: ${output}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    type: (line) => void child.stdin.write(`${line}\n`),
    closeInput: () => child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    end,
  };
}

/** Runs a line in the shell, in the repository's folder. */
export function shell(dataDir: string, line: string): Promise<Finished> {
  return finished(spawn('sh', ['-c', line], { cwd: ROOT, env: environment(dataDir, {}) }));
}

/** Starts `remote-help serve` on free ports and waits until it says where it listens. */
export async function serve(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<Running> {
  const ports = { REMOTE_HELP_PORT: '0', REMOTE_HELP_TLS_PORT: '0', REMOTE_HELP_METRICS_PORT: '0' };
  const child = spawn(process.execPath, [COMMAND, 'serve'], { env: environment(dataDir, { ...ports, ...settings }) });
  let output = '';
  const end = finished(child);
  const ready = new Promise<void>((done, fail) => {
    const onData = (chunk: Buffer) => {
      output += chunk.toString();
      if (/Data {8}.*\n/.test(output)) done();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    end.then(({ code, stderr }) => fail(new Error(`serve ended with ${code}: ${stderr}`)), fail);
  });
  await ready;
  const find = (pattern: RegExp) => pattern.exec(output)?.[1] ?? '';
  return {
    http: find(/(http:\/\/[^ ]+)\/beta/),
    https: find(/(https:\/\/[^ ]+)\/beta/).replace('127.0.0.1', 'localhost'),
    metrics: find(/Metrics +(\S+)/),
    output: () => output,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return end;
    },
  };
}

function finished(child: ChildProcess): Promise<Finished> {
  const chunks = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    chunks.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    chunks.stderr += chunk.toString();
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code, ...chunks }));
  });
}

/** A request with JSON in and out. */
export async function ask(
  url: string,
  token: string,
  { method = 'GET', body }: { method?: string; body?: object } = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
): Promise<{ status: number; body: any }> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token.trim()}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
