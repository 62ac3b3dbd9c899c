import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll } from 'vitest';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { allSets } from './harness.ts';
import { describeInvitations } from './invitations.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

describeInvitations('PostgreSQL', async () => {
  const url = await server.createDatabase();
  return { store: (sealer) => PostgresStore.open(url, allSets, sealer) };
});
