import { describe, expect, it } from 'vitest';
import type { Store, StoredEntity, Unit, Values, Write } from '../../src/store/store.ts';
import { records, shownThings, Tenant, things, writing } from './contract-sets.ts';
import type { Subject } from './store-contract.ts';

const MANY = 50;

/** `transact`: all or nothing, one after the other, each unit alone with its failure. */
export function describeTransactions(subject: () => Subject): void {
  const store = () => subject().store;

  describe('a unit', () => {
    it('writes all it decides, in several sets, and gives its value', async () => {
      const tenant = new Tenant();
      const value = await store().transact({
        reads: [],
        decide: () => ({ writes: [tenant.insert('1'), tenant.record('1')], value: 'done' }),
      });
      expect(value).toBe('done');
      expect(await idsOf(store(), tenant)).toEqual(['1']);
      expect((await store().query(tenant.all(records))).entities).toEqual([
        { id: '1', version: 1, values: { text: 'text of 1', at: '2026-01-01T00:00:00Z' } },
      ]);
    });

    it('leaves nothing behind when its last write is refused', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1', { code: 'taken' })));
      const unit = writing(tenant.insert('2'), tenant.record('2'), tenant.insert('3', { code: 'taken' }));
      await expect(store().transact(unit)).rejects.toMatchObject({ code: 'conflict', target: 'code' });
      expect(await idsOf(store(), tenant)).toEqual(['1']);
      expect((await store().query(tenant.all(records))).entities).toEqual([]);
    });

    it('is given the rows it reads, by id or alternate key, in its order, undefined for what is not there', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1'), tenant.insert('2')));
      const reads = [
        tenant.byCode('code of 2'),
        tenant.byId('missing'),
        tenant.byId('1'),
        tenant.byCode('missing'),
        { set: shownThings, tenantId: tenant.id, id: '2' },
        tenant.byId('2'),
      ];
      const ids = await store().transact({
        reads,
        decide: (rows) => ({ writes: [], value: rows.map((row) => row?.id) }),
      });
      expect(ids).toEqual(['2', undefined, '1', undefined, '2', '2']);
    });

    it('may free a unique value and take it again', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1', { code: 'x' }), tenant.insert('2', { code: 'y' })));
      await store().transact(writing(tenant.delete('1'), tenant.insert('3', { code: 'x' })));
      await store().transact({
        reads: [tenant.byCode('y')],
        decide: ([before]) => ({
          writes: [tenant.update(before as StoredEntity, { code: 'z' }), tenant.insert('4', { code: 'y' })],
          value: undefined,
        }),
      });
      const { entities } = await store().query(tenant.all());
      expect(entities.map(({ id, values }) => [id, values.code])).toEqual([
        ['2', 'z'],
        ['3', 'x'],
        ['4', 'y'],
      ]);
    });

    it('that writes nothing still gives its value', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1')));
      const read: Unit<number | undefined> = {
        reads: [tenant.byId('1')],
        decide: ([row]) => ({ writes: [], value: row?.version }),
      };
      expect(await store().transact(read)).toBe(1);
    });

    it('deletes what is there, and what is not there without complaint', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1'), tenant.insert('2')));
      await store().transact(writing(tenant.delete('1'), tenant.delete('missing')));
      expect(await idsOf(store(), tenant)).toEqual(['2']);
    });

    it('deletes many, of its own tenant and set alone, and what it says between them happens between them', async () => {
      const [tenant, other] = [new Tenant(), new Tenant()];
      const ids = Array.from({ length: MANY }, (_, index) => `it's "${index}"`);
      await store().transact(writing(...ids.flatMap((id) => [tenant.insert(id), tenant.record(id), other.insert(id)])));
      const [first, second, third, ...rest] = ids.map((id) => tenant.delete(id)) as [Write, Write, Write, ...Write[]];
      const taken = `code of ${ids[0]}`;
      await store().transact(writing(first, second, tenant.insert('new', { code: taken }), third, ...rest));
      expect(await idsOf(store(), tenant)).toEqual(['new']);
      expect(await idsOf(store(), other)).toHaveLength(MANY);
      expect((await store().query(tenant.all(records))).entities).toHaveLength(MANY);
    });

    it('must not write a row twice, nor update one that it did not read', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1')));
      const row = (await store().get(tenant.byId('1'))) as StoredEntity;
      const twice = {
        reads: [tenant.byId('1')],
        decide: () => ({ writes: [tenant.update(row, {}), tenant.delete('1')], value: 0 }),
      };
      await expect(store().transact(twice)).rejects.toThrow(TypeError);
      await expect(store().transact(writing(tenant.update(row, { note: 'lost' })))).rejects.toThrow(TypeError);
      expect((await store().get(tenant.byId('1')))?.version).toBe(1);
    });
  });

  describe('versions', () => {
    it('start at 1, grow by 1 with each change, and stay when nothing changes', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1')));
      const versions = [(await store().get(tenant.byId('1')))?.version];
      for (const changes of [{ note: 'a' }, { note: 'a' }, {}, { label: null }]) {
        await store().transact(tenant.changing(tenant.byId('1'), () => changes));
        versions.push((await store().get(tenant.byId('1')))?.version);
      }
      expect(versions).toEqual([1, 2, 3, 3, 4]);
    });

    it('change for the entity alone', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1'), tenant.insert('2')));
      await store().transact(tenant.changing(tenant.byId('1'), () => ({ note: 'changed' })));
      expect(await store().get(tenant.byId('2'))).toMatchObject({ version: 1, values: { note: '' } });
    });
  });

  describe('units at the same time', () => {
    it('that throw are refused alone, with what they threw', async () => {
      const tenant = new Tenant();
      const failure = new Error('no');
      const outcomes = await Promise.allSettled(
        times((index) =>
          store().transact({
            reads: [],
            decide: () => {
              if (index === 17) throw failure;
              return { writes: [tenant.insert(String(index))], value: index };
            },
          }),
        ),
      );
      expect(outcomes[17]).toEqual({ status: 'rejected', reason: failure });
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(MANY - 1);
      expect(await store().count(tenant.all())).toBe(MANY - 1);
    });

    it('whose values do not fit the model are refused alone', async () => {
      const tenant = new Tenant();
      const outcomes = await Promise.allSettled(
        times((index) =>
          store().transact(writing(tenant.insert(String(index), index === 5 ? { endsAt: 'tomorrow' } : {}))),
        ),
      );
      expect(outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([5]);
      expect(await store().count(tenant.all())).toBe(MANY - 1);
    });

    it('that take a taken value are refused alone, naming the property', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('old', { code: 'taken', badge: 'b' })));
      const refused: Record<number, { values: Values; target: string }> = {
        3: { values: { code: 'taken' }, target: 'code' },
        4: { values: { badge: 'b' }, target: 'badge' },
      };
      const outcomes = await Promise.allSettled(
        times((index) =>
          store().transact(
            writing(
              tenant.insert(index === 5 ? 'old' : String(index), refused[index]?.values),
              tenant.record(String(index)),
            ),
          ),
        ),
      );
      for (const [index, target] of [
        [3, 'code'],
        [4, 'badge'],
        [5, 'id'],
      ] as const) {
        expect(outcomes[index]).toMatchObject({ status: 'rejected', reason: { code: 'conflict', target } });
      }
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(MANY - 3);
      expect(await store().count(tenant.all())).toBe(MANY - 2);
      expect(await store().count(tenant.all(records))).toBe(MANY - 3);
    });

    it('that want one value give it to exactly one', async () => {
      const tenant = new Tenant();
      const outcomes = await Promise.allSettled(
        times((index) => store().transact(writing(tenant.insert(String(index), { code: 'wanted' })))),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict', target: 'code' });
      }
      expect(await store().count(tenant.all())).toBe(1);
    });

    it('that change different properties of one entity all survive', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1')));
      const changes = [
        { note: 'note' },
        { label: 'label' },
        { size: 7 },
        { isOn: true },
        { tags: ['t'] },
        { token: 'new' },
      ];
      await Promise.all(
        changes.map((change, index) =>
          store().transact(tenant.changing(index % 2 ? tenant.byId('1') : tenant.byCode('code of 1'), () => change)),
        ),
      );
      const row = (await store().get(tenant.byId('1'))) as StoredEntity;
      expect(row.version).toBe(1 + changes.length);
      expect(row.values).toMatchObject({ note: 'note', label: 'label', size: 7, isOn: true, tags: ['t'] });
      expect(subject().sealer.open(row.values.token as never)).toBe('new');
    });

    it('each see what the one before them wrote', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1', { size: 0 })));
      const seen = await Promise.all(
        times((index) =>
          store().transact(
            tenant.changing(index % 2 ? tenant.byId('1') : tenant.byCode('code of 1'), ({ values }) => ({
              size: (values.size as number) + 1,
            })),
          ),
        ),
      );
      expect(seen.map(({ values }) => values.size).sort((a, b) => Number(a) - Number(b))).toEqual(
        times((index) => index),
      );
      expect(await store().get(tenant.byId('1'))).toMatchObject({ version: 1 + MANY, values: { size: MANY } });
    });

    it('that make an entity if it is missing make it once and then find it', async () => {
      const tenant = new Tenant();
      const made = await Promise.all(
        times(() =>
          store().transact<boolean>({
            reads: [tenant.byId('one')],
            decide: ([row]) => ({ writes: row ? [] : [tenant.insert('one')], value: !row }),
          }),
        ),
      );
      expect(made.filter((isMaker) => isMaker)).toHaveLength(1);
    });

    it('decide anew what they decided on rows that another changed first', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1', { isOn: true })));
      // Each switches off what it finds on: the second one finds nothing to do.
      const switched = await Promise.all(
        times(() =>
          store().transact<boolean>({
            reads: [tenant.byId('1')],
            decide: ([row]) => {
              const isOn = row?.values.isOn === true;
              return { writes: row && isOn ? [tenant.update(row, { isOn: false })] : [], value: isOn };
            },
          }),
        ),
      );
      expect(switched.filter((isSwitcher) => isSwitcher)).toHaveLength(1);
      expect((await store().get(tenant.byId('1')))?.version).toBe(2);
    });

    it('are many more than one commit holds', async () => {
      const tenant = new Tenant();
      await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => store().transact(writing(tenant.insert(String(index))))),
      );
      expect(await store().count({ set: things, tenantId: tenant.id })).toBe(1_000);
    });
  });
}

function times<T>(make: (index: number) => T): T[] {
  return Array.from({ length: MANY }, (_, index) => make(index));
}

async function idsOf(store: Store, tenant: Tenant): Promise<string[]> {
  return (await store.query(tenant.all())).entities.map(({ id }) => id);
}
