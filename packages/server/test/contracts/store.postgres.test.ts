import { startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll } from 'vitest';
import { contractSets } from './contract-sets.ts';
import { describeSealing, keptSets } from './encoding-contract.ts';
import { describeNodes } from './nodes-contract.ts';
import { postgresDatabase } from './places.ts';
import { describeStore, PORT_PARTS } from './store-contract.ts';
import { describeUpgrade } from './upgrade-contract.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server?.stop());

const sets = [...contractSets, ...keptSets];

describeStore('PostgreSQL', sets, () => postgresDatabase(server), [...PORT_PARTS, describeSealing]);
describeUpgrade('PostgreSQL', () => postgresDatabase(server));
describeNodes('PostgreSQL', () => postgresDatabase(server));
