/**
 * How commands on this machine reach an agent that runs: a Unix socket beside the device file, its owner's alone (a named
 * pipe on Windows, to which others may not write by default). One JSON line is asked, one is answered.
 */
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { SessionGrants } from '@open-remote-help/protocol/events';
import type { Clock } from './clock.ts';
import { DeviceError, messageOf } from './device-error.ts';
import { NOTHING } from './sharer.ts';

/** What an agent is doing; instants in epoch milliseconds. */
export interface AgentStatus {
  readonly isOnline: boolean;
  readonly runsSince: number;
  /** Who is being asked about, while a question is open. */
  readonly asked: string | null;
  readonly session: {
    readonly since: number;
    readonly expiresAt: number;
    readonly helpers: readonly string[];
    /** Those of them who have the screen before them now. */
    readonly looking: readonly string[];
    readonly grants: SessionGrants;
    readonly isInterrupted: boolean;
  } | null;
}

export type ControlRequest =
  | { readonly command: 'status' }
  /** Ends the session, if one is on. */
  | { readonly command: 'stop' }
  /** Takes back what is not kept. */
  | { readonly command: 'narrow'; readonly keep: SessionGrants }
  /** Settings were changed. */
  | { readonly command: 'reload' };

/** What is answered is what was so before the request was carried out. */
export type ControlHandler = (request: ControlRequest) => Promise<AgentStatus>;

const OWNER_ALONE = 0o600;
const OTHERS_NOT_AT_ALL = 0o177;
const LONGEST_LINE = 4_096;
const LONGEST_WAIT_MS = 5_000;
/** `sun_path` of Linux and macOS, less the final zero. */
const LONGEST_SOCKET_PATH = 103;

/**
 * Listens until it is closed. Whoever calls holds the lock of the device file: a socket that is there is a dead one's.
 * @throws DeviceError `untrusted` when the path is too long for a socket
 */
export async function listenForControl(
  path: string,
  clock: Clock,
  handle: ControlHandler,
): Promise<{ close(): Promise<void> }> {
  const isFile = process.platform !== 'win32';
  if (isFile && Buffer.byteLength(path) > LONGEST_SOCKET_PATH) {
    throw new DeviceError('untrusted', `${path} is too long for a socket: put the device file elsewhere.`);
  }
  if (isFile) await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.once('close', () => open.delete(socket)));
    serve(socket, clock, handle);
  });
  await listening(server, path);
  if (isFile) await chmod(path, OWNER_ALONE);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function listening(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).once('listening', resolve);
  // Between bind and chmod nobody else may get in.
  const former = process.umask(OTHERS_NOT_AT_ALL);
  server.listen(path);
  process.umask(former);
  return promise;
}

function serve(socket: Socket, clock: Clock, handle: ControlHandler): void {
  const cancel = clock.at(clock.now() + LONGEST_WAIT_MS, () => socket.destroy());
  // Whoever went away hears no answer.
  socket.on('error', () => socket.destroy()).once('close', cancel);
  lineOf(socket, (line) => {
    cancel();
    void answerTo(line, handle).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
  });
}

/** Calls back with the first line; who sends more than one holds is cut off. */
function lineOf(socket: Socket, then: (line: string) => void): void {
  let read = '';
  const onData = (text: string) => {
    read += text;
    const end = read.indexOf('\n');
    if (end >= 0) {
      socket.off('data', onData);
      then(read.slice(0, end));
    } else if (read.length > LONGEST_LINE) socket.destroy();
  };
  socket.setEncoding('utf8').on('data', onData);
}

async function answerTo(line: string, handle: ControlHandler): Promise<object> {
  try {
    return { version: 1, status: await handle(requestOf(line)) };
  } catch (error) {
    return { version: 1, error: messageOf(error) };
  }
}

const COMMANDS = ['status', 'stop', 'reload'] as const;

function requestOf(line: string): ControlRequest {
  const { version, command, keep } = membersOf(line);
  if (version !== 1) throw new Error('version must be 1.');
  if (command === 'narrow') return { command, keep: grantsOf(keep) };
  const known = COMMANDS.find((name) => name === command);
  if (!known) throw new Error('command is none that is known.');
  return { command: known };
}

function membersOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(line);
    if (typeof read === 'object' && read !== null) return read as Record<string, unknown>;
  } catch {
    throw new Error('The request is no JSON.');
  }
  throw new Error('The request is no JSON object.');
}

function grantsOf(value: unknown): SessionGrants {
  const members: Readonly<Record<string, unknown>> = Object(value);
  const flag = (name: keyof SessionGrants) => {
    if (typeof members[name] !== 'boolean') throw new Error(`keep.${name} must be true or false.`);
    return members[name];
  };
  const names = Object.keys(NOTHING) as (keyof SessionGrants)[];
  return Object.fromEntries(names.map((name) => [name, flag(name)])) as unknown as SessionGrants;
}

/**
 * Asks the agent that runs.
 * @returns undefined when none runs
 * @throws DeviceError `refused` when it is not this user's, or says no; `unavailable` when it does not answer
 */
export async function askAgent(path: string, request: ControlRequest): Promise<AgentStatus | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = connect(path);
  socket.setTimeout(LONGEST_WAIT_MS, () => reject(new DeviceError('unavailable', 'The agent does not answer.')));
  socket.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
    else
      reject(new DeviceError('refused', `The agent cannot be reached at ${path} (${error.code}).`, { cause: error }));
  });
  socket.once('close', () => reject(new DeviceError('unavailable', 'The agent went away.')));
  lineOf(socket, resolve);
  socket.write(`${JSON.stringify({ version: 1, ...request })}\n`);
  try {
    const line = await promise;
    if (line === undefined) return undefined;
    const { status, error } = membersOf(line);
    if (typeof error === 'string') throw new DeviceError('refused', error);
    return status as AgentStatus;
  } finally {
    socket.destroy();
  }
}
