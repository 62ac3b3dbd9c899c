import { describe, expect, it } from 'vitest';
import { sample } from '../../test/contracts/sample-table.ts';
import type { Cursor } from '../store/store.ts';
import { parseFilter, parseOrderBy } from './filter/filter.ts';
import {
  decodeSkipToken,
  encodeSkipToken,
  nextLinkQuery,
  parseQueryOptions,
  type QueryOptions,
  type Requested,
} from './query-options.ts';
import { parseSearch } from './search.ts';

function parse(rawQuery: string, requested: Requested = 'collection'): QueryOptions {
  return parseQueryOptions(rawQuery, sample, requested);
}

function refusal(target: string, message: unknown = expect.any(String)) {
  return expect.objectContaining({ code: 'badRequest', target, message });
}

describe('parseQueryOptions', () => {
  it('reads every option', () => {
    const query =
      '$select=id,label&$filter=count%20gt%201&$orderby=label%20desc&$top=5&$skip=10&$count=true&$search=%22a%20b%22&$format=json';
    expect(parse(query)).toEqual({
      select: ['id', 'label'],
      filter: parseFilter('count gt 1', sample),
      orderBy: parseOrderBy('label desc', sample),
      top: 5,
      skip: 10,
      count: true,
      search: parseSearch('"a b"', sample),
      format: 'json',
      fingerprint: expect.any(String),
    });
  });

  it('gives nothing but the count for an empty query', () => {
    expect(parse('')).toStrictEqual({ count: false, fingerprint: expect.any(String) });
    expect(parse('&&')).toStrictEqual(parse(''));
  });

  // ODATA-31
  it.each(['$top=3', 'top=3', '%24top=3', 'TOP=3', '$Top=3', 'top=%33'])('takes %s', (query) => {
    expect(parse(query).top).toBe(3);
  });

  it('decodes + as a space and %2B as +', () => {
    expect(parse("filter=label+eq+'a%2Bb%26c'").filter).toEqual(parseFilter("label eq 'a+b&c'", sample));
    expect(parse("filter=label eq 'a=b'").filter).toEqual(parseFilter("label eq 'a=b'", sample));
  });

  // ODATA-32
  it('ignores custom options', () => {
    expect(parse('custom=1&id=2&custom=3&bare&=')).toStrictEqual(parse(''));
  });

  // ODATA-34
  it('selects all for *, and each name once', () => {
    expect(parse('select=*')).not.toHaveProperty('select');
    expect(parse('select=label,*')).not.toHaveProperty('select');
    expect(parse('select=label, token,label').select).toEqual(['label', 'token']);
  });

  it.each([
    ['top=0', 0],
    ['top=999', 999],
  ])('%s is a page of %i', (query, top) => {
    expect(parse(query).top).toBe(top);
  });

  // ODATA-32
  it.each([
    ['$top=1000', '$top', '$top must be a whole number from 0 to 999, not "1000".'],
    ['$top=-1', '$top', '$top must be a whole number from 0 to 999, not "-1".'],
    ['$top=', '$top', '$top must be a whole number from 0 to 999, not "".'],
    ['$top', '$top', '$top must be a whole number from 0 to 999, not "".'],
    ['$top=1e1', '$top', '$top must be a whole number from 0 to 999, not "1e1".'],
    ['$skip=1.5', '$skip', '$skip must be a whole number that is not negative, not "1.5".'],
    ['$skip=10000000000000000', '$skip', expect.stringContaining('$skip must be')],
    ['$count=yes', '$count', '$count must be true or false.'],
    ['$select=', '$select', '$select: sample has no property "".'],
    ['$select=label,nothing', '$select', '$select: sample has no property "nothing".'],
    ['$select=Label', '$select', '$select: sample has no property "Label".'],
    ['$select=toString', '$select', '$select: sample has no property "toString".'],
    ['$filter=', '$filter', '$filter: expected a value, at position 1: end of text'],
    ['$orderby=tags', '$orderby', expect.stringContaining('tags is a collection')],
    ['$search=', '$search', expect.stringContaining('expected a word')],
    ["$filter=token+eq+'a'", 'token', expect.stringContaining('token is secret')],
    ['$orderby=token', 'token', expect.stringContaining('token is secret')],
    ['$top=1&$top=2', '$top', '$top is given twice.'],
    ['$top=1&TOP=1', '$top', '$top is given twice.'],
    ['$expand=x', '$expand', '$expand is not supported.'],
    ['expand=x', '$expand', '$expand is not supported.'],
    ['$apply=x', '$apply', '$apply is not supported.'],
    ['$compute=x', '$compute', '$compute is not supported.'],
    ['$levels=1', '$levels', '$levels is not supported.'],
    ['$deltatoken=x', '$deltatoken', '$deltatoken is not supported.'],
    ['$nothing=1', '$nothing', '$nothing is no query option that is supported.'],
    [`$${'x'.repeat(99)}=1`, `$${'x'.repeat(40)}`, expect.stringContaining('is no query option')],
    ['$=1', '$', '$ is no query option that is supported.'],
    ['$filter=%', '$filter', '$filter has malformed percent-encoding.'],
    ['$filter=%ff', '$filter', '$filter has malformed percent-encoding.'],
    ['$skip=1&$skiptoken=x', '$skiptoken', expect.stringContaining('$skiptoken is damaged')],
  ])('refuses %s', (query, target, message) => {
    expect(() => parse(query)).toThrow(refusal(target, message));
  });

  it('refuses malformed encoding in a name', () => {
    const message = 'The query string has malformed percent-encoding.';
    expect(() => parse('%=1')).toThrow(expect.objectContaining({ code: 'badRequest', message, target: undefined }));
  });

  // ODATA-33
  it.each<[Requested, readonly string[]]>([
    ['entity', ['filter=isOn', 'orderby=id', 'top=1', 'skip=1', 'count=true', 'search=a', 'skiptoken=a']],
    ['write', ['filter=isOn', 'orderby=id', 'top=1', 'skip=1', 'count=true', 'search=a', 'skiptoken=a']],
    ['count', ['select=id', 'orderby=id', 'top=1', 'skip=1', 'count=true', 'skiptoken=a', 'format=json']],
  ])('refuses what does not apply to %s', (requested, queries) => {
    for (const query of queries) {
      const option = `$${query.split('=')[0]}`;
      expect(() => parse(query, requested)).toThrow(refusal(option, `${option} does not apply to this request.`));
    }
  });

  it('allows $select and $format on an entity, $filter and $search on /$count', () => {
    expect(parse('select=label&format=json', 'entity')).toMatchObject({ select: ['label'], format: 'json' });
    expect(parse('select=label&format=json', 'write')).toMatchObject({ select: ['label'], format: 'json' });
    expect(Object.keys(parse('filter=isOn&search=a', 'count'))).toEqual(['filter', 'count', 'search', 'fingerprint']);
  });
});

