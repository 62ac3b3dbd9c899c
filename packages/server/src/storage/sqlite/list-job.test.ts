import {
  dateTimeOffset,
  entitySet,
  entityType,
  INTERNAL,
  parseDateTimeOffset,
  string,
} from '@open-remote-help/protocol';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseFilter, parseOrderBy } from '../../odata/filter/filter.ts';
import { BOOLEAN, type Comparison, INSTANT } from '../../store/expression.ts';
import type { Query } from '../../store/store.ts';
import { type Fragment, raw } from '../sql/fragment.ts';
import { pageOfRows } from '../sql/queries.ts';
import { countJob, pageJob } from './list-job.ts';
import { perform, type ReadJob } from './read-job.ts';
import { StatementCache } from './statement-cache.ts';

const TENANT = 'a tenant';
const lease = entityType('lease', { holder: string({ isIndexed: true }), endsAt: dateTimeOffset({ isIndexed: true }) });
const leases = entitySet('leases', lease, { path: '', permissions: INTERNAL });

let executed: string[];

/** Leases of several tenants that end at the given hours. */
function leasesEndingAt(hours: readonly number[]): Database.Database {
  const db = new Database(':memory:', { verbose: (text) => executed.push(String(text)) });
  db.exec(`CREATE TABLE leases ("@tenant" TEXT, id TEXT, "@version" INTEGER, holder TEXT, endsAt TEXT,
      "endsAt@ticks" INTEGER, "endsAt@offset" INTEGER, PRIMARY KEY ("@tenant", id));
    CREATE INDEX "leases.holder" ON leases ("@tenant", holder, id);
    CREATE INDEX "leases.endsAt" ON leases ("@tenant", "endsAt@ticks", id);`);
  const insert = db.prepare(`INSERT INTO leases VALUES (?, ?, 1, ?, ?, ?, 0)`);
  for (const [index, hour] of hours.entries()) {
    for (const tenant of [TENANT, 'before', 'z']) {
      const ticks = parseDateTimeOffset(instantOf(hour))?.ticks;
      insert.run(tenant, `lease-${String(index).padStart(3, '0')}`, `holder ${hour}`, instantOf(hour), ticks);
    }
  }
  executed = [];
  return db;
}

function instantOf(hour: number): string {
  return `2026-01-01T${String(hour).padStart(2, '0')}:00:00Z`;
}

function endsFrom(hour: number): Comparison {
  const left = { kind: 'property', type: INSTANT, path: ['endsAt'], property: lease.properties.endsAt } as const;
  const right = { kind: 'literal', type: INSTANT, value: instantOf(hour) } as const;
  return { kind: 'comparison', type: BOOLEAN, operator: 'ge', left, right };
}

function rowsOf(db: Database.Database, query: Query, near: number): unknown[][] {
  return perform(pageJob(query, undefined, near), new StatementCache(db));
}

/** Ids of all pages. */
function walk(db: Database.Database, query: Query, near: number): string[] {
  const ids: string[] = [];
  let after: Query['after'];
  do {
    const page = pageOfRows(query, rowsOf(db, after ? { ...query, after } : query, near));
    ids.push(...page.entities.map(({ id }) => id));
    after = page.next;
  } while (after);
  return ids;
}

const usesNear = (text: string) => text.startsWith('SELECT') && text.includes('INDEXED BY');
const usesWhole = (text: string) => text.startsWith('SELECT') && !text.includes('INDEXED BY');

beforeEach(() => {
  executed = [];
});

