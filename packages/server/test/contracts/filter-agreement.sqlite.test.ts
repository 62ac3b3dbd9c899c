import Database from 'better-sqlite3';
import { afterAll } from 'vitest';
import { sqliteDialect } from '../../src/storage/sql/dialect.ts';
import { describeFilterAgreement } from './filter-agreement.ts';

const db = new Database(':memory:');
afterAll(() => {
  db.close();
});

describeFilterAgreement('SQLite', async () => ({
  dialect: sqliteDialect,
  run: async (text, values) => {
    const statement = db.prepare(text);
    if (statement.reader) return statement.raw().all(...values) as unknown[][];
    statement.run(...values);
    return [];
  },
}));
