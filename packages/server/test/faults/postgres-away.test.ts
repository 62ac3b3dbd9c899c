/** PostgreSQL goes away and comes back: refusals that say when to return, nothing acknowledged lost, no restart. */
import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { contractSets, Tenant, things, writing } from '../contracts/contract-sets.ts';
import { testSealer } from '../contracts/store-contract.ts';
import { disconnectAll, execute, hold } from './administrator.ts';

const UNAVAILABLE = { name: 'DomainError', code: 'unavailable', retryAfterSeconds: expect.any(Number) };
/** So short that a test with a database that stands still takes no longer than a moment. */
const IMPATIENT = { connectMs: 500, statementMs: 500, listMs: 500 };
const WRITERS = 20;

let server: TestPostgres;
const opened: PostgresStore[] = [];

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await server?.stop();
});

async function open(url: string): Promise<PostgresStore> {
  const store = await PostgresStore.open(url, contractSets, testSealer(), IMPATIENT);
  opened.push(store);
  return store;
}

/** Writes without pause until told to stop; knows what was acknowledged and what refused. */
class Writers {
  readonly acknowledged: string[] = [];
  readonly refusals: unknown[] = [];
  readonly tenant = new Tenant();
  readonly #store: PostgresStore;
  #attempts = 0;
  #isStopped = false;
  readonly #done: Promise<unknown>;
  #onAnswer: (() => void)[] = [];

  constructor(store: PostgresStore) {
    this.#store = store;
    this.#done = Promise.all(Array.from({ length: WRITERS }, () => this.#work()));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }

  /** Resolves once so many more answers of a kind have come. */
  async until(answers: readonly unknown[], more: number): Promise<void> {
    const enough = answers.length + more;
    while (answers.length < enough) await new Promise<void>((resolve) => this.#onAnswer.push(resolve));
  }

  async stored(): Promise<string[]> {
    const { entities } = await this.#store.query({
      set: things,
      tenantId: this.tenant.id,
      top: 100_000,
      select: ['id'],
    });
    return entities.map(({ id }) => id);
  }

  async #work(): Promise<void> {
    while (!this.#isStopped) {
      const id = `id-${this.#attempts++}`;
      await this.#store.transact(writing(this.tenant.insert(id), this.tenant.record(id))).then(
        () => this.acknowledged.push(id),
        (error: unknown) => this.refusals.push(error),
      );
      for (const resolve of this.#onAnswer.splice(0)) resolve();
    }
  }
}

describe('a database that', () => {
  it('crashes and is started again', async () => {
    const store = await open(await server.createDatabase());
    const writers = new Writers(store);
    await writers.until(writers.acknowledged, 200);
    server.kill();
    await writers.until(writers.refusals, WRITERS);
    await expect(store.get(writers.tenant.byId('id-0'))).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
    await server.restart();
    await writers.until(writers.acknowledged, 200);
    await writers.stop();
    for (const refusal of writers.refusals) expect(refusal).toMatchObject(UNAVAILABLE);
    const stored = new Set(await writers.stored());
    expect(writers.acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });

  it('stands still and goes on', async () => {
    const store = await open(await server.createDatabase());
    const writers = new Writers(store);
    await writers.until(writers.acknowledged, 200);
    server.pause();
    try {
      await writers.until(writers.refusals, WRITERS);
      await expect(store.get(writers.tenant.byId('id-0'))).rejects.toMatchObject(UNAVAILABLE);
    } finally {
      server.resume();
    }
    await writers.until(writers.acknowledged, 200);
    await writers.stop();
    for (const refusal of writers.refusals) expect(refusal).toMatchObject(UNAVAILABLE);
    const stored = new Set(await writers.stored());
    expect(writers.acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });

  it('stands still does not keep the service from stopping', async () => {
    const store = await PostgresStore.open(await server.createDatabase(), contractSets, testSealer(), IMPATIENT);
    const tenant = new Tenant();
    await Promise.all([store.transact(writing(tenant.insert('1'))), store.count(tenant.all())]);
    server.pause();
    try {
      await expect(store.close()).resolves.toBeUndefined();
    } finally {
      server.resume();
    }
  });

  it('ends every connection is used again without a refusal', async () => {
    const url = await server.createDatabase();
    const store = await open(url);
    const tenant = new Tenant();
    // Connections of every kind, several at a time.
    const useAll = () =>
      Promise.all([
        store.transact(writing(tenant.insert(`id-${++inserted}`))),
        store.transact(writing(tenant.insert(`id-${++inserted}`))),
        ...Array.from({ length: 10 }, () => store.get(tenant.byId('id-1'))),
      ]);
    let inserted = 0;
    await useAll();
    await disconnectAll(url);
    await useAll();
    expect(await store.count(tenant.all())).toBe(inserted);
  });

  it('turns read-only, as after a failover, and back', async () => {
    const url = await server.createDatabase();
    const store = await open(url);
    const tenant = new Tenant();
    const turn = async (state: 'on' | 'off') => {
      await execute(
        url,
        `ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET default_transaction_read_only = ${state}`,
      );
      await disconnectAll(url);
    };
    await turn('on');
    await expect(store.transact(writing(tenant.insert('1')))).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
    expect(await store.count(tenant.all())).toBe(0);
    await turn('off');
    await store.transact(writing(tenant.insert('1')));
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('has no connection to spare', async () => {
    const url = await server.createDatabase();
    const guest = new URL(url);
    [guest.username, guest.password] = ['guest', 'p'];
    await execute(url, "CREATE ROLE guest LOGIN PASSWORD 'p'");
    await execute(url, `ALTER DATABASE "${guest.pathname.slice(1)}" OWNER TO guest`);
    const store = await open(guest.href);
    const tenant = new Tenant();
    await store.transact(writing(tenant.insert('1')));
    await execute(url, 'ALTER ROLE guest CONNECTION LIMIT 0');
    await disconnectAll(url);
    await expect(store.transact(writing(tenant.insert('2')))).rejects.toMatchObject(UNAVAILABLE);
    await execute(url, 'ALTER ROLE guest CONNECTION LIMIT -1');
    await store.transact(writing(tenant.insert('2')));
    expect(await store.count(tenant.all())).toBe(2);
  });

  it('has a row locked by somebody else answers for the others', async () => {
    const url = await server.createDatabase();
    const store = await open(url);
    const tenant = new Tenant();
    await store.transact(writing(tenant.insert('locked'), tenant.insert('free')));
    const release = await hold(url, `SELECT * FROM "${things.name}" WHERE id = 'locked' FOR UPDATE`);
    try {
      const change = store.transact(tenant.changing(tenant.byId('locked'), () => ({ note: 'x' })));
      await expect(change).rejects.toMatchObject(UNAVAILABLE);
      await store.transact(tenant.changing(tenant.byId('free'), () => ({ note: 'x' })));
    } finally {
      await release();
    }
    await store.transact(tenant.changing(tenant.byId('locked'), () => ({ note: 'x' })));
    expect((await store.get(tenant.byId('locked')))?.version).toBe(2);
  });
});
