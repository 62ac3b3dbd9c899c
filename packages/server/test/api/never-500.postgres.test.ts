import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll } from 'vitest';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import { allSets, openApi } from './harness.ts';
import { describeNever500 } from './never-500.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

describeNever500('PostgreSQL', async () => {
  const url = await server.createDatabase();
  return openApi({ store: (sealer) => PostgresStore.open(url, allSets, sealer) });
});
