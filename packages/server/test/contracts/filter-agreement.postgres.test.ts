import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { postgresDialect } from '../../src/storage/sql/dialect.ts';
import { describeFilterAgreement } from './filter-agreement.ts';

let server: TestPostgres;
let client: Client;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(async () => {
  await client?.end();
  await server?.stop();
});

describeFilterAgreement('PostgreSQL', async () => {
  client = new Client({ connectionString: await server.createDatabase() });
  await client.connect();
  return {
    dialect: postgresDialect,
    run: async (text, values) =>
      (await client.query<unknown[]>({ text, values: values as unknown[], rowMode: 'array' })).rows,
  };
});
