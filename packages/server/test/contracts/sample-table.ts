/** A type with a property of every kind, rows with the awkward values, and the table that holds them. */
import {
  boolean,
  complexOf,
  complexType,
  dateTimeOffset,
  entityType,
  enumOf,
  enumType,
  enumValueOf,
  guid,
  int32,
  int64,
  type Property,
  parseDateTimeOffset,
  secret,
  string,
  stringCollection,
} from '@open-remote-help/protocol';
import type { Entity, LiteralPools } from '@open-remote-help/testkit';
import type { Dialect } from '../../src/storage/sql/dialect.ts';

const nullable = { isNullable: true } as const;

export const sampleState = enumType('sampleState', ['unknown', 'compliant', 'conflict']);
export const sampleRights = enumType('sampleRights', { none: 0, view: 1, control: 2, elevate: 4 }, { isFlags: true });

const person = complexType('samplePerson', {
  displayName: string(nullable),
  isGuest: boolean(),
  age: int32(nullable),
});

export const sample = entityType('sample', {
  label: string(nullable),
  code: string({ isIndexed: true }),
  isReady: boolean(nullable),
  isOn: boolean(),
  count: int32(nullable),
  size: int64(),
  correlationId: guid(nullable),
  state: { ...enumOf(sampleState), isNullable: true },
  rights: { ...enumOf(sampleRights), isNullable: true },
  startedAt: dateTimeOffset(nullable),
  endsAt: dateTimeOffset(),
  person: complexOf(person),
  tags: stringCollection(),
  token: secret(),
});

const STRINGS = [
  ...[
    '',
    ' ',
    'a',
    'A',
    'abc',
    'ABC',
    'aBc',
    'abd',
    'b',
    "it's",
    'a%b',
    '%',
    '_',
    '10',
    '9',
    'ss',
    'SS',
    'ß',
    'ı',
    'İ',
    'I',
  ],
  ...['é', 'e\u0301', 'É', 'a😀b', '😀', '😀😀', '\u{10ffff}', '\uffff', '\ue000', '\ud7ff', 'a\u{10ffff}', 'ab\ud7ff'],
  ...['\t a \r\n', '\u00a0a\u00a0', 'line\nline', '"quoted"', '\\', '$1?'],
];
const NUMBERS = [0, 1, -1, -2, 2, 3, 5, 10, 2147483647, -2147483648];
const INSTANTS = [
  ...['2016-12-31T23:59:57.5564522-08:00', '2017-01-01T07:59:57.5564522Z', '2017-01-01T08:59:57.5564522+01:00'],
  ...['2017-01-01T07:59:57.5564521Z', '2017-01-01T07:59:57.55645Z', '2017-01-01T07:59:57Z', '2017-01-01T07:59Z'],
  ...['2017-01-01T07:59-00:00', '2017-01-01t07:59:00.0z', '2024-02-29T00:00:00.1+05:30', '0001-01-01T00:00:00Z'],
  ...['0001-01-01T00:00+14:00', '9999-12-31T23:59:59.9999999-14:00', '2017-01-01T01:02:03.0400000+14:00'],
];
const GUIDS = ['01234567-89ab-cdef-0123-456789abcdef', 'ABCDEF01-89AB-CDEF-0123-456789ABCDEF'];

export const samplePools: LiteralPools = {
  strings: STRINGS,
  numbers: [...NUMBERS, 0.5, 1.5, 0.5564522, 0.1, -0.5, 12, 59, 330, 840, 2016, 1e21],
  instants: INSTANTS,
  guids: GUIDS,
};

const PEOPLE = [
  null,
  { displayName: null, isGuest: false, age: null },
  ...STRINGS.slice(0, 9).map((displayName, index) => ({ displayName, isGuest: index % 2 === 0, age: index - 2 })),
];

/** Every value of every pool at least once, in ever changing company. */
export const sampleRows: readonly Entity[] = Array.from({ length: 60 }, (_, index) => {
  const pick = <T>(pool: readonly T[], step: number): T => pool[(index * step) % pool.length] as T;
  return {
    id: `id-${String((index * 37) % 60).padStart(2, '0')}`,
    label: pick([null, ...STRINGS], 1),
    code: pick(STRINGS, 5),
    isReady: pick([null, true, false], 1),
    isOn: pick([true, false], 1),
    count: pick([null, ...NUMBERS], 3),
    size: pick([...NUMBERS, Number.MAX_SAFE_INTEGER], 7),
    correlationId: pick([null, ...GUIDS], 2),
    state: pick([null, 'unknown', 'compliant', 'conflict'], 1),
    rights: pick([null, 'none', 'view', 'control', 'view,control', 'view,elevate', 'view,control,elevate'], 1),
    startedAt: pick([null, ...INSTANTS], 1),
    endsAt: pick(INSTANTS, 3),
    person: pick(PEOPLE, 1),
    tags: ['x'],
    token: 'secret',
  };
});

/** Runs SQL on one engine. */
export interface SqlEngine {
  readonly dialect: Dialect;
  /** Rows as arrays of column values. */
  run(text: string, values: readonly unknown[]): Promise<readonly (readonly unknown[])[]>;
}

/** Creates table `sample` and puts the rows in. */
export async function createSampleTable(engine: SqlEngine): Promise<void> {
  const columns = Object.entries(sample.properties).flatMap(([name, property]) => columnsOf(name, property, engine));
  const definitions = columns.map(({ name, type }) => `"${name}" ${type}`);
  await engine.run(`CREATE TABLE "sample" (${definitions.join(', ')})`, []);
  const text = `INSERT INTO "sample" VALUES (${columns.map(() => '?').join(', ')})`;
  for (const row of sampleRows) {
    const statement = engine.dialect.statement({ text, values: columns.map((column) => column.read(row)) });
    await engine.run(statement.text, statement.values);
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** What is bound for the row. */
  read(row: Entity): unknown;
}

function columnsOf(name: string, property: Property, { dialect }: SqlEngine): Column[] {
  const isSqlite = dialect.name === 'sqlite';
  const [text, integer] = isSqlite ? ['TEXT', 'INTEGER'] : ['TEXT COLLATE "C"', 'BIGINT'];
  const column = (type: string, encode: (value: string) => unknown, suffix = ''): Column => ({
    name: name + suffix,
    type,
    read: (row) => (row[name] === null ? null : encode(row[name] as string)),
  });
  const { type } = property;
  if (property.isCollection || type.kind === 'complex') {
    return [column(isSqlite ? 'TEXT' : 'JSONB', (value) => JSON.stringify(value))];
  }
  if (type.kind === 'enum') return [column(integer, (value) => enumValueOf(type, value))];
  switch (type.name) {
    case 'Edm.Boolean':
      return [column(isSqlite ? 'INTEGER' : 'BOOLEAN', (value) => (isSqlite ? Number(value) : value))];
    case 'Edm.Int32':
    case 'Edm.Int64':
      return [column(integer, (value) => value)];
    case 'Edm.DateTimeOffset':
      return [
        column(text, (value) => value),
        column(integer, (value) => parseDateTimeOffset(value)?.ticks, '@ticks'),
        column(integer, (value) => parseDateTimeOffset(value)?.offsetMinutes, '@offset'),
      ];
    default:
      return [column(text, (value) => value)];
  }
}
