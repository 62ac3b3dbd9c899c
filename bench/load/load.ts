/** The process that makes the load, on its own core. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { LOAD_CORE, spawnOn, stop } from '../pinned.ts';
import type { Job, Round } from './job.ts';

export class Load {
  readonly #process: ChildProcess;

  constructor() {
    const script = join(import.meta.dirname, 'generator.ts');
    this.#process = spawnOn(LOAD_CORE, [process.execPath, script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** Performs one round. Rejects at the first wrong answer. */
  run(job: Job): Promise<Round> {
    return new Promise((resolve, reject) => {
      this.#process.once('message', (message: { round: Round } | { error: string }) => {
        if ('round' in message) resolve(message.round);
        else reject(new Error(message.error));
      });
      this.#process.send(job);
    });
  }

  close(): Promise<void> {
    return stop(this.#process);
  }
}
