/** Arbitrary `$filter` and `$orderby` text over an entity type, from the grammar that is served. */
import { type EntityType, type Property, qualifiedName } from '@open-remote-help/protocol';
import fc from 'fast-check';

/** Values that literals are drawn from, so that comparisons hit stored values now and then. */
export interface LiteralPools {
  readonly strings: readonly string[];
  readonly numbers: readonly number[];
  /** DateTimeOffset texts. */
  readonly instants: readonly string[];
  readonly guids: readonly string[];
}

type Text = fc.Arbitrary<string>;

interface Vocabulary {
  readonly strings: Text;
  readonly numbers: Text;
  readonly instants: Text;
  /** Comparisons and `has` of enumeration and Guid properties. */
  readonly special: Text;
  readonly booleans: Text;
  readonly any: Text;
}

const EQUALITY = ['eq', 'ne'];
const RELATIONS = [...EQUALITY, 'gt', 'ge', 'lt', 'le'];
const DATE_PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'fractionalseconds', 'totaloffsetminutes'];
const DEEPEST_VALUE = 2;
const DEEPEST_CONDITION = 3;

/** Conditions of moderate size: well below 100 nodes. */
export function filterText(type: EntityType, pools: LiteralPools): Text {
  const words = vocabulary(type, pools);
  const { string, number } = values(words, pools);
  const instant = fc.oneof(words.instants, fc.constantFrom(...pools.instants));
  const simple = simpleCondition(words, pools, string, number, instant);
  return fc.letrec<{ condition: string }>((tie) => {
    const inner = tie('condition');
    const truth = fc.constantFrom('true', 'false', 'null');
    const joined = fc.tuple(inner, fc.constantFrom('and', 'or'), inner).map(([a, op, b]) => `(${a}) ${op} ${b}`);
    const compared = fc.tuple(inner, fc.constantFrom(...RELATIONS), truth).map(([a, op, b]) => `(${a}) ${op} ${b}`);
    const condition = fc.oneof(
      { maxDepth: DEEPEST_CONDITION, withCrossShrink: true },
      { weight: 5, arbitrary: simple },
      { weight: 4, arbitrary: joined },
      { weight: 2, arbitrary: inner.map((text) => `not (${text})`) },
      compared,
      inner.map((text) => `(${text}) in (true, null)`),
    );
    return { condition };
  }).condition;
}

/** One or two terms: properties, paths and functions, each in any direction. */
export function orderByText(type: EntityType, pools: LiteralPools): Text {
  const words = vocabulary(type, pools);
  const term = fc.oneof(
    words.any,
    words.strings.map((name) => `tolower(${name})`),
    words.strings.map((name) => `contains(${name}, 'a')`),
    words.strings.map((name) => `length(${name})`),
    fc.tuple(fc.constantFrom(...DATE_PARTS), words.instants).map(([part, name]) => `${part}(${name})`),
  );
  const item = fc.tuple(term, fc.constantFrom('', ' asc', ' desc')).map((parts) => parts.join(''));
  return fc.array(item, { minLength: 1, maxLength: 2 }).map((items) => items.join(','));
}

function simpleCondition(words: Vocabulary, pools: LiteralPools, string: Text, number: Text, instant: Text): Text {
  const operator = fc.constantFrom(...RELATIONS);
  const listOf = (item: Text) => fc.array(item, { maxLength: 3 }).map((items) => `(${items.join(',')})`);
  const spaced = (...parts: readonly Text[]) => fc.tuple(...parts).map((texts) => texts.join(' '));
  const stringLiteral = fc.oneof(fc.constantFrom(...pools.strings).map(quoted), fc.constant('null'));
  return fc.oneof(
    spaced(string, operator, fc.oneof(string, fc.constant('null'))),
    spaced(number, operator, number),
    spaced(instant, operator, fc.oneof(instant, fc.constant('null'))),
    spaced(words.any, operator, fc.constant('null')),
    spaced(words.booleans, operator, fc.oneof(words.booleans, fc.constantFrom('true', 'false', 'null'))),
    spaced(string, fc.constant('in'), listOf(stringLiteral)),
    spaced(words.instants, fc.constant('in'), listOf(fc.constantFrom(...pools.instants, 'null'))),
    spaced(number, fc.constant('in'), listOf(fc.constantFrom(...pools.numbers).map(String))),
    fc
      .tuple(fc.constantFrom('contains', 'startswith', 'endswith'), string, string)
      .map(([name, a, b]) => `${name}(${a},${b})`),
    words.special,
    words.booleans,
    fc.constantFrom('true', 'false'),
  );
}

