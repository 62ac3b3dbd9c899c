/** What a reading thread and the thread that asks it say to each other. */
import type { ReadJob } from './read-job.ts';

/** What a thread is started with. */
export interface ThreadData {
  /** Path of the database. */
  readonly file: string;
  /** One 32-bit integer: the number of the job that is to be given up. */
  readonly stopped: SharedArrayBuffer;
}

export interface Task {
  /** 1 or more, another for each job in turn. */
  readonly number: number;
  readonly job: ReadJob;
}

/** Tells the thread to close its connection and end. */
export const END = 'end';

/** `code` is SQLite's, where it has one. */
export type Answer =
  | { readonly rows: unknown[][] }
  | { readonly fault: { readonly message: string; readonly code: string | undefined } };

/** A function that statements call in their WHERE, for each row or for some: there alone can they be given up. */
export const GOES_ON = 'goes_on';
