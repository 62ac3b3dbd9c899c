/** How long the product takes to answer after its process is spawned, and what memory it holds when idle. */
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchConfig } from './config.ts';
import { median } from './medians.ts';
import { freePort, residentMegabytes, SERVER_CORE, spawnOn, stop, untilAnswers } from './pinned.ts';
import { COMMAND, type Environment, EXTENSIONS } from './servers/product.ts';

export interface Start {
  /** From spawn to 200 on `/healthz`, milliseconds. */
  readonly healthzMs: number;
  /** From spawn to the first answer of the API to a request with a token, milliseconds. */
  readonly graphMs: number;
  /** Resident memory two seconds later, MB. */
  readonly idleMegabytes: number;
}

const SETTLING_MS = 2_000;

/** Medians over the rounds, every port open as by default; the data folder has its database and keys. */
export async function measureStart(environment: Environment, token: string, config: BenchConfig): Promise<Start> {
  const starts: Start[] = [];
  for (let round = 0; round < config.rounds; round++) starts.push(await startOnce(environment, token));
  return {
    healthzMs: median(starts.map(({ healthzMs }) => healthzMs)),
    graphMs: median(starts.map(({ graphMs }) => graphMs)),
    idleMegabytes: median(starts.map(({ idleMegabytes }) => idleMegabytes)),
  };
}

async function startOnce(environment: Environment, token: string): Promise<Start> {
  const port = await freePort();
  const spawnedAt = performance.now();
  const child = spawnOn(SERVER_CORE, [process.execPath, COMMAND, 'serve'], {
    env: {
      ...process.env,
      ...environment,
      REMOTE_HELP_PORT: String(port),
      REMOTE_HELP_TLS_PORT: '0',
      REMOTE_HELP_METRICS_PORT: '0',
    },
    stdio: 'ignore',
  });
  const origin = `http://localhost:${port}`;
  await untilAnswers(child, `${origin}/healthz`);
  const healthzMs = performance.now() - spawnedAt;
  await untilAnswers(child, `${origin}${EXTENSIONS}?top=1`, { authorization: `Bearer ${token}` });
  const graphMs = performance.now() - spawnedAt;
  await pause(SETTLING_MS);
  const idleMegabytes = residentMegabytes(child.pid as number);
  await stop(child);
  return { healthzMs, graphMs, idleMegabytes };
}
