import { type EnumType, model, type Property } from '@open-remote-help/protocol';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractSets, shownThings, Tenant, thing, things, writing } from '../../../test/contracts/contract-sets.ts';
import { parseFilter, parseOrderBy } from '../../odata/filter/filter.ts';
import type { Query } from '../../store/store.ts';
import { pageOfRows } from '../sql/queries.ts';
import { openDatabase } from './database.ts';
import { pageJob } from './list-job.ts';
import { QuickLists } from './quick-lists.ts';
import { perform } from './read-job.ts';
import { SqliteStore } from './sqlite-store.ts';
import { StatementCache } from './statement-cache.ts';

const FEW = 10;
/** As a client sees them; sets that are not served have rules of their own. */
const served = { ...things, path: 'things' };
const many = new Tenant();
const few = new Tenant();
let db: Database.Database;
let quick: QuickLists;

/** Forty things of one tenant, eight of another; a third of them is labelled so. */
beforeAll(async () => {
  db = openDatabase(':memory:', contractSets);
  const store = new SqliteStore(db, { seal: (text) => Buffer.from(text), open: String });
  const rowsOf = (tenant: Tenant, count: number) =>
    Array.from({ length: count }, (_, index) =>
      tenant.insert(`id-${String(index).padStart(2, '0')}`, {
        label: index % 3 === 0 ? 'third' : null,
        note: `note ${index % 4}`,
        size: index,
        endsAt: `2026-01-01T00:00:${String((index * 7) % 40).padStart(2, '0')}Z`,
      }),
    );
  await store.transact(writing(...rowsOf(many, 40), ...rowsOf(few, 8)));
  quick = new QuickLists(new StatementCache(db), FEW);
});

afterAll(() => {
  db.close();
});

interface Asked {
  readonly filter?: string;
  readonly orderBy?: string;
  readonly skip?: number;
  readonly top?: number;
  readonly after?: Query['after'];
}

function queryOf(tenant: Tenant, { filter, orderBy, skip, after, top = 3 }: Asked): Query {
  return {
    set: served,
    tenantId: tenant.id,
    top,
    ...(filter === undefined ? {} : { filter: parseFilter(filter, thing) }),
    ...(orderBy === undefined ? {} : { orderBy: parseOrderBy(orderBy, thing) }),
    ...(skip === undefined ? {} : { skip }),
    ...(after === undefined ? {} : { after }),
  };
}

const RANGE_FEW_FIT = 'endsAt ge 2026-01-01T00:00:38Z';

describe('a page is quick', () => {
  it.each<[string, Asked]>([
    ['of everything', {}],
    ['that goes on behind a row', { after: ['id-20'] }],
    ['at a near position', { skip: 10 }],
    ['by the value of an indexed property', { filter: "label eq 'third'" }],
    ['by null of an indexed property', { filter: 'label eq null' }],
    ['by the value of a key, whatever else', { filter: "code eq 'code of id-07' and note eq 'x' and size gt 100" }],
    ['by few values of an indexed property, that are sorted', { filter: "label in ('third','x') and size ge 0" }],
    ['by a range of an indexed property that few fit', { filter: `${RANGE_FEW_FIT} and size ge 0`, orderBy: 'size' }],
    ['by few keys, wherever it begins', { filter: "code in ('code of id-01','code of id-02') and size ge 0", skip: 1 }],
    ['in the order of an indexed property', { orderBy: 'endsAt' }],
    ['in the order of one that may be null', { orderBy: 'label' }],
    ['in the order of an indexed property and its range', { orderBy: 'endsAt', filter: RANGE_FEW_FIT }],
    ['by what many of the next rows have', { filter: 'size ge 0', top: 9 }],
    ['by a range that many of the next rows fit', { filter: 'endsAt ge 2026-01-01T00:00:01Z' }],
  ])('%s', (_, asked) => {
    const query = queryOf(many, asked);
    const whole = perform(pageJob(query), new StatementCache(db));
    expect(whole.length > 0 || asked.filter?.includes('code')).toBe(true);
    expect(quick.page(query)).toEqual(whole);
  });

  it('through a view', () => {
    expect(quick.page({ ...queryOf(many, {}), set: { ...shownThings, path: 'shown' } })).toHaveLength(4);
  });
});

