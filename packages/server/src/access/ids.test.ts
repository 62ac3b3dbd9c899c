import { describe, expect, it } from 'vitest';
import { newId } from './ids.ts';

const NOW = 1_767_225_600_123;

describe('newId', () => {
  it('is a UUIDv7 with the instant in front', () => {
    expect(newId(NOW)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(newId(NOW).replaceAll('-', '').slice(0, 12), 16)).toBe(NOW);
  });

  it('sorts in the order of making, also within a millisecond', () => {
    const ids = [newId(NOW - 1), ...Array.from({ length: 1_000 }, () => newId(NOW)), newId(NOW + 1)];
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('starts each millisecond at a place of its own', () => {
    const sequenceOf = (id: string) => id.slice(14, 23);
    const starts = Array.from({ length: 20 }, (_, ms) => sequenceOf(newId(NOW + 100 + ms)));
    expect(new Set(starts).size).toBe(starts.length);
  });
});
