import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll } from 'vitest';
import { postgresDialect } from '../../src/storage/sql/dialect.ts';
import { describeAuditChain } from './audit-chain-contract.ts';
import { postgresDatabase } from './places.ts';
import { describePlans } from './session-plans.ts';
import { describeSessions } from './sessions-contract.ts';

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
describeAuditChain('PostgreSQL', () => postgresDatabase(server));
