import { sqliteDialect } from '../../src/storage/sql/dialect.ts';
import { sqliteFile } from './places.ts';
import { describePlans } from './session-plans.ts';
import { describeSessions } from './sessions-contract.ts';

describeSessions('SQLite in a file', sqliteFile, { runs: 6, actions: 60, sessions: 20_000 }, (place) =>
  describePlans(place, sqliteDialect, 'EXPLAIN QUERY PLAN'),
);
