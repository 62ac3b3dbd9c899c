import { describe, expect, it } from 'vitest';
import { shownAppearance } from './appearance-choice.ts';

describe('what is drawn', () => {
  it.each([
    ['system', false, false, 'light'],
    ['system', false, true, 'dark'],
    ['light', false, true, 'light'],
    ['highContrast', false, false, 'highContrast'],
    ['light', true, true, 'dark'],
    ['highContrast', true, false, 'light'],
  ] as const)('%s, colours forced: %s, dark: %s, is %s', (chosen, isForced, isDark, shown) => {
    expect(shownAppearance(chosen, { isForced, isDark })).toBe(shown);
  });
});
