/** Costly lists on PostgreSQL: given up after the same time as on SQLite, and in nobody's way. */
import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseFilter } from '../../src/odata/filter/filter.ts';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { contractSets, Tenant, thing, things, writing } from '../contracts/contract-sets.ts';
import { testSealer } from '../contracts/store-contract.ts';
import { hold } from './administrator.ts';

/** Less than the costly list takes by far. */
const LIST_MS = 1_000;
const NOTE = 'a'.repeat(30_000);
/** Found nowhere, after a thousand characters that fit at every place. */
const COSTLY = parseFilter(`contains(note,'b${'a'.repeat(1_000)}')`, thing);

let server: TestPostgres;
let url: string;
let store: PostgresStore;
const tenant = new Tenant();
/** As clients ask for them: what the service asks for itself waits for no list. */
const asked = { ...tenant.all(), set: { ...things, path: 'things' } };

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase();
  store = await PostgresStore.open(url, contractSets, testSealer(), { listMs: LIST_MS });
  await store.transact(
    writing(...Array.from({ length: 400 }, (_, index) => tenant.insert(`id-${index}`, { note: NOTE }))),
  );
});

afterAll(async () => {
  await store?.close();
  await server?.stop();
});

// ERR-10
it('are given up, while reads by key find a connection and what comes later is answered', async () => {
  let answered = 0;
  const costly = Array.from({ length: 6 }, () =>
    store.query({ ...asked, top: 100, filter: COSTLY }).finally(() => answered++),
  );
  const outcomes = Promise.allSettled([...costly, store.count({ ...asked, filter: COSTLY })]);
  for (let index = 0; index < 10; index++) expect((await store.get(tenant.byId(`id-${index}`)))?.version).toBe(1);
  expect(answered).toBe(0);
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ reason: { code: 'tooCostly', message: expect.stringContaining('1 seconds') } });
  }
  expect(await store.count(tenant.all())).toBe(400);
});

it('are not what a list is that waits for a lock', async () => {
  const release = await hold(url, `LOCK TABLE "${things.name}" IN ACCESS EXCLUSIVE MODE`);
  try {
    await expect(store.count(asked)).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    await release();
  }
  expect(await store.count(tenant.all())).toBe(400);
});
