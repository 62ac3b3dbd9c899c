/** The process that makes the load, on its own core. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { LOAD_CORE, spawnOn, stop } from '../pinned.ts';
import type { Job, Round } from './job.ts';

export class Load<J extends object = Job, R extends Round = Round> {
  readonly #process: ChildProcess;

  /** @param script what performs the rounds, as a path from this folder */
  constructor(script = 'generator.ts') {
    const file = join(import.meta.dirname, script);
    this.#process = spawnOn(LOAD_CORE, [process.execPath, file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** Performs one round. Rejects at the first wrong answer. */
  run(job: J): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#process.once('message', (message: { round: R } | { error: string }) => {
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
