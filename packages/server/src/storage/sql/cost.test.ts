import { describe, expect, it } from 'vitest';
import { sample } from '../../../test/contracts/sample-table.ts';
import { parseFilter, parseOrderBy } from '../../odata/filter/filter.ts';
import { parseSearch } from '../../odata/search.ts';
import { conditionsOf, conditionsOn, isSoonDecided } from './cost.ts';

describe('a row is soon decided', () => {
  it.each([
    "code eq 'a'",
    "label eq null and (count gt 5 or not (isOn eq true)) and rights has 'view'",
    "state in ('compliant','conflict') and endsAt ge 2026-01-01T00:00:00Z",
    'correlationId eq 01234567-89ab-cdef-0123-456789abcdef',
    "startswith(code,'a')",
    'label eq code',
  ])('by %s', (filter) => {
    expect(isSoonDecided({ filter: parseFilter(filter, sample) })).toBe(true);
  });

  it.each([
    "contains(code,'a')",
    "code eq 'a' and tolower(label) eq 'b'",
    'startswith(code,label)',
    "startswith(tolower(code),'a')",
    'year(endsAt) eq 2026',
    "code in ('a') or not (length(label) gt 5)",
    "person/displayName eq 'a'",
  ])('but not by %s', (filter) => {
    expect(isSoonDecided({ filter: parseFilter(filter, sample) })).toBe(false);
  });

  it('but not by a search, nor by an order that is computed', () => {
    expect(isSoonDecided({ filter: parseSearch('word', sample) })).toBe(false);
    expect(isSoonDecided({ orderBy: parseOrderBy('code desc,endsAt', sample) })).toBe(true);
    expect(isSoonDecided({ orderBy: parseOrderBy('code,tolower(label)', sample) })).toBe(false);
  });
});

describe('the conditions of a filter', () => {
  it.each([
    ["code eq 'a'", 1],
    ["code eq 'a' or count eq 1", 1],
    ["code eq 'a' and (count eq 1 and isOn)", 3],
    ["startswith(code,'a') and isOn", 3],
  ])('of %s are %i', (filter, conditions) => {
    expect(conditionsOf(parseFilter(filter, sample))).toBe(conditions);
  });
});

describe('the conditions on a property that its index can serve', () => {
  it.each([
    ["code eq 'a' and count eq 1", "code eq 'a'"],
    ["count eq 1 and (code ge 'a' and 'b' gt code)", "code ge 'a' and 'b' gt code"],
    ["startswith(code,'a') and code in ('a','b') and isOn", "startswith(code,'a') and code in ('a','b')"],
    ["code eq 'a' or count eq 1", undefined],
    ["code ne 'a' and code in ('a',null)", undefined],
    ['code eq label', undefined],
    ["not (code eq 'a') and contains(code,'a')", undefined],
  ])('of %s are %s', (filter, expected) => {
    const found = conditionsOn(parseFilter(filter, sample), 'code');
    expect(found).toEqual(expected === undefined ? undefined : parseFilter(expected, sample));
  });
});