describe('a page is not quick', () => {
  it.each<[string, Asked]>([
    ['by what few of the next rows have', { filter: 'size ge 30' }],
    ['by a range that many fit, but few of the next rows', { filter: 'endsAt ge 2026-01-01T00:00:24Z' }],
    ['by an indexed property and another one', { filter: "label eq 'third' and note eq 'x'" }],
    ['by an alternate key that many lack, and another property', { filter: "badge eq null and note eq 'x'" }],
    ['by one of two properties', { filter: "label eq 'x' or badge eq 'x'" }],
    ['by a function', { filter: "contains(note,'note')" }],
    ['by an indexed property and a function', { filter: "label eq 'third' and contains(note,'note')" }],
    ['by a key and a function', { filter: "id eq 'id-01' and contains(note,'note')" }],
    ['by a member of an object', { filter: "place/city eq 'x'" }],
    ['in the order of a property without index', { orderBy: 'size' }],
    ['in descending order, where equals have to be sorted', { orderBy: 'endsAt desc' }],
    ['among equals of its order', { orderBy: 'endsAt', after: ['0', 'id-20'] }],
    ['at a far position', { skip: 11 }],
  ])('%s', (_, asked) => {
    expect(quick.page(queryOf(many, asked))).toBeUndefined();
  });
});

describe('where a tenant has few rows', () => {
  it.each<[string, Asked]>([
    ['by any property', { filter: 'size ge 5' }],
    ['in any order', { orderBy: 'size desc' }],
  ])('a page is quick %s', (_, asked) => {
    const query = queryOf(few, asked);
    expect(quick.page(query)).toEqual(perform(pageJob(query), new StatementCache(db)));
  });

  it('a count is quick, but not by a function', () => {
    expect(quick.count(queryOf(few, {}))).toEqual([[8]]);
    expect(quick.count(queryOf(few, { filter: 'size ge 5' }))).toEqual([[3]]);
    expect(quick.count(queryOf(few, { filter: 'length(note) eq 6' }))).toBeUndefined();
  });
});

it('a count of many rows is not quick', () => {
  expect(quick.count(queryOf(many, {}))).toBeUndefined();
  expect(quick.count(queryOf(many, { filter: "label eq 'third'" }))).toBeUndefined();
});

it('what the service asks for itself is read at once', () => {
  const query = { ...queryOf(many, { filter: "contains(note,'note') and size ge 30", orderBy: 'size' }), set: things };
  expect(quick.page(query)).toEqual(perform(pageJob(query), new StatementCache(db)));
  expect(quick.count(query)).toEqual([[10]]);
});

const LITERALS: Readonly<Record<string, string>> = {
  'Edm.Boolean': 'true',
  'Edm.Int32': '1',
  'Edm.Int64': '1',
  'Edm.DateTimeOffset': '2026-01-01T00:00:00Z',
};

it('every index of the model serves what it is asked for', () => {
  const product = openDatabase(':memory:', model.sets);
  const none = new QuickLists(new StatementCache(product), 0);
  let asked = 0;
  for (const set of model.sets.filter(({ viewOf }) => !viewOf)) {
    product.prepare(`INSERT INTO "${set.name}" ("@tenant", id, "@version") VALUES ('t', '1', 1)`).run();
    const properties: Readonly<Record<string, Property>> = set.type.properties;
    for (const [name, { isIndexed, type }] of Object.entries(properties)) {
      if (!isIndexed && !set.type.alternateKeys.includes(name) && name !== 'id') continue;
      const literal =
        type.kind === 'primitive' ? (LITERALS[type.name] ?? "'a'") : `'${Object.keys((type as EnumType).members)[0]}'`;
      const forms = [`${name} eq ${literal}`, `${name} in (${literal},${literal})`];
      if (type.kind === 'primitive') forms.push(`${literal} lt ${name}`, `${name} ge ${literal}`);
      for (const form of forms) {
        const filter = parseFilter(`${form} and id ne 'none'`, set.type);
        expect(none.page({ set, tenantId: 't', top: 1, filter }), form).toEqual([]);
        asked++;
      }
    }
  }
  expect(asked).toBeGreaterThan(50);
  product.close();
});

it('what is quick is the same page, and behind the same cursor', () => {
  const filters = ['size ge 3', 'size lt 30', "label eq 'third'", "note eq 'note 1'", 'endsAt ge 2026-01-01T00:00:20Z'];
  const asked = fc.record({
    filter: fc.option(fc.constantFrom(...filters), { nil: undefined }),
    top: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(asked, fc.constantFrom(many, few), ({ filter, top }, tenant) => {
      let after: Query['after'];
      do {
        const query = queryOf(tenant, { top, ...(filter ? { filter } : {}), ...(after ? { after } : {}) });
        const expected = perform(pageJob(query), new StatementCache(db));
        expect(quick.page(query) ?? expected).toEqual(expected);
        after = pageOfRows(query, expected).next;
      } while (after);
    }),
  );
});