describe('pages by a range of an indexed property', () => {
  const range = (hour: number, top: number): Query => ({ set: leases, tenantId: TENANT, filter: endsFrom(hour), top });

  it('hold the same rows wherever those lie', () => {
    const hours = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 });
    const size = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(hours, fc.integer({ min: 0, max: 5 }), size, size, (ends, hour, near, top) => {
        const expected = ends.flatMap((end, index) => (end >= hour ? [`lease-${String(index).padStart(3, '0')}`] : []));
        expect(walk(leasesEndingAt(ends), range(hour, top), near)).toEqual(expected);
      }),
    );
  });

  it('are not sorted where enough rows that fit are near', () => {
    expect(rowsOf(leasesEndingAt(Array(20).fill(3)), range(2, 3), 5)).toHaveLength(4);
    expect(executed.some(usesNear)).toBe(true);
    expect(executed.some(usesWhole)).toBe(false);
  });

  it('are sorted where they are not', () => {
    expect(rowsOf(leasesEndingAt([...Array(20).fill(1), 3]), range(2, 3), 5)).toHaveLength(1);
    expect(executed.some(usesWhole)).toBe(true);
  });
});

describe('pages in an order of their own', () => {
  it.each<[string, Partial<Query>]>([
    ['by a property', { orderBy: [{ expression: endsFrom(0).left, isDescending: true }] }],
    ['by position', { skip: 1 }],
  ])('are not looked for near: %s', (_, order) => {
    const query: Query = { set: leases, tenantId: TENANT, top: 3, ...order };
    expect(rowsOf(leasesEndingAt(Array(20).fill(3)), query, 5)).toHaveLength(4);
    expect(executed.some(usesNear)).toBe(false);
  });
});

describe('the condition that a job is given', () => {
  const nobody = "contains(holder,'nobody')";
  const query = (filter?: string, orderBy?: string): Query => ({
    set: leases,
    tenantId: TENANT,
    top: 3,
    ...(filter === undefined ? {} : { filter: parseFilter(filter, lease) }),
    ...(orderBy === undefined ? {} : { orderBy: parseOrderBy(orderBy, lease) }),
  });
  it.each<[string, (within: Fragment) => ReadJob]>([
    ['a list', (within) => pageJob(query(nobody), within)],
    ['a list by an index', (within) => pageJob(query("holder eq 'holder 3' and year(endsAt) eq 1999"), within)],
    ['a list by a range', (within) => pageJob(query(`endsAt ge 2026-01-01T00:00:00Z and ${nobody}`), within)],
    ['a list by a range that the index decides', (within) => pageJob(query(`holder ge 'a' and ${nobody}`), within)],
    ['a sorted list', (within) => pageJob(query(nobody, 'length(holder) desc'), within)],
    ['a count', (within) => countJob(query(nobody), within)],
    ['a count of everything', (within) => countJob(query(), within)],
  ])('is asked for each row that is looked at by %s', (_, jobOf) => {
    const db = leasesEndingAt(Array(20).fill(3));
    let asked = 0;
    db.function('asked', () => ++asked);
    perform(jobOf(raw('asked()')), new StatementCache(db));
    expect(asked).toBe(20);
  });
});

it('a page behind a cursor looks at no row before it, whatever else bounds the range', () => {
  const db = leasesEndingAt(Array.from({ length: 20 }, (_, hour) => hour));
  let asked = 0;
  db.function('asked', () => ++asked);
  const query: Query = {
    set: leases,
    tenantId: TENANT,
    top: 2,
    filter: endsFrom(1),
    orderBy: [{ expression: endsFrom(1).left, isDescending: false }],
    after: [String(parseDateTimeOffset(instantOf(10))?.ticks), 'lease-010'],
  };
  expect(perform(pageJob(query, raw('asked()')), new StatementCache(db)).map(([id]) => id)).toEqual([
    'lease-011',
    'lease-012',
    'lease-013',
  ]);
  expect(asked).toBe(4);
});

describe('a count', () => {
  it('is of the rows that fit, in one tenant', () => {
    const job = countJob({ set: leases, tenantId: TENANT, filter: endsFrom(2) });
    expect(perform(job, new StatementCache(leasesEndingAt([1, 2, 3])))).toEqual([[2]]);
  });
});
