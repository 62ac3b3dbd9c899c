import { describe, expect, it } from 'vitest';
import type { Caller } from './caller.ts';
import { TokenCache } from './token-cache.ts';

const caller = { objectId: 'o' } as Caller;

describe('TokenCache', () => {
  it.each([
    [99, false],
    [100, true],
    [199, true],
    [200, false],
  ])('from 100 until before 200: at %i %s', (now, isKnown) => {
    const cache = new TokenCache();
    cache.set('token', caller, 100, 200);
    expect(cache.get('token', now)).toBe(isKnown ? caller : undefined);
  });

  it('never holds more than its capacity, and keeps what is used', () => {
    const cache = new TokenCache(10);
    cache.set('used', caller, 0, 1);
    for (let index = 0; index < 1000; index++) {
      cache.set(`token-${index}`, caller, 0, 1);
      expect(cache.get('used', 0)).toBe(caller);
      expect(cache.size).toBeLessThanOrEqual(10);
    }
    expect(cache.get('token-1', 0)).toBeUndefined();
  });

  it('never holds more text than it may', () => {
    const cache = new TokenCache(1000, 100);
    for (let index = 0; index < 50; index++) cache.set(String(index).padStart(20, '-'), caller, 0, 1);
    expect(cache.size).toBeLessThanOrEqual(5);
  });

  it('forgets everything when cleared', () => {
    const cache = new TokenCache();
    cache.set('token', caller, 0, 1);
    cache.clear();
    expect(cache.get('token', 0)).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});
