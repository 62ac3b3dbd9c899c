/** One process at a time for a device file: two would look like two devices, and both would be refused from then on. */
import { closeSync, fchmodSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeviceError } from './device-error.ts';
import { assertOwnFolder } from './device-file.ts';

/** SQLITE_BUSY, also in its extended forms. */
const BUSY = 5;
const OWNER_ALONE = 0o600;

/**
 * Holds the file until it is released, or the process dies in whatever way. SQLite is used for its file locks alone: they
 * are the system's own, which Node.js does not offer otherwise, and no lock outlives its holder.
 * @param path the device file; the lock is a file beside it
 * @throws DeviceError `inUse`; `untrusted` when others may put files beside it
 */
export function lockDeviceFile(path: string): { release(): void } {
  assertOwnFolder(dirname(path));
  const lock = new DatabaseSync(ownFile(`${path}.lock`));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if ((((cause as { errcode?: number }).errcode ?? 0) & 0xff) !== BUSY) throw cause;
    throw new DeviceError('inUse', `Another process runs the device of ${path}. Stop it first.`, { cause });
  }
  return { release: () => lock.close() };
}

/** Whoever may read a file may hold a lock on it (fcntl(2)), and keep the agent from starting. */
function ownFile(path: string): string {
  const file = openSync(path, 'a', OWNER_ALONE);
  try {
    fchmodSync(file, OWNER_ALONE);
  } finally {
    closeSync(file);
  }
  return path;
}
