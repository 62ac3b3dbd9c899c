/** Requests that are nearly right: what reaches deeper into the service than plain noise. */
import { type EntitySet, model, type Property } from '@open-remote-help/protocol';
import fc from 'fast-check';

/** The `oid` of the caller, as a user and as an owner of devices. */
export const OID = '33333333-3333-4333-8333-333333333333';

export function setNamed(name: string): EntitySet {
  return model.sets.find((set) => set.name === name) as EntitySet;
}

/** The path of a set, or of the one entity with the id. */
export function pathOf({ path, isSingleton }: EntitySet, id?: string): string {
  const own = `/beta/${path.replace('{user-id}', OID)}`;
  return id === undefined || isSingleton ? own : `${own}/${id}`;
}

/** Sets by name, which is what a counterexample should show of them. */
export const anySet = fc.constantFrom(...model.sets.map(({ name }) => name));
export const writableSet = fc.constantFrom(
  ...model.sets.filter(({ verbs }) => verbs.includes('update')).map(({ name }) => name),
);
/** Names of properties, of any type. */
export const names = [...new Set(model.sets.flatMap(({ type }) => Object.keys(type.properties)))];

/** Strings that have hurt somebody before, among others. */
export const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '\udc00x',
    '\ufeff',
    "'",
    "''",
    '%',
    '%00',
    '\\',
    '\u2028',
    '__proto__',
    'constructor',
  ),
  fc.constantFrom('9'.repeat(400), '-0', '1e999', 'NaN', 'null', 'x'.repeat(5_000), '🖥'.repeat(300)),
  fc.constantFrom(
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59.9999999-14:00',
    '2016-12-31T23:59:60Z',
  ),
);

/** Any JSON text; JSON.stringify alone could not write half of a surrogate pair raw, so escapes do. */
export const json = fc.oneof(
  fc.jsonValue({ maxDepth: 4, noUnicodeString: false }),
  nasty,
  fc.double(),
  fc.constantFrom(1e308, -1, 2 ** 53, 0.1, [], {}, [[]], [null], { '@odata.type': 1 }),
);

const instants = fc.constantFrom(
  ...['0001-01-01T00:00:00Z', '0001-01-01T00:00+14:00', '9999-12-31T23:59:59.9999999-14:00'],
  ...['2016-12-31T23:59:57.5564522-08:00', '2000-02-29T00:00:00z'],
);

/** Values that the property takes, as far as its type goes. */
function fitting({ type, isCollection }: Property): fc.Arbitrary<unknown> {
  const single = (): fc.Arbitrary<unknown> => {
    if (type.kind === 'enum') return fc.constantFrom(...Object.keys(type.members));
    if (type.kind === 'complex') {
      const members = Object.entries(type.properties).map(([name, property]) => [name, fitting(property)]);
      return fc.record(Object.fromEntries(members), { requiredKeys: [] });
    }
    switch (type.name) {
      case 'Edm.Boolean':
        return fc.boolean();
      case 'Edm.Int32':
        return fc.integer();
      case 'Edm.Int64':
        return fc.maxSafeInteger();
      case 'Edm.DateTimeOffset':
        return instants;
      default:
        return nasty;
    }
  };
  return isCollection ? fc.array(single(), { maxLength: 2 }) : single();
}

/** Some properties of the set's type, most with values that fit. */
export function someOf(set: EntitySet): fc.Arbitrary<object> {
  const { id: _, ...properties } = set.type.properties;
  const entries = Object.entries(properties);
  return fc.subarray(entries, { maxLength: Math.min(entries.length, 4) }).chain((chosen) => {
    const values = chosen.map(([name, property]) => [
      name,
      fc.oneof({ weight: 9, arbitrary: fitting(property) }, { weight: 1, arbitrary: json }),
    ]);
    return fc.record(Object.fromEntries(values));
  });
}

/** Header values as Node's parser lets them through: no control characters but the tab. */
const headerValue = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,80}$/),
  fc
    .array(
      fc.constantFrom(
        ...['return=minimal', 'return=', 'odata.maxpagesize=', '3', '0', 'application/json', '*/*', ';', ',', '=', '"'],
        ...[
          'odata.metadata=full',
          'metadata=none',
          'q=0',
          'W/"1"',
          '"1"',
          '*',
          'gzip',
          'identity',
          'charset=utf-8',
          ' ',
        ],
      ),
      { maxLength: 8 },
    )
    .map((pieces) => pieces.join('')),
);

export const headers = fc.dictionary(
  fc.constantFrom(
    'prefer',
    'accept',
    'if-match',
    'if-none-match',
    'client-request-id',
    'content-type',
    'content-encoding',
    'origin',
    'expect',
  ),
  headerValue,
  { maxKeys: 4 },
);

/** A path that leads somewhere, or nearly. */
export const path = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: anySet.map((name) => pathOf(setNamed(name)).slice('/beta/'.length)) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          '$count',
          '$batch',
          '$metadata',
          "('a')",
          "(sessionKey='a')",
          '(',
          ')',
          "('",
          '..',
          '.',
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'beginOnboarding',
          'microsoft.graph.disconnect',
          'users',
          'me',
          '%2f',
          '%zz',
          '%00',
          '%ff',
        ),
      },
      { weight: 1, arbitrary: nasty.map((text) => encodeURIComponent(text.toWellFormed()).slice(0, 200)) },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .chain((pieces) => fc.constantFrom('/', '').map((glue) => `/beta/${pieces.join(glue)}`));

/** Words of $filter, $orderby and $search in any order. */
const soup = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...names) },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          'eq',
          'ne',
          'gt',
          'le',
          'and',
          'or',
          'not',
          'in',
          'has',
          'asc',
          'desc',
          'AND',
          'OR',
          'NOT',
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          '(',
          ')',
          ',',
          '/',
          "'a'",
          '"a"',
          "''",
          'null',
          'true',
          '1',
          '-1',
          '1.5e3',
          '9007199254740993',
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom('contains(', 'substring(', 'year(', 'tolower(', 'indexof(', 'concat(', 'length('),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '2020-01-01T00:00:00Z',
          OID,
          "microsoft.graph.complianceState'compliant'",
          "'viewScreen,elevation'",
        ),
      },
      { weight: 1, arbitrary: nasty },
    ),
    { maxLength: 12 },
  )
  .chain((words) => fc.constantFrom(' ', '').map((glue) => words.join(glue)));

/** Conditions that are well-formed, and stretch what the store is asked to do. */
const condition = fc
  .tuple(
    fc.constantFrom(...names),
    fc.constantFrom('eq', 'gt', 'in', 'has'),
    fc.oneof(nasty, fc.double().map(String), fc.bigInt().map(String), fc.constantFrom('null', 'true')),
    fc.boolean(),
  )
  .map(([name, operator, value, isQuoted]) => {
    const literal = isQuoted ? `'${value.replaceAll("'", "''")}'` : value;
    return `${name} ${operator} ${operator === 'in' ? `(${literal},${literal})` : literal}`;
  });

export const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        '$filter',
        '$orderby',
        '$search',
        '$select',
        '$top',
        '$skip',
        '$count',
        '$skiptoken',
        '$format',
        'filter',
        '$expand',
        'x',
      ),
      fc.oneof({ weight: 3, arbitrary: soup }, { weight: 2, arbitrary: condition }, { weight: 1, arbitrary: nasty }),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((options) => options.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'));
