/** Structured log lines, one JSON object each. URLs, queries, bodies and tokens are never given to it. */
import { destination, type Logger, pino } from 'pino';
import { systemClock, toIsoText } from './clock.ts';

export type Log = Logger;

/**
 * Writes to standard output.
 * @param level pino's level name
 * @param isBuffered gathers lines in memory and writes them together; the caller flushes at the end
 */
export function createLog(level: string, isBuffered: boolean): Log {
  const output = destination({ fd: 1, sync: false, minLength: isBuffered ? 4_096 : 0 });
  return pino({ level, base: null, timestamp: () => `,"time":"${isoNow()}"` }, output);
}

function isoNow(): string {
  return toIsoText(systemClock.now());
}
