/** Structured log lines, one JSON object each. URLs, queries, bodies and tokens are never given to it. */
import { destination, type Logger, pino } from 'pino';
import { systemClock, toIsoText } from './clock.ts';

/** pino's logger; values under `err` are written with their stack. */
export type Log = Logger;

/** Each write wakes a thread of Node's pool: the fewer the better. `minLength` is to be smaller than `maxWrite`. */
const BUFFERED = { minLength: 65_000, maxWrite: 65_536, periodicFlush: 1_000 };

/**
 * Writes to standard output.
 * @param level pino's level name
 * @param isBuffered gathers lines in memory for up to a second and writes them together; `flushLog` at the end
 */
export function createLog(level: string, isBuffered: boolean): Log {
  const output = destination({ fd: 1, sync: false, ...(isBuffered ? BUFFERED : {}) });
  return pino({ level, base: null, timestamp: () => `,"time":"${isoNow()}"` }, output);
}

/** Writes what is still in memory. */
export function flushLog(log: Log): Promise<void> {
  return new Promise((resolve) => log.flush(() => resolve()));
}

function isoNow(): string {
  return toIsoText(systemClock.now());
}
