import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstGeneration, nextGeneration } from './generation.ts';

/** What a copy of the device does next: sign in and keep the answer, or die before it is kept. */
interface Step {
  readonly copy: 0 | 1;
  readonly isKept: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({ copy: fc.constantFrom(0, 1), isKept: fc.boolean() });

/** Runs steps until one is refused; says how many were accepted. */
function accepted(steps: readonly Step[]): number {
  let kept = firstGeneration('secret 0');
  const copies = ['secret 0', 'secret 0'];
  for (const [index, { copy, isKept }] of steps.entries()) {
    const secret = `secret ${index + 1}`;
    const next = nextGeneration(kept, copies[copy] as string, secret);
    if (!next) return index;
    kept = next;
    if (isKept) copies[copy] = secret;
  }
  return steps.length;
}

// DEV-15, DEV-16
describe('generations', () => {
  it('never refuse a single device that loses no two answers in a row', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (flags) => {
        const steps = flags.map((flag, index): Step => ({ copy: 0, isKept: flag || index % 2 === 1 }));
        expect(accepted(steps)).toBe(steps.length);
      }),
      { seed: 7 },
    );
  });

  it('refuse one of two copies by the time each has signed in after the other', () => {
    const before = fc.array(step, { maxLength: 20 });
    fc.assert(
      fc.property(before, (steps) => {
        const alternating: Step[] = [0, 1, 0].map((copy) => ({ copy: copy as 0 | 1, isKept: true }));
        expect(accepted([...steps, ...alternating])).toBeLessThan(steps.length + alternating.length);
      }),
      { seed: 7 },
    );
  });
});
