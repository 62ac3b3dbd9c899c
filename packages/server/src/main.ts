/** The only place that joins everything: settings to storage to domain to edges. Starts, stops, owns nothing else. */
import { randomUUID } from 'node:crypto';
import { createServer as createPlainServer, type Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { model } from '@open-remote-help/protocol';
import { DeviceRights } from './access/device-rights.ts';
import { isEmbeddedIssuer } from './access/issuers.ts';
import { consoleSignIn } from './access/web-console.ts';
import { auditVerificationHandlers } from './api/audit-verification.ts';
import { behaviours } from './api/behaviour-registry.ts';
import { ConsoleFiles } from './api/console-files.ts';
import type { ConsoleEdge } from './api/console-routes.ts';
import { identityRoutes } from './api/device-routes.ts';
import { deviceSessionRoutes } from './api/device-session-routes.ts';
import { addressed } from './api/exchange.ts';
import { GraphService } from './api/graph-service.ts';
import { createHttpServer, listenerOf } from './api/http-server.ts';
import { invitationBehaviours } from './api/invitations.ts';
import { LiveRecords } from './api/live-records.ts';
import { HttpMetrics } from './api/metrics.ts';
import { createSecureServer } from './api/node-server.ts';
import { isOwnOrigin, type OriginRules, sourceAddressOf } from './api/origin.ts';
import { createPages } from './api/pages.ts';
import { remoteHelpHandlers } from './api/remote-help.ts';
import { sessionHandlers } from './api/session-operations.ts';
import { ShareMetrics } from './api/share-metrics.ts';
import { Throttle } from './api/throttle.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, ConfigError } from './config.ts';
import { type Data, openData } from './data.ts';
import { DeviceIdentity } from './device/device-identity.ts';
import type { DeviceName } from './device/device-presence.ts';
import { GatewayMetrics } from './gateway/gateway-metrics.ts';
import { createIdentity } from './issuer/identity.ts';
import { issuerMetadata } from './issuer/metadata.ts';
import { createLog, flushLog, type Log } from './log.ts';
import { Claims } from './session/claims.ts';
import { createSessions, sessionSettingsOf } from './sessions.ts';
import { type Certificate, loadCertificate } from './tls.ts';

/** Requests without a good token that one source may make in ten seconds. */
const STRANGERS_PER_10S = 100;

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
    const data = await openData(config, clock, {
      // A copy of each chain's end, outside of the database.
      onHead: (head) => log.info(head, 'audit chain'),
      onFault: (err) => log.warn({ err }, 'audit records wait to be chained'),
    });
    closers.push(() => data.store.close());
    const { store, keyRing } = data;
    // Neither this nor what sessions left to do keeps anybody waiting at a start: both tell of their own faults.
    void data.chainer.start();
    const metrics = new HttpMetrics();
    const certificate = config.tlsPort === 'off' ? undefined : await loadCertificate(config, clock.now());
    const originRules = originRulesOf(config, certificate);
    const strangers = new Throttle(STRANGERS_PER_10S);
    const identity = await createIdentity({ config, store, keyRing, clock, log, metrics, strangers });
    closers.push(() => identity.close());
    const { refusals, operatorTenantId } = identity;
    const onError = (err: unknown) => log.warn({ err }, 'what is out of date stays for now');
    const rights = new DeviceRights(store, (issuer) => isEmbeddedIssuer(issuer, config.publicUrl));
    const onRefused = (device: DeviceName) => sessions.deviceRefused(device);
    const devices = new DeviceIdentity({
      ...{ store, clock, keyRing, refusals, operatorTenantId, onError },
      onParked: onRefused,
      onReplaced: onRefused,
    });
    const sessions = createSessions({
      ...{ store, keyRing, clock, log, strangers, rights },
      settings: sessionSettingsOf(config),
      metrics: new GatewayMetrics(metrics.registry),
      isOwnOrigin: (origin) => isOwnOrigin(origin, originRules),
      addressOf: (request) => sourceAddressOf(addressed(request), originRules),
      parkDevice: ({ tenantId, deviceId }) => {
        const cause = { tenantId, now: clock.now(), correlationId: randomUUID(), source: undefined };
        return devices.park(cause, deviceId, 'secondConnection');
      },
    });
    closers.push(() => sessions.engine.close());
    const ice = { urls: config.iceServers ?? [], turnSecret: config.turnSecret };
    const shareMetrics = new ShareMetrics(metrics.registry);
    const claims = new Claims({
      ...{ store, clock, keyRing, refusals, operatorTenantId, onError },
      sessions: sessions.engine,
      onClaim: (outcome) => shareMetrics.countClaim(outcome),
      onAlarm: () => {
        shareMetrics.countAlarm();
        log.warn('so many codes of invitations were wrong that somebody seems to be guessing');
      },
    });
    const graph = new GraphService({
      model,
      store,
      opener: keyRing,
      tokens: identity.tokens,
      behaviours: { ...behaviours, ...invitationBehaviours({ store, rights, keyRing }) },
      operations: {
        ...remoteHelpHandlers({ store, rights }),
        ...auditVerificationHandlers(store),
        ...sessionHandlers({ store, sessions: sessions.engine, ice }),
      },
      live: new LiveRecords({ sessions: sessions.engine, opener: keyRing }),
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
      devices: {
        isKnown: (token, now) => devices.remembered(token, now) !== undefined,
        routes: {
          ...identityRoutes(devices, store),
          ...deviceSessionRoutes({ devices, sessions: sessions.engine, standingUri: sessions.standingUri, ice }),
        },
      },
      claims,
      ...(identity.handle ? { issuer: identity.handle } : {}),
      console: consoleOf(config, identity.ownTenantId),
    });
    await http.ready();
    http.server.maxConnections = config.maxConnections;
    closers.push(() => drain(http.server, clock, async () => http.close()));
    sessions.gateway.attach(http.server);
    const urls: { http?: string; https?: string; metrics?: string } = {};
    if (config.port !== 'off') {
      const host = config.isBehindProxy ? config.host : '127.0.0.1';
      const port = config.port;
      urls.http = await bind('REMOTE_HELP_PORT', () => http.listen({ port, host }));
    }
    if (config.tlsPort !== 'off' && certificate) {
      const tls = createSecureServer(certificate, listenerOf(http), clock);
      tls.maxConnections = config.maxConnections;
      sessions.gateway.attach(tls);
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
    // Sockets of sessions would keep the servers from closing.
    closers.push(() => sessions.stopConnections());
    void sessions.start();
    return { config, data, ownTenantId: identity.ownTenantId, urls, certificate: certificate?.cert, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where `npm run build` puts the console. */
const CONSOLE_FOLDER = resolve(import.meta.dirname, '../../console/dist');

function consoleOf(config: Config, ownTenantId: string | undefined): ConsoleEdge {
  const { publicUrl, consoleIssuer } = config;
  try {
    return {
      files: new ConsoleFiles(CONSOLE_FOLDER),
      settingsAt: consoleSignIn(config, ownTenantId ? (origin) => issuerMetadata(origin, ownTenantId) : undefined),
      reaches: [publicUrl.replace(/^http/, 'ws'), ...(consoleIssuer ? [new URL(consoleIssuer).origin] : [])],
    };
  } catch (error) {
    throw new ConfigError((error as Error).message, { cause: error });
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
