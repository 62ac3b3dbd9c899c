import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSampleTable, sample, sampleRows } from '../../../test/contracts/sample-table.ts';
import { parseOrderBy } from '../../odata/filter/filter.ts';
import type { Cursor } from '../../store/store.ts';
import { compileOrderBy } from './compile-order.ts';
import { sqliteDialect } from './dialect.ts';
import { sql } from './fragment.ts';

const db = new Database(':memory:');

beforeAll(() =>
  createSampleTable({
    dialect: sqliteDialect,
    run: async (text, values) => {
      db.prepare(text).run(...values);
      return [];
    },
  }),
);
afterAll(() => {
  db.close();
});

describe('compileOrderBy', () => {
  it('puts nulls first ascending and last descending, id last of all', () => {
    const orderBy = parseOrderBy('label desc,code,startedAt', sample);
    const { columns, orderBy: order } = compileOrderBy(orderBy, sqliteDialect);
    expect(order.text).toBe('"label" DESC NULLS LAST, "code" ASC, "startedAt@ticks" ASC NULLS FIRST, "id" ASC');
    expect(columns.map(({ text }) => text)).toEqual([
      '"label" AS "@o0"',
      '"code" AS "@o1"',
      'CAST("startedAt@ticks" AS text) AS "@o2"',
    ]);
  });

  it('orders by id alone when nothing is asked for', () => {
    const { columns, orderBy, after } = compileOrderBy([], sqliteDialect, ['id-07']);
    expect([columns, orderBy.text, after]).toEqual([[], '"id" ASC', { text: '"id" > ?', values: ['id-07'] }]);
  });

  it.each<[string, Cursor]>([
    ['label', [null, 'id-30']],
    ['label desc', [null, 'id-30']],
    ['label', ['abc', 'id-30']],
    ['label desc', ['abc', 'id-30']],
    ['isReady,count desc', [true, 3, 'id-30']],
    ['isOn desc,startedAt desc', [true, '636188687975564522', 'id-30']],
    ['rights,person/age', [3, null, '']],
    ['person/isGuest desc', [false, 'id-30']],
    ['id desc', ['id-30', 'id-30']],
  ])('after %s %j leaves exactly what sorts behind', (text, cursor) => {
    const orderBy = parseOrderBy(text, sample);
    const { columns, orderBy: order, after } = compileOrderBy(orderBy, sqliteDialect, cursor);
    const [first = sql`1`, second = sql`1`] = columns;
    const listed = sql`SELECT "id", ${first}, ${second} FROM "sample" ORDER BY ${order}`;
    const all = db
      .prepare(listed.text)
      .raw()
      .all(...listed.values) as unknown[][];
    const behind = sql`SELECT "id" FROM "sample" WHERE ${after ?? sql`0`} ORDER BY ${order}`;
    const shown = db
      .prepare(behind.text)
      .pluck()
      .all(...behind.values);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThan(sampleRows.length);
    expect(shown).toEqual(all.map(([id]) => id).slice(-shown.length));
  });

  it('lets an index serve order and position of a property that is never null', () => {
    db.exec('CREATE INDEX "sample.endsAt" ON "sample" ("endsAt@ticks", "id")');
    for (const direction of ['', ' desc']) {
      const orderBy = parseOrderBy(`endsAt${direction}`, sample);
      const { orderBy: order, after } = compileOrderBy(orderBy, sqliteDialect, ['636188687975564522', 'id-30']);
      const query = sql`EXPLAIN QUERY PLAN SELECT "id" FROM "sample" WHERE ${after ?? sql`0`} ORDER BY ${order}`;
      const [step] = db.prepare(query.text).all(...query.values) as { detail: string }[];
      expect(step?.detail).toContain('SEARCH sample USING');
      expect(step?.detail).toContain('sample.endsAt');
    }
  });
});