describe('$skiptoken', () => {
  const QUERY = 'filter=isOn&orderby=label,startedAt desc,count,isReady';
  const CURSOR: Cursor = ['a"😀', '636188687975564522', 3, true, 'id-1'];

  it.each<[Cursor]>([[CURSOR], [[null, null, null, null, 'id-1']], [['', '-504000000000', -0.5, false, '']]])(
    'comes back as the cursor %j',
    (cursor) => {
      const token = encodeSkipToken(cursor, parse(QUERY));
      expect(token).toMatch(/^[\w-]+$/);
      expect(parse(`${QUERY}&$skiptoken=${token}`).after).toEqual(cursor);
    },
  );

  it('is good for other encodings, $select, $top and $count, and for nothing else', () => {
    const token = encodeSkipToken(CURSOR, parse(QUERY));
    const same = `$Filter=is%4fn&%24orderby=label%2CstartedAt+desc,count,isReady&top=1&count=true&skiptoken=${token}`;
    expect(parse(same).after).toEqual(CURSOR);
    for (const other of [
      'orderby=label,startedAt desc,count,isReady',
      QUERY.replace('isOn', 'isReady'),
      QUERY.replace(' desc', ''),
      `${QUERY}&search=a`,
    ]) {
      expect(() => parse(`${other}&skiptoken=${token}`)).toThrow(refusal('$skiptoken'));
    }
  });

  it('is refused when any character is changed, put in or left out', () => {
    const options = parse(QUERY);
    const token = encodeSkipToken(CURSOR, options);
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      for (const mangled of [other, `${token[at]}${other}`, `${token[at]}=`, '']) {
        const text = token.slice(0, at) + mangled + token.slice(at + 1);
        expect(() => decodeSkipToken(text, options)).toThrow(refusal('$skiptoken'));
      }
    }
  });

  it.each<[unknown]>([
    [[1, '1', 1, true, 'id']],
    [['a', 'x', 1, true, 'id']],
    [['a', '9'.repeat(19), 1, true, 'id']],
    [['a', '1', '1', true, 'id']],
    [['a', '1', 1, 1, 'id']],
    [['a', '1', 1, true, null]],
    [['a', '1', 1, true, 7]],
    [['a', '1', 1, true]],
    [['a', '1', 1, true, 'id', 'id']],
    [['\0', '1', 1, true, 'id']],
    [['\ud800', '1', 1, true, 'id']],
    [[['a'], '1', 1, true, 'id']],
  ])('is refused when forged with values that do not fit: %j', (cursor) => {
    const options = parse(QUERY);
    const token = encodeSkipToken(cursor as Cursor, options);
    expect(() => decodeSkipToken(token, options)).toThrow(refusal('$skiptoken'));
  });

  it.each(['', 'x', 'bnVsbA', 'e30', '____'])('is refused when it is %j', (token) => {
    expect(() => parse(`skiptoken=${token}`)).toThrow(refusal('$skiptoken'));
  });

  it('excludes $skip', () => {
    const token = encodeSkipToken(['id-1'], parse(''));
    expect(() => parse(`skip=1&skiptoken=${token}`)).toThrow(refusal('$skip'));
  });
});

describe('nextLinkQuery', () => {
  it.each([
    ['', '$skiptoken=T'],
    ['$top=2&$filter=a%20eq%20%27b%27', '$top=2&$filter=a%20eq%20%27b%27&$skiptoken=T'],
    ['$skip=4&top=2', 'top=2&$skiptoken=T'],
    ['top=2&%24SkipToken=old&SKIP=3&custom=x', 'top=2&custom=x&$skiptoken=T'],
  ])('of %j', (query, expected) => {
    expect(nextLinkQuery(query, 'T')).toBe(expected);
  });
});
