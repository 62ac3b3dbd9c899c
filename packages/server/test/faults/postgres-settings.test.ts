/** PostgreSQL settings with which neither service nor command begins: the message names the one to mend, and no secret. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openData } from '../../src/data.ts';
import { DomainError, OperatorError } from '../../src/errors.ts';
import { query } from './administrator.ts';

const PASSWORD = 'hunter2-canary';

let server: TestPostgres;
let url: URL;
let masterKey: string;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  url = new URL(await server.createDatabase());
  masterKey = newKey();
});

function newKey(): string {
  return randomBytes(32).toString('base64');
}

function open(settings: Readonly<Record<string, string>>) {
  return openData(readConfig({ REMOTE_HELP_DATABASE_URL: url.href, ...settings }));
}

/** What the operator reads: one line, without a password or key; and no connection is left behind. */
async function refusalOf(settings: Readonly<Record<string, string>> = { REMOTE_HELP_MASTER_KEY: masterKey }) {
  const refusal: unknown = await open(settings).then(
    async ({ store }) => store.close(),
    (error: unknown) => error,
  );
  // Anything else would be shown with its stack.
  expect(refusal instanceof OperatorError || refusal instanceof DomainError, String(refusal)).toBe(true);
  const { message } = refusal as Error;
  for (const secret of [PASSWORD, url.password || PASSWORD, ...Object.values(settings)]) {
    expect(message).not.toContain(secret);
  }
  expect(message).not.toContain('\n');
  return message;
}

async function connectionsTo(database: string): Promise<number> {
  const other = new URL(await server.createDatabase());
  const sql = 'SELECT pid FROM pg_stat_activity WHERE datname = $1';
  return (await query(other.href, sql, [database])).length;
}

describe('the start names the setting', () => {
  it('when the password is wrong', async () => {
    url.password = PASSWORD;
    expect(await refusalOf()).toMatch(/REMOTE_HELP_DATABASE_URL cannot be reached: password authentication failed/);
  });

  it('when no server listens there', async () => {
    url.password = PASSWORD;
    url.port = '1';
    expect(await refusalOf()).toMatch(/REMOTE_HELP_DATABASE_URL cannot be reached: .*ECONNREFUSED/);
  });

  it('when the host has no address', async () => {
    url.password = PASSWORD;
    url.hostname = 'nowhere.invalid';
    expect(await refusalOf()).toMatch(/REMOTE_HELP_DATABASE_URL cannot be reached: .*nowhere\.invalid/);
  });

  it('when there is no such database', async () => {
    url.pathname = '/missing';
    expect(await refusalOf()).toMatch(/REMOTE_HELP_DATABASE_URL cannot be reached: database "missing" does not exist/);
  });

  it('when the role may make no tables', async () => {
    const name = url.pathname.slice(1);
    await query(
      url.href,
      `CREATE ROLE reader_${name} LOGIN PASSWORD '${PASSWORD}'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
    );
    url.username = `reader_${name}`;
    url.password = PASSWORD;
    expect(await refusalOf()).toMatch(/^REMOTE_HELP_DATABASE_URL: .*permission denied/);
    expect(await connectionsTo(name)).toBe(0);
  });

  it.each(['value', 'file'])('when the master key, given as a %s, is another than the one in use', async (form) => {
    await (await open({ REMOTE_HELP_MASTER_KEY: masterKey })).store.close();
    const folder = await mkdtemp(join(tmpdir(), 'remote-help-'));
    const other = newKey();
    const file = join(folder, 'key');
    await writeFile(file, `${other}\n`);
    const message = await refusalOf(
      form === 'value' ? { REMOTE_HELP_MASTER_KEY: other } : { REMOTE_HELP_MASTER_KEY_FILE: file },
    );
    expect(message).toContain(form === 'value' ? 'REMOTE_HELP_MASTER_KEY:' : 'REMOTE_HELP_MASTER_KEY_FILE:');
    expect(message).not.toContain(other);
    expect(await connectionsTo(url.pathname.slice(1))).toBe(0);
    await (await open({ REMOTE_HELP_MASTER_KEY: masterKey })).store.close();
    await rm(folder, { recursive: true });
  });

  it('when the master key is no key, or its file cannot be read', async () => {
    expect(await refusalOf({ REMOTE_HELP_MASTER_KEY: 'c2hvcnQtY2FuYXJ5' })).toContain(
      'REMOTE_HELP_MASTER_KEY must hold',
    );
    const missing = join(tmpdir(), 'remote-help-no-such-file');
    await expect(open({ REMOTE_HELP_MASTER_KEY_FILE: missing })).rejects.toThrow(
      /^REMOTE_HELP_MASTER_KEY_FILE: ENOENT/,
    );
  });
});
