/** Many open sessions: what the nearest deadline costs, how late sessions end, and what a restart has to catch up with. */
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../packages/server/src/clock.ts';
import { SERVER_CORE, spawnOn } from '../pinned.ts';
import { type Environment, environmentOf, mintTokens, tenantOf } from '../servers/product.ts';
import { seedSessions } from './open-sessions.ts';

/** What an engine says of itself. */
export interface Punctuality {
  /** To find the nearest deadlines, milliseconds. */
  readonly nearestP50Ms: number;
  readonly nearestP99Ms: number;
  /** CPU time over time while nothing is due. */
  readonly idleShare: number;
  /** From the deadline to the closing of the session's connections, the end being durable then. */
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  /** For each session that ended. */
  readonly cpuMicroseconds: number;
}

/** What a service that was started late says. */
export interface CatchUp {
  /** From the start to the end of the last session that was due. */
  readonly caughtUpMs: number;
  /** Sessions that are due all the same. */
  readonly left: number;
  readonly cpuSeconds: number;
}

export interface Deadlines extends Punctuality, CatchUp {
  readonly openSessions: number;
}

/** Sessions whose end is watched, one after the other. */
const DUE = 1_000;
const DUE_EVERY_MS = 5;
/** From the last of the seeding to the first end: the engine has to be ready. */
const HEAD_START_MS = 12_000;
const HOUR_MS = 3_600_000;

export async function measureDeadlines(folder: string, openSessions: number): Promise<Deadlines> {
  const data = join(folder, 'deadlines');
  const environment = environmentOf(data, {
    REMOTE_HELP_PORT: '0',
    REMOTE_HELP_TLS_PORT: 'off',
    REMOTE_HELP_METRICS_PORT: '0',
  });
  const tenantId = tenantOf(mintTokens(environment, 1)[0] as string);
  const inAnHour = systemClock.now() + HOUR_MS;
  const far = openSessions - DUE;
  await seedSessions(environment, { tenantId, count: far, firstDevice: 0, endOf: (index) => inAnHour - index });
  const soon = systemClock.now() + HEAD_START_MS;
  const endOf = (index: number) => soon + index * DUE_EVERY_MS;
  await seedSessions(environment, { tenantId, count: DUE, firstDevice: far, endOf });
  const punctuality = await report<Punctuality>('engine', String(DUE), environment, folder);
  const catchUp = await report<CatchUp>('restarted', String(2 * HOUR_MS), environment, folder);
  if (catchUp.left > 0) throw new Error(`${catchUp.left} sessions that were due did not end.`);
  return { ...punctuality, ...catchUp, openSessions };
}

/** Starts a script on the servers' core; gives the one message that it sends. */
function report<T>(name: string, argument: string, environment: Environment, folder: string): Promise<T> {
  const script = join(import.meta.dirname, `servers/${name}.ts`);
  const output = openSync(join(folder, `${name}.log`), 'a');
  const child = spawnOn(SERVER_CORE, [process.execPath, script, argument], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', output, 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let told: T | undefined;
    child.once('message', (message) => {
      told = message as T;
    });
    child.once('exit', (code) => {
      if (told !== undefined && code === 0) resolve(told);
      else reject(new Error(`${name} ended with ${code}.`));
    });
  });
}
