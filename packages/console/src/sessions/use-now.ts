/** The passing of time for what is on the page. */
import { useEffect, useState } from 'react';
import { type Instant, systemClock } from '../clock.ts';

/** The present by `now`, told anew every so often. @param now the same function as long as the clock is the same */
export function useNow(now: () => Instant, everyMs = 1_000): Instant {
  const [instant, setInstant] = useState(now);
  useEffect(() => {
    let cancel: () => void = () => undefined;
    const tick = () => {
      setInstant(now());
      cancel = systemClock.at(systemClock.now() + everyMs, tick);
    };
    tick();
    return () => cancel();
  }, [now, everyMs]);
  return instant;
}

/** How much time is left, as a clock shows it: `59:07`, `1:02:03`; never less than nothing. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
