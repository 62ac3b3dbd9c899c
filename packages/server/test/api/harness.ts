/** The API in one process, without sockets: real store, real key ring, and tokens that a test writes down itself. */
import { createSecretKey, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { model } from '@open-remote-help/protocol';
import { ManualClock } from '@open-remote-help/testkit';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { auditChainSets } from '../../src/access/audit-chain-model.ts';
import type { Caller, TokenVerifier } from '../../src/access/caller.ts';
import { DeviceRights } from '../../src/access/device-rights.ts';
import { identitySets } from '../../src/access/identity-model.ts';
import { KeyRing } from '../../src/access/key-ring.ts';
import { RefusalLog } from '../../src/access/refusal-log.ts';
import { auditVerificationHandlers } from '../../src/api/audit-verification.ts';
import { behaviours } from '../../src/api/behaviour-registry.ts';
import { identityRoutes } from '../../src/api/device-routes.ts';
import { deviceSessionRoutes } from '../../src/api/device-session-routes.ts';
import { GraphService } from '../../src/api/graph-service.ts';
import { createHttpServer, type HttpCollaborators } from '../../src/api/http-server.ts';
import { invitationBehaviours } from '../../src/api/invitations.ts';
import { LiveRecords } from '../../src/api/live-records.ts';
import { HttpMetrics } from '../../src/api/metrics.ts';
import { remoteHelpHandlers } from '../../src/api/remote-help.ts';
import { sessionHandlers } from '../../src/api/session-operations.ts';
import { Throttle } from '../../src/api/throttle.ts';
import { readConfig } from '../../src/config.ts';
import { DeviceIdentity } from '../../src/device/device-identity.ts';
import { deviceSets } from '../../src/device/device-model.ts';
import type { DeviceName } from '../../src/device/device-presence.ts';
import { DomainError } from '../../src/errors.ts';
import { GatewayMetrics } from '../../src/gateway/gateway-metrics.ts';
import { Claims } from '../../src/session/claims.ts';
import { sessionSets } from '../../src/session/session-model.ts';
import { createSessions, type Sessions, sessionSettingsOf } from '../../src/sessions.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import type { Sealer, Store } from '../../src/store/store.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
/** Tokens of it are those of local accounts. */
export const OWN_ISSUER = 'https://localhost/own/v2.0';
export const OTHER_TENANT = '22222222-2222-4222-8222-222222222222';
/** Every set that a store keeps. */
export const allSets = [...model.sets, ...auditChainSets, ...identitySets, ...deviceSets, ...sessionSets];
/** Every permission that the model names. */
export const ALL_PERMISSIONS = [
  ...new Set(model.sets.flatMap(({ permissions }) => [...permissions.read, ...permissions.write])),
];

/** Callers by token. `full` holds every permission, `other` too but in another tenant, `reader` reads only. */
const CALLERS: Readonly<Record<string, Caller>> = {
  full: caller({}),
  other: caller({ tenantId: OTHER_TENANT }),
  reader: caller({ permissions: new Set(ALL_PERMISSIONS.filter((name) => name.endsWith('.Read.All'))) }),
  nobody: caller({ permissions: new Set() }),
};

export function caller(facts: Partial<Caller>): Caller {
  return {
    tenantId: TENANT,
    objectId: '33333333-3333-4333-8333-333333333333',
    kind: 'delegated',
    permissions: new Set(ALL_PERMISSIONS),
    groups: [],
    directoryRoles: [],
    name: 'Test Admin',
    userPrincipalName: 'admin@example.org',
    applicationId: undefined,
    issuer: 'https://localhost/test',
    organization: 'Test Ltd',
    expiresAt: Number.MAX_SAFE_INTEGER,
    ...facts,
  };
}

/** Tokens that are simply names. */
function namedTokens(callers: Readonly<Record<string, Caller>>): TokenVerifier {
  return {
    isKnown: (token) => Object.hasOwn(callers, token),
    verify: async (token) => {
      const found = Object.hasOwn(callers, token) ? callers[token] : undefined;
      if (!found) throw new DomainError('unauthenticated', 'Access token validation failure.');
      return found;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON where the answer is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  readonly body: any;
  readonly text: string;
}

export interface Ask {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; text and bytes as they are. */
  readonly body?: object | string | Buffer;
  /** The address that the request comes from; loopback unless given. */
  readonly from?: string;
}

export interface Api {
  readonly http: FastifyInstance;
  readonly store: Store;
  readonly sessions: Sessions;
  readonly devices: DeviceIdentity;
  readonly clock: ManualClock;
  readonly metrics: HttpMetrics;
  /** Sends a request as the caller named `full` unless told otherwise. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  /** What became of each claim of a code, and alarms. */
  readonly claimed: readonly string[];
  /** What was logged as an error so far: nothing, as long as no request met a bug. */
  readonly errors: readonly object[];
  /** Listens on a free port of 127.0.0.1, which is returned. */
  listen(): Promise<number>;
  close(): Promise<void>;
}

type ClosableStore = Store & { close(): void | Promise<void> };

export interface ApiOptions {
  readonly store?: (sealer: Sealer) => ClosableStore | Promise<ClosableStore>;
  readonly callers?: Readonly<Record<string, Caller>>;
  readonly throttlePer10s?: number;
  readonly strangersPer10s?: number;
  readonly issuer?: HttpCollaborators['issuer'];
  readonly pages?: HttpCollaborators['pages'];
  readonly console?: HttpCollaborators['console'];
  readonly isBehindProxy?: boolean;
  /** As in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Nobody hears of devices that were parked or have another key: as if the node had died right after. */
  readonly isDeafToDevices?: boolean;
  /** Who is believed, given those whose tokens are names. */
  readonly tokens?: (named: TokenVerifier, at: { keyRing: KeyRing; clock: ManualClock }) => TokenVerifier;
}

/** Opens the API on SQLite in memory. */
export async function openApi(options: ApiOptions = {}): Promise<Api> {
  const clock = new ManualClock(1_767_225_600_000);
  let keyRing: KeyRing | undefined;
  const sealer: Sealer = {
    seal: (plaintext, context) => (keyRing as KeyRing).seal(plaintext, context),
    open: (sealed) => (keyRing as KeyRing).open(sealed),
    reload: () => (keyRing as KeyRing).reload(),
  };
  const openStore = options.store ?? ((given: Sealer) => new SqliteStore(openDatabase(':memory:', allSets), given));
  const store = await openStore(sealer);
  keyRing = await KeyRing.open({ store, masterKey: createSecretKey(Buffer.alloc(32, 7)), clock });
  const named = namedTokens({ ...CALLERS, ...options.callers });
  const strangers = new Throttle(options.strangersPer10s ?? 0);
  const errors: object[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => errors.push(JSON.parse(line)) });
  const metrics = new HttpMetrics();
  const onError = (error: unknown) => errors.push(error as object);
  const refusals = new RefusalLog({ store, clock, onError });
  const rights = new DeviceRights(store, (issuer) => issuer === OWN_ISSUER);
  const onRefused = (device: DeviceName) => sessions.deviceRefused(device);
  const devices = new DeviceIdentity({
    ...{ store, clock, keyRing, refusals, operatorTenantId: TENANT, onError },
    ...(options.isDeafToDevices ? {} : { onParked: onRefused, onReplaced: onRefused }),
  });
  const config = readConfig(options.settings ?? {});
  const sessions = createSessions({
    ...{ store, keyRing, clock, log, strangers, rights },
    settings: sessionSettingsOf(config),
    metrics: new GatewayMetrics(metrics.registry),
    isOwnOrigin: (origin) => /^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin),
    addressOf: (request) => request.socket.remoteAddress ?? '',
    parkDevice: ({ tenantId, deviceId }) => {
      const cause = { tenantId, now: clock.now(), correlationId: randomUUID(), source: undefined };
      return devices.park(cause, deviceId, 'secondConnection');
    },
  });
  const claimed: string[] = [];
  const claims = new Claims({
    ...{ store, clock, keyRing, refusals, onError },
    operatorTenantId: TENANT,
    sessions: sessions.engine,
    onClaim: (outcome) => claimed.push(outcome),
    onAlarm: () => claimed.push('alarm'),
  });
  const { iceServers: urls = [], turnSecret } = config;
  const ice = { urls, turnSecret };
  const graph = new GraphService({
    model,
    store,
    opener: keyRing,
    tokens: options.tokens?.(named, { keyRing, clock }) ?? named,
    behaviours: { ...behaviours, ...invitationBehaviours({ store, rights, keyRing }) },
    operations: {
      ...remoteHelpHandlers({ store, rights }),
      ...auditVerificationHandlers(store),
      ...sessionHandlers({ store, sessions: sessions.engine, ice }),
    },
    live: new LiveRecords({ sessions: sessions.engine, opener: keyRing }),
    callers: new Throttle(options.throttlePer10s ?? 0),
    strangers,
  });
  const http = createHttpServer({
    graph,
    clock,
    log,
    metrics,
    originRules: { hostNames: ['help.example.org'], isBehindProxy: options.isBehindProxy ?? false },
    strangers,
    checkReady: () => store.ping(),
    pages: options.pages ?? {},
    ...(options.console ? { console: options.console } : {}),
    devices: {
      isKnown: (token, now) => devices.remembered(token, now) !== undefined,
      routes: {
        ...identityRoutes(devices, store),
        ...deviceSessionRoutes({ devices, sessions: sessions.engine, standingUri: sessions.standingUri, ice }),
      },
    },
    claims,
    ...(options.issuer ? { issuer: options.issuer } : {}),
  });
  await http.ready();
  sessions.gateway.attach(http.server);
  return {
    http,
    store,
    sessions,
    devices,
    clock,
    metrics,
    errors,
    claimed,
    ask: (method, path, ask) => send(http, method, path, ask),
    listen: async () => {
      await http.listen({ port: 0, host: '127.0.0.1' });
      return (http.server.address() as AddressInfo).port;
    },
    close: async () => {
      sessions.stopConnections();
      await http.close();
      await sessions.engine.close();
      await refusals.close();
      await store.close();
    },
  };
}

async function send(http: FastifyInstance, method: string, path: string, ask: Ask = {}): Promise<Answer> {
  const { token = 'full', headers = {}, body, from } = ask;
  const isJson = body !== undefined && typeof body === 'object' && !Buffer.isBuffer(body);
  const response = await http.inject({
    method: method as 'GET',
    url: path,
    ...(from === undefined ? {} : { remoteAddress: from }),
    headers: {
      host: 'localhost:8080',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: isJson ? JSON.stringify(body) : (body as string) }),
  });
  const text = response.payload;
  const isJsonAnswer = String(response.headers['content-type'] ?? '').startsWith('application/json');
  return {
    status: response.statusCode,
    headers: response.headers as Answer['headers'],
    body: isJsonAnswer && text !== '' ? JSON.parse(text) : undefined,
    text,
  };
}
