/** Values that a declaration allows, generated from the declaration: every kind, the awkward ones often. */
import {
  type EntityType,
  type EnumType,
  enumTextOf,
  type Properties,
  type Property,
  type PropertyType,
  parseDateTimeOffset,
} from '@open-remote-help/protocol';
import fc from 'fast-check';

type Generated = fc.Arbitrary<unknown>;

/** A value for each property but `id`, as JSON holds it. */
export function arbitraryValues(type: EntityType): fc.Arbitrary<Record<string, unknown>> {
  const { id: _, ...properties } = type.properties;
  return fc.record(arbitraryProperties(properties));
}

function arbitraryProperties(properties: Properties): Record<string, Generated> {
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, arbitraryProperty(property)]));
}

function arbitraryProperty(property: Property): Generated {
  const value = arbitraryOf(property.type);
  if (property.isCollection) return fc.array(value, { maxLength: 3 });
  return property.isNullable ? fc.option(value, { nil: null, freq: 4 }) : value;
}

function arbitraryOf(type: PropertyType): Generated {
  if (type.kind === 'enum') return arbitraryEnum(type);
  if (type.kind === 'complex') return fc.record(arbitraryProperties(type.properties));
  switch (type.name) {
    case 'Edm.String':
      return arbitraryString;
    case 'Edm.Boolean':
      return fc.boolean();
    case 'Edm.Int32':
      return fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1));
    case 'Edm.Int64':
      return fc.oneof(fc.maxSafeInteger(), fc.constantFrom(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
    case 'Edm.Guid':
      return fc.tuple(fc.uuid(), fc.boolean()).map(([guid, isUpper]) => (isUpper ? guid.toUpperCase() : guid));
    case 'Edm.DateTimeOffset':
      return arbitraryDateTimeOffset;
  }
}

/** Any code point but U+0000, which no request gets past validation. */
const arbitraryString = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom('', ' ', "it's", '"', '\\', '{"a":1}', '{1,2}', 'NULL', '\\x41', '\u{10ffff}', '\ufeff', 'e\u0301'),
);

/** Member names as they are read back: for flags each once, in declaration order. */
function arbitraryEnum(type: EnumType): fc.Arbitrary<string> {
  const values = Object.values<number>(type.members);
  if (!type.isFlags) return fc.constantFrom(...values).map((value) => enumTextOf(type, value));
  return fc
    .subarray(values, { minLength: 1 })
    .map((members) => members.reduce((bits, member) => bits | member, 0))
    .map((bits) => enumTextOf(type, bits));
}

const digits = (length: number, max: number) =>
  fc.integer({ min: 0, max }).map((value) => String(value).padStart(length, '0'));

/** Text of any spelling: seconds left out, few or seven fraction digits, letters in either case, every offset. */
export const arbitraryDateTimeOffset: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('0001', '9999', '2016'),
      fc.integer({ min: 1, max: 9999 }).map((year) => String(year).padStart(4, '0')),
    ),
    digits(2, 12),
    digits(2, 31),
    fc.constantFrom('T', 't'),
    digits(2, 23),
    digits(2, 59),
    fc.oneof(
      fc.constant(''),
      digits(2, 59).map((second) => `:${second}`),
      fc
        .tuple(digits(2, 59), digits(7, 9_999_999), fc.integer({ min: 1, max: 7 }))
        .map(([second, fraction, length]) => `:${second}.${fraction.slice(0, length)}`),
    ),
    fc.oneof(
      fc.constantFrom('Z', 'z', '+14:00', '-14:00', '-00:00'),
      fc.tuple(fc.constantFrom('+', '-'), digits(2, 13), digits(2, 59)).map(([sign, h, m]) => `${sign}${h}:${m}`),
    ),
  )
  .map(([year, month, day, t, hour, minute, second, offset]) =>
    [year, '-', month, '-', day, t, hour, ':', minute, second, offset].join(''),
  )
  .filter((text) => parseDateTimeOffset(text) !== undefined);
