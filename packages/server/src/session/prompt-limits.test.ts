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

/** The device has been asked for helpers, a minute after each other. */
function promptedFor(...helpers: string[]): PromptLog {
  return helpers.reduce((log, helper, minute) => afterPrompt(log, helper, NOW + minute * MINUTE), NO_PROMPTS);
}

// SES-13
describe('three prompts an hour', () => {
  it('are all, whoever asks, until the first is an hour old', () => {
    let log = NO_PROMPTS;
    for (const [helper, minutes] of [['a', 0] as const, ['b', 10] as const, ['c', 20] as const]) {
      expect(wait(log, NOW + minutes * MINUTE, helper)).toBe(0);
      log = afterPrompt(log, helper, NOW + minutes * MINUTE);
    }
    expect(wait(log, NOW + 20 * MINUTE, 'd')).toBe(40 * MINUTE);
    expect([wait(log, NOW + HOUR - 1, 'd'), wait(log, NOW + HOUR, 'd')]).toEqual([1, 0]);
  });

  it.each(['constructor', '__proto__', 'toString'])('bind somebody called %s', (name) => {
    expect(wait(promptedFor('a', 'b', 'c'), NOW + 2 * MINUTE, name)).toBe(58 * MINUTE);
    expect(wait(promptedFor(name, name), NOW + 2 * MINUTE, name)).toBe(58 * MINUTE);
    const declined = afterDecline(NO_PROMPTS, name, NOW);
    expect(wait(JSON.parse(JSON.stringify(declined)), NOW, name)).toBe(30 * 1_000);
  });

  it('are never exceeded in any hour, and the log stays small', () => {
    const answers = fc.constantFrom('accept', 'decline', 'none');
    const steps = fc.array(fc.tuple(fc.nat({ max: 40 * MINUTE }), fc.nat({ max: 3 }), answers), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (moves) => {
        let log = NO_PROMPTS;
        let now = NOW;
        const shown: { at: number; helper: string; answer: string }[] = [];
        for (const [ms, number, answer] of moves) {
          now += ms;
          const helper = `${number}`;
          if (wait(log, now, helper) > 0) continue;
          log = afterPrompt(log, helper, now);
          shown.push({ at: now, helper, answer });
          if (answer === 'decline') log = afterDecline(log, helper, now);
          if (answer === 'accept') log = afterConsent(log, helper, now);
          const lately = shown.filter(({ at }) => now - at < HOUR);
          expect(lately.length).toBeLessThanOrEqual(3);
          const unwanted = lately.filter((each) => each.helper === helper && each.answer !== 'accept');
          expect(unwanted.length).toBeLessThanOrEqual(2);
          expect(log.prompts.length + Object.keys(log.declines).length).toBeLessThanOrEqual(7);
        }
      }),
    );
  });
});

// SES-13.1
describe('of three prompts an hour one helper', () => {
  it('has two: the third is left to others', () => {
    const log = promptedFor('a', 'a');
    expect([wait(log, NOW + MINUTE, 'a'), wait(log, NOW + MINUTE, 'b')]).toEqual([59 * MINUTE, 0]);
    expect([wait(log, NOW + HOUR - 1, 'a'), wait(log, NOW + HOUR, 'a')]).toEqual([1, 0]);
  });

  it('has what was accepted besides', () => {
    const log = afterConsent(promptedFor('a', 'a'), 'a', NOW + MINUTE);
    expect(wait(log, NOW + MINUTE, 'a')).toBe(0);
    expect(wait(afterPrompt(log, 'a', NOW + MINUTE), NOW + MINUTE, 'a')).toBe(59 * MINUTE);
    expect(wait(afterConsent(log, 'b', NOW + MINUTE), NOW + MINUTE, 'a')).toBe(0);
  });

  it('has the only one where the setting allows no more', () => {
    const one = { ...DEFAULT_SETTINGS, promptsPerHour: 1 };
    expect(waitBeforePrompt(NO_PROMPTS, 'a', NOW, one)).toBe(0);
    expect(waitBeforePrompt(promptedFor('a'), 'b', NOW, one)).toBe(HOUR);
  });
});
