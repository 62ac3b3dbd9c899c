import { auditEvents } from '@open-remote-help/protocol';
import { ManualClock, startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { liveSessions } from '../../src/session/session-model.ts';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { postgresDialect } from '../../src/storage/sql/dialect.ts';
import { describeAuditChain } from './audit-chain-contract.ts';
import { postgresDatabase } from './places.ts';
import { describeSessionClock } from './session-clock.ts';
import { describePlans } from './session-plans.ts';
import { describeSessions, sessionContractSets } from './sessions-contract.ts';
import { testSealer } from './store-contract.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server?.stop());

describeSessions(
  'PostgreSQL',
  () => postgresDatabase(server),
  { runs: 3, actions: 40, sessions: 10_000 },
  (place) => describePlans(place, postgresDialect, 'EXPLAIN'),
);
describeSessionClock('PostgreSQL', () => postgresDatabase(server));
describeAuditChain('PostgreSQL', () => postgresDatabase(server));

describe('a store on PostgreSQL', () => {
  // SES-4
  it.each([
    ['ahead of', 2_000],
    ['behind', -2_000],
  ])("is of no use to a node whose clock is %s the database's", async (where, offMs) => {
    const clock = new ManualClock(systemClock.now() + offMs);
    const store = await PostgresStore.open(await server.createDatabase(), [auditEvents], testSealer(), {}, clock);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(where) });
    await store.close();
  });

  // SES-9
  it('finds deadlines though lists of others are waiting', async () => {
    const url = await server.createDatabase();
    const store = await PostgresStore.open(url, sessionContractSets, testSealer());
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query('BEGIN');
    await other.query('LOCK TABLE "auditEvents" IN ACCESS EXCLUSIVE MODE');
    const lists = Array.from({ length: 8 }, () => store.query({ set: auditEvents, tenantId: 't', top: 1 }));
    const own = await store.query({ set: liveSessions, tenantId: 't', top: 1 });
    expect(own.entities).toEqual([]);
    await other.query('ROLLBACK');
    await other.end();
    expect(await Promise.all(lists)).toHaveLength(8);
    await store.close();
  });
});
