/** The property that every engine has to hold: `$filter` and `$orderby` show the rows that the plain evaluator shows. */
import { compareEntities, type Entity, filterText, matches, orderByText } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseFilter, parseOrderBy } from '../../src/odata/filter/filter.ts';
import { compileCondition } from '../../src/storage/sql/compile-expression.ts';
import { compileOrderBy, cursorOf } from '../../src/storage/sql/compile-order.ts';
import { raw, sql } from '../../src/storage/sql/fragment.ts';
import type { Expression } from '../../src/store/expression.ts';
import type { Cursor, OrderBy } from '../../src/store/store.ts';
import { createSampleTable, type SqlEngine, sample, samplePools, sampleRows } from './sample-table.ts';

const RUNS = 400;
const PAGE = 7;

/** @param open gives an engine with an empty database; whoever opened it closes it */
export function describeFilterAgreement(name: string, open: () => Promise<SqlEngine>): void {
  describe(`$filter and $orderby on ${name}`, () => {
    let engine: SqlEngine;

    beforeAll(async () => {
      engine = await open();
      await createSampleTable(engine);
    });

    // ODATA-30, ODATA-39
    it('shows the rows that the evaluator shows', async () => {
      await fc.assert(
        fc.asyncProperty(filterText(sample, samplePools), async (text) => {
          const filter = parseFilter(text, sample);
          expect(await idsFrom(engine, filter)).toEqual(idsOf(sampleRows.filter((row) => matches(filter, row))));
        }),
        { numRuns: RUNS },
      );
    });

    // ODATA-39
    it('is two-valued under not and in comparisons', async () => {
      await fc.assert(
        fc.asyncProperty(filterText(sample, samplePools), async (text) => {
          const filter = parseFilter(`not ((${text}) eq true)`, sample);
          const plain = parseFilter(text, sample);
          const shown = [...(await idsFrom(engine, filter)), ...(await idsFrom(engine, plain))];
          expect(shown.sort()).toEqual(idsOf(sampleRows));
        }),
        { numRuns: RUNS },
      );
    });

    it('pages through the rows in the order of the evaluator', async () => {
      await fc.assert(
        fc.asyncProperty(orderByText(sample, samplePools), async (text) => {
          const orderBy = parseOrderBy(text, sample);
          const expected = [...sampleRows].sort((a, b) => compareEntities(orderBy, a, b));
          expect(await pagedIds(engine, orderBy)).toEqual(expected.map(({ id }) => id));
        }),
        { numRuns: RUNS / 4 },
      );
    });
  });
}

function idsOf(rows: readonly Entity[]): string[] {
  return rows.map(({ id }) => id as string).sort();
}

async function idsFrom(engine: SqlEngine, filter: Expression): Promise<string[]> {
  const where = compileCondition(filter, engine.dialect);
  const statement = engine.dialect.statement(sql`SELECT "id" FROM "sample" WHERE ${where} ORDER BY "id"`);
  const rows = await engine.run(statement.text, statement.values);
  return rows.map(([id]) => id as string);
}

async function pagedIds(engine: SqlEngine, orderBy: readonly OrderBy[]): Promise<string[]> {
  const ids: string[] = [];
  let cursor: Cursor | undefined;
  do {
    const { columns, orderBy: order, after } = compileOrderBy(orderBy, engine.dialect, cursor);
    const selected = columns.reduce((list, column) => sql`${list}, ${column}`, raw('"id"'));
    const statement = engine.dialect.statement(
      sql`SELECT ${selected} FROM "sample" WHERE ${after ?? raw('1 = 1')} ORDER BY ${order} ${raw(`LIMIT ${PAGE}`)}`,
    );
    const rows = await engine.run(statement.text, statement.values);
    ids.push(...rows.map(([id]) => id as string));
    const [id, ...values] = rows.at(-1) ?? [];
    cursor = rows.length === PAGE ? cursorOf(orderBy, values, id as string) : undefined;
  } while (cursor && ids.length <= sampleRows.length);
  return ids;
}
