/** A program on the servers' core to which lines are typed, and whose output is waited for. */
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { SERVER_CORE, spawnOn, stop } from '../pinned.ts';

const PATIENCE_MS = 30_000;

export class ToldProcess {
  readonly child: ChildProcess;
  #output = '';
  #read = 0;
  readonly #news = new EventEmitter();

  constructor(words: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawnOn(SERVER_CORE, words, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const hear = (chunk: Buffer) => {
      this.#output += chunk.toString();
      this.#news.emit('heard');
    };
    this.child.stdout?.on('data', hear);
    this.child.stderr?.on('data', hear);
    this.child.once('exit', () => this.#news.emit('heard'));
  }

  get pid(): number {
    return this.child.pid as number;
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Waits until it was written, after what was waited for before. @throws Error when it ends, or takes too long */
  async says(text: string): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const at = this.#output.indexOf(text, this.#read);
      if (at >= 0) {
        this.#read = at + text.length;
        return;
      }
      if (this.child.exitCode !== null || signal.aborted) {
        throw new Error(`${JSON.stringify(text)} was not said, but: ${this.#output.slice(this.#read)}`);
      }
      await once(this.#news, 'heard', { signal }).catch(() => undefined);
    }
  }

  close(): Promise<void> {
    return stop(this.child);
  }
}
