/** Lists made to cost as much as can be asked for: they are given up, and nobody else waits for them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { managedDevices } from '@open-remote-help/protocol';
import { ManualClock } from '@open-remote-help/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openData } from '../../src/data.ts';
import { parseFilter } from '../../src/odata/filter/filter.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { type Answer, type Api, allSets, openApi, TENANT } from '../api/harness.ts';

const DEVICES = '/beta/deviceManagement/managedDevices';
const LIMIT_MS = 10_000;
const CALLERS = 20;
/** Every row holds most of what is looked for, over and over: seconds for each search. */
const ROWS = 500;
const NOTES = 'a'.repeat(32_000);
const ALMOST = 'a'.repeat(1_000);
const SEARCH = Array.from({ length: 10 }, (_, index) => `"${ALMOST}${index}"`).join(' OR ');
const CHAIN = Array.from({ length: 8 }, (_, index) => `contains(substring(tolower(notes),${index}),'${ALMOST}b')`);
const WORST = [`$search=${encodeURIComponent(SEARCH)}`, `$filter=${encodeURIComponent(CHAIN.join(' or '))}`];

let folder: string;
let api: Api;
/** Of the time limit alone. */
const clock = new ManualClock();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remote-help-costly-'));
  api = await openApi({
    store: (sealer) =>
      new SqliteStore(openDatabase(join(folder, 'data.sqlite'), allSets), sealer, { clock, limitMs: LIMIT_MS }),
  });
  const writes = Array.from({ length: ROWS }, (_, index) => ({
    kind: 'insert' as const,
    set: managedDevices,
    tenantId: TENANT,
    id: `device-${index}`,
    values: { deviceName: `device ${index}`, notes: NOTES },
  }));
  await api.store.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
});

afterAll(async () => {
  await api?.close();
  rmSync(folder, { recursive: true });
});

interface Attack {
  readonly answers: Promise<Answer[]>;
  /** How many were answered so far. */
  answered(): number;
}

/** As many callers at once, each with one of the worst lists. */
function attack(callers: number): Attack {
  let answered = 0;
  const asked = Array.from({ length: callers }, async (_, index) => {
    const answer = await api.ask('GET', `${DEVICES}?${WORST[index % WORST.length]}`);
    answered++;
    return answer;
  });
  return { answers: Promise.all(asked), answered: () => answered };
}

/** A created record of another tenant: its path. */
async function bystander(): Promise<string> {
  const created = await api.ask('POST', '/beta/ExtendRemoteHelpSessionResponse', {
    token: 'other',
    body: {
      sessionKey: crypto.randomUUID(),
      acsHelperUserToken: 'token',
      pubSubHelperAccessUri: 'wss://help.example.org',
      sessionExpirationDateTime: '2026-12-31T00:00:00Z',
    },
  });
  return `/beta/ExtendRemoteHelpSessionResponse/${created.body.id}`;
}

// ERR-10
it('twenty of the worst lists keep no other tenant from writing, reading and counting', async () => {
  const path = await bystander();
  const { answers, answered } = attack(CALLERS);
  for (let repeat = 0; repeat < 20; repeat++) {
    const acsHelperUserToken = `token ${repeat}`;
    expect((await api.ask('PATCH', path, { token: 'other', body: { acsHelperUserToken } })).status).toBe(200);
    expect((await api.ask('GET', path, { token: 'other' })).body.acsHelperUserToken).toBe(acsHelperUserToken);
    const counted = await api.ask('GET', `${DEVICES}/$count?$filter=contains(deviceName,'x')`, { token: 'other' });
    expect(counted.text).toBe('0');
  }
  // Those of the tenant itself that an index serves do not wait either.
  expect((await api.ask('GET', `${DEVICES}?$top=3&$select=deviceName`)).body.value).toHaveLength(3);
  expect(answered()).toBe(0);

  clock.advanceBy(LIMIT_MS);
  const refused = Object.groupBy(await answers, ({ status }) => status);
  expect(refused[400]).toHaveLength(1);
  expect(refused[400]?.[0]?.body.error).toMatchObject({
    code: 'Request_UnsupportedQuery',
    message: expect.stringMatching(/given up after 10 seconds.*indexed/),
  });
  expect(refused[400]?.[0]?.headers).not.toHaveProperty('retry-after');
  expect(refused[503]).toHaveLength(CALLERS - 1);
  for (const { headers } of refused[503] ?? []) expect(headers['retry-after']).toBe('5');
  expect(api.errors).toEqual([]);
});

it('what comes after them is answered, costly or not', async () => {
  const { body } = await api.ask('GET', `${DEVICES}?$filter=endswith(deviceName,' 7')&$select=deviceName&$count=true`);
  expect(body.value.map((device: { deviceName: string }) => device.deviceName)).toEqual(['device 7']);
  expect(body['@odata.count']).toBe(1);
  expect(clock.pending).toBe(0);
});

it('more than may wait are refused at once', async () => {
  const { answers, answered } = attack(40);
  while (answered() < 7) await new Promise((resolve) => setImmediate(resolve));
  clock.advanceBy(LIMIT_MS);
  const refused = Object.groupBy(await answers, ({ status }) => status);
  expect(refused[429]).toHaveLength(7);
  for (const { headers } of refused[429] ?? []) expect(headers['retry-after']).toBe('5');
  expect(refused[400]).toHaveLength(1);
  expect(refused[503]).toHaveLength(32);
});

it('the time is what the setting says', async () => {
  const config = readConfig({
    REMOTE_HELP_DATA_DIR: join(folder, 'set'),
    REMOTE_HELP_QUERY_TIMEOUT_SECONDS: '2',
  });
  const ours = new ManualClock();
  const { store } = await openData(config, ours);
  const filter = parseFilter("contains(deviceName,'x')", managedDevices.type);
  const list = store.query({ set: managedDevices, tenantId: TENANT, top: 1, filter });
  ours.advanceBy(1_999);
  expect(ours.pending).toBe(1);
  ours.advanceBy(1);
  await expect(list).rejects.toMatchObject({ code: 'tooCostly', message: expect.stringContaining('2 seconds') });
  await store.close();
});
