/** Puts a backup in the database's place. The backup is checked first; what was there is kept aside. */
import { closeSync, constants, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { DomainError } from '../../errors.ts';
import { SCHEMA_VERSION } from '../migrations.ts';

/**
 * @param backup a file that `backup` wrote
 * @param database where the service keeps its database
 * @param check refuses the copy by throwing; called before anything is replaced
 * @returns where the former database was put, if there was one
 * @throws DomainError badRequest (no sound backup), conflict (a server has the database open)
 */
export async function restoreDatabase(
  backup: string,
  database: string,
  check: (copy: string) => Promise<void>,
): Promise<string | undefined> {
  refuseUnsound(backup);
  refuseInUse(database);
  const copy = `${database}.restoring`;
  try {
    copyFileSync(backup, copy, constants.COPYFILE_FICLONE);
    await check(copy);
    removeLogs(copy);
    sync(copy);
    const former = existsSync(database) ? setAside(database) : undefined;
    renameSync(copy, database);
    sync(dirname(database));
    return former;
  } finally {
    rmSync(copy, { force: true });
    removeLogs(copy);
  }
}

function refuseUnsound(backup: string): void {
  if (!existsSync(backup)) throw new DomainError('badRequest', 'There is no such backup file.');
  let db: Database.Database | undefined;
  try {
    db = new Database(backup, { readonly: true, fileMustExist: true });
    const version = db.pragma('user_version', { simple: true }) as number;
    const state = db.pragma('integrity_check', { simple: true });
    if (state !== 'ok') throw new DomainError('badRequest', `The backup is damaged: ${state}.`);
    if (version < 1) throw new DomainError('badRequest', 'The file is a database, but not one of Open Remote Help.');
    if (version > SCHEMA_VERSION) throw new DomainError('badRequest', 'The backup was made by a newer release.');
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('badRequest', 'The file is no backup, or a damaged one.', { cause: error });
  } finally {
    db?.close();
  }
}

/** With exclusive locking SQLite refuses the first access while any other connection is open. */
function refuseInUse(database: string): void {
  if (!existsSync(database)) return;
  const db = new Database(database, { timeout: 0 });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE; COMMIT');
  } catch (error) {
    throw new DomainError('conflict', 'A server has the database open. Stop it, then restore.', { cause: error });
  } finally {
    db.close();
  }
}

function setAside(database: string): string {
  for (let number = 1; ; number++) {
    const former = `${database}.before-restore-${number}`;
    if (existsSync(former)) continue;
    // Closing the exclusive connection has moved the log into the database: the one file is all there is.
    renameSync(database, former);
    removeLogs(database);
    return former;
  }
}

function removeLogs(database: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
