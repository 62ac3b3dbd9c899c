import { describe, expect, it } from 'vitest';
import { RateLimit } from './limits.ts';

describe('the rate of one connection (GW-39)', () => {
  it('lets a second of messages through at once, then one at a time', () => {
    const rate = new RateLimit({ messagesPerSecond: 10, bytesPerSecond: 1e9 });
    const now = 1_800_000_000_000;
    for (let count = 0; count < 10; count += 1) expect(rate.count(1, now)).toBe(0);
    expect(rate.count(1, now)).toBe(100);
    expect(rate.count(1, now + 100)).toBe(100);
    expect(rate.count(1, now + 1_200)).toBe(0);
  });

  it('counts a long message by its bytes', () => {
    const rate = new RateLimit({ messagesPerSecond: 1_000, bytesPerSecond: 1_000 });
    expect(rate.count(1_500, 5)).toBe(500);
  });

  it('regains nothing when the clock is set back', () => {
    const rate = new RateLimit({ messagesPerSecond: 1, bytesPerSecond: 1e9 });
    expect(rate.count(1, 10_000)).toBe(0);
    expect(rate.count(1, 5_000)).toBe(1_000);
  });
});
