/** The engine's one timer. */
import { ManualClock } from '@open-remote-help/testkit';
import { describe, expect, it } from 'vitest';
import { WakeUp } from './wake-up.ts';

/** Work that takes `ms` each time and gives the instants in turn; says how late it began each time. */
function rig(ms: number, nextOf: (begunAt: number, run: number) => number) {
  const clock = new ManualClock(0);
  const begun: number[] = [];
  const wakeUp = new WakeUp(clock, async () => {
    const begunAt = clock.now();
    begun.push(begunAt);
    await Promise.resolve();
    clock.advanceBy(ms);
    return nextOf(begunAt, begun.length);
  });
  /** Moves the clock on until nothing is due up to the instant. */
  const pass = async (instant: number) => {
    while (clock.now() < instant) {
      clock.advanceBy(1);
      await wakeUp.settled();
    }
  };
  return { clock, begun, wakeUp, pass };
}

describe('the timer of the engine', () => {
  // SES-9: with deadlines close together none waits for more than the work on those before it
  it('goes on at once with what fell due while it worked', async () => {
    const { wakeUp, begun, pass } = rig(10, (begunAt, run) => (run < 4 ? begunAt + 3 : Number.POSITIVE_INFINITY));
    await wakeUp.now();
    await pass(60);
    expect(begun).toHaveLength(4);
    expect(begun.at(-1)).toBeLessThanOrEqual(3 * 11);
  });

  it.each([
    ['its instant', (begunAt: number) => begunAt],
    ['nothing that could be done', () => Number.NEGATIVE_INFINITY],
  ])('waits before it tries again what it left undone at %s', async (_, nextOf) => {
    const { wakeUp, begun, pass } = rig(10, nextOf);
    await wakeUp.now();
    await pass(109);
    expect(begun).toEqual([0]);
    await pass(110);
    expect(begun).toEqual([0, 110]);
    await wakeUp.close();
  });

  it('has nothing armed once it is closed', async () => {
    const { clock, wakeUp } = rig(1, (begunAt) => begunAt + 5);
    await wakeUp.now();
    expect(clock.pending).toBe(1);
    await wakeUp.close();
    expect(clock.pending).toBe(0);
  });
});
