/** A server that dies in the middle of writing loses nothing that it acknowledged. */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, dataFolder, type Running, remoteHelp, serve } from '../cli/process.ts';

const PATCHES = 1_000;
/** So many answers later the server is killed: some PATCHes are durable by then, some are under way. */
const ANSWERS_BEFORE_KILL = 300;
/** With all of them at once a server may have answered the last before the signal reaches it. */
const AT_ONCE = 100;
const SETTINGS = { REMOTE_HELP_TLS_PORT: 'off', REMOTE_HELP_METRICS_PORT: 'off', REMOTE_HELP_LOG_LEVEL: 'error' };
const SCOPE = 'DeviceManagementServiceConfig.ReadWrite.All DeviceManagementApps.Read.All';
const CHANGED = '2030-12-31T23:59:57.5564522-08:00';

let dataDir: string;
let remove: () => Promise<void>;
let token: string;

beforeAll(async () => {
  ({ dataDir, remove } = await dataFolder());
  token = (await remoteHelp(dataDir, ['token', '--scope', SCOPE])).stdout;
});

afterAll(() => remove?.());

it('kill -9 amid a thousand PATCHes: each acknowledged one is there, with its audit record, and no half of any', async () => {
  const first = await serve(dataDir, SETTINGS);
  const ids = await createRecords(first, PATCHES);
  const acknowledged = new Set<string>();
  let killed: Promise<unknown> | undefined;
  const left = [...ids];
  const patchUntilKilled = async () => {
    for (let id = left.pop(); id; id = left.pop()) {
      const { status } = await ask(`${first.http}/beta/ExtendRemoteHelpSessionResponse/${id}`, token, {
        method: 'PATCH',
        body: { sessionExpirationDateTime: CHANGED },
      });
      if (status === 200) acknowledged.add(id);
      if (acknowledged.size === ANSWERS_BEFORE_KILL) killed = first.stop('SIGKILL');
    }
  };
  await Promise.allSettled(Array.from({ length: AT_ONCE }, patchUntilKilled));
  expect(killed).toBeDefined();
  await killed;
  expect(acknowledged.size).toBeGreaterThanOrEqual(ANSWERS_BEFORE_KILL);
  expect(acknowledged.size).toBeLessThan(PATCHES);

  const second = await serve(dataDir, SETTINGS);
  const records = await list(second, 'ExtendRemoteHelpSessionResponse?$top=999');
  const events = await list(second, 'deviceManagement/auditEvents?$top=999');
  expect((await second.stop()).code).toBe(0);
  const changed = records
    .filter((record) => record.sessionExpirationDateTime === CHANGED)
    .map(({ id }) => id as string);
  const audited = events
    .filter(({ activityType }) => String(activityType).startsWith('update'))
    .map(({ resources }) => (resources as [{ resourceId: string }])[0].resourceId);
  expect(records).toHaveLength(PATCHES);
  expect([...acknowledged].filter((id) => !changed.includes(id))).toEqual([]);
  expect(audited.sort()).toEqual(changed.sort());
  const db = new Database(join(dataDir, 'remote-help.sqlite'));
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
});

async function createRecords({ http }: Running, count: number): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      ask(`${http}/beta/ExtendRemoteHelpSessionResponse`, token, {
        method: 'POST',
        body: {
          sessionKey: `key-${index}`,
          acsHelperUserToken: 'token',
          pubSubHelperAccessUri: 'wss://example.org',
          sessionExpirationDateTime: '2016-12-31T23:59:57.5564522-08:00',
        },
      }),
    ),
  );
  return answers.map(({ body }) => body.id as string);
}

/** Every entity, page after page. */
async function list({ http }: Running, path: string): Promise<Record<string, unknown>[]> {
  const entities: Record<string, unknown>[] = [];
  for (let next: string | undefined = `${http}/beta/${path}`; next; ) {
    const { body } = await ask(next, token);
    entities.push(...body.value);
    next = body['@odata.nextLink'];
  }
  return entities;
}
