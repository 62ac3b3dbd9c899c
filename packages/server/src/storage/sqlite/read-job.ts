/** A list or a count as statements. What performs one needs neither model nor query: a thread need not load them. */
import type { Fragment } from '../sql/fragment.ts';
import type { StatementCache } from './statement-cache.ts';

/** Statements of which each, save the last, may find too few rows; the first that finds enough is the answer. */
export interface ReadJob {
  readonly attempts: readonly Fragment[];
  readonly enough: number;
}

/** Rows, laid out as the statements of the job select. */
export function perform(job: ReadJob, statements: StatementCache): unknown[][] {
  let rows: unknown[][] = [];
  for (const attempt of job.attempts) {
    rows = statements.rows(attempt);
    if (rows.length >= job.enough) break;
  }
  return rows;
}
