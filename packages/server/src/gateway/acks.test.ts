import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AckLog, REMEMBERED_ACKS } from './acks.ts';

it('the latest 1,000 ack ids are remembered, in whatever order they came (GW-20)', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 1_500 }), fc.nat(), (ids, other) => {
      const log = new AckLog();
      for (const id of ids) log.add(id);
      const remembered = new Set(ids.slice(-REMEMBERED_ACKS));
      for (const id of ids) expect(log.has(id)).toBe(remembered.has(id));
      expect(log.has(other)).toBe(remembered.has(other));
    }),
    { seed: 31, numRuns: 20 },
  );
  const log = new AckLog();
  expect(log.has(0)).toBe(false);
  for (let id = 0; id <= 1_000; id += 1) log.add(id);
  expect([log.has(0), log.has(1), log.has(1_000)]).toEqual([false, true, true]);
});
