import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterConsent,
  afterDecline,
  afterPrompt,
  NO_PROMPTS,
  type PromptLog,
  waitBeforePrompt,
} from './prompt-limits.ts';
import { DEFAULT_SETTINGS } from './session.ts';

const NOW = 1_800_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const wait = (log: PromptLog, now: number, helper = 'a') => waitBeforePrompt(log, helper, now, DEFAULT_SETTINGS);

// SES-13
describe('after declines', () => {
  it.each([
    [1, 30 * SECOND],
    [2, 60 * SECOND],
    [3, 120 * SECOND],
    [4, 240 * SECOND],
    [5, 480 * SECOND],
    [6, 600 * SECOND],
    [40, 600 * SECOND],
  ])('%i in a row the helper waits %i ms, another does not', (count, ms) => {
    let log = NO_PROMPTS;
    for (let index = 0; index < count; index++) log = afterDecline(log, 'a', NOW);
    expect([wait(log, NOW), wait(log, NOW + ms - 1), wait(log, NOW + ms)]).toEqual([ms, 1, 0]);
    expect(wait(log, NOW, 'b')).toBe(0);
  });

  it('consent makes good', () => {
    expect(wait(afterConsent(afterDecline(NO_PROMPTS, 'a', NOW), 'a', NOW), NOW)).toBe(0);
  });

  it('an hour makes good', () => {
    const log = afterDecline(afterDecline(NO_PROMPTS, 'a', NOW), 'a', NOW);
    expect(afterDecline(log, 'a', NOW + HOUR).declines.a?.count).toBe(1);
  });
});

// SES-13
describe('three prompts an hour', () => {
  it('are all, whoever asks, until the first is an hour old', () => {
    let log = NO_PROMPTS;
    for (const minutes of [0, 10, 20]) {
      expect(wait(log, NOW + minutes * MINUTE)).toBe(0);
      log = afterPrompt(log, NOW + minutes * MINUTE);
    }
    expect(wait(log, NOW + 20 * MINUTE, 'b')).toBe(40 * MINUTE);
    expect([wait(log, NOW + HOUR - 1), wait(log, NOW + HOUR)]).toEqual([1, 0]);
  });

  it.each(['constructor', '__proto__', 'toString'])('bind somebody called %s', (name) => {
    const log = [0, 1, 2].reduce((before, minute) => afterPrompt(before, NOW + minute * MINUTE), NO_PROMPTS);
    expect(wait(log, NOW + 2 * MINUTE, name)).toBe(58 * MINUTE);
    const declined = afterDecline(NO_PROMPTS, name, NOW);
    expect(wait(JSON.parse(JSON.stringify(declined)), NOW, name)).toBe(30 * 1_000);
  });

  it('are never exceeded in any hour, and the log stays small', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 40 * MINUTE }), fc.nat({ max: 3 }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (moves) => {
        let log = NO_PROMPTS;
        let now = NOW;
        const shown: number[] = [];
        for (const [ms, helper, isDeclined] of moves) {
          now += ms;
          if (wait(log, now, `${helper}`) > 0) continue;
          log = afterPrompt(log, now);
          shown.push(now);
          if (isDeclined) log = afterDecline(log, `${helper}`, now);
          expect(shown.filter((at) => now - at < HOUR).length).toBeLessThanOrEqual(3);
          expect(log.promptedAt.length + Object.keys(log.declines).length).toBeLessThanOrEqual(7);
        }
      }),
    );
  });
});
