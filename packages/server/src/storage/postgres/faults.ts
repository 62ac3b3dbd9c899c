/** PostgreSQL's errors as refusals (PostgreSQL manual, appendix A: SQLSTATE). */
import { DatabaseError } from 'pg';
import { DomainError } from '../../errors.ts';
import { tableNamed } from '../sql/columns.ts';
import { uniqueConflict } from '../sql/writes.ts';

export const RETRY_AFTER_SECONDS = 5;

/**
 * After these the same request may succeed later: connection lost (08), sign-in or database gone (28, 3D), read-only
 * after a failover (25006), no room or memory (53), stopped by an operator or a time limit (57, 25P03), disk (58), lock
 * not to be had (55P03), still in conflict after repeats (40).
 */
const PASSING = /^(08|28|3D|25006|25P03|40|53|55P03|57|58)/;

/** The server ended the connection: nothing can be said on it any more. */
const ENDED = /^(08|57P|25P03)/;

/** Deadlock, serialisation failure: the same work succeeds when the other one is through. */
const COLLIDED = /^40(001|P01)$/;

/** A time limit was reached, or somebody told the statement to end. */
const GIVEN_UP = '57014';

const UNIQUE_VIOLATION = '23505';

/** Every statement of a transaction that failed before; the first failure is the one to tell of. */
const ABORTED_BEFORE = '25P02';

/** The connection did not answer in time. */
const READ_TIMEOUT = 'Query read timeout';

/** A row was not as it was read a moment before; reading it again helps. */
export class StaleRow extends Error {
  override readonly name = 'StaleRow';
}

/** A fault of the database or of the way there becomes `unavailable`; everything else is returned as it is. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  if (error instanceof DatabaseError && !PASSING.test(error.code ?? '')) return error;
  return new DomainError('unavailable', 'The database cannot be used now.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause: error,
  });
}

/** Whether the connection broke; what it was asked may still have been done. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof StaleRow) return false;
  return error instanceof DatabaseError ? ENDED.test(error.code ?? '') : true;
}

/** Whether it broke at once: another connection may work. One that did not answer in time was patience enough. */
export function isDeadConnection(error: unknown): boolean {
  return isConnectionLost(error) && !(error instanceof Error && error.message === READ_TIMEOUT);
}

export function isCollision(error: unknown): boolean {
  return error instanceof DatabaseError && COLLIDED.test(error.code ?? '');
}

export function isGivenUp(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === GIVEN_UP;
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === UNIQUE_VIOLATION;
}

/** The failure that made the others fail, of statements sent together. */
export function firstCause(outcomes: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown);
  return reasons.find((reason) => !(reason instanceof DatabaseError && reason.code === ABORTED_BEFORE)) ?? reasons[0];
}

/** A unique violation as the refusal that names the property; anything else through `asUnavailable`. */
export function asRefusal(error: unknown): unknown {
  if (!isUniqueViolation(error)) return asUnavailable(error);
  const { table: name = '', constraint = '' } = error as DatabaseError;
  const table = tableNamed(name);
  if (!table) return error;
  return uniqueConflict(table, constraint === `${table.name}_pkey` ? 'id' : constraint.slice(table.name.length + 1));
}
