import { filterText } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sample, samplePools, sampleRights, sampleState } from '../../../test/contracts/sample-table.ts';
import { DomainError } from '../../errors.ts';
import { BOOLEAN, type Expression, INSTANT, literal, NUMBER, STRING } from '../../store/expression.ts';
import { parseFilter, parseOrderBy } from './filter.ts';

const { properties } = sample;
const label: Expression = { kind: 'property', type: STRING, path: ['label'], property: properties.label };
const count: Expression = { kind: 'property', type: NUMBER, path: ['count'], property: properties.count };
const endsAt: Expression = { kind: 'property', type: INSTANT, path: ['endsAt'], property: properties.endsAt };
const state: Expression = {
  kind: 'property',
  type: { kind: 'enum', enum: sampleState },
  path: ['state'],
  property: properties.state,
};

function equals(left: Expression, right: Expression): Expression {
  return { kind: 'comparison', type: BOOLEAN, operator: 'eq', left, right };
}

function enumLiteral(type: typeof sampleState | typeof sampleRights, value: number): Expression {
  return { kind: 'literal', type: { kind: 'enum', enum: type }, value };
}

// ODATA-36, ODATA-37
describe('parseFilter', () => {
  it('binds and before or, and joins each once', () => {
    const a = equals(label, literal('a'));
    const n = equals(count, literal(1));
    expect(parseFilter("label eq 'a' or count eq 1 and label eq 'a' or count eq 1", sample)).toEqual({
      kind: 'or',
      type: BOOLEAN,
      operands: [a, { kind: 'and', type: BOOLEAN, operands: [n, a] }, n],
    });
  });

  it('takes parentheses before both', () => {
    const n = equals(count, literal(1));
    expect(parseFilter("(count eq 1 or count eq 1) and not (label eq 'a')", sample)).toEqual({
      kind: 'and',
      type: BOOLEAN,
      operands: [
        { kind: 'or', type: BOOLEAN, operands: [n, n] },
        { kind: 'not', type: BOOLEAN, operand: equals(label, literal('a')) },
      ],
    });
  });

  it('reads an enumeration from a quoted or qualified member name, on either side', () => {
    const expected = equals(state, enumLiteral(sampleState, 1));
    expect(parseFilter("state eq 'compliant'", sample)).toEqual(expected);
    expect(parseFilter("state eq microsoft.graph.sampleState'compliant'", sample)).toEqual(expected);
    expect(parseFilter("'compliant' eq state", sample)).toEqual(equals(enumLiteral(sampleState, 1), state));
  });

  it('reads flags as their bits', () => {
    const has = parseFilter("rights has microsoft.graph.sampleRights'view,elevate'", sample);
    expect(has).toMatchObject({ kind: 'has', flags: enumLiteral(sampleRights, 5) });
    expect(parseFilter("rights eq 'view, control'", sample)).toMatchObject({ right: enumLiteral(sampleRights, 3) });
  });

  it('keeps a DateTimeOffset as text', () => {
    const text = '2016-12-31T23:59:57.5564522-08:00';
    expect(parseFilter(`endsAt eq ${text}`, sample)).toEqual(
      equals(endsAt, { kind: 'literal', type: INSTANT, value: text }),
    );
    expect(parseFilter('endsAt gt 2016-12-31T23:59Z', sample)).toMatchObject({ right: { value: '2016-12-31T23:59Z' } });
  });

  it('reads Guids with and without quotes, in lower case', () => {
    const guid = 'ABCDEF01-89AB-CDEF-0123-456789ABCDEF';
    const right = literal(guid.toLowerCase());
    expect(parseFilter(`correlationId eq ${guid}`, sample)).toMatchObject({ right });
    expect(parseFilter(`correlationId eq '${guid}'`, sample)).toMatchObject({ right });
  });

  it('reads paths, lists, decimals and null', () => {
    expect(parseFilter("person/displayName in ('a', null)", sample)).toMatchObject({
      kind: 'in',
      left: { path: ['person', 'displayName'] },
      list: [literal('a'), literal(null)],
    });
    expect(parseFilter('count in ()', sample)).toMatchObject({ kind: 'in', list: [] });
    expect(parseFilter('fractionalseconds(endsAt) lt 0.25', sample)).toMatchObject({ right: literal(0.25) });
    expect(parseFilter('null eq label', sample)).toEqual(equals(literal(null), label));
  });

  it('types calls by what they return', () => {
    expect(parseFilter("substring(label,1,2) eq tolower('A')", sample)).toEqual(
      equals(
        { kind: 'call', type: STRING, name: 'substring', args: [label, literal(1), literal(2)] },
        { kind: 'call', type: STRING, name: 'tolower', args: [literal('A')] },
      ),
    );
  });
});

