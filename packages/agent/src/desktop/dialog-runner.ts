/** Starts dialog programs, knows which are open, and leaves none behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Dialog, DialogProgram, Entry, Invocation, Outcome } from './dialog.ts';

/** What is done for windows on a desktop beside showing them. */
export interface WindowCare {
  /** For the environment of a program whose window is not to take the keyboard. */
  readonly quiet: Readonly<Record<string, string>>;
  /** Finds the window of a process that was started just now, and sees to it until the signal aborts. */
  tend(pid: number, kind: 'question' | 'notice', ended: AbortSignal): void;
}

export interface DialogRunnerOptions {
  readonly program: DialogProgram;
  /** What the programs are started with; tests put in an environment of their own. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Put before each command: `setpriv --pdeathsig TERM --`, where that is to be had. */
  readonly prefix?: readonly string[];
  readonly windows?: WindowCare | undefined;
}

/** A dialog that says what is so, and is told when that changes. */
export interface Standing {
  /** As `ask` answers. */
  readonly pressed: Promise<string | undefined>;
  /** Puts another text into it; false where it can't, and has to be shown anew. */
  retell(lines: readonly string[]): boolean;
}

interface Running {
  readonly child: ChildProcess | undefined;
  /** Settles when the process is gone, so that nothing of it is on the screen any more. */
  readonly outcome: Promise<Outcome>;
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
    return this.#pressed(dialog, this.#start(this.#options.program.ask(dialog), signal, 'question'), signal);
  }

  /** Shows what is so while somebody does something else: where it can be had the keyboard stays where it is. */
  stand(dialog: Dialog, signal: AbortSignal): Standing {
    const { program } = this.#options;
    const running = this.#start(program.ask(dialog), signal, 'notice');
    return {
      pressed: this.#pressed(dialog, running, signal),
      retell: (lines) => {
        const stdin = running.child?.stdin;
        if (!program.retold || !stdin?.writable) return false;
        stdin.write(program.retold(lines));
        return true;
      },
    };
  }

  /** @returns what was typed; undefined when it was closed, taken away, crashed or could not start */
  async type(entry: Entry, signal: AbortSignal): Promise<string | undefined> {
    const { program } = this.#options;
    const outcome = await this.#start(program.entry(entry), signal).outcome;
    return signal.aborted ? undefined : program.typed(outcome);
  }

  async #pressed(dialog: Dialog, running: Running, signal: AbortSignal): Promise<string | undefined> {
    const outcome = await running.outcome;
    return signal.aborted ? undefined : this.#options.program.chosen(dialog, outcome);
  }

  #start(invocation: Invocation, signal: AbortSignal, kind?: 'question' | 'notice'): Running {
    const { prefix = [], environment = process.env, windows } = this.#options;
    const [command = '', ...args] = [...prefix, invocation.command, ...invocation.args];
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    if (signal.aborted) return { child: undefined, outcome: Promise.resolve({ code: null, output: '' }) };
    const child = spawn(command, args, {
      stdio: [invocation.input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'],
      env: { ...environment, ...(kind === 'notice' ? windows?.quiet : {}), ...invocation.environment },
      windowsHide: true,
    });
    // It may be closed before it has read all: that is seen by its end.
    child.stdin?.on('error', () => undefined);
    child.stdin?.write(invocation.input ?? '');
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, MOST_OUTPUT);
    });
    const { pid } = child;
    const ended = new AbortController();
    if (pid !== undefined) {
      this.#open.add(pid);
      if (kind) windows?.tend(pid, kind, ended.signal);
    }
    const kill = () => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    const settle = (code: number | null) => {
      signal.removeEventListener('abort', kill);
      ended.abort();
      if (pid !== undefined) this.#open.delete(pid);
      resolve({ code, output });
    };
    child.once('error', () => settle(null));
    child.once('close', settle);
    return { child, outcome: promise };
  }
}
