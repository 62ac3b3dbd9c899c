import { describe, expect, it } from 'vitest';
import { metadataLevel, namesEtag, preferences } from './accept.ts';

describe('metadataLevel', () => {
  it.each([
    [undefined, 'minimal'],
    ['*/*', 'minimal'],
    ['application/json', 'minimal'],
    ['text/html,application/*;q=0.8', 'minimal'],
    ['application/json;odata.metadata=none', 'none'],
    ['application/json; metadata=full; q=1', 'full'],
    ['application/octet-stream, application/json', 'minimal'],
    ['application/json;odata.metadata=full;q=0, */*;q=0.1', 'minimal'],
  ])('reads %j as %s', (accept, level) => {
    expect(metadataLevel(accept)).toBe(level);
  });

  // ODATA-53
  it('refuses a client that takes no JSON', () => {
    expect(() => metadataLevel('text/html')).toThrow('application/json');
    expect(() => metadataLevel('application/json;q=0.00')).toThrow('application/json');
  });

  // ODATA-53
  it('lets $format outrank Accept', () => {
    expect(metadataLevel('text/html', 'json')).toBe('minimal');
    expect(metadataLevel(undefined, 'application/json;odata.metadata=full')).toBe('full');
    expect(() => metadataLevel(undefined, 'atom')).toThrow('$format');
  });
});

describe('preferences', () => {
  it('reads those that are honoured and passes over others', () => {
    expect(preferences('respond-async, return=minimal; odata.maxpagesize=50')).toEqual({
      return: 'minimal',
      maxPageSize: 50,
    });
    expect(preferences('return="representation"')).toEqual({ return: 'representation' });
    expect(preferences('odata.maxpagesize=0,return=everything')).toEqual({});
    expect(preferences(undefined)).toEqual({});
  });
});

describe('namesEtag', () => {
  it.each([
    ['*', true],
    ['W/"3"', true],
    ['"3"', true],
    ['"1", W/"3"', true],
    ['W/"33"', false],
    ['', false],
  ])('%j names W/"3": %s', (header, expected) => {
    expect(namesEtag(header, 'W/"3"')).toBe(expected);
  });
});
