/** What the server answers while it stays: a full disk, deadlocks, a value it does not take. */
import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { contractSets, records, Tenant, things, writing } from '../contracts/contract-sets.ts';
import { testSealer } from '../contracts/store-contract.ts';
import { query } from './administrator.ts';

const TOGETHER = 50;

let server: TestPostgres;
let url: string;
let store: PostgresStore;

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase();
  store = await PostgresStore.open(url, contractSets, testSealer());
});

afterAll(async () => {
  await store?.close();
  await server?.stop();
});

/** From now on inserting a record runs this PL/pgSQL; returns what ends it. */
async function onInsert(statements: string): Promise<() => Promise<unknown>> {
  await query(
    url,
    `CREATE FUNCTION hook() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statements} RETURN NULL; END $$;
     CREATE TRIGGER hook AFTER INSERT ON "${records.name}" FOR EACH ROW EXECUTE FUNCTION hook()`,
  );
  return () => query(url, 'DROP FUNCTION hook CASCADE');
}

/** Writes a thing and a record for each index at once. */
function writeTogether(
  tenant: Tenant,
  note: (index: number) => string = () => '',
): Promise<PromiseSettledResult<undefined>[]> {
  return Promise.allSettled(
    Array.from({ length: TOGETHER }, (_, index) =>
      store.transact(writing(tenant.insert(String(index), { note: note(index) }), tenant.record(String(index)))),
    ),
  );
}

describe('PostgreSQL', () => {
  it('with a full disk: every unit is refused as unavailable, none is half there, and there is no restart', async () => {
    const tenant = new Tenant();
    const end = await onInsert("RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100';");
    const outcomes = await writeTogether(tenant);
    await end();
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { code: 'unavailable', retryAfterSeconds: expect.any(Number) } });
    }
    expect(await store.count(tenant.all())).toBe(0);
    await writeTogether(tenant);
    expect(await store.count(tenant.all(records))).toBe(TOGETHER);
  });

  it.each([
    ['40P01', 'deadlock'],
    ['40001', 'serialisation failure'],
  ])('with %s, a %s: units are decided again until they are through', async (code) => {
    const tenant = new Tenant();
    // A sequence keeps counting when its transaction is undone.
    await query(url, 'CREATE SEQUENCE tries');
    const end = await onInsert(`IF nextval('tries') <= 2 THEN RAISE EXCEPTION USING ERRCODE = '${code}'; END IF;`);
    let decided = 0;
    await store.transact({
      reads: [tenant.byId('1')],
      decide: () => {
        decided++;
        return { writes: [tenant.insert('1'), tenant.record('1')], value: undefined };
      },
    });
    await end();
    await query(url, 'DROP SEQUENCE tries');
    expect(decided).toBe(3);
    expect(await store.count(tenant.all())).toBe(1);
  });

  it('with a collision that never ends: the unit is refused as unavailable', async () => {
    const tenant = new Tenant();
    const end = await onInsert("RAISE EXCEPTION USING ERRCODE = '40P01';");
    await expect(store.transact(writing(tenant.record('1')))).rejects.toMatchObject({ code: 'unavailable' });
    await end();
  });

  it('that refuses the value of one unit: this one fails alone, with an error that is no refusal', async () => {
    const tenant = new Tenant();
    const outcomes = await writeTogether(tenant, (index) => (index === 7 ? 'U+0000: \0' : ''));
    const failed = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [[index, outcome.reason.name]] : [],
    );
    expect(failed).toEqual([[7, 'error']]);
    expect(await store.count({ set: things, tenantId: tenant.id })).toBe(TOGETHER - 1);
  });
});
