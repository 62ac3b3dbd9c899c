/** The schema of the settings: type, default, check, environment name and a line for the operator, each said once. */
import {
  readBoolean,
  readCount,
  readDatabaseUrl,
  readDataDir,
  readFilePath,
  readHost,
  readIceServers,
  readIssuerUrl,
  readLogLevel,
  readOrganization,
  readPort,
  readPositive,
  readPublicUrl,
  readWithin,
} from './config-values.ts';

export interface Setting<T> {
  /** Environment variable. */
  readonly name: string;
  /** One line for the operator. */
  readonly doc: string;
  /** As text, the way an operator would write it; undefined where nothing is the default. */
  readonly defaultText: string | undefined;
  /** Throws an Error whose message says what the value must be. */
  readonly read: (text: string) => T;
  /** Whether `remote-help config` shows the value. */
  readonly isSecret?: boolean;
}

export type { Port } from './config-values.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const SETTINGS = {
  port: setting('PORT', '8080', 'HTTP port on loopback. `0` picks a free one, `off` closes it.', readPort),
  tlsPort: setting('TLS_PORT', '8443', 'HTTPS port. `0` picks a free one, `off` closes it.', readPort),
  metricsPort: setting(
    'METRICS_PORT',
    '9464',
    'Port on loopback for Prometheus metrics. `0` picks a free one, `off` closes it.',
    readPort,
  ),
  host: setting(
    'HOST',
    '127.0.0.1',
    'Address to which HTTPS is bound; plain HTTP stays on loopback unless `REMOTE_HELP_BEHIND_PROXY` is on.',
    readHost,
  ),
  isBehindProxy: setting(
    'BEHIND_PROXY',
    'false',
    'A reverse proxy ends TLS in front of this server: HTTP is bound to `REMOTE_HELP_HOST` too, and `X-Forwarded-*` is believed.',
    readBoolean,
  ),
  tlsCert: setting(
    'TLS_CERT',
    undefined,
    'File with the certificate chain, PEM. Without it a self-signed pair is made.',
    readFilePath,
  ),
  tlsKey: setting('TLS_KEY', undefined, 'File with the private key of the certificate, PEM.', readFilePath),
  publicUrl: setting(
    'PUBLIC_URL',
    'https://localhost:8443',
    'Where people reach the service. Also names the embedded issuer: tokens die when it changes.',
    readPublicUrl,
  ),
  dataDir: setting(
    'DATA_DIR',
    'data',
    'Folder for database, keys and certificate; relative to the folder of the installation.',
    readDataDir,
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    undefined,
    'PostgreSQL to use instead of the embedded SQLite: `postgres://user:password@host/database`.',
    readDatabaseUrl,
    { isSecret: true },
  ),
  masterKey: setting(
    'MASTER_KEY',
    undefined,
    'The key that wraps all other keys, 32 bytes in base64. Required with PostgreSQL (or the file below), refused without.',
    (text) => text,
    { isSecret: true },
  ),
  masterKeyFile: setting('MASTER_KEY_FILE', undefined, 'File that holds the master key instead.', readFilePath),
  issuers: setting(
    'ISSUERS',
    undefined,
    'JSON array of `{issuer, audiences, tenants, claims?, organization?}`: OpenID Connect issuers whose tokens count. The embedded one is off unless named.',
    (text) => text,
  ),
  consoleIssuer: setting(
    'CONSOLE_ISSUER',
    undefined,
    'Issuer at which people sign in to the console, one of `REMOTE_HELP_ISSUERS`; the embedded one when left out.',
    readIssuerUrl,
  ),
  consoleClientId: setting(
    'CONSOLE_CLIENT_ID',
    undefined,
    'Client id of the console at that issuer: a public client (single-page application) that may redirect to `{public URL}/signed-in` and, after sign-out, `/signed-out`.',
    (text) => text,
  ),
  consoleScopes: setting(
    'CONSOLE_SCOPES',
    'openid profile offline_access',
    'Scopes that the console asks that issuer for: these, and those that bring the permissions of this API.',
    (text) => text,
  ),
  organization: setting(
    'ORGANIZATION',
    undefined,
    "Organisation that the default tenant's local accounts belong to, as the people who are helped are shown it.",
    readOrganization,
  ),
  isTotpRequired: setting(
    'REQUIRE_TOTP',
    'false',
    'Local accounts need a second factor: who has none yet sets it up at the next sign-in.',
    readBoolean,
  ),
  queryTimeoutSeconds: setting(
    'QUERY_TIMEOUT_SECONDS',
    '10',
    'Seconds that one list or count may take; with SQLite also how long a costly one waits for its turn.',
    readWithin(1, 3_600),
  ),
  sessionLeaseMs: setting(
    'SESSION_LEASE_MINUTES',
    '60',
    'Minutes that a help session lasts, and that an extension gives it from then on (1 to 1440).',
    readWithin(1, 1_440, MINUTE),
  ),
  sessionCapMs: setting(
    'SESSION_CAP_HOURS',
    '8',
    'Hours after which a help session ends, whatever its extensions (1 to 24).',
    readWithin(1, 24, HOUR),
  ),
  sessionConsentMs: setting(
    'SESSION_CONSENT_MINUTES',
    '5',
    'Minutes that the person at the device has to answer a question (1 to 60).',
    readWithin(1, 60, MINUTE),
  ),
  sessionAwayMs: setting(
    'SESSION_AWAY_SECONDS',
    '60',
    'Seconds that either side may be away, and a helper may take to join, before the session ends (10 to 3600).',
    readWithin(10, 3_600, SECOND),
  ),
  sessionBackOffMs: setting(
    'SESSION_BACK_OFF_SECONDS',
    '30',
    'Seconds that a helper waits after a decline before that device is asked for him again; twice as long each time (1 to 3600).',
    readWithin(1, 3_600, SECOND),
  ),
  sessionLongestBackOffMs: setting(
    'SESSION_LONGEST_BACK_OFF_MINUTES',
    '10',
    'Minutes that this wait has at most (1 to 1440).',
    readWithin(1, 1_440, MINUTE),
  ),
  sessionPromptsPerHour: setting(
    'SESSION_PROMPTS_PER_HOUR',
    '3',
    'How often an hour a device is asked for help (1 to 60).',
    readWithin(1, 60),
  ),
  iceServers: setting(
    'ICE_SERVERS',
    undefined,
    'STUN and TURN servers for screens that are shared from a browser: `stun:`, `turn:` and `turns:` URLs. Without any, only browsers that reach each other directly can.',
    readIceServers,
  ),
  turnSecret: setting(
    'TURN_SECRET',
    undefined,
    'What is shared with the TURN servers (`static-auth-secret` of coturn), from which credentials are made for each session.',
    (text) => text,
    { isSecret: true },
  ),
  throttlePer10s: setting(
    'THROTTLE_PER_10S',
    '100000',
    'Requests that one caller may make in 10 seconds; `0` for no limit.',
    readCount,
  ),
  maxConnections: setting(
    'MAX_CONNECTIONS',
    '10000',
    'Connections that the HTTP port and the HTTPS port each hold at once, WebSockets included; further ones are closed unanswered.',
    readPositive,
  ),
  token: setting(
    'TOKEN',
    undefined,
    'Bearer token of the `session` commands; the service itself does not read it. Without it they mint one.',
    (text) => text,
    { isSecret: true },
  ),
  logLevel: setting('LOG_LEVEL', 'info', 'One of fatal, error, warn, info, debug, trace, silent.', readLogLevel),
} as const;

type Settings = typeof SETTINGS;
type Value<S> = S extends Setting<infer T> ? T : never;
type HasDefault<S> = S extends { readonly defaultText: string } ? true : false;

/** The settings as read: those without a default may be undefined. */
export type Config = {
  readonly [K in keyof Settings]: HasDefault<Settings[K]> extends true
    ? Value<Settings[K]>
    : Value<Settings[K]> | undefined;
};

function setting<T, D extends string | undefined>(
  name: string,
  defaultText: D,
  doc: string,
  read: (text: string) => T,
  options: { isSecret?: boolean } = {},
): Setting<T> & { readonly defaultText: D } {
  return { name: `REMOTE_HELP_${name}`, doc, defaultText, read, ...options };
}
