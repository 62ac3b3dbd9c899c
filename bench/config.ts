/** The settings of a run, from the environment. */
import { tmpdir } from 'node:os';

/** Parts about live connections and sessions. */
export const LIVE_PARTS = ['relay', 'fan-out', 'recovery', 'idle', 'sessions', 'deadlines', 'screen-relay'] as const;
export type LivePart = (typeof LIVE_PARTS)[number];
/** Parts about help as two people have it. */
export const HELP_PARTS = ['key-to-pixel', 'window-frames', 'first-picture', 'first-load'] as const;
export type HelpPart = (typeof HELP_PARTS)[number];
export const PARTS = ['patch', 'get', 'list', 'start', 'postgres', ...LIVE_PARTS, ...HELP_PARTS] as const;
export type Part = (typeof PARTS)[number];

export interface BenchConfig {
  /** Interleaved rounds; medians are taken over them. */
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  /** Records of the resource that is PATCHed and read. */
  readonly records: number;
  /** Managed devices that lists choose from. */
  readonly listed: number;
  /** Pages followed by `@odata.nextLink`. */
  readonly pages: number;
  /** Of a round with messages or sessions. */
  readonly liveSeconds: number;
  readonly liveWarmUpSeconds: number;
  /** Connections that stay idle. */
  readonly idleConnections: number;
  /** Devices on which sessions are asked for: each at most once. */
  readonly helpedDevices: number;
  readonly openSessions: number;
  /** Keys pressed in a round. */
  readonly presses: number;
  /** Of a round in which frames are counted. */
  readonly frameSeconds: number;
  /** Sessions in which the first picture is waited for. */
  readonly consents: number;
  /** Folder in which a folder for the run's data is made, and removed at the end. */
  readonly folder: string;
  readonly parts: readonly Part[];
}

export function readBenchConfig(environment: Readonly<Record<string, string | undefined>> = process.env): BenchConfig {
  const count = (name: string, fallback: number): number => {
    const value = Number(environment[name] ?? fallback);
    if (!(value > 0)) throw new Error(`${name} must be a number above 0.`);
    return value;
  };
  const parts = environment.BENCH_PARTS?.split(',') ?? PARTS;
  const unknown = parts.find((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown !== undefined) throw new Error(`BENCH_PARTS knows no ${unknown}, but ${PARTS.join(', ')}.`);
  return {
    rounds: count('BENCH_ROUNDS', 9),
    seconds: count('BENCH_SECONDS', 3),
    warmUpSeconds: count('BENCH_WARM_UP', 1),
    connections: count('BENCH_CONNECTIONS', 50),
    records: count('BENCH_RECORDS', 100_000),
    listed: count('BENCH_LISTED', 1_000_000),
    pages: count('BENCH_PAGES', 2_000),
    liveSeconds: count('BENCH_LIVE_SECONDS', 1),
    liveWarmUpSeconds: count('BENCH_LIVE_WARM_UP', 0.5),
    idleConnections: count('BENCH_IDLE', 10_000),
    helpedDevices: count('BENCH_HELPED', 20_000),
    openSessions: count('BENCH_OPEN_SESSIONS', 100_000),
    presses: count('BENCH_PRESSES', 100),
    frameSeconds: count('BENCH_FRAME_SECONDS', 5),
    consents: count('BENCH_CONSENTS', 20),
    folder: environment.BENCH_FOLDER ?? tmpdir(),
    parts: parts as readonly Part[],
  };
}
