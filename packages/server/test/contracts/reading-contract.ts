import { describe, expect, it } from 'vitest';
import { and } from '../../src/store/expression.ts';
import type { StoredEntity } from '../../src/store/store.ts';
import { compare, records, shownThings, Tenant, things, thingValues, writing } from './contract-sets.ts';
import type { Subject } from './store-contract.ts';

/** `get`, `query` without order, `count`, `purge`, `ping`; and that tenants never meet. */
export function describeReading(subject: () => Subject): void {
  const store = () => subject().store;

  describe('reading', () => {
    it('finds an entity by id and by each alternate key, through a view too', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1', { badge: 'b-1' }), tenant.insert('2')));
      const keys = [
        tenant.byId('1'),
        tenant.byCode('code of 1'),
        { set: things, tenantId: tenant.id, alternateKey: 'badge', value: 'b-1' },
        { set: shownThings, tenantId: tenant.id, id: '1' },
      ];
      for (const key of keys) expect((await store().get(key))?.id).toBe('1');
      expect(await store().get(tenant.byId('3'))).toBeUndefined();
      expect(await store().get(tenant.byCode('1'))).toBeUndefined();
    });

    // ODATA-12
    it('tells ids and alternate keys apart by case and accent', async () => {
      const tenant = new Tenant();
      await store().transact(writing(...['a', 'A', 'é', 'e\u0301', 'i', 'ı', 'İ', 'I'].map((id) => tenant.insert(id))));
      for (const id of ['a', 'A', 'é', 'e\u0301', 'i', 'ı', 'İ', 'I']) {
        expect((await store().get(tenant.byId(id)))?.id).toBe(id);
        expect((await store().get(tenant.byCode(`code of ${id}`)))?.id).toBe(id);
      }
    });

    it('filters and counts', async () => {
      const tenant = new Tenant();
      await store().transact(
        writing(...[1, 2, 3, 4].map((size) => tenant.insert(String(size), { size, isOn: size % 2 === 0 }))),
      );
      const filter = and(compare('isOn', 'eq', true), compare('size', 'ge', 3));
      const query = { ...tenant.all(), ...(filter ? { filter } : {}) };
      expect((await store().query(query)).entities.map(({ id }) => id)).toEqual(['4']);
      expect(await store().count(query)).toBe(1);
      expect(await store().count(tenant.all())).toBe(4);
      expect(await store().count(tenant.all(shownThings))).toBe(4);
    });

    it('purges what lies before an instant, in every tenant, and nothing else', async () => {
      const tenants = [new Tenant(), new Tenant()];
      for (const tenant of tenants) {
        await store().transact(
          writing(
            tenant.record('before', '2020-01-01T00:59:59.9999999+01:00'),
            tenant.record('at', '2020-01-01T00:00:00Z'),
            tenant.record('after', '2020-01-01T00:00:00.0000001Z'),
            tenant.insert('before', { endsAt: '2000-01-01T00:00:00Z' }),
          ),
        );
      }
      expect(await store().purge(records, 'at', '2020-01-01T01:00:00+01:00')).toBe(2);
      for (const tenant of tenants) {
        const { entities } = await store().query(tenant.all(records));
        expect(entities.map(({ id }) => id)).toEqual(['after', 'at']);
        expect(await store().count(tenant.all())).toBe(1);
      }
    });

    it('purges more than one statement deletes', async () => {
      const tenant = new Tenant();
      const old = Array.from({ length: 4_500 }, (_, index) => tenant.record(`old-${index}`, '1999-01-01T00:00:00Z'));
      await store().transact(writing(...old, tenant.record('new')));
      expect(await store().purge(records, 'at', '2000-01-01T00:00:00Z')).toBe(4_500);
      expect(await store().count(tenant.all(records))).toBe(1);
    });

    it('answers a ping', async () => {
      await expect(store().ping()).resolves.toBeUndefined();
    });
  });

  // ID-16
  describe('tenants', () => {
    it('hold the same ids and alternate keys without meeting', async () => {
      const [ours, theirs] = [new Tenant(), new Tenant()];
      await store().transact(writing(ours.insert('1', { note: 'ours' })));
      await store().transact(writing(theirs.insert('1', { note: 'theirs' })));
      for (const [tenant, note] of [[ours, 'ours'] as const, [theirs, 'theirs'] as const]) {
        for (const key of [tenant.byId('1'), tenant.byCode('code of 1')]) {
          expect((await store().get(key))?.values.note).toBe(note);
          const read = await store().transact({ reads: [key], decide: ([row]) => ({ writes: [], value: row }) });
          expect(read?.values.note).toBe(note);
        }
        const { entities } = await store().query(tenant.all());
        expect(entities.map(({ values }) => values.note)).toEqual([note]);
        expect(await store().count(tenant.all())).toBe(1);
      }
    });

    it('change and delete their own', async () => {
      const [ours, theirs] = [new Tenant(), new Tenant()];
      for (const tenant of [ours, theirs]) await store().transact(writing(tenant.insert('1'), tenant.insert('2')));
      await Promise.all([
        store().transact(ours.changing(ours.byId('1'), () => ({ note: 'changed' }))),
        store().transact(writing(ours.delete('2'))),
      ]);
      expect((await store().query(theirs.all())).entities.map(({ version, values }) => [version, values.note])).toEqual(
        [
          [1, ''],
          [1, ''],
        ],
      );
      expect((await store().query(ours.all())).entities).toMatchObject([{ id: '1', version: 2 }]);
    });

    it('see nothing of each other where they are empty', async () => {
      const [full, empty] = [new Tenant(), new Tenant()];
      await store().transact(writing(full.insert('1')));
      expect(await store().get(empty.byId('1'))).toBeUndefined();
      expect(await store().get(empty.byCode('code of 1'))).toBeUndefined();
      expect(await store().query(empty.all())).toEqual({ entities: [] });
      expect(await store().count(empty.all())).toBe(0);
    });
  });

  it('gives every property but the id', async () => {
    const tenant = new Tenant();
    await store().transact(writing(tenant.insert('1')));
    const row = (await store().get(tenant.byId('1'))) as StoredEntity;
    expect(Object.keys(row.values).sort()).toEqual(Object.keys(thingValues('1')).sort());
  });
}