function values(words: Vocabulary, pools: LiteralPools) {
  return fc.letrec<{ string: string; number: string }>((tie) => ({
    string: fc.oneof(
      { maxDepth: DEEPEST_VALUE, withCrossShrink: true },
      words.strings,
      fc.constantFrom(...pools.strings).map(quoted),
      fc.tuple(fc.constantFrom('tolower', 'toupper', 'trim'), tie('string')).map(([name, text]) => `${name}(${text})`),
      fc.tuple(tie('string'), fc.oneof(tie('string'), fc.constant('null'))).map(([a, b]) => `concat(${a},${b})`),
      fc.tuple(tie('string'), position(words, tie('string'))).map(([text, at]) => `substring(${text},${at})`),
      fc
        .tuple(tie('string'), position(words, tie('string')), position(words, tie('string')))
        .map(([text, at, length]) => `substring(${text},${at},${length})`),
    ),
    number: fc.oneof(
      { maxDepth: DEEPEST_VALUE, withCrossShrink: true },
      words.numbers,
      fc.constantFrom(...pools.numbers).map(String),
      tie('string').map((text) => `length(${text})`),
      fc.tuple(tie('string'), tie('string')).map(([a, b]) => `indexof(${a},${b})`),
      fc
        .tuple(fc.constantFrom(...DATE_PARTS), fc.oneof(words.instants, fc.constantFrom(...pools.instants)))
        .map(([part, instant]) => `${part}(${instant})`),
    ),
  }));
}

/** A whole number that may turn out negative, null or too large, but isn't a negative literal. */
function position(words: Vocabulary, string: Text): Text {
  return fc.oneof(
    fc.nat(4).map(String),
    words.numbers,
    fc.tuple(string, string).map(([a, b]) => `indexof(${a},${b})`),
  );
}

function vocabulary(type: EntityType, pools: LiteralPools): Vocabulary {
  const entries = Object.entries(type.properties).flatMap(([name, property]) => withMembers(name, property));
  const named = (typeName: string) => pick(entries.filter(([, { type }]) => qualifiedName(type) === typeName));
  return {
    strings: named('Edm.String'),
    numbers: fc.oneof(named('Edm.Int32'), named('Edm.Int64')),
    instants: named('Edm.DateTimeOffset'),
    booleans: named('Edm.Boolean'),
    any: pick(entries),
    special: fc.oneof(...entries.flatMap(([name, property]) => specialConditions(name, property, pools))),
  };
}

/** A property, or those of a complex one; leaves out what no filter may name. */
function withMembers(name: string, property: Property): [string, Property][] {
  if (property.isSecret || property.isCollection) return [];
  if (property.type.kind !== 'complex') return [[name, property]];
  return Object.entries(property.type.properties).map(([member, declaration]) => [`${name}/${member}`, declaration]);
}

function pick(entries: readonly (readonly [string, Property])[]): Text {
  return fc.constantFrom(...entries.map(([name]) => name));
}

function specialConditions(name: string, { type }: Property, pools: LiteralPools): Text[] {
  if (qualifiedName(type) === 'Edm.Guid') {
    const literal = fc.constantFrom(...pools.guids.flatMap((guid) => [guid, `'${guid.toUpperCase()}'`]));
    return [fc.tuple(fc.constantFrom(...EQUALITY), literal).map(([operator, guid]) => `${name} ${operator} ${guid}`)];
  }
  if (type.kind !== 'enum') return [];
  const members = fc.uniqueArray(fc.constantFrom(...Object.keys(type.members)), {
    minLength: 1,
    maxLength: type.isFlags ? 2 : 1,
  });
  const literal = fc
    .tuple(members, fc.constantFrom('', qualifiedName(type)))
    .map(([names, prefix]) => `${prefix}'${names.join(',')}'`);
  const operator = fc.constantFrom(...RELATIONS, ...(type.isFlags ? ['has', 'has'] : []));
  return [
    fc.tuple(operator, literal).map(([operation, value]) => `${name} ${operation} ${value}`),
    fc.array(literal, { maxLength: 2 }).map((items) => `${name} in (${items.join(',')})`),
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
