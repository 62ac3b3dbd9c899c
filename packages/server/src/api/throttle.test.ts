import { describe, expect, it } from 'vitest';
import type { DomainError } from '../errors.ts';
import { Throttle } from './throttle.ts';

function refusal(run: () => void): DomainError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as DomainError;
  }
}

describe('Throttle', () => {
  it('refuses past the limit and says when the window ends', () => {
    const throttle = new Throttle(2);
    throttle.count('a', 12_000);
    throttle.count('a', 13_000);
    const error = refusal(() => throttle.count('a', 13_500));
    expect(error).toMatchObject({ code: 'tooManyRequests', retryAfterSeconds: 7 });
    expect(refusal(() => throttle.count('b', 13_500))).toBeUndefined();
  });

  it('starts anew with the next window', () => {
    const throttle = new Throttle(1);
    throttle.count('a', 19_999);
    expect(throttle.isExhausted('a', 19_999)).toBe(true);
    expect(throttle.isExhausted('a', 20_000)).toBe(false);
    expect(refusal(() => throttle.count('a', 20_000))).toBeUndefined();
  });

  it('has no limit at 0', () => {
    const throttle = new Throttle(0);
    for (let i = 0; i < 1_000; i++) throttle.count('a', 0);
    expect(throttle.isExhausted('a', 0)).toBe(false);
  });

  it('remembers a bounded number of sources and counts the others together', () => {
    const throttle = new Throttle(1);
    for (let i = 0; i < 50_000; i++) throttle.count(`source ${i}`, 0);
    expect(refusal(() => throttle.count('one more', 0))).toBeUndefined();
    expect(refusal(() => throttle.count('another', 0))?.code).toBe('tooManyRequests');
  });
});
