/** One commit: the rows of its units read and locked, the units decided in memory, their writes, COMMIT. */
import type { PoolClient } from 'pg';
import type { Sealer, Unit } from '../../store/store.ts';
import { presentInstant, run, runPrepared, together } from './connections.ts';
import { StaleRow } from './faults.ts';
import { decideUnits, gatherWrites, type Outcome } from './plan.ts';
import { lockRowsOf } from './row-locks.ts';
import { writeRows } from './statements.ts';

/** How far a commit came, for who has to judge its failure. */
export interface Progress {
  isConnected: boolean;
  /** Whether COMMIT may have reached the server: then nobody knows the outcome of a broken connection. */
  isCommitSent: boolean;
  /** Whether a unit read an entity that was not there: another commit may have made it since. */
  isSomethingAbsent: boolean;
}

/**
 * Runs units in one transaction. What it throws undid all of it, unless COMMIT was sent.
 * @returns the outcome of each unit; those accepted are durable
 */
export async function commit(
  client: PoolClient,
  units: readonly Unit<unknown>[],
  sealer: Sealer,
  progress: Progress,
): Promise<Outcome[]> {
  const begun = run(client, { text: 'BEGIN ISOLATION LEVEL READ COMMITTED', values: [] });
  const reads = units.flatMap((unit) => unit.reads);
  const rowOf = await lockRowsOf(client, reads, begun);
  progress.isSomethingAbsent = reads.some((key) => !rowOf(key));
  const now = units.some(({ wantsNow }) => wantsNow) ? await presentInstant(client) : undefined;
  const outcomes = decideUnits(units, (unit) => unit.reads.map(rowOf), sealer, now);
  const steps = gatherWrites(outcomes.map((outcome) => (outcome.kind === 'accepted' ? outcome.writes : [])));
  if (steps.length === 0) {
    await run(client, { text: 'ROLLBACK', values: [] });
    return outcomes;
  }
  const results = await together(steps.map(({ shape, rows }) => runPrepared(client, writeRows(shape, rows))));
  for (const [index, { shape, rows }] of steps.entries()) {
    if (shape.kind === 'update' && results[index]?.rowCount !== rows.length) {
      throw new StaleRow(`A ${shape.table.set.type.name} is updated that is not as it was read.`);
    }
  }
  progress.isCommitSent = true;
  const { command } = await run(client, { text: 'COMMIT', values: [] });
  // The server answers COMMIT of a failed transaction with ROLLBACK, and no error.
  if (command !== 'COMMIT') throw new Error(`COMMIT was answered with ${command}`);
  return outcomes;
}
