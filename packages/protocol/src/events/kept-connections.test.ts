import { expect, it } from 'vitest';
import { crowdedOut } from './kept-connections.ts';

const helperOf = (helper: string) => helper;

/** What is kept after so many connections of each helper, one behind the other. */
function kept(...connections: readonly (readonly [helper: string, count: number])[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const [helper, count] of connections) {
    for (let index = 0; index < count; index++) {
      const oldest = crowdedOut(map, helper, helperOf);
      if (oldest !== undefined) map.delete(oldest);
      map.set(`${helper}${index}`, helper);
    }
  }
  return map;
}

// EV-25
it('of one helper the latest connections are kept, and all of the others', () => {
  const names = [...kept(['ben', 8], ['anna', 500]).keys()];
  expect(names.filter((name) => name.startsWith('ben'))).toHaveLength(8);
  expect(names.filter((name) => name.startsWith('anna'))).toEqual(
    [492, 493, 494, 495, 496, 497, 498, 499].map((index) => `anna${index}`),
  );
});

it('there is an end to what is kept, however many names there are', () => {
  const names = Array.from({ length: 500 }, (_, index) => [`helper${index}-`, 1] as const);
  expect(kept(...names).size).toBe(128);
});
