/** Programs that end with this process, however it ends: a shell waits on a pipe that closes with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/**
 * $1 is a folder that goes with the program, the rest its words. The pipe is the shell's standard input: nothing is ever
 * written to it, so that reading it ends when the other end is closed, also by a SIGKILL.
 */
const KEEPER = `
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ read -r _ <&3; kill "$program"; sleep 2; kill -9 "$program"; } 2>/dev/null &
watch=$!
exec 3<&-
wait "$program"
kill "$watch" 2>/dev/null
rm -rf -- "$folder"
`;
const MOST_KEPT = 2_000;

export interface KeptProcess {
  /** Settles when the program is over, with the last of what it said. */
  readonly over: Promise<string>;
  /** Ends the program; settles when it is over. */
  end(): Promise<void>;
}

/**
 * @param words the program and its arguments
 * @param folder is removed with it
 */
export function keepProcess(words: readonly string[], folder: string, env: NodeJS.ProcessEnv): KeptProcess {
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'sh', folder, ...words], { stdio: ['pipe', 'ignore', 'pipe'], env });
  const over = lastWords(keeper, keeper.stderr);
  return {
    over,
    async end() {
      keeper.stdin.end();
      await over;
    },
  };
}

/** Settles when a process is over, with the last of what it said. */
export async function lastWords(process: ChildProcess, output: Readable | null): Promise<string> {
  let said = '';
  output?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('latin1')).slice(-MOST_KEPT);
  });
  return new Promise((resolve) => {
    process.once('error', ({ message }) => resolve(message));
    process.once('close', () => resolve(said));
  });
}
