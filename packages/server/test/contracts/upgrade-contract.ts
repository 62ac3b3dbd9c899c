/** A later release finds the database of an earlier one: new properties have their defaults, nothing is lost. */
import {
  boolean,
  complexOf,
  complexType,
  dateTimeOffset,
  type EntitySet,
  entitySet,
  entityType,
  enumOf,
  enumType,
  guid,
  INTERNAL,
  int64,
  secret,
  string,
  stringCollection,
} from '@open-remote-help/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Expression, literal } from '../../src/store/expression.ts';
import type { StoredEntity } from '../../src/store/store.ts';
import { writing } from './contract-sets.ts';
import { type OpenStore, type Place, testSealer } from './store-contract.ts';

const mood = enumType('upgradeMood', ['unknown', 'good', 'bad']);
const place = complexType('upgradePlace', { city: string({ isNullable: true }) });
const internal = { path: '', permissions: INTERNAL } as const;

/** What the earlier release declared. */
const earlier = entityType('upgradeThing', { name: string(), nick: string({ isIndexed: true }) });
const before = entitySet('upgradeThings', earlier, internal);

/** What a later one declares: a property of every kind more, some indexed, one no more, and another set. */
const later = entityType(
  'upgradeThing',
  {
    name: string({ isIndexed: true }),
    nick: string(),
    note: string(),
    greeting: string({ defaultValue: "it's" }),
    serial: string({ isNullable: true }),
    isOn: boolean({ isIndexed: true }),
    isKnown: boolean({ defaultValue: true }),
    size: int64(),
    weight: int64({ isNullable: true }),
    owner: guid({ isNullable: true }),
    mood: enumOf(mood),
    better: enumOf(mood, { defaultValue: 'good' }),
    endsAt: dateTimeOffset({ isIndexed: true }),
    begunAt: dateTimeOffset({ defaultValue: '2026-01-01T00:00:00.1234567+02:00' }),
    place: complexOf(place),
    tags: stringCollection(),
    token: secret(),
  },
  { alternateKeys: ['serial'] },
);
const after = entitySet('upgradeThings', later, internal);
const added = entitySet('upgradeMore', entityType('upgradeMore', { name: string() }), internal);

const DEFAULTS = {
  note: '',
  greeting: "it's",
  serial: null,
  isOn: false,
  isKnown: true,
  size: 0,
  weight: null,
  owner: null,
  mood: 'unknown',
  better: 'good',
  endsAt: '0001-01-01T00:00:00Z',
  begunAt: '2026-01-01T00:00:00.1234567+02:00',
  place: null,
  tags: [],
  token: '',
};

const TENANT = 'aaaaaaaa-0000-4000-8000-000000000000';

function insert(set: EntitySet, id: string, values: object) {
  return writing({ kind: 'insert', set, tenantId: TENANT, id, values: { ...values } });
}

/** `name eq value` on the later set. */
function equals(
  name: keyof typeof later.properties,
  value: string | number | boolean,
  kind: 'instant' | 'enum' | 'plain',
) {
  const property = later.properties[name];
  const plain = literal(value);
  const type = kind === 'instant' ? { kind } : kind === 'enum' ? { kind, enum: mood } : plain.type;
  const left: Expression = { kind: 'property', type, path: [name], property };
  return { kind: 'comparison', type: { kind: 'boolean' }, operator: 'eq', left, right: { ...plain, type } } as const;
}

export function describeUpgrade(name: string, create: () => Promise<Place>): void {
  describe(`an upgrade on ${name}`, () => {
    const sealer = testSealer();
    let where: Place;
    let store: OpenStore;

    beforeAll(async () => {
      where = await create();
      const old = await where.open([before], sealer);
      await old.transact(insert(before, 'old', { name: 'kept', nick: 'kept too' }));
      await old.close();
      store = await where.open([after, added], sealer);
    });

    afterAll(async () => {
      await store?.close();
      await where?.remove();
    });

    const find = (set: EntitySet, id: string) => store.get({ set, tenantId: TENANT, id });

    it('keeps what was there, and gives it the defaults of what came since', async () => {
      expect(await find(after, 'old')).toEqual({
        id: 'old',
        version: 1,
        values: { name: 'kept', nick: 'kept too', ...DEFAULTS },
      });
    });

    it('finds earlier entities by the defaults', async () => {
      const filters = [
        equals('note', '', 'plain'),
        equals('greeting', "it's", 'plain'),
        equals('isOn', false, 'plain'),
        equals('isKnown', true, 'plain'),
        equals('size', 0, 'plain'),
        equals('mood', 0, 'enum'),
        equals('better', 1, 'enum'),
        equals('endsAt', '0001-01-01T00:00:00Z', 'instant'),
        equals('begunAt', '2025-12-31T22:00:00.1234567Z', 'instant'),
      ];
      const counts = filters.map((filter) => store.count({ set: after, tenantId: TENANT, filter }));
      expect(await Promise.all(counts)).toEqual(filters.map(() => 1));
    });

    it('writes old and new entities whole', async () => {
      await store.transact({
        reads: [{ set: after, tenantId: TENANT, id: 'old' }],
        decide: ([row]) => ({
          writes: [
            {
              kind: 'update',
              set: after,
              tenantId: TENANT,
              before: row as StoredEntity,
              changes: { token: 't', size: 5 },
            },
          ],
          value: undefined,
        }),
      });
      await store.transact(insert(after, 'new', { name: 'new', nick: '', ...DEFAULTS, serial: '1', token: 'n' }));
      await store.transact(insert(added, 'more', { name: 'more' }));
      expect(await find(after, 'old')).toMatchObject({ version: 2, values: { name: 'kept', size: 5 } });
      expect(await find(after, 'new')).toMatchObject({ version: 1, values: { serial: '1' } });
      expect(await find(added, 'more')).toMatchObject({ values: { name: 'more' } });
    });

    it('holds a new alternate key unique', async () => {
      await store.transact(insert(after, 'one', { name: '', serial: 'same' }));
      const second = store.transact(insert(after, 'two', { name: '', serial: 'same' }));
      await expect(second).rejects.toMatchObject({ code: 'conflict', target: 'serial' });
    });

    it('is done once: a further start changes nothing, and a server of the earlier release still reads', async () => {
      const again = await where.open([after, added], sealer);
      expect(await again.count({ set: added, tenantId: TENANT })).toBe(1);
      await again.close();
      const old = await where.open([before], sealer);
      expect((await old.get({ set: before, tenantId: TENANT, id: 'old' }))?.values).toEqual({
        name: 'kept',
        nick: 'kept too',
      });
      await old.close();
    });
  });
}
