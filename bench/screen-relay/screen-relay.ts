/** Relays against a bare pipe and websockify: megabytes for each second of CPU, and the latency that many sessions see. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchConfig } from '../config.ts';
import { Load } from '../load/load.ts';
import { median } from '../medians.ts';
import { freePort } from '../pinned.ts';
import { idOf } from '../records.ts';
import type { Row } from '../report.ts';
import { launch, type Server } from '../servers/server.ts';
import { type Throughput, takeTurns } from '../throughput.ts';
import type { Direction, ScreenRelayJob, ScreenRelayRound, ServerName } from './jobs.ts';

const NAMES: Readonly<Record<ServerName, string>> = { bare: 'bare ws', ours: 'ours', websockify: 'websockify' };
const PAIRS = 4;
const PICTURES = { sessions: 300, perSecond: 15, bytes: 12_000 } as const;
const AIMS: Partial<Record<ServerName, string>> = { bare: '≥ 0.7' };

export interface ScreenRelay {
  readonly throughput: readonly Throughput[];
  readonly rows: readonly Row[];
}

export async function measureScreenRelay(
  folder: string,
  { rounds, liveSeconds: seconds, liveWarmUpSeconds: warmUpSeconds }: BenchConfig,
  tell: (line: string) => void,
): Promise<ScreenRelay> {
  const tcpPort = await freePort();
  const load = new Load<ScreenRelayJob, ScreenRelayRound>('../screen-relay/generator.ts');
  const hasWebsockify = spawnSync('websockify', ['--help']).status === 0;
  const names: ServerName[] = hasWebsockify ? ['bare', 'websockify', 'ours'] : ['bare', 'ours'];
  const servers = new Map<ServerName, Server>();
  for (const name of names) servers.set(name, await start(name, folder, tcpPort));
  const contestants = (of: readonly ServerName[], job: Omit<ScreenRelayJob, 'server' | 'port' | 'pid' | 'tcpPort'>) =>
    of.map((server) => {
      const { address, process } = servers.get(server) as Server;
      const served = { server, port: address.port, pid: process.pid as number, tcpPort };
      return { name: NAMES[server], measure: () => load.run({ ...job, ...served } as ScreenRelayJob) };
    });
  const throughput: Throughput[] = [];
  const rows: Row[] = [];
  try {
    for (const direction of ['toHelper', 'toSharer'] as const) {
      const job = { kind: 'stream', direction, pairs: PAIRS, seconds, warmUpSeconds } as const;
      const measured = await takeTurns(`relay ${direction}`, contestants(names, job), rounds, tell);
      throughput.push(...measured);
      rows.push(...streamRows(measured, direction));
    }
    if (!hasWebsockify) rows.push({ what: 'relay websockify', value: 'no websockify here' });
    const job = { kind: 'pictures', ...PICTURES, seconds, warmUpSeconds } as const;
    const measured = await takeTurns('pictures', contestants(['bare', 'ours'], job), rounds, tell);
    throughput.push(...measured);
    rows.push(...pictureRows(measured));
  } finally {
    await load.close();
    for (const server of servers.values()) await server.close();
  }
  return { throughput, rows };
}

function start(name: ServerName, folder: string, tcpPort: number): Promise<Server> {
  // What `launch` asks for until there is an answer.
  if (name === 'websockify') writeFileSync(join(folder, idOf(0)), '');
  const command = (port: number) =>
    name === 'websockify'
      ? ['websockify', '--web', folder, `127.0.0.1:${port}`, `127.0.0.1:${tcpPort}`]
      : [process.execPath, join(import.meta.dirname, `${name}.ts`), String(port)];
  return launch({ name: `screen-relay-${name}`, folder, command, path: ['/', ''] });
}

function streamRows(measured: readonly Throughput[], direction: Direction): Row[] {
  const ours = measured.find(({ server }) => server === NAMES.ours);
  return measured.map(({ server, median: { rate, busy } }) => ({
    what: `relay ${direction}, ${server}`,
    value: `${rate.toFixed(0)} MB/CPU s`,
    load: `${(busy * 100).toFixed(0)} %`,
    ...(server === NAMES.ours ? {} : { ratio: ours?.ratioTo[server]?.toFixed(2) ?? '' }),
    ...(server === NAMES.bare && AIMS.bare ? { aim: AIMS.bare } : {}),
  }));
}

function pictureRows(measured: readonly Throughput[]): Row[] {
  const p95Of = (name: string) => {
    const rounds = measured.find(({ server }) => server === name)?.rounds as readonly ScreenRelayRound[];
    return median(rounds.map(({ p95Ms }) => p95Ms));
  };
  const { sessions, perSecond, bytes } = PICTURES;
  const rows = measured.map(({ server, median: { p50Ms, p99Ms, cpuMicroseconds } }) => ({
    what: `${sessions} sessions × ${perSecond}/s × ${bytes / 1_000} kB, ${server}`,
    value: `p95 ${p95Of(server).toFixed(2)} ms`,
    ...{ p50: p50Ms.toFixed(2), p99: p99Ms.toFixed(2), cpu: cpuMicroseconds.toFixed(0) },
  }));
  const added = p95Of(NAMES.ours) - p95Of(NAMES.bare);
  return [...rows, { what: 'latency added at p95', value: `${added.toFixed(2)} ms`, aim: '< 5 ms' }];
}
