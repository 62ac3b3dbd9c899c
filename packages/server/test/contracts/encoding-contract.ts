import { type EntitySet, model } from '@open-remote-help/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identitySets } from '../../src/access/identity-model.ts';
import { deviceSets } from '../../src/device/device-model.ts';
import { Sealed, type Sealer, type StoredEntity, type Values } from '../../src/store/store.ts';
import { arbitraryDateTimeOffset, arbitraryValues } from './arbitrary-entity.ts';
import { changingKeeper, keeperOf, keepers, Tenant, things, writing } from './contract-sets.ts';
import type { Subject } from './store-contract.ts';

const RUNS = 15;

/** Every set whose rows a store keeps: those that are tested with the contract's own. */
export const keptSets: readonly EntitySet[] = [...model.sets, ...identitySets, ...deviceSets].filter(
  ({ viewOf }) => !viewOf,
);

/** What is written is what is read: every kind of property, every set. */
export function describeEncoding(subject: () => Subject): void {
  const store = () => subject().store;

  /** Values as a client would see them. */
  function opened({ values }: StoredEntity): Values {
    const { sealer } = subject();
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, value instanceof Sealed ? sealer.open(value) : value]),
    );
  }

  describe('values', () => {
    it.each([things, keepers, ...keptSets].map((set) => [set.name, set] as const))(
      'of %s come back as written',
      async (_, set) => {
        await fc.assert(
          fc.asyncProperty(arbitraryValues(set.type), arbitraryValues(set.type), async (first, second) => {
            const tenantId = new Tenant().id;
            const key = { set, tenantId, id: 'one' };
            await store().transact(writing({ kind: 'insert', ...key, values: first }));
            const inserted = (await store().get(key)) as StoredEntity;
            expect(opened(inserted)).toEqual(first);
            await store().transact({
              reads: [key],
              decide: ([before]) => ({
                writes: [{ kind: 'update', set, tenantId, before: before as StoredEntity, changes: second }],
                value: undefined,
              }),
            });
            const { entities } = await store().query({ set, tenantId, top: 1 });
            expect(entities.map(opened)).toEqual([second]);
          }),
          { numRuns: RUNS },
        );
      },
    );

    // ODATA-26, ODATA-27
    it('of DateTimeOffset keep their text, and order and compare as instants', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryDateTimeOffset, async (endsAt) => {
          const tenant = new Tenant();
          await store().transact(writing(tenant.insert('1', { endsAt, startedAt: endsAt })));
          expect((await store().get(tenant.byId('1')))?.values).toMatchObject({ endsAt, startedAt: endsAt });
        }),
        { numRuns: 100 },
      );
    });

    it('that were left out read as null, or as what the type begins with', async () => {
      const tenant = new Tenant();
      const insert = { kind: 'insert', set: things, tenantId: tenant.id, id: '1', values: { code: 'x' } } as const;
      await store().transact(writing(insert));
      const row = (await store().get(tenant.byId('1'))) as StoredEntity;
      expect(opened(row)).toEqual({
        code: 'x',
        badge: null,
        label: null,
        note: '',
        size: null,
        isOn: false,
        ownerId: null,
        colour: 'red',
        rights: '0',
        endsAt: '0001-01-01T00:00:00Z',
        startedAt: null,
        place: null,
        tags: [],
        token: '',
      });
    });

    it('longer than a page of the database come back whole', async () => {
      const tenant = new Tenant();
      const long = 'é😀'.repeat(50_000);
      await store().transact(writing(tenant.insert('1', { note: long, token: long, tags: [long] })));
      const row = (await store().get(tenant.byId('1'))) as StoredEntity;
      expect(opened(row)).toMatchObject({ note: long, token: long, tags: [long] });
    });
  });

  describe('secrets', () => {
    it('are read sealed, each under a context of its own', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1'), tenant.insert('2')));
      const [first, second] = await Promise.all([tokenOf('1'), tokenOf('2')]);
      expect(first.bytes).not.toEqual(second.bytes);
      const { sealer } = subject();
      expect(sealer.open(first)).toBe('secret');
      expect(() => sealer.open(new Sealed(first.bytes, second.context))).toThrow();

      async function tokenOf(id: string): Promise<Sealed> {
        return (await store().get(tenant.byId(id)))?.values.token as Sealed;
      }
    });

    it('that were read are written back without being opened', async () => {
      const tenant = new Tenant();
      await store().transact(writing(tenant.insert('1')));
      await store().transact(tenant.changing(tenant.byId('1'), ({ values }) => ({ token: values.token, note: 'new' })));
      const row = (await store().get(tenant.byId('1'))) as StoredEntity;
      expect(opened(row)).toMatchObject({ token: 'secret', note: 'new' });
    });
  });
}