// ODATA-38, ODATA-40, ODATA-42
describe('refusals of parseFilter', () => {
  it.each([
    // Grammar
    ['', 'expected a value, at position 1: end of text'],
    ['label eq', 'expected a value, at position 9: end of text'],
    ["label eq 'a' and", 'expected a value, at position 17: end of text'],
    ["label eq 'a' or or", 'expected a value, at position 17: "or"'],
    ["(label eq 'a'", 'expected ), at position 14: end of text'],
    ["label eq 'a')", 'expected an operator or the end, at position 13: ")"'],
    ["label 'a'", `expected an operator or the end, at position 7: "'a'"`],
    ["label EQ 'a'", 'operators are lower-case, at position 7: "EQ"'],
    ['label eq null not', 'a misplaced operator, at position 15: "not"'],
    ['label eq label eq true', 'a comparison of a comparison needs parentheses, at position 16: "eq"'],
    ["label in 'a'", `expected (, at position 10: "'a'"`],
    ['label in (label)', 'expected a literal, at position 11: "label"'],
    ["label in ('a',)", 'expected a literal, at position 15: ")"'],
    ['person/ eq 1', 'expected a name after /, at position 9: "eq"'],
    ['person/a/b eq 1', 'a path of more than two names is not supported, at position 9: "/"'],
    // What OData has and this service doesn't
    ['count add 1 eq 2', 'the operator add is not supported, at position 7: "add"'],
    ['count mod 2 eq 0', 'the operator mod is not supported, at position 7: "mod"'],
    ["tags/any(t:t eq 'x')", 'the lambda operator any is not supported, at position 6: "any"'],
    ["tags/all(t:t eq 'x')", 'the lambda operator all is not supported, at position 6: "all"'],
    ["cast(label,'x') eq 1", 'the function cast is not supported, at position 1: "cast"'],
    ["isof('x')", 'the function isof is not supported, at position 1: "isof"'],
    ['geo.distance(label,label) lt 1', 'the function geo.distance is not supported, at position 1: "geo.distance"'],
    ["Contains(label,'a')", 'the function Contains is not supported, at position 1: "Contains"'],
    ['toString(label) eq null', 'the function toString is not supported, at position 1: "toString"'],
    ['count eq NaN', 'NaN is not supported, at position 10: "NaN"'],
    ["label eq duration'P1D'", `duration literals are not supported here, at position 10: "duration'P1D'"`],
    ["state eq microsoft.graph.other'x'", 'microsoft.graph.other literals are not supported here, at position 10: '],
    // Names
    ['nothing eq 1', 'sample has no property nothing, at position 1: "nothing"'],
    ['Label eq null', 'sample has no property Label, at position 1: "Label"'],
    ['constructor eq 1', 'sample has no property constructor, at position 1: "constructor"'],
    ['person/nothing eq 1', 'samplePerson has no property nothing, at position 1: "person/nothing"'],
    ['label/length eq 1', 'label has no properties of its own, at position 1: "label/length"'],
    ['person eq null', 'a complex property can only be used through one of its properties, at position 1: "person"'],
    ['tags eq null', "tags is a collection, which can't be used here, at position 1"],
    // Types
    ["count eq 'a'", `a number can't be compared with a string, at position 1: "count eq 'a'"`],
    ['label gt 5', `a string can't be compared with the number 5, at position 1: "label gt 5"`],
    ['isOn eq 1', "a boolean can't be compared with the number 1, at position 1"],
    ["count in (1,'a')", `a number can't be compared with a string, at position 13: "'a'"`],
    ['label eq endsAt', "a string can't be compared with a DateTimeOffset, at position 1"],
    ['id eq correlationId', "a string can't be compared with a Guid, at position 1"],
    ['state eq rights', "a microsoft.graph.sampleState can't be compared with a microsoft.graph.sampleRights"],
    ["contains(count,'1')", 'contains takes a string here, not a number, at position 10: "count"'],
    ["contains(correlationId,'1')", 'contains takes a string here, not a Guid, at position 10: "correlationId"'],
    ['year(label) eq 2020', 'year takes a DateTimeOffset here, not a string, at position 6: "label"'],
    ['length(endsAt) eq 1', 'length takes a string here, not a DateTimeOffset, at position 8: "endsAt"'],
    ['contains(label) and true', 'contains takes 2 values, not 1, at position 1: "contains(label)"'],
    ['length() eq 1', 'length takes 1 values, not 0, at position 1: "length()"'],
    ["substring(label) eq 'a'", 'substring takes 2 or 3 values, not 1, at position 1: "substring(label)"'],
    ["substring(label,-1) eq 'a'", 'a whole number that is not negative here, not the number -1, at position 17: "-1"'],
    ["substring(label,1.5) eq 'a'", 'a whole number that is not negative here, not the number 1.5, at position 17'],
    ["substring(label,fractionalseconds(endsAt)) eq 'a'", 'a whole number that is not negative here, not a number'],
    ['label and isOn', 'and takes conditions, not a string, at position 1: "label"'],
    ['isOn or count', 'or takes conditions, not a number, at position 9: "count"'],
    [
      "not label eq 'a'",
      'not takes conditions, not a string; a comparison after not needs parentheses, at position 5: "label"',
    ],
    ['label', 'the whole must be a condition, not a string, at position 1: "label"'],
    ["'a'", `the whole must be a condition, not a string, at position 1: "'a'"`],
    ['null', 'the whole must be a condition, not null, at position 1: "null"'],
    ["label has 'view'", 'has takes a property of flags, not a string, at position 1: "label"'],
    [
      "state has 'compliant'",
      'has takes a property of flags, not a microsoft.graph.sampleState, at position 1: "state"',
    ],
    ['rights has null', 'has takes members of the enumeration, not null, at position 12: "null"'],
    // Literals
    ["state eq 'Compliant'", `not a member of microsoft.graph.sampleState, at position 10: "'Compliant'"`],
    ["rights eq 'view;control'", 'not a member of microsoft.graph.sampleRights, or a list of members, at position 11'],
    ["endsAt eq '2016-12-31T23:59:57Z'", 'a DateTimeOffset is written without quotes, at position 11'],
    ['endsAt eq 2016-12-31', 'not a DateTimeOffset, which needs a date on the calendar, a time, '],
    ['endsAt eq 2016-02-30T00:00:00Z', 'not a DateTimeOffset, which needs a date on the calendar'],
    ['endsAt eq 2016-12-31T23:59:57 01:00', 'an offset whose + is sent as %2B, at position 11: "2016-12-31T23:59:57"'],
    ['endsAt eq 2016-12-31T23:59:57.55645220Z', 'at most 7 fraction digits'],
    ["correlationId eq 'x'", `not a Guid, at position 18: "'x'"`],
    ['id eq 01234567-89ab-cdef-0123-456789abcdef', 'a Guid without quotes compares with a Guid property only'],
    ['count lt 1e999', 'a number that is too large, at position 10: "1e999"'],
  ])('%j', (text, message) => {
    const refused = expect.objectContaining({ code: 'badRequest', target: '$filter' });
    expect(() => parseFilter(text, sample)).toThrow(refused);
    expect(() => parseFilter(text, sample)).toThrow(`$filter: `);
    expect(() => parseFilter(text, sample)).toThrow(message);
  });

  it('names a secret property as the target', () => {
    const message = `$filter: token is secret: it can't be filtered, sorted or searched, at position 10: "token"`;
    expect(() => parseFilter("contains(token,'a')", sample)).toThrow(
      expect.objectContaining({ code: 'badRequest', message, target: 'token' }),
    );
  });

  it('cuts what it quotes at 40 characters, whole ones', () => {
    const piece = `'${'😀'.repeat(60)}'`;
    expect(() => parseFilter(`count eq ${piece}`, sample)).toThrow(`"count eq '${'😀'.repeat(30)}…"`);
  });
});

