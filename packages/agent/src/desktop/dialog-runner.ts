/** Starts dialog programs, knows which are open, and leaves none behind. */
import { spawn } from 'node:child_process';
import type { Dialog, DialogProgram, Entry, Invocation, Outcome } from './dialog.ts';

export interface DialogRunnerOptions {
  readonly program: DialogProgram;
  /** What the programs are started with; tests put in an environment of their own. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Put before each command: `setpriv --pdeathsig TERM --`, where that is to be had. */
  readonly prefix?: readonly string[];
}

/** Nobody types more than that into a dialog. */
const MOST_OUTPUT = 16_384;

export class DialogRunner {
  readonly #options: DialogRunnerOptions;
  readonly #open = new Set<number>();

  constructor(options: DialogRunnerOptions) {
    this.#options = options;
  }

  /** The process ids of the dialogs that are on the screen. */
  get open(): ReadonlySet<number> {
    return this.#open;
  }

  /** @returns the id of the button pressed; undefined when it was closed, taken away, crashed or could not start */
  async ask(dialog: Dialog, signal: AbortSignal): Promise<string | undefined> {
    const { program } = this.#options;
    const outcome = await this.#run(program.ask(dialog), signal);
    return signal.aborted ? undefined : program.chosen(dialog, outcome);
  }

  /** @returns what was typed; undefined when it was closed, taken away, crashed or could not start */
  async type(entry: Entry, signal: AbortSignal): Promise<string | undefined> {
    const { program } = this.#options;
    const outcome = await this.#run(program.entry(entry), signal);
    return signal.aborted ? undefined : program.typed(outcome);
  }

  /** Settles when the process is gone, so that nothing of it is on the screen any more. */
  #run(invocation: Invocation, signal: AbortSignal): Promise<Outcome> {
    const { prefix = [], environment = process.env } = this.#options;
    const [command = '', ...args] = [...prefix, invocation.command, ...invocation.args];
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    if (signal.aborted) return Promise.resolve({ code: null, output: '' });
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...environment, ...invocation.environment },
      windowsHide: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, MOST_OUTPUT);
    });
    const { pid } = child;
    if (pid !== undefined) this.#open.add(pid);
    const kill = () => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    const settle = (code: number | null) => {
      signal.removeEventListener('abort', kill);
      if (pid !== undefined) this.#open.delete(pid);
      resolve({ code, output });
    };
    child.once('error', () => settle(null));
    child.once('close', settle);
    return promise;
  }
}
