/** What clients see while PostgreSQL is away: 503 with Retry-After, and service again without a restart. */
import { randomBytes } from 'node:crypto';
import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, dataFolder, type Running, remoteHelp, serve } from '../cli/process.ts';

const SCOPE = 'DeviceManagementServiceConfig.ReadWrite.All';

let postgres: TestPostgres;
let running: Running;
let token: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  postgres = await startPostgres();
  const folder = await dataFolder();
  remove = folder.remove;
  const settings = {
    REMOTE_HELP_DATABASE_URL: await postgres.createDatabase(),
    REMOTE_HELP_MASTER_KEY: randomBytes(32).toString('base64'),
    REMOTE_HELP_TLS_PORT: 'off',
    REMOTE_HELP_METRICS_PORT: 'off',
  };
  token = (await remoteHelp(folder.dataDir, ['token', '--scope', SCOPE], { settings })).stdout;
  running = await serve(folder.dataDir, settings);
});

afterAll(async () => {
  await running?.stop();
  await postgres?.stop();
  await remove?.();
});

it('a PATCH is 200, then 503 while the database is gone, then 200', async () => {
  const url = `${running.http}/beta/CreateRemoteHelpSessionResponse`;
  const created = await ask(url, token, { method: 'POST', body: { sessionKey: 'a', sessionType: 'viewScreen' } });
  const change = (sessionKey: string) =>
    fetch(`${url}/${created.body.id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sessionKey }),
    });
  expect((await change('b')).status).toBe(200);
  postgres.kill();
  const refused = await change('c');
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
  expect((await ask(`${url}/${created.body.id}`, token)).status).toBe(503);
  expect((await fetch(`${running.http}/readyz`)).status).toBe(503);
  expect((await fetch(`${running.http}/healthz`)).status).toBe(200);
  await postgres.restart();
  expect((await change('d')).status).toBe(200);
  expect((await ask(`${url}/${created.body.id}`, token)).body.sessionKey).toBe('d');
  expect((await fetch(`${running.http}/readyz`)).status).toBe(200);
});
