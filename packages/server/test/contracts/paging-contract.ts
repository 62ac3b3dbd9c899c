import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cursor, OrderBy, Query, Store, StoredEntity, Values } from '../../src/store/store.ts';
import { ascending, compare, descending, Tenant, writing } from './contract-sets.ts';
import type { Subject } from './store-contract.ts';

/** `query` with order, pages and selected properties. */
export function describePaging(subject: () => Subject): void {
  const store = () => subject().store;

  /** Ids in the order of the pages, `top` rows each. */
  async function walk(query: Query, onPage?: (ids: readonly string[]) => Promise<void>): Promise<string[]> {
    const ids: string[] = [];
    for (let after: Cursor | undefined, isFirst = true; isFirst || after; isFirst = false) {
      const page = await store().query({ ...query, ...(after ? { after } : {}) });
      expect(page.entities.length).toBeLessThanOrEqual(query.top);
      const shown = page.entities.map(({ id }) => id);
      ids.push(...shown);
      // A cursor travels in a link.
      after = page.next && JSON.parse(JSON.stringify(page.next));
      await onPage?.(shown);
    }
    return ids;
  }

  async function filled(rows: Readonly<Record<string, Values>>): Promise<Tenant> {
    const tenant = new Tenant();
    await store().transact(writing(...Object.entries(rows).map(([id, values]) => tenant.insert(id, values))));
    return tenant;
  }

  // ODATA-43
  describe('order', () => {
    it('is by id where nothing else is asked, by code point', async () => {
      const ids = ['\u{10000}', 'a', '\uffff', 'Z', 'é', '10', '9', 'z', 'a\u0301', 'B', 'á'];
      const tenant = await filled(Object.fromEntries(ids.map((id) => [id, {}])));
      const byCodePoint = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await walk(tenant.all())).toEqual(byCodePoint);
      expect(await walk({ ...tenant.all(), top: 2 })).toEqual(byCodePoint);
    });

    it('puts null first ascending and last descending', async () => {
      const tenant = await filled({ a: { label: 'x' }, b: {}, c: { label: '' }, d: {}, e: { label: 'X' } });
      for (const top of [100, 1, 2]) {
        expect(await walk({ ...tenant.all(), top, orderBy: [ascending('label')] })).toEqual(['b', 'd', 'c', 'e', 'a']);
        expect(await walk({ ...tenant.all(), top, orderBy: [descending('label')] })).toEqual(['a', 'e', 'c', 'b', 'd']);
      }
    });

    // ODATA-27
    it('tells instants apart to 100 ns, whatever their offsets', async () => {
      const tenant = await filled({
        a: { endsAt: '9999-12-31T23:59:59.9999999-14:00' },
        b: { endsAt: '9999-12-31T23:59:59.9999998-14:00' },
        c: { endsAt: '2016-12-31T23:59:57.5564523-08:00' },
        d: { endsAt: '2017-01-01T08:59:57.5564522+01:00' },
        e: { endsAt: '2017-01-01T07:59:57.5564521Z' },
        f: { endsAt: '0001-01-01T00:00:00+14:00' },
      });
      for (const top of [100, 1]) {
        expect(await walk({ ...tenant.all(), top, orderBy: [ascending('endsAt')] })).toEqual([...'fedcba']);
        expect(await walk({ ...tenant.all(), top, orderBy: [descending('endsAt')] })).toEqual([...'abcdef']);
      }
    });

    it('follows every term, then the id', async () => {
      const tenant = await filled({
        a: { isOn: true, size: 2 },
        b: { isOn: true, size: 2 },
        c: { isOn: false, size: 10 },
        d: { isOn: true, size: 10 },
        e: { isOn: true },
      });
      const orderBy = [ascending('isOn'), descending('size')];
      for (const top of [100, 1, 2, 3]) {
        expect(await walk({ ...tenant.all(), top, orderBy })).toEqual(['c', 'd', 'a', 'b', 'e']);
      }
    });
  });

  describe('pages', () => {
    it('of any size show what one page shows', async () => {
      const row = fc.record({
        label: fc.option(fc.constantFrom('', 'a', 'A', 'é', '\u{10ffff}'), { nil: null }),
        size: fc.option(fc.constantFrom(-1, 0, 1, Number.MAX_SAFE_INTEGER), { nil: null }),
        isOn: fc.boolean(),
        endsAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.0000001Z', '2026-01-01T01:00:00+01:00'),
      });
      const term: fc.Arbitrary<OrderBy> = fc
        .tuple(fc.constantFrom('label', 'size', 'isOn', 'endsAt', 'id'), fc.boolean())
        .map(([name, isDescending]) => (isDescending ? descending(name as 'label') : ascending(name as 'label')));
      await fc.assert(
        fc.asyncProperty(
          fc.array(row, { minLength: 1, maxLength: 12 }),
          fc.array(term, { maxLength: 3 }),
          fc.integer({ min: 1, max: 5 }),
          async (rows, orderBy, top) => {
            const tenant = await filled(Object.fromEntries(rows.map((values, index) => [`id-${index}`, values])));
            const whole = await walk({ ...tenant.all(), orderBy });
            expect(whole.length).toBe(rows.length);
            expect(await walk({ ...tenant.all(), orderBy, top })).toEqual(whole);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('stay right while rows come and go', async () => {
      const tenant = new Tenant();
      const labelOf = (index: number) => String(index).padStart(3, '0');
      const stay = Array.from({ length: 20 }, (_, index) => `stay-${labelOf(index)}`);
      const rows = stay.flatMap((id, index) => [
        tenant.insert(id, { label: labelOf(index * 10) }),
        tenant.insert(`go-${labelOf(index)}`, { label: labelOf(index * 10 + 5) }),
      ]);
      await store().transact(writing(...rows));
      let pages = 0;
      const query = { ...tenant.all(), top: 4, orderBy: [ascending('label')] };
      const seen = await walk(query, async (shown) => {
        pages++;
        // The row that the cursor names goes, and others come before and behind it.
        const gone = shown.filter((id) => id.startsWith('go-'));
        await store().transact(
          writing(
            ...gone.map((id) => tenant.delete(id)),
            tenant.insert(`come-${pages}-early`, { label: '000' }),
            tenant.insert(`come-${pages}-late`, { label: '1' }),
          ),
        );
      });
      expect(seen.filter((id) => id.startsWith('stay-'))).toEqual(stay);
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('end without a cursor exactly when no row follows', async () => {
      const tenant = await filled({ a: {}, b: {}, c: {}, d: {} });
      const page = (top: number) => store().query({ ...tenant.all(), top });
      expect((await page(3)).next).toBeDefined();
      expect((await page(4)).next).toBeUndefined();
      expect((await page(5)).next).toBeUndefined();
    });

    it('skip rows on the first one only', async () => {
      const tenant = await filled({ a: {}, b: {}, c: {}, d: {}, e: {} });
      const first = await store().query({ ...tenant.all(), skip: 2, top: 2 });
      expect(first.entities.map(({ id }) => id)).toEqual(['c', 'd']);
      const second = await store().query({ ...tenant.all(), top: 2, after: first.next as Cursor });
      expect(second.entities.map(({ id }) => id)).toEqual(['e']);
      expect(await store().query({ ...tenant.all(), skip: 5, top: 2 })).toEqual({ entities: [] });
    });

    it('hold only what the filter lets through', async () => {
      const tenant = await filled({ a: { size: 1 }, b: { size: 2 }, c: {}, d: { size: 3 }, e: { size: 0 } });
      const query = { ...tenant.all(), filter: compare('size', 'ge', 1), orderBy: [descending('size')], top: 1 };
      expect(await walk(query)).toEqual(['d', 'b', 'a']);
    });
  });

  describe('selected properties', () => {
    it('are the only ones read, whatever orders the page', async () => {
      const tenant = await filled({ a: { note: '1', size: 2 }, b: { note: '2', size: 1 } });
      const { entities } = await store().query({
        ...tenant.all(),
        select: ['note', 'endsAt'],
        orderBy: [ascending('size')],
      });
      const endsAt = '2026-01-01T00:00:00Z';
      expect(entities).toEqual([
        { id: 'b', version: 1, values: { note: '2', endsAt } },
        { id: 'a', version: 1, values: { note: '1', endsAt } },
      ] satisfies StoredEntity[]);
    });

    it('may be none but the id', async () => {
      const tenant = await filled({ a: {}, b: {} });
      const page = await (store() as Store).query({ ...tenant.all(), select: ['id'], top: 1 });
      expect(page).toEqual({ entities: [{ id: 'a', version: 1, values: {} }], next: ['a'] });
    });
  });
}
