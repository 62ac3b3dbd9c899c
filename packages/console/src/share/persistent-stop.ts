/** A stop that the server hears of, whatever the network does meanwhile (SHR-23). */
import type { Clock } from '../clock.ts';
import { PageError } from './page-error.ts';

const FIRST_WAIT_MS = 500;
const MOST_TRIES = 5;

/** Says it until it was heard, at growing intervals. The first try outlives the page. */
export async function stopPersistently(server: { stop(): Promise<void> }, clock: Clock): Promise<void> {
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    try {
      return await server.stop();
    } catch (error) {
      if (error instanceof PageError && error.code === 'gone') return;
    }
    const waitMs = FIRST_WAIT_MS * 2 ** (attempt - 1);
    await new Promise<void>((resolve) => void clock.at(clock.now() + waitMs, resolve));
  }
}