// ODATA-41
describe('limits of parseFilter', () => {
  const terms = (number: number) => Array.from({ length: number }, () => 'isOn').join(' and ');

  it('allows 100 nodes and no more', () => {
    expect(parseFilter(`${terms(49)} and not isOn`, sample)).toMatchObject({ kind: 'and' });
    expect(() => parseFilter(`${terms(49)} and not not isOn`, sample)).toThrow(
      '$filter: more than 100 literals, properties, operators and calls, at position 450: "isOn"',
    );
  });

  it('allows 32 levels and no more', () => {
    const nested = (levels: number) => `${'('.repeat(levels)}isOn${')'.repeat(levels)}`;
    expect(parseFilter(nested(32), sample)).toMatchObject({ kind: 'property' });
    expect(() => parseFilter(nested(33), sample)).toThrow('$filter: nested deeper than 32 levels, at position 33: "("');
  });

  it.each(['(', 'not ', 'tolower(', '-', "'", 'isOn and ', 'a/', '1', 'isOn,', "label in ('a',"])(
    'refuses a megabyte of %j without exhausting the stack',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length);
      expect(() => parseFilter(text, sample)).toThrow(DomainError);
    },
  );

  it('answers any text with a tree or a refusal', () => {
    const mutated = fc
      .tuple(filterText(sample, samplePools), fc.nat(), fc.nat(8), fc.string({ unit: 'binary', maxLength: 6 }))
      .map(([text, at, gone, put]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + put + text.slice(start + gone);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ unit: 'binary' })), (text) => {
        try {
          expect(parseFilter(text, sample).type).toEqual(BOOLEAN);
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseOrderBy', () => {
  it('reads properties, paths and functions with their directions', () => {
    expect(parseOrderBy('label, person/age desc,length(label) asc', sample)).toMatchObject([
      { expression: { path: ['label'] }, isDescending: false },
      { expression: { path: ['person', 'age'] }, isDescending: true },
      { expression: { kind: 'call', name: 'length' }, isDescending: false },
    ]);
  });

  it.each([
    ['', '$orderby: expected a value, at position 1: end of text', '$orderby'],
    ['label,', '$orderby: expected a value, at position 7: end of text', '$orderby'],
    ['label up', '$orderby: expected asc, desc, a comma or the end, at position 7: "up"', '$orderby'],
    ["'a'", `$orderby: expected a property or a function of properties, at position 1: "'a'"`, '$orderby'],
    ['label eq null', '$orderby: expected a property or a function of properties, at position 1', '$orderby'],
    ['nothing', '$orderby: sample has no property nothing, at position 1: "nothing"', '$orderby'],
    ['person', '$orderby: a complex property can only be used through one of its properties', '$orderby'],
    ['tags', "$orderby: tags is a collection, which can't be used here", '$orderby'],
    ['label,token desc', "$orderby: token is secret: it can't be filtered, sorted or searched, at position 7", 'token'],
  ])('refuses %j', (text, message, target) => {
    expect(() => parseOrderBy(text, sample)).toThrow(expect.objectContaining({ code: 'badRequest', target }));
    expect(() => parseOrderBy(text, sample)).toThrow(message);
  });
});
