/** Entity sets made for the contract: a property of every kind, two alternate keys, a view; and a second set. */
import { randomUUID } from 'node:crypto';
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
  int32,
  int64,
  secret,
  string,
  stringCollection,
} from '@open-remote-help/protocol';
import { type Expression, literal, type ValueType } from '../../src/store/expression.ts';
import type { EntityKey, OrderBy, Query, StoredEntity, Unit, Values, Write } from '../../src/store/store.ts';

const colour = enumType('contractColour', ['red', 'green', 'blue']);
const rights = enumType('contractRights', { view: 1, control: 2, elevate: 4 }, { isFlags: true });
const place = complexType('contractPlace', { city: string({ isNullable: true }), floor: int32({ isNullable: true }) });

export const thing = entityType(
  'contractThing',
  {
    code: string(),
    badge: string({ isNullable: true }),
    label: string({ isNullable: true, isIndexed: true }),
    note: string(),
    size: int64({ isNullable: true }),
    isOn: boolean(),
    ownerId: guid({ isNullable: true }),
    colour: enumOf(colour),
    rights: enumOf(rights),
    endsAt: dateTimeOffset({ isIndexed: true }),
    startedAt: dateTimeOffset({ isNullable: true }),
    place: complexOf(place),
    tags: stringCollection(),
    token: secret(),
  },
  { alternateKeys: ['code', 'badge'] },
);

export const record = entityType('contractRecord', { text: string(), at: dateTimeOffset({ isIndexed: true }) });

/** Has several secrets, which are sealed in one. */
const keeper = entityType('contractKeeper', {
  note: string(),
  first: secret(),
  second: secret(),
  perhaps: string({ isNullable: true, isSecret: true, isSearchable: false }),
});

const internal = { path: '', permissions: INTERNAL } as const;
export const keepers = entitySet('contractKeepers', keeper, internal);
export const things = entitySet('contractThings', thing, internal);
export const records = entitySet('contractRecords', record, internal);
/** Shows the rows of `things`. */
export const shownThings = entitySet('contractShownThings', thing, { ...internal, viewOf: things });

export const contractSets = [things, records, shownThings, keepers] as const;

/** Values of a thing; its code is unique by the id unless given. */
export function thingValues(id: string, values: Values = {}): Values {
  return {
    code: `code of ${id}`,
    badge: null,
    label: null,
    note: '',
    size: null,
    isOn: false,
    ownerId: null,
    colour: 'red',
    rights: 'view',
    endsAt: '2026-01-01T00:00:00Z',
    startedAt: null,
    place: null,
    tags: [],
    token: 'secret',
    ...values,
  };
}

/** A partition of its own, for one test. */
export class Tenant {
  readonly id = randomUUID();

  byId(id: string): EntityKey {
    return { set: things, tenantId: this.id, id };
  }

  byCode(value: string): EntityKey {
    return { set: things, tenantId: this.id, alternateKey: 'code', value };
  }

  insert(id: string, values: Values = {}): Write {
    return { kind: 'insert', set: things, tenantId: this.id, id, values: thingValues(id, values) };
  }

  record(id: string, at = '2026-01-01T00:00:00Z'): Write {
    return { kind: 'insert', set: records, tenantId: this.id, id, values: { text: `text of ${id}`, at } };
  }

  update(before: StoredEntity, changes: Values): Write {
    return { kind: 'update', set: things, tenantId: this.id, before, changes };
  }

  delete(id: string): Write {
    return { kind: 'delete', set: things, tenantId: this.id, id };
  }

  /** A unit that changes one thing, which has to be there; its value is the thing as read. */
  changing(key: EntityKey, changesOf: (before: StoredEntity) => Values): Unit<StoredEntity> {
    return {
      reads: [key],
      decide: ([before]) => {
        if (!before) throw new Error('There is no such thing.');
        return { writes: [this.update(before, changesOf(before))], value: before };
      },
    };
  }

  /** Everything of the set in this tenant. */
  all(set: EntitySet = things): Query {
    return { set, tenantId: this.id, top: 10_000 };
  }
}

export function keeperOf(tenantId: string, id: string, values: Values): Write {
  const defaults = { note: '', first: '', second: '', perhaps: null };
  return { kind: 'insert', set: keepers, tenantId, id, values: { ...defaults, ...values } };
}

/** A unit that changes a keeper, which has to be there. */
export function changingKeeper(key: EntityKey & { readonly id: string }, changes: Values): Unit<undefined> {
  return {
    reads: [key],
    decide: ([before]) => {
      if (!before) throw new Error('There is no such keeper.');
      const write = { kind: 'update', set: keepers, tenantId: key.tenantId, before, changes } as const;
      return { writes: [write], value: undefined };
    },
  };
}

/** A unit that reads nothing. */
export function writing(...writes: readonly Write[]): Unit<undefined> {
  return { reads: [], decide: () => ({ writes, value: undefined }) };
}

const VALUE_TYPES: Readonly<Record<string, ValueType>> = {
  'Edm.Int32': { kind: 'number' },
  'Edm.Int64': { kind: 'number' },
  'Edm.Boolean': { kind: 'boolean' },
  'Edm.DateTimeOffset': { kind: 'instant' },
};

/** A property of `thing` in an expression. */
export function property(name: keyof typeof thing.properties): Expression {
  const declared = thing.properties[name];
  const type = VALUE_TYPES[declared.type.kind === 'primitive' ? declared.type.name : ''] ?? { kind: 'string' };
  return { kind: 'property', type, path: [name], property: declared };
}

export function compare(
  name: keyof typeof thing.properties,
  operator: 'eq' | 'lt' | 'ge',
  value: string | number | boolean | null,
): Expression {
  const left = property(name);
  const right = literal(value);
  return {
    kind: 'comparison',
    type: { kind: 'boolean' },
    operator,
    left,
    right: value === null ? right : { ...right, type: left.type },
  };
}

export function ascending(name: keyof typeof thing.properties): OrderBy {
  return { expression: property(name), isDescending: false };
}

export function descending(name: keyof typeof thing.properties): OrderBy {
  return { expression: property(name), isDescending: true };
}
