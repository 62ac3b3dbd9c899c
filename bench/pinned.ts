/** Processes pinned to a core, and what the system says of them. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

export { freePort } from '../packages/testkit/src/free-port.ts';

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** Taken before anything is tied to a core: it counts those that this program may use. */
const CORES = availableParallelism();

/** Whether there are two cores and a tool that ties a process to one (util-linux). */
export const isPinned = CORES > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Ties this program to a core, or lets it have all: what it starts from then on stays where it is. */
export function settleOn(core: number | 'all cores'): void {
  const cores = core === 'all cores' ? `0-${CORES - 1}` : String(core);
  if (isPinned) execFileSync('taskset', ['-cp', cores, String(process.pid)], { stdio: 'ignore' });
}

const running = new Set<ChildProcess>();

/** Starts a program on one core. */
export function spawnOn(core: number, command: readonly string[], options: SpawnOptions): ChildProcess {
  const [program, ...words] = isPinned ? ['taskset', '-c', String(core), ...command] : command;
  const child = spawn(program as string, words, options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Ends a process that `spawnOn` started, and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** For an end that was not planned. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

const POLL_MS = 4;
const PATIENCE_MS = 60_000;

/** Asks until there is an answer with status 200. */
export async function untilAnswers(
  child: ChildProcess,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const status = await fetch(url, { headers }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => undefined,
    );
    const elapsed = performance.now() - startedAt;
    if (status === 200) return;
    if (child.exitCode !== null) throw new Error(`The server for ${url} ended with ${child.exitCode}.`);
    if (elapsed > PATIENCE_MS) throw new Error(`${url} does not answer 200, but ${status ?? 'not at all'}.`);
    await pause(POLL_MS);
  }
}

/** Clock ticks a second in which Linux counts CPU time (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** CPU time that a process has used so far, all its threads, in seconds; NaN where the system has no `/proc`. */
export function cpuSeconds(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  // Fields 14 and 15 (proc_pid_stat(5)); the name before them may hold spaces, and ends with `)`.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory in MB (10^6 bytes). */
export function residentMegabytes(pid: number): number {
  return (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024) / 1e6;
}
