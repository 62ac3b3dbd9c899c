/** The connection breaks at the worst moment: nobody is told of success that isn't known, and nothing is done twice. */
import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { contractSets, Tenant, writing } from '../contracts/contract-sets.ts';
import { testSealer } from '../contracts/store-contract.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';

let server: TestPostgres;
let proxy: CuttingProxy;
let store: PostgresStore;

beforeAll(async () => {
  server = await startPostgres();
  proxy = await startCuttingProxy(await server.createDatabase());
  store = await PostgresStore.open(proxy.url, contractSets, testSealer());
});

afterAll(async () => {
  await store?.close();
  proxy?.stop();
  await server?.stop();
});

/** Adds one to the size of a thing that is there with size 0; gives the outcome and the size and version after. */
async function addOne(tenant: Tenant) {
  const [outcome] = await Promise.allSettled([
    store.transact(tenant.changing(tenant.byId('1'), ({ values }) => ({ size: (values.size as number) + 1 }))),
  ]);
  const row = await store.get(tenant.byId('1'));
  return { outcome, size: row?.values.size, version: row?.version };
}

async function thing(): Promise<Tenant> {
  const tenant = new Tenant();
  await store.transact(writing(tenant.insert('1', { size: 0 })));
  return tenant;
}

/** As it travels; BEGIN … READ COMMITTED is another one. */
const COMMIT = 'COMMIT\0';
const UNAVAILABLE = { status: 'rejected', reason: { code: 'unavailable' } };

describe('a connection that breaks', () => {
  it('behind COMMIT: the unit is refused though it was done, and is not done again', async () => {
    const tenant = await thing();
    proxy.cutAt(COMMIT, true);
    const after = await addOne(tenant);
    expect(proxy.hasCut()).toBe(true);
    expect(after).toMatchObject({ outcome: UNAVAILABLE, size: 1, version: 2 });
  });

  it('before COMMIT arrives: the unit is refused, and was not done', async () => {
    const tenant = await thing();
    proxy.cutAt(COMMIT, false);
    const after = await addOne(tenant);
    expect(proxy.hasCut()).toBe(true);
    expect(after).toMatchObject({ outcome: UNAVAILABLE, size: 0, version: 1 });
  });

  it.each([
    ['BEGIN', 'its first statement'],
    ['code of 1', 'its search'],
    ['changed here', 'its write'],
  ])('earlier, at %j, %s: the unit is done once, on another connection', async (text) => {
    const tenant = await thing();
    proxy.cutAt(text, true);
    await store.transact(tenant.changing(tenant.byCode('code of 1'), () => ({ note: 'changed here' })));
    expect(proxy.hasCut()).toBe(true);
    expect(await store.get(tenant.byId('1'))).toMatchObject({ version: 2, values: { note: 'changed here' } });
  });
});
