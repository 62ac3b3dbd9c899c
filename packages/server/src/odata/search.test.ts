import { entityType, int32, string } from '@open-remote-help/protocol';
import { type Entity, matches } from '@open-remote-help/testkit';
import { describe, expect, it } from 'vitest';
import { sample } from '../../test/contracts/sample-table.ts';
import { DomainError } from '../errors.ts';
import { parseSearch } from './search.ts';

const ROWS: readonly Entity[] = [
  { id: '1', label: 'Reception laptop', code: 'LT-100' },
  { id: '2', label: 'Kiosk (lobby)', code: 'KI-7' },
  { id: '3', label: null, code: 'laptop-3' },
  { id: '4', label: 'say "hi" at 12:30', code: 'İstanbul' },
];

function found(text: string): string {
  const expression = parseSearch(text, sample);
  return ROWS.filter((row) => matches(expression, row))
    .map(({ id }) => id)
    .join('');
}

// ODATA-44
describe('parseSearch', () => {
  it.each([
    ['laptop', '13'],
    ['LAPTOP', '13'],
    ['laptop reception', '1'],
    ['laptop AND reception', '1'],
    ['reception OR kiosk', '12'],
    ['kiosk OR laptop reception', '12'],
    ['laptop (reception OR kiosk)', '1'],
    ['NOT laptop', '24'],
    ['NOT (laptop OR kiosk)', '4'],
    ['NOT NOT kiosk', '2'],
    ['laptop NOT reception', '3'],
    ['and', ''],
    ['"reception laptop"', '1'],
    ['"laptop reception"', ''],
    ['"(lobby)"', '2'],
    [String.raw`"say \"hi\""`, '4'],
    ['"12:30"', '4'],
    ['"label:laptop"', '1'],
    ['"code:laptop"', '3'],
    ['code:laptop', '3'],
    ['"label:hi\\" at 12:30"', '4'],
    ['İSTANBUL', '4'],
    ['istanbul', ''],
    ['%', ''],
    ['id', ''],
  ])('%s finds %j', (text, ids) => {
    expect(found(text)).toBe(ids);
  });

  it.each([
    ['', '$search: expected a word or a phrase, at position 1: end of text'],
    ['a AND', '$search: expected a word or a phrase, at position 6: end of text'],
    ['OR a', '$search: expected a word or a phrase, at position 1: "OR"'],
    ['a)', '$search: expected a word, a phrase or the end, at position 2: ")"'],
    ['(a', '$search: expected ), at position 3: end of text'],
    ['a "b', '$search: a phrase that is not closed, at position 3: ""b"'],
    ['""', '$search: nothing to search for, at position 1: """"'],
    ['"label:"', '$search: nothing to search for, at position 1: ""label:""'],
    ['"count:1"', `$search: count can't be searched, at position 1: ""count:1""`],
    ['"tags:1"', `$search: tags can't be searched, at position 1: ""tags:1""`],
    ['a\0', '$search: U+0000 can be in no value, at position 1: "a\0"'],
    [`${'('.repeat(33)}a`, '$search: nested deeper than 32 levels, at position 33: "("'],
  ])('refuses %j', (text, message) => {
    const refused = expect.objectContaining({ code: 'badRequest', message, target: '$search' });
    expect(() => parseSearch(text, sample)).toThrow(refused);
  });

  it('names a secret property as the target', () => {
    const message = `$search: token is secret: it can't be filtered, sorted or searched, at position 3: ""token:a""`;
    expect(() => parseSearch('x "token:a"', sample)).toThrow(
      expect.objectContaining({ code: 'badRequest', message, target: 'token' }),
    );
  });

  it('takes ten words, since each is looked for in every property of every row', () => {
    expect(() => parseSearch('a b c d e f g h i "j k"', sample)).not.toThrow();
    expect(() => parseSearch('a b c d e f g h i j OR k', sample)).toThrow(
      '$search: more than 10 words and phrases, at position 24: "k"',
    );
  });

  it('refuses where there is nothing to search in', () => {
    const bare = entityType('bare', { size: int32(), note: string({ isSearchable: false }) });
    expect(() => parseSearch('x', bare)).toThrow('$search: bare has nothing to search in, at position 1: "x"');
  });

  it.each(['(', 'NOT ', '"', '"\\', 'a', 'a '])('refuses a megabyte of %j without exhausting the stack', (piece) => {
    const text = `${piece.repeat(1_000_000 / piece.length)}"`;
    expect(() => parseSearch(text, sample)).toThrow(DomainError);
  });
});
