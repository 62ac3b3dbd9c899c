/** Backups of the embedded database: taken while it is in use, put back once they are sound. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KeyRing } from './access/key-ring.ts';
import { masterKeyFromFolder } from './access/master-key.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { databaseFile, openSqlite } from './data.ts';
import { forgetGenerations } from './device/generation.ts';
import { DomainError } from './errors.ts';
import type { Sealer } from './store/store.ts';

/**
 * Puts a backup in the place of the embedded database, once it is sound and the master key opens its keys.
 * @returns where the former database was put, if there was one
 */
export async function restoreData(
  config: Config,
  backup: string,
  clock: Clock = systemClock,
): Promise<string | undefined> {
  refusePostgres(config, 'Restore it with pg_restore.');
  if (!existsSync(join(config.dataDir, 'master.key'))) {
    throw new DomainError('notFound', `First put the master.key that belongs to the backup into ${config.dataDir}.`);
  }
  const { restoreDatabase } = await import('./storage/sqlite/restore.ts');
  const masterKey = await masterKeyFromFolder(config.dataDir);
  return restoreDatabase(backup, databaseFile(config), async (copy) => {
    const store = await openSqlite(copy, UNUSED_SEALER);
    try {
      await KeyRing.open({ store, masterKey, clock });
      await forgetGenerations(store);
    } finally {
      await store.close();
    }
  });
}

/** Copies the embedded database to a file while it is in use. */
export async function backUpData(config: Config, file: string): Promise<void> {
  refusePostgres(config, 'Back it up with pg_dump.');
  if (!existsSync(databaseFile(config))) {
    throw new DomainError('notFound', `There is no database in ${config.dataDir} yet.`);
  }
  const store = await openSqlite(databaseFile(config), UNUSED_SEALER);
  try {
    await store.backup(file);
  } finally {
    await store.close();
  }
}

/** Backups carry ciphertext; nobody opens it on the way. */
const UNUSED_SEALER: Sealer = {
  seal: () => {
    throw new Error('No secret is sealed here.');
  },
  open: () => {
    throw new Error('No secret is opened here.');
  },
};

function refusePostgres(config: Config, instead: string): void {
  if (config.databaseUrl === undefined) return;
  throw new DomainError('badRequest', `The data lies in PostgreSQL. ${instead}`);
}
