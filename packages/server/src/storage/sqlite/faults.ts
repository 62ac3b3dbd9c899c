/** SQLite's result codes as refusals (sqlite.org/rescode.html). */
import { DomainError } from '../../errors.ts';

const RETRY_AFTER_SECONDS = 5;

/** Codes after which the same request may succeed later: no room, no disk, somebody else writes. */
const PASSING = /^SQLITE_(FULL|IOERR|BUSY|LOCKED|CANTOPEN|READONLY|PROTOCOL|NOMEM)/;

/** A fault of the database becomes `unavailable`; everything else is returned as it is. */
export function asUnavailable(error: unknown): unknown {
  if (!PASSING.test(codeOf(error))) return error;
  return new DomainError('unavailable', 'The database cannot be written now.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause: error,
  });
}

/** The column whose unique value is taken, when that is what went wrong. */
export function takenColumn(error: unknown): string | undefined {
  if (!codeOf(error).startsWith('SQLITE_CONSTRAINT')) return undefined;
  return /(?:UNIQUE constraint failed: .*\.)([^.,]+)$/.exec((error as Error).message)?.[1];
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
