/** Two servers that start at the same moment on one new database share out the work of making it, and both serve. */
import { randomBytes } from 'node:crypto';
import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, dataFolder, remoteHelp, serve } from '../cli/process.ts';

const QUIET = { REMOTE_HELP_TLS_PORT: 'off', REMOTE_HELP_METRICS_PORT: 'off', REMOTE_HELP_LOG_LEVEL: 'error' };
const SCOPE = 'DeviceManagementServiceConfig.ReadWrite.All';

let postgres: TestPostgres;
const removers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await Promise.all(removers.map((remove) => remove()));
  await postgres?.stop();
});

async function folder(): Promise<string> {
  const { dataDir, remove } = await dataFolder();
  removers.push(remove);
  return dataDir;
}

/** Starts both, writes through one and reads through the other. */
async function startBoth(dataDirs: readonly [string, string], settings: Readonly<Record<string, string>>) {
  const servers = await Promise.all(dataDirs.map((dataDir) => serve(dataDir, { ...QUIET, ...settings })));
  try {
    const { stdout: token } = await remoteHelp(dataDirs[0], ['token', '--scope', SCOPE], { settings });
    const urls = servers.map(({ http }) => `${http}/beta/CreateRemoteHelpSessionResponse`);
    const body = { sessionKey: 'shared', sessionType: 'viewScreen' };
    const created = await ask(urls[0] ?? '', token, { method: 'POST', body });
    const read = await ask(`${urls[1]}/${created.body.id}`, token);
    return [created.status, read.status, read.body.sessionKey];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

it('on SQLite', async () => {
  const dataDir = await folder();
  expect(await startBoth([dataDir, dataDir], {})).toEqual([201, 200, 'shared']);
});

it('on PostgreSQL', async () => {
  const settings = {
    REMOTE_HELP_DATABASE_URL: await postgres.createDatabase(),
    REMOTE_HELP_MASTER_KEY: randomBytes(32).toString('base64'),
  };
  expect(await startBoth([await folder(), await folder()], settings)).toEqual([201, 200, 'shared']);
});
