/** How long something still lasts, told once a second. */
import { useEffect, useState } from 'react';
import { type Instant, systemClock } from '../clock.ts';

const SECOND_MS = 1_000;

/** `59:07`, or `1:59:07`; seconds are full ones, so that 0:00 is the end. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND_MS));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Milliseconds until an instant; drawn anew each second. */
export function useTimeLeft(until: Instant): number {
  const [now, setNow] = useState(() => systemClock.now());
  useEffect(() => {
    const cancel = systemClock.at(Math.min(until, now + SECOND_MS), () => setNow(systemClock.now()));
    return cancel;
  }, [until, now]);
  return Math.max(0, until - now);
}
