import { describe, expect, it } from 'vitest';
import { freshRandom } from './random.ts';

describe('freshRandom', () => {
  it('gives out no byte twice, and leaves alone what it gave out', () => {
    const given = Array.from({ length: 2_000 }, () => freshRandom(12));
    const copies = given.map((bytes) => bytes.toString('hex'));
    for (let count = 0; count < 2_000; count++) freshRandom(16);
    expect(given.map((bytes) => bytes.toString('hex'))).toEqual(copies);
    expect(new Set(copies).size).toBe(2_000);
  });

  it('gives as many bytes as asked for', () => {
    expect([1, 12, 16, 4_096].map((length) => freshRandom(length).length)).toEqual([1, 12, 16, 4_096]);
  });
});
