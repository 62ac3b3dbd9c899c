import { describe, expect, it } from 'vitest';
import { ConfigError, describeConfig, readConfig, settingRows } from './config.ts';

describe('readConfig', () => {
  it('has a default for everything that a first start needs', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      port: 8080,
      tlsPort: 8443,
      metricsPort: 9464,
      host: '127.0.0.1',
      isBehindProxy: false,
    });
    expect(config.databaseUrl).toBeUndefined();
  });

  // SHR-17
  it('reads ICE servers with spaces or commas between them', () => {
    const text = 'stun:stun.example.org, turns:[2001:db8::1]:5349?transport=tcp  turn:turn.example.org';
    expect(readConfig({ REMOTE_HELP_ICE_SERVERS: text, REMOTE_HELP_TURN_SECRET: 'x' }).iceServers).toEqual([
      ...['stun:stun.example.org', 'turns:[2001:db8::1]:5349?transport=tcp', 'turn:turn.example.org'],
    ]);
  });

  it.each([
    ['REMOTE_HELP_PORT', '65536'],
    ['REMOTE_HELP_PORT', 'http'],
    ['REMOTE_HELP_TLS_PORT', '-1'],
    ['REMOTE_HELP_METRICS_PORT', '1e3'],
    ['REMOTE_HELP_BEHIND_PROXY', 'yes'],
    ['REMOTE_HELP_PUBLIC_URL', 'ftp://host'],
    ['REMOTE_HELP_PUBLIC_URL', 'https://host/graph'],
    ['REMOTE_HELP_DATABASE_URL', 'mysql://host/db'],
    ['REMOTE_HELP_QUERY_TIMEOUT_SECONDS', '0'],
    ['REMOTE_HELP_QUERY_TIMEOUT_SECONDS', '3601'],
    ['REMOTE_HELP_THROTTLE_PER_10S', '-5'],
    ['REMOTE_HELP_ORGANIZATION', 'Con\u202etoso'],
    ['REMOTE_HELP_SESSION_LEASE_MINUTES', '0'],
    ['REMOTE_HELP_SESSION_LEASE_MINUTES', '1441'],
    ['REMOTE_HELP_SESSION_CAP_HOURS', '25'],
    ['REMOTE_HELP_SESSION_CONSENT_MINUTES', '1.5'],
    ['REMOTE_HELP_SESSION_AWAY_SECONDS', '9'],
    ['REMOTE_HELP_SESSION_BACK_OFF_SECONDS', 'PT1M'],
    ['REMOTE_HELP_SESSION_LONGEST_BACK_OFF_MINUTES', '0'],
    ['REMOTE_HELP_SESSION_PROMPTS_PER_HOUR', '61'],
    ['REMOTE_HELP_MAX_CONNECTIONS', '0'],
    ['REMOTE_HELP_LOG_LEVEL', 'loud'],
    ['REMOTE_HELP_HOST', 'a b'],
    ['REMOTE_HELP_ICE_SERVERS', 'https://turn.example.org'],
    ['REMOTE_HELP_ICE_SERVERS', 'stun:stun.example.org turn:user@turn.example.org'],
    ['REMOTE_HELP_PROT', '8080'],
  ])('stops at %s=%s and names it', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: value })).toThrow(name);
  });

  it.each([
    [{ REMOTE_HELP_TLS_CERT: '/c' }, 'REMOTE_HELP_TLS_KEY'],
    [{ REMOTE_HELP_ICE_SERVERS: 'turn:turn.example.org' }, 'REMOTE_HELP_TURN_SECRET'],
    [{ REMOTE_HELP_ICE_SERVERS: 'stun:stun.example.org', REMOTE_HELP_TURN_SECRET: 'x' }, 'REMOTE_HELP_TURN_SECRET'],
    [{ REMOTE_HELP_HOST: '0.0.0.0', REMOTE_HELP_TLS_PORT: 'off' }, 'REMOTE_HELP_BEHIND_PROXY'],
    [{ REMOTE_HELP_PORT: 'off', REMOTE_HELP_TLS_PORT: 'off' }, 'REMOTE_HELP_PORT'],
    [{ REMOTE_HELP_DATABASE_URL: 'postgres://h/d' }, 'REMOTE_HELP_MASTER_KEY'],
    [{ REMOTE_HELP_MASTER_KEY: 'a', REMOTE_HELP_MASTER_KEY_FILE: 'b' }, 'REMOTE_HELP_MASTER_KEY_FILE'],
    [{ REMOTE_HELP_MASTER_KEY: 'a' }, 'REMOTE_HELP_DATABASE_URL'],
    [{ REMOTE_HELP_SESSION_LEASE_MINUTES: '61', REMOTE_HELP_SESSION_CAP_HOURS: '1' }, 'SESSION_LEASE_MINUTES'],
    [{ REMOTE_HELP_SESSION_CONSENT_MINUTES: '6', REMOTE_HELP_SESSION_LEASE_MINUTES: '5' }, 'SESSION_CONSENT_MINUTES'],
    [
      { REMOTE_HELP_SESSION_BACK_OFF_SECONDS: '61', REMOTE_HELP_SESSION_LONGEST_BACK_OFF_MINUTES: '1' },
      'SESSION_BACK_OFF_SECONDS',
    ],
  ])('stops at the contradiction %j', (environment, name) => {
    expect(() => readConfig(environment)).toThrow(name);
  });

  it('lets plain HTTP out only behind a proxy', () => {
    const environment = { REMOTE_HELP_HOST: '0.0.0.0', REMOTE_HELP_TLS_PORT: 'off', REMOTE_HELP_BEHIND_PROXY: 'true' };
    expect(readConfig(environment).isBehindProxy).toBe(true);
  });
});

describe('describeConfig', () => {
  it('withholds secrets', () => {
    const lines = describeConfig({
      REMOTE_HELP_DATABASE_URL: 'postgres://user:hunter2@host/db',
      REMOTE_HELP_MASTER_KEY: 'canary',
    });
    expect(lines.join('\n')).not.toMatch(/hunter2|canary/);
    expect(lines).toHaveLength(settingRows().length);
  });
});
