/** One reading thread, seen from outside: started when first needed, one job at a time, started anew if it crashes. */
import { Worker } from 'node:worker_threads';
import type { ReadJob } from './read-job.ts';
import { type Answer, END, type Task, type ThreadData } from './reading-messages.ts';

interface Waiting {
  readonly resolve: (rows: unknown[][]) => void;
  readonly reject: (error: unknown) => void;
}

export class ReadingLane {
  readonly #file: string;
  readonly #program: URL;
  readonly #stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #thread: Worker | undefined;
  #running: Waiting | undefined;
  #number = 0;

  /** @param program what the thread runs */
  constructor(file: string, program: URL) {
    this.#file = file;
    this.#program = program;
  }

  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Performs a job, while idle. Rejects with SQLite's error, or with what ended the thread. */
  run(job: ReadJob): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      this.#thread ??= this.#start();
      // An idle thread keeps no process alive; one at work does.
      this.#thread.ref();
      this.#number = (this.#number % LAST_NUMBER) + 1;
      this.#thread.postMessage({ number: this.#number, job } satisfies Task);
      this.#running = { resolve, reject };
    });
  }

  /** Has the running job given up at the next row that it looks at: it then rejects. */
  stop(): void {
    Atomics.store(this.#stopped, 0, this.#number);
  }

  /** Gives up what runs; settles when the thread has ended, its connection closed. */
  async close(): Promise<void> {
    const thread = this.#thread;
    if (!thread) return;
    this.stop();
    thread.ref();
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    thread.postMessage(END);
    await ended;
  }

  #start(): Worker {
    const workerData: ThreadData = { file: this.#file, stopped: this.#stopped.buffer };
    const thread = new Worker(this.#program, { workerData, name: 'reads' });
    thread.on('message', (answer: Answer) => {
      thread.unref();
      this.#settle((waiting) => {
        if ('rows' in answer) waiting.resolve(answer.rows);
        else waiting.reject(Object.assign(new Error(answer.fault.message), { code: answer.fault.code }));
      });
    });
    const lost = (error: unknown) => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#settle((waiting) => waiting.reject(error));
    };
    thread.on('error', lost);
    thread.on('exit', () => lost(new Error('The reading thread ended.')));
    return thread;
  }

  #settle(settle: (waiting: Waiting) => void): void {
    const waiting = this.#running;
    this.#running = undefined;
    if (waiting) settle(waiting);
  }
}

/** What fits the integer that both threads see. */
const LAST_NUMBER = 2 ** 31 - 1;
