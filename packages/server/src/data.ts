/** What a service keeps, as the settings say where: database and keys, opened and made. The only place that puts a storage in. */
import { join } from 'node:path';
import { model } from '@open-remote-help/protocol';
import { auditChainSets } from './access/audit-chain-model.ts';
import { AuditChainer, type AuditChainerOptions } from './access/audit-chainer.ts';
import { AuditedStore } from './access/audited-store.ts';
import { identitySets } from './access/identity-model.ts';
import { KeyRing } from './access/key-ring.ts';
import { masterKeyFromFolder, masterKeyFromSettings } from './access/master-key.ts';
import { openTenant } from './access/tenants.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, ConfigError } from './config.ts';
import { deviceSets } from './device/device-model.ts';
import { OperatorError } from './errors.ts';
import { sessionSets } from './session/session-model.ts';
import type { Sealer, Store } from './store/store.ts';

/** Every set that a store keeps. */
const sets = [...model.sets, ...identitySets, ...auditChainSets, ...deviceSets, ...sessionSets];

/** Storage and keys, without any port: what commands work on. */
export interface Data {
  readonly store: ClosableStore;
  readonly keyRing: KeyRing;
  /** Chains what is written through the store: at the latest when it is closed, all along once it is started. */
  readonly chainer: AuditChainer;
}

/** What is heard of the audit chain. */
type ChainListeners = Pick<AuditChainerOptions, 'onHead' | 'onFault'>;

/** What a command leaves unchained, a service finds. */
const UNHEARD: ChainListeners = { onFault: () => undefined };

/** A store that whoever opened it closes. */
export interface ClosableStore extends Store {
  close(): void | Promise<void>;
}

/** Opens database and keys, making both when there are none. */
export async function openData(
  config: Config,
  clock: Clock = systemClock,
  listeners: ChainListeners = UNHEARD,
): Promise<Data> {
  let keyRing: KeyRing | undefined;
  const sealer: Sealer = {
    seal: (plaintext, context) => ring().seal(plaintext, context),
    open: (sealed) => ring().open(sealed),
    reload: () => ring().reload(),
  };
  function ring(): KeyRing {
    if (!keyRing) throw new Error('The key ring is not open yet.');
    return keyRing;
  }
  const masterKey =
    config.databaseUrl === undefined
      ? await masterKeyFromFolder(config.dataDir).catch((error: unknown) => {
          throw folderRefusal(error, config);
        })
      : await masterKeyFromSettings({
          ...(config.masterKey === undefined ? {} : { value: config.masterKey }),
          ...(config.masterKeyFile === undefined ? {} : { file: config.masterKeyFile }),
        });
  const { store, chainer } = chained(await openStore(config, sealer, clock), clock, listeners);
  try {
    // Whoever runs the service reads of its keys in the default tenant's audit log.
    const { id: auditTenantId } = await openTenant({ store, clock });
    keyRing = await KeyRing.open({ store, masterKey, clock, auditTenantId });
    return { store, keyRing, chainer };
  } catch (error) {
    await store.close();
    throw error instanceof OperatorError ? foreignKey(error, config) : error;
  }
}

function chained(inner: ClosableStore, clock: Clock, listeners: ChainListeners) {
  const chainer = new AuditChainer({ store: inner, clock, ...listeners });
  const audited = new AuditedStore(inner, (tenantId, record) => chainer.note(tenantId, record));
  const close = async () => {
    await chainer.close();
    await inner.close();
  };
  return { chainer, store: Object.assign(audited, { close }) };
}

/** Says where the key lies that is not the database's. */
function foreignKey(cause: OperatorError, { masterKey, masterKeyFile, dataDir }: Config): ConfigError {
  const usual = masterKeyFile === undefined ? join(dataDir, 'master.key') : 'REMOTE_HELP_MASTER_KEY_FILE';
  return new ConfigError(`${masterKey === undefined ? usual : 'REMOTE_HELP_MASTER_KEY'}: ${cause.message}`, { cause });
}

/** A role that may not make the tables is the operator's to mend too (SQLSTATE 42501, insufficient_privilege). */
function databaseRefusal(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== '42501') return error;
  return new ConfigError(`REMOTE_HELP_DATABASE_URL: its role may not make the tables (${message}).`, { cause: error });
}

/** A data folder that can't be used is the operator's to mend: the message names the setting. */
function folderRefusal(error: unknown, { dataDir }: Config): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (!/^(ENOTDIR|EEXIST|EACCES|EPERM|EROFS|ENOSPC|SQLITE_(CANTOPEN|READONLY|NOTADB|FULL).*)$/.test(code ?? ''))
    return error;
  return new ConfigError(`REMOTE_HELP_DATA_DIR: ${dataDir} cannot be used (${code}).`, { cause: error });
}

async function openStore(config: Config, sealer: Sealer, clock: Clock): Promise<ClosableStore> {
  const limitMs = config.queryTimeoutSeconds * 1_000;
  if (config.databaseUrl === undefined) {
    return openSqlite(databaseFile(config), sealer, { clock, limitMs }).catch((error: unknown) => {
      throw folderRefusal(error, config);
    });
  }
  const { PostgresStore } = await import('./storage/postgres/postgres-store.ts');
  return PostgresStore.open(config.databaseUrl, sets, sealer, { listMs: limitMs }).catch((error: unknown) => {
    throw databaseRefusal(error);
  });
}

/** Opens the embedded database in a file, making it when there is none. */
export async function openSqlite(file: string, sealer: Sealer, lists: { clock?: Clock; limitMs?: number } = {}) {
  const { openDatabase } = await import('./storage/sqlite/database.ts');
  const { SqliteStore } = await import('./storage/sqlite/sqlite-store.ts');
  return new SqliteStore(openDatabase(file, sets), sealer, lists);
}

/** Where the embedded database lies. */
export function databaseFile(config: Config): string {
  return join(config.dataDir, 'remote-help.sqlite');
}
