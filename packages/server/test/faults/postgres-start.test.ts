/** Databases on which the service does not start, and what it says. */
import { createServer } from 'node:net';
import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { contractSets, Tenant, writing } from '../contracts/contract-sets.ts';
import { testSealer } from '../contracts/store-contract.ts';
import { disconnectAll, execute, query } from './administrator.ts';

const PATIENCE = { connectMs: 500, statementMs: 5_000 };

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server?.stop());

function open(url: string): Promise<PostgresStore> {
  return PostgresStore.open(url, contractSets, testSealer(), PATIENCE);
}

async function refusalOf(url: string): Promise<string> {
  const refusal = await open(url).then(
    async (store) => {
      await store.close();
      return 'none';
    },
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ name: 'DomainError', code: 'unavailable' });
  return (refusal as Error).message;
}

describe('the start is refused', () => {
  it('on a database that does not hold every character', async () => {
    const clauses = "TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'";
    expect(await refusalOf(await server.createDatabase(clauses))).toMatch(/encoding LATIN1.*ENCODING 'UTF8'/);
  });

  it('on a database of a newer release, which is left as it was', async () => {
    const url = await server.createDatabase();
    await query(url, 'CREATE TABLE "@schema" (version BIGINT NOT NULL); INSERT INTO "@schema" VALUES (999)');
    expect(await refusalOf(url)).toContain('schema version 999');
    const tables = await query(url, "SELECT relname FROM pg_class WHERE relname LIKE 'contract%'");
    expect(tables).toEqual([]);
  });

  it('where nothing listens, nobody answers, or the password is wrong; the password is not told', async () => {
    const url = new URL(await server.createDatabase());
    url.password = 'hunter2';
    expect(await refusalOf(url.href)).toMatch(/cannot be reached: .*password authentication failed/);
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    url.port = String(typeof address === 'object' && address ? address.port : 0);
    const unanswered = await refusalOf(url.href);
    silent.close();
    expect(unanswered).toContain('cannot be reached');
    const refused = await refusalOf(url.href);
    expect(refused).toContain('ECONNREFUSED');
    expect(unanswered + refused).not.toContain('hunter2');
  });
});

describe('servers that start at once', () => {
  it('on a new database make it once, and none waits for ever', async () => {
    const url = await server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    const tenant = new Tenant();
    await Promise.all(stores.map((store, index) => store.transact(writing(tenant.insert(String(index))))));
    expect(await stores[0]?.count(tenant.all())).toBe(stores.length);
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe('settings of the database', () => {
  it('that let acknowledged writes be lost are overruled', async () => {
    const url = await server.createDatabase();
    const name = new URL(url).pathname.slice(1);
    await execute(url, `ALTER DATABASE "${name}" SET synchronous_commit = off`);
    await disconnectAll(url);
    const store = await open(url);
    const tenant = new Tenant();
    // A trigger sees what the committing connection has set.
    await query(
      url,
      `CREATE TABLE seen (commits TEXT);
       CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
       CREATE TRIGGER note AFTER INSERT ON "contractThings" FOR EACH ROW EXECUTE FUNCTION note()`,
    );
    await store.transact(writing(tenant.insert('1')));
    expect(await query(url, 'SELECT commits FROM seen')).toEqual([{ commits: 'on' }]);
    await store.close();
  });
});
