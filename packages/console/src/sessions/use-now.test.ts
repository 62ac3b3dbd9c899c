import { expect, it } from 'vitest';
import { clockText } from './use-now.ts';

it('shows what is left as a clock does, rounded up, and never less than nothing', () => {
  expect([3_599_001, 59_000, 1, 0, -5_000, 3_723_000].map(clockText)).toEqual([
    '1:00:00',
    '0:59',
    '0:01',
    '0:00',
    '0:00',
    '1:02:03',
  ]);
});
