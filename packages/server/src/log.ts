/** Structured log lines, one JSON object each. URLs, queries, bodies and tokens are never given to it. */
import { type DestinationStream, destination, type Logger, pino, symbols } from 'pino';
import { systemClock, toIsoText } from './clock.ts';

/** pino's logger; values under `err` are written with their stack. */
export type Log = Logger;

/** What takes lines to a file descriptor. */
export interface LineOutput {
  write(text: string): unknown;
  flush(done?: (error?: Error) => void): void;
  flushSync(): void;
}

/** In characters. */
const ENOUGH = 65_536;
const LONGEST_WAIT_MS = 1_000;

/** What holds lines that are not passed on yet; the process does not end without them. */
const holding = new Set<GatheredLines>();
let isExitHeard = false;

function flushAtExit(): void {
  if (isExitHeard) return;
  isExitHeard = true;
  process.on('exit', () => {
    for (const gathered of holding) gathered.flushSync();
  });
}

/** Gathers lines for up to a second and passes them on together: each write wakes a thread of Node's pool. */
export class GatheredLines implements DestinationStream {
  readonly #output: LineOutput;
  /** V8 joins what is added once it is passed on: to keep the lines apart until then takes twice as long. */
  #text = '';
  #cancel: (() => void) | undefined;

  constructor(output: LineOutput) {
    this.#output = output;
  }

  write(line: string): void {
    if (this.#text === '') holding.add(this);
    this.#text += line;
    if (this.#text.length >= ENOUGH) this.#pass();
    else this.#cancel ??= systemClock.at(systemClock.now() + LONGEST_WAIT_MS, () => this.#pass());
  }

  /** @param done called when everything is written */
  flush(done?: (error?: Error) => void): void {
    this.#pass();
    this.#output.flush(done);
  }

  flushSync(): void {
    this.#pass();
    this.#output.flushSync();
  }

  #pass(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    holding.delete(this);
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#output.write(text);
  }
}

/**
 * Writes to standard output.
 * @param level pino's level name
 * @param isBuffered gathers lines in memory for up to a second and writes them together; `flushLog` at the end
 */
export function createLog(level: string, isBuffered: boolean): Log {
  const options = { level, base: null, timestamp: () => `,"time":"${isoNow()}"` };
  if (!isBuffered) return pino(options, destination({ fd: 1, sync: false }));
  // Before the output's own listener, which ends it.
  flushAtExit();
  return pino(options, new GatheredLines(destination({ fd: 1, sync: false })));
}

/** Passes on a line that its caller composed: one JSON object with pino's members, and a line feed. */
export function writeLine(log: Log, line: string): void {
  (log as unknown as Record<symbol, DestinationStream>)[symbols.streamSym]?.write(line);
}

/** Writes what is still in memory. */
export function flushLog(log: Log): Promise<void> {
  return new Promise((resolve) => log.flush(() => resolve()));
}

function isoNow(): string {
  return toIsoText(systemClock.now());
}
