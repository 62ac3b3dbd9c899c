/**
 * The program of a reading thread: performs jobs one after another on a read-only connection of its own, and gives one
 * up when told to. It loads neither the model nor what compiles queries.
 */
import { platform, setPriority } from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { perform, type ReadJob } from './read-job.ts';
import { type Answer, END, GOES_ON, type Task, type ThreadData } from './reading-messages.ts';
import { StatementCache } from './statement-cache.ts';

const NICENESS = 10;

/**
 * Leaves a core that is wanted to the threads that answer, where it can: Linux alone gives each thread a niceness of its
 * own (setpriority(2)), and a sandbox may forbid to set it.
 */
function standBack(): boolean {
  if (platform() !== 'linux') return false;
  try {
    setPriority(NICENESS);
    return true;
  } catch {
    return false;
  }
}

function serve(port: MessagePort, { file, stopped }: ThreadData): void {
  standBack();
  const db = new Database(file, { readonly: true, fileMustExist: true });
  db.pragma('trusted_schema = OFF');
  const flag = new Int32Array(stopped);
  let current = 0;
  db.function(GOES_ON, { directOnly: true }, () => {
    if (Atomics.load(flag, 0) === current) throw new Error('The read was given up.');
    return 1;
  });
  const statements = new StatementCache(db);
  port.on('message', (message: Task | typeof END) => {
    if (message === END) {
      db.close();
      port.close();
      return;
    }
    current = message.number;
    port.postMessage(answerTo(message.job, statements));
  });
}

function answerTo(job: ReadJob, statements: StatementCache): Answer {
  try {
    return { rows: perform(job, statements) };
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    return { fault: { message, code } };
  }
}

if (!parentPort) throw new Error('This is the program of a thread.');
serve(parentPort, workerData as ThreadData);