/** What a copy of the database shows of secrets; for stores that lie in SQL tables. */
export function describeSealing(subject: () => Subject): void {
  const sql = (text: string) => (subject().place.sql as NonNullable<Subject['place']['sql']>)(text);

  describe('secrets in the table', () => {
    it('are ciphertext', async () => {
      const tenant = new Tenant();
      const token = 'canary-7d1f';
      await subject().store.transact(writing(tenant.insert('1', { token })));
      const rows = await sql(`SELECT * FROM "${things.name}" WHERE "@tenant" = '${tenant.id}'`);
      const bytes = rows.flat().map((value) => (value instanceof Uint8Array ? value : Buffer.from(String(value))));
      expect(rows).toHaveLength(1);
      expect(bytes.some((value) => Buffer.from(value).includes(token))).toBe(false);
    });

    // ID-31
    it('do not open when moved to another row', async () => {
      const tenant = new Tenant();
      const { store, sealer }: { store: Subject['store']; sealer: Sealer } = subject();
      await store.transact(
        writing(tenant.insert('mine', { token: 'mine' }), tenant.insert('theirs', { token: 'theirs' })),
      );
      const where = (id: string) => `"@tenant" = '${tenant.id}' AND "id" = '${id}'`;
      const table = `"${things.name}"`;
      const token = async () => (await store.get(tenant.byId('mine')))?.values.token as Sealed;
      expect(sealer.open(await token())).toBe('mine');
      await sql(
        `UPDATE ${table} SET "token" = (SELECT "token" FROM ${table} WHERE ${where('theirs')}) WHERE ${where('mine')}`,
      );
      const moved = await token();
      expect(() => sealer.open(moved)).toThrow();
    });
  });

  describe('several secrets of a row', () => {
    const table = `"${keepers.name}"`;
    const where = ({ id }: Tenant, row = '1') => `"@tenant" = '${id}' AND "id" = '${row}'`;
    const keyOf = (tenant: Tenant, id = '1') => ({ set: keepers, tenantId: tenant.id, id });
    const insert = (tenant: Tenant, values: Values, id = '1') =>
      subject().store.transact(writing(keeperOf(tenant.id, id, values)));
    const rawOf = async (tenant: Tenant) =>
      (await sql(`SELECT "first", "second", "@secrets" FROM ${table} WHERE ${where(tenant)}`))[0] ?? [];
    const literal = (bytes: Uint8Array) => (subject().place.literal as (bytes: Uint8Array) => string)(bytes);

    async function read(tenant: Tenant): Promise<Values> {
      const { store, sealer } = subject();
      const { values } = (await store.get(keyOf(tenant))) as StoredEntity;
      const open = (value: unknown) => (value instanceof Sealed ? sealer.open(value) : value);
      return { first: open(values.first), second: open(values.second), perhaps: open(values.perhaps) };
    }

    it('are kept when one of them is changed, which then lies nowhere as it was', async () => {
      const tenant = new Tenant();
      await insert(tenant, { first: 'old', second: 'kept', perhaps: 'gone' });
      const [, , before] = await rawOf(tenant);
      await subject().store.transact(changingKeeper(keyOf(tenant), { first: 'new', perhaps: null }));
      expect(await read(tenant)).toEqual({ first: 'new', second: 'kept', perhaps: null });
      const [first, second, after] = await rawOf(tenant);
      expect([first, second]).toEqual([null, null]);
      expect(after).toBeInstanceOf(Uint8Array);
      expect(after).not.toEqual(before);
    });

    it('are not sealed anew by a change of anything else', async () => {
      const tenant = new Tenant();
      await insert(tenant, { first: 'a', second: 'b' });
      const before = await rawOf(tenant);
      await subject().store.transact(changingKeeper(keyOf(tenant), { note: 'other' }));
      expect(await rawOf(tenant)).toEqual(before);
    });

    it('are read when one of them is selected, and none when none is', async () => {
      const tenant = new Tenant();
      const { store, sealer } = subject();
      await insert(tenant, { note: 'n', first: 'a', second: 'b' });
      const page = async (select: string[]) =>
        (await store.query({ set: keepers, tenantId: tenant.id, top: 1, select })).entities[0]?.values ?? {};
      const { second, ...others } = await page(['second']);
      expect(sealer.open(second as Sealed)).toBe('b');
      expect(others).toEqual({});
      expect(await page(['note'])).toEqual({ note: 'n' });
    });

    // ID-31
    it('do not open when moved to another row, nor under the names of others', async () => {
      const tenant = new Tenant();
      const other = new Tenant();
      await insert(tenant, { first: 'mine', second: 'b' });
      await insert(other, { first: 'theirs', second: 'b' });
      const [, , mine] = await rawOf(tenant);
      const [, , theirs] = await rawOf(other);
      const put = (bytes: Uint8Array) =>
        sql(`UPDATE ${table} SET "@secrets" = ${literal(bytes)} WHERE ${where(tenant)}`);
      await put(theirs as Uint8Array);
      await expect(read(tenant)).rejects.toThrow();
      const swapped = Buffer.from(mine as Uint8Array);
      expect(swapped.subarray(1, 13).toString()).toBe('first,second');
      swapped.write('second,first', 1);
      await put(swapped);
      await expect(read(tenant)).rejects.toThrow();
      await put(mine as Uint8Array);
      expect(await read(tenant)).toMatchObject({ first: 'mine' });
    });

    it('open as they were sealed before, each alone, and are sealed in one once one is changed', async () => {
      const tenant = new Tenant();
      const { store, sealer } = subject();
      await insert(tenant, {});
      const alone = (name: string, text: string) =>
        literal(sealer.seal(text, `${tenant.id}|${keepers.name}|1|${name}`));
      await sql(
        `UPDATE ${table} SET "@secrets" = NULL, "first" = ${alone('first', 'a')}, "second" = ${alone('second', 'b')} WHERE ${where(tenant)}`,
      );
      expect(await read(tenant)).toEqual({ first: 'a', second: 'b', perhaps: null });
      await store.transact(changingKeeper(keyOf(tenant), { second: 'c' }));
      expect(await read(tenant)).toEqual({ first: 'a', second: 'c', perhaps: null });
      expect((await rawOf(tenant)).slice(0, 2)).toEqual([null, null]);
    });
  });
}
