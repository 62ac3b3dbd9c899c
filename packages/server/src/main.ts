/** The only place that joins everything: settings to storage to domain to edges. Starts, stops, owns nothing else. */
import { existsSync } from 'node:fs';
import { createServer as createPlainServer, type Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { model } from '@open-remote-help/protocol';
import { identitySets } from './access/identity-model.ts';
import { KeyRing } from './access/key-ring.ts';
import { masterKeyFromFolder, masterKeyFromSettings } from './access/master-key.ts';
import { openTenant } from './access/tenants.ts';
import { behaviours } from './api/behaviour-registry.ts';
import { GraphService } from './api/graph-service.ts';
import { createHttpServer } from './api/http-server.ts';
import { HttpMetrics } from './api/metrics.ts';
import { createSecureServer } from './api/node-server.ts';
import type { OriginRules } from './api/origin.ts';
import { createPages } from './api/pages.ts';
import { Throttle } from './api/throttle.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, ConfigError } from './config.ts';
import { deviceSets } from './device/device-model.ts';
import { DomainError, OperatorError } from './errors.ts';
import { createIdentity } from './issuer/identity.ts';
import { createLog, flushLog, type Log } from './log.ts';
import { sessionSets } from './session/session-model.ts';
import type { Sealer, Store } from './store/store.ts';
import { type Certificate, loadCertificate } from './tls.ts';

/** Every set that a store keeps. */
const sets = [...model.sets, ...identitySets, ...deviceSets, ...sessionSets];

/** Requests without a good token that one source may make in ten seconds. */
const STRANGERS_PER_10S = 100;

/** Storage and keys, without any port: what commands work on. */
export interface Data {
  readonly store: ClosableStore;
  readonly keyRing: KeyRing;
}

export interface ClosableStore extends Store {
  close(): void | Promise<void>;
}

/** Opens database and keys, making both when there are none. */
export async function openData(config: Config, clock: Clock = systemClock): Promise<Data> {
  let keyRing: KeyRing | undefined;
  const sealer: Sealer = {
    seal: (plaintext, context) => ring().seal(plaintext, context),
    open: (sealed) => ring().open(sealed),
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
  const store = await openStore(config, sealer, clock);
  try {
    // Whoever runs the service reads of its keys in the default tenant's audit log.
    const { id: auditTenantId } = await openTenant({ store, clock });
    keyRing = await KeyRing.open({ store, masterKey, clock, auditTenantId });
    return { store, keyRing };
  } catch (error) {
    await store.close();
    throw error instanceof OperatorError ? foreignKey(error, config) : error;
  }
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
  return PostgresStore.open(config.databaseUrl, sets, sealer).catch((error: unknown) => {
    throw databaseRefusal(error);
  });
}

async function openSqlite(file: string, sealer: Sealer, lists: { clock?: Clock; limitMs?: number } = {}) {
  const { openDatabase } = await import('./storage/sqlite/database.ts');
  const { SqliteStore } = await import('./storage/sqlite/sqlite-store.ts');
  return new SqliteStore(openDatabase(file, sets), sealer, lists);
}

/** Where the embedded database lies. */
function databaseFile(config: Config): string {
  return join(config.dataDir, 'remote-help.sqlite');
}

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

/** A running service. */
export interface Service {
  readonly config: Config;
  readonly data: Data;
  /** The default tenant where the embedded issuer is on. */
  readonly ownTenantId: string | undefined;
  /** Where it listens, as URLs; absent where the port is off. */
  readonly urls: { readonly http?: string; readonly https?: string; readonly metrics?: string };
  /** The certificate that HTTPS shows, PEM. */
  readonly certificate: string | undefined;
  /** Finishes what was accepted, then closes ports and database. */
  close(): Promise<void>;
}

/** Starts everything; on failure nothing stays open. */
export async function startService(
  config: Config,
  { clock = systemClock, log = createLog(config.logLevel, true) }: { clock?: Clock; log?: Log } = {},
): Promise<Service> {
  const closers: (() => unknown)[] = [() => flushLog(log)];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const data = await openData(config, clock);
    closers.push(() => data.store.close());
    const { store, keyRing } = data;
    const metrics = new HttpMetrics();
    const certificate = config.tlsPort === 'off' ? undefined : await loadCertificate(config, clock.now());
    const originRules = originRulesOf(config, certificate);
    const strangers = new Throttle(STRANGERS_PER_10S);
    const identity = await createIdentity({ config, store, keyRing, clock, log, metrics, strangers });
    closers.push(() => identity.close());
    const graph = new GraphService({
      model,
      store,
      opener: keyRing,
      tokens: identity.tokens,
      behaviours,
      callers: new Throttle(config.throttlePer10s),
      strangers,
    });
    const http = createHttpServer({
      graph,
      clock,
      log,
      metrics,
      originRules,
      strangers,
      checkReady: () => store.ping(),
      pages: createPages(model),
      ...(identity.handle ? { issuer: identity.handle } : {}),
    });
    await http.ready();
    http.server.maxConnections = config.maxConnections;
    closers.push(() => drain(http.server, clock, async () => http.close()));
    const urls: { http?: string; https?: string; metrics?: string } = {};
    if (config.port !== 'off') {
      const host = config.isBehindProxy ? config.host : '127.0.0.1';
      const port = config.port;
      urls.http = await bind('REMOTE_HELP_PORT', () => http.listen({ port, host }));
    }
    if (config.tlsPort !== 'off' && certificate) {
      const tls = createSecureServer(certificate, http.routing, clock);
      tls.maxConnections = config.maxConnections;
      closers.push(() => drain(tls, clock, () => closed(tls)));
      const { tlsPort, host } = config;
      urls.https = `https://${await bind('REMOTE_HELP_TLS_PORT', () => listen(tls, tlsPort, host))}`;
    }
    if (config.metricsPort !== 'off') {
      const server = metricsServer(metrics);
      closers.push(() => drain(server, clock, () => closed(server)));
      const port = config.metricsPort;
      urls.metrics = `http://${await bind('REMOTE_HELP_METRICS_PORT', () => listen(server, port, '127.0.0.1'))}/metrics`;
    }
    return { config, data, ownTenantId: identity.ownTenantId, urls, certificate: certificate?.cert, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function originRulesOf(config: Config, certificate: Certificate | undefined): OriginRules {
  const publicHost = new URL(config.publicUrl).hostname.toLowerCase();
  return { hostNames: [publicHost, ...(certificate?.hostNames ?? [])], isBehindProxy: config.isBehindProxy };
}

function metricsServer(metrics: HttpMetrics): Server {
  return createPlainServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
}

/** A port that can't be had stops the start; the message names the setting. */
async function bind(setting: string, open: () => Promise<string>): Promise<string> {
  try {
    return await open();
  } catch (error) {
    const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
    const reason = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be opened (${code})`;
    throw new ConfigError(`${setting}: port ${port} on ${address} ${reason}. Choose another, or 0 for any free one.`, {
      cause: error,
    });
  }
}

function listen(server: Server | TlsServer, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve(`${host.includes(':') ? `[${host}]` : host}:${address.port}`);
    });
  });
}

/** A connection that is still busy this long after a stop was asked for is cut. */
const LONGEST_STOP_MS = 15_000;
const IDLE_CHECK_MS = 50;

/**
 * Ends a server: no new connections, answers for what was accepted, then each connection closed as it falls idle.
 * @param close ends accepting and settles when the last connection is gone
 */
async function drain(server: Server | TlsServer, clock: Clock, close: () => Promise<void>): Promise<void> {
  const cutAt = clock.now() + LONGEST_STOP_MS;
  let cancel: (() => void) | undefined;
  const closeIdle = () => {
    if (clock.now() >= cutAt) server.closeAllConnections();
    else server.closeIdleConnections();
    cancel = clock.at(clock.now() + IDLE_CHECK_MS, closeIdle);
  };
  const closed = close();
  closeIdle();
  await closed;
  cancel?.();
}

function closed(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
