/**
 * Reads that follow each other closely keep SQLite from beginning its log anew, which then grows for as long as they do
 * (sqlite.org/wal.html, "Avoiding Excessively Large WAL Files"): between them the log has to be written back.
 */
import type Database from 'better-sqlite3';

/** Pages, 64 MB: four times what commits let the log grow to. */
const LONG = 16_000;

/**
 * Whether a read may begin, as far as the log is concerned.
 * @param isAlone whether no other read runs; the log is then written back if it is long
 */
export function mayRead(db: Database.Database, isAlone: boolean, long = LONG): boolean {
  // SQLite says nothing of the log inside a transaction. The next read asks again.
  if (db.inTransaction) return true;
  try {
    if (!isLong(db, long)) return true;
    if (isAlone) db.pragma('wal_checkpoint(PASSIVE)');
    return isAlone;
  } catch {
    // A disk that fails is told of by whoever reads and writes.
    return true;
  }
}

function isLong(db: Database.Database, long: number): boolean {
  const [state] = db.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[];
  return state !== undefined && state.log > long && state.checkpointed < state.log;
}
