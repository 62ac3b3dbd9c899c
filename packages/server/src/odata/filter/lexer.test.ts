import { describe, expect, it } from 'vitest';
import { nextToken, type Token } from './lexer.ts';

function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (let from = 0; ; ) {
    const token = nextToken({ option: '$filter', text }, from);
    if (token.kind === 'end') return found;
    found.push(token);
    from = token.end;
  }
}

function kinds(text: string): string[] {
  return tokens(text).map(({ kind, value }) => `${kind} ${value}`);
}

describe('lexer', () => {
  it('splits names, marks and literals', () => {
    expect(kinds("contains(actor/userId,'a') \tand x")).toEqual([
      ...['name contains', 'mark (', 'name actor', 'mark /', 'name userId', 'mark ,', 'string a', 'mark )'],
      ...['name and', 'name x'],
    ]);
  });

  it('unescapes doubled quotes and keeps everything else', () => {
    expect(kinds("'it''s' '' '''' 'a + b %\\'")).toEqual(["string it's", 'string ', "string '", 'string a + b %\\']);
  });

  it('tells numbers, dates and Guids apart', () => {
    expect(kinds('5 -1 +2.50 1e3 2016-12-31T23:59:57.5564522-08:00 2016-12-31T23:59+01:00')).toEqual([
      ...['number 5', 'number -1', 'number +2.50', 'number 1e3'],
      ...['instant 2016-12-31T23:59:57.5564522-08:00', 'instant 2016-12-31T23:59+01:00'],
    ]);
    expect(kinds('01234567-89ab-cdef-0123-456789abcdef,ABCDEF01-89AB-CDEF-0123-456789ABCDEF')).toEqual([
      'guid 01234567-89ab-cdef-0123-456789abcdef',
      'mark ,',
      'guid ABCDEF01-89AB-CDEF-0123-456789ABCDEF',
    ]);
  });

  it('reads a typed literal as one token', () => {
    expect(tokens("microsoft.graph.rights'view,it''s'")).toEqual([
      { kind: 'typed', typeName: 'microsoft.graph.rights', value: "view,it's", start: 0, end: 34 },
    ]);
  });

  it('says where each token stands', () => {
    expect(tokens("  a  'b'").map(({ start, end }) => [start, end])).toEqual([
      [2, 3],
      [5, 8],
    ]);
  });

  it.each([
    ["x eq 'abc", `$filter: a string that is not closed, at position 6: "'abc"`],
    ['x eq 5and', '$filter: neither a number, a DateTimeOffset nor a Guid, at position 6: "5and"'],
    ['x eq 12:30', '$filter: neither a number, a DateTimeOffset nor a Guid, at position 6: "12:30"'],
    ['x ; y', '$filter: unexpected character, at position 3: ";"'],
    ['x eq "y"', '$filter: unexpected character, at position 6: """'],
    ['x eq @p', '$filter: parameter aliases are not supported, at position 6: "@"'],
    ['$it eq 1', '$filter: $it, $root and other $ names are not supported, at position 1: "$"'],
    ['x eq -y', '$filter: negation is not supported, at position 6: "-"'],
    ["x eq 'a\0b'", `$filter: U+0000 can be in no value, at position 6: "'a\0b'"`],
    ["x eq '\ud800'", `$filter: half of a surrogate pair can be in no value, at position 6: "'\ufffd'"`],
  ])('refuses %j', (text, message) => {
    expect(() => tokens(text)).toThrow(expect.objectContaining({ message, code: 'badRequest', target: '$filter' }));
  });
});
