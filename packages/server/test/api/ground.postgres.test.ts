import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll } from 'vitest';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { describeGround } from './ground.ts';
import { allSets } from './harness.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

describeGround('PostgreSQL', async () => {
  const url = await server.createDatabase();
  return { store: (sealer) => PostgresStore.open(url, allSets, sealer) };
});
