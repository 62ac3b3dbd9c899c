/** Settings that are right each by itself, and make no sense together. */
import { isLoopback } from './access/loopback.ts';
import type { Config } from './config-schema.ts';
import { OperatorError } from './errors.ts';

/** A setting that stops the start; the message begins with its name. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError that names a setting at fault, and what to do about it */
export function refuseContradictions(config: Config): void {
  if ((config.consoleIssuer === undefined) !== (config.consoleClientId === undefined)) {
    const missing = config.consoleIssuer === undefined ? 'REMOTE_HELP_CONSOLE_ISSUER' : 'REMOTE_HELP_CONSOLE_CLIENT_ID';
    throw new ConfigError(`${missing} is missing: the console's issuer and client id go together.`);
  }
  refuseSessionContradictions(config);
  refuseIceContradictions(config);
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    const missing = config.tlsCert === undefined ? 'REMOTE_HELP_TLS_CERT' : 'REMOTE_HELP_TLS_KEY';
    throw new ConfigError(`${missing} is missing: certificate and key go together.`);
  }
  if (config.tlsPort === 'off' && !isLoopback(config.host) && !config.isBehindProxy) {
    throw new ConfigError(
      `REMOTE_HELP_HOST is ${config.host} while TLS is off: tokens would travel in clear. Set REMOTE_HELP_TLS_PORT, or REMOTE_HELP_BEHIND_PROXY=true when a proxy in front ends TLS.`,
    );
  }
  if (config.port === 'off' && config.tlsPort === 'off') {
    throw new ConfigError('REMOTE_HELP_PORT and REMOTE_HELP_TLS_PORT are both off: nothing would be served.');
  }
  if (config.masterKey !== undefined && config.masterKeyFile !== undefined) {
    throw new ConfigError('REMOTE_HELP_MASTER_KEY and REMOTE_HELP_MASTER_KEY_FILE are both given: keep one.');
  }
  if (config.databaseUrl === undefined && (config.masterKey ?? config.masterKeyFile) !== undefined) {
    throw new ConfigError(
      'REMOTE_HELP_MASTER_KEY goes with REMOTE_HELP_DATABASE_URL: the embedded database has its key in master.key of the data folder.',
    );
  }
  if (config.databaseUrl !== undefined && config.masterKey === undefined && config.masterKeyFile === undefined) {
    throw new ConfigError(
      'REMOTE_HELP_MASTER_KEY is required with REMOTE_HELP_DATABASE_URL. Make one: openssl rand -base64 32',
    );
  }
}

function refuseIceContradictions({ iceServers = [], turnSecret }: Config): void {
  const relays = iceServers.some((url) => url.startsWith('turn'));
  if (relays && turnSecret === undefined) {
    throw new ConfigError('REMOTE_HELP_TURN_SECRET is missing: the TURN servers of REMOTE_HELP_ICE_SERVERS want it.');
  }
  if (!relays && turnSecret !== undefined) {
    throw new ConfigError('REMOTE_HELP_TURN_SECRET is for TURN servers: REMOTE_HELP_ICE_SERVERS names none.');
  }
}

/** Each of these would quietly count for nothing. */
function refuseSessionContradictions(config: Config): void {
  const { sessionLeaseMs, sessionCapMs, sessionConsentMs, sessionBackOffMs, sessionLongestBackOffMs } = config;
  const refuse = (name: string, problem: string) => {
    throw new ConfigError(`REMOTE_HELP_SESSION_${name} ${problem}.`);
  };
  if (sessionLeaseMs > sessionCapMs) refuse('LEASE_MINUTES', 'is longer than REMOTE_HELP_SESSION_CAP_HOURS allows');
  if (sessionConsentMs > sessionLeaseMs) refuse('CONSENT_MINUTES', 'is longer than REMOTE_HELP_SESSION_LEASE_MINUTES');
  if (sessionBackOffMs > sessionLongestBackOffMs) {
    refuse('BACK_OFF_SECONDS', 'is longer than REMOTE_HELP_SESSION_LONGEST_BACK_OFF_MINUTES');
  }
}
