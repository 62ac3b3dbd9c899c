import { dateTimeOffset, entitySet, entityType, INTERNAL, string } from '@open-remote-help/protocol';
import { expect, it } from 'vitest';
import { tableOf } from './columns.ts';
import { schemaStatements } from './schema.ts';

const TYPES = { text: 'TEXT', integer: 'INTEGER', boolean: 'INTEGER', json: 'TEXT', sealed: 'BLOB', ticks: 'INTEGER' };
const thing = entityType(
  'schemaThing',
  { key: string(), name: string({ isIndexed: true }), endsAt: dateTimeOffset() },
  { alternateKeys: ['key'] },
);
const table = tableOf(entitySet('schemaThings', thing, { path: '', permissions: INTERNAL }));
const columns = new Map([['schemaThings', new Set(['key', 'name', 'endsAt', 'endsAt@ticks', 'endsAt@offset'])]]);
const statements = (indexes: string[]) => schemaStatements([table], { columns, indexes: new Set(indexes) }, TYPES);

it('an index that the model names no more is dropped, those of other tables and of the database are not', () => {
  const others = ['schemaThingsElsewhere.name', 'schemaThings_pkey', 'sqlite_autoindex_schemaThings_1'];
  expect(statements(['schemaThings.key', 'schemaThings.name', 'schemaThings.endsAt', ...others])).toEqual([
    'DROP INDEX "schemaThings.endsAt"',
  ]);
});

it('an index that is missing is made, and none when all are there', () => {
  expect(statements(['schemaThings.key'])).toEqual([
    'CREATE INDEX "schemaThings.name" ON "schemaThings" ("@tenant", "name", "id")',
  ]);
  expect(statements(['schemaThings.key', 'schemaThings.name'])).toEqual([]);
});
