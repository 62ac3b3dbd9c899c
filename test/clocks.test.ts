/** The clocks of the agent, the console and the service wait alike. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock as agentClock } from '../packages/agent/src/clock.ts';
import { systemClock as consoleClock } from '../packages/console/src/clock.ts';
import { systemClock as serviceClock } from '../packages/server/src/clock.ts';

const DAY_MS = 24 * 60 * 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe.each([
  ['agent', agentClock],
  ['console', consoleClock],
  ['service', serviceClock],
])('the clock of the %s', (_, clock) => {
  // A timer of the platform fires at once beyond 24.8 days, and counts backwards from there in others' code.
  it.each([24, 25, 49, 50, 60, 366])('waits %i days, and not a millisecond less', (days) => {
    const heard = vi.fn();
    clock.at(clock.now() + days * DAY_MS, heard);
    vi.advanceTimersByTime(days * DAY_MS - 1);
    expect(heard).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  // DEV-39
  it.each([-DAY_MS, DAY_MS])('waits as long though the date of the machine is moved by %i ms', (moved) => {
    const heard = vi.fn();
    clock.at(clock.now() + DAY_MS, heard);
    vi.setSystemTime(clock.now() + moved);
    vi.advanceTimersByTime(DAY_MS - 1);
    expect(heard).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('forgets what is cancelled, also after it was armed anew', () => {
    const cancel = clock.at(clock.now() + 60 * DAY_MS, () => expect.unreachable());
    vi.advanceTimersByTime(30 * DAY_MS);
    cancel();
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(vi.getTimerCount()).toBe(0);
  });
});
