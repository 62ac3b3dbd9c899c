/** The parts about live connections and sessions: each starts its servers, measures, and gives rows of the table. */
import { join } from 'node:path';
import type { BenchConfig, LivePart } from '../config.ts';
import { Load } from '../load/load.ts';
import { median } from '../medians.ts';
import { type Aims, type Row, throughputRows } from '../report.ts';
import { measureScreenRelay } from '../screen-relay/screen-relay.ts';
import { DEVICES, environmentOf, mintTokens, seed, startProduct } from '../servers/product.ts';
import type { Server } from '../servers/server.ts';
import { type Contestant, type ServedRound, type Throughput, takeTurns } from '../throughput.ts';
import { type Deadlines, measureDeadlines } from './deadlines.ts';
import type { DialectName } from './dialects.ts';
import type { IdleRound, LiveJob, RelayJob } from './jobs.ts';
import { hasNats, kindOf, NAMES, startLiveServer } from './servers.ts';

export interface LiveResult {
  readonly part: LivePart;
  readonly throughput?: readonly Throughput[];
  readonly deadlines?: Deadlines;
  readonly rows: readonly Row[];
}

type Measure = (folder: string, config: BenchConfig, tell: (line: string) => void) => Promise<LiveResult>;

type LiveLoad = Load<LiveJob, ServedRound>;

/** Whom a job is for, put into it by dialect. */
type JobOf = (served: { dialect: DialectName; port: number; pid: number }) => LiveJob;

const OURS = (['json', 'reliable', 'reliable with acks'] as const).map((dialect) => NAMES[dialect]);

/** Starts what the dialects need, hands contestants to `use`, and ends everything again. */
async function withServers<T>(
  dialects: readonly DialectName[],
  folder: string,
  use: (contestantsFor: (jobOf: JobOf) => Contestant[]) => Promise<T>,
): Promise<T> {
  const servers = new Map<string, Server>();
  for (const kind of new Set(dialects.map(kindOf))) servers.set(kind, await startLiveServer(kind, folder));
  const load: LiveLoad = new Load('../live/generator.ts');
  const contestantsFor = (jobOf: JobOf) =>
    dialects.map((dialect) => {
      const { address, process } = servers.get(kindOf(dialect)) as Server;
      const job = jobOf({ dialect, port: address.port, pid: process.pid as number });
      return { name: NAMES[dialect], measure: () => load.run(job) };
    });
  try {
    return await use(contestantsFor);
  } finally {
    await load.close();
    for (const server of servers.values()) await server.close();
  }
}

type Shape = Pick<RelayJob, 'groups' | 'senders' | 'receivers' | 'areSendersMembers' | 'window'>;

const PAIRS: Shape = { groups: 32, senders: 1, receivers: 1, areSendersMembers: true, window: 4 };
const PAIR_AIMS: Aims = { [NAMES.bare]: '≥ 0.5', [NAMES['socket.io']]: '> 1' };

const FAN_OUT = { groups: 1, senders: 4, areSendersMembers: false, window: 4 } as const;
const FAN_OUT_AIMS: Aims = { [NAMES.bare]: '≥ 0.6', [NAMES['socket.io']]: '≥ 8' };
const MEMBERS = [100, 1_000] as const;

const relay: Measure = (folder, config, tell) =>
  withServers(['bare', 'socket.io', 'json', 'reliable', 'reliable with acks'], folder, async (contestantsFor) => {
    const jobOf = relayJobs(PAIRS, config);
    const throughput = await takeTurns('relay', contestantsFor(jobOf), config.rounds, tell);
    return { part: 'relay', throughput, rows: throughputRows(throughput, OURS, PAIR_AIMS) };
  });

const fanOut: Measure = (folder, config, tell) => {
  const nats: DialectName[] = hasNats() ? ['nats'] : [];
  return withServers(['bare', 'socket.io', ...nats, 'json', 'reliable'], folder, async (contestantsFor) => {
    const throughput: Throughput[] = [];
    const rows: Row[] = [];
    for (const receivers of MEMBERS) {
      const jobOf = relayJobs({ ...FAN_OUT, receivers }, config);
      const measured = await takeTurns(`fan-out to ${receivers}`, contestantsFor(jobOf), config.rounds, tell);
      throughput.push(...measured);
      rows.push(...throughputRows(measured, OURS, FAN_OUT_AIMS));
    }
    if (nats.length === 0) rows.push({ what: 'fan-out nats', value: 'no nats-server here' });
    return { part: 'fan-out', throughput, rows };
  });
};

function relayJobs(shape: Shape, { liveSeconds: seconds, liveWarmUpSeconds: warmUpSeconds }: BenchConfig): JobOf {
  return (served) => ({ kind: 'relay', ...served, ...shape, seconds, warmUpSeconds });
}

const MISSED = 1_000;
const RECOVERIES = 10;

const recovery: Measure = (folder, config, tell) =>
  withServers(['bare', 'reliable'], folder, async (contestantsFor) => {
    const jobOf: JobOf = (served) => ({ kind: 'recovery', ...served, messages: MISSED, repeats: RECOVERIES });
    const what = `${MISSED} messages after reconnecting:`;
    const throughput = await takeTurns(what, contestantsFor(jobOf), config.rounds, tell);
    return { part: 'recovery', throughput, rows: throughputRows(throughput, OURS, {}) };
  });

/** One takes some ten seconds, and they hardly differ. */
const IDLE_ROUNDS = 2;

/** Each time on a server of its own: one that has held connections before has memory left for the next. */
const idle: Measure = async (folder, config, tell) => {
  const measure = (dialect: DialectName) => async () => {
    const jobOf: JobOf = (served) => ({ kind: 'idle', ...served, connections: config.idleConnections });
    return withServers([dialect], folder, async (contestantsFor) => {
      const [contestant] = contestantsFor(jobOf);
      return (contestant as Contestant).measure(1);
    });
  };
  const contestants = (['bare', 'json'] as const).map((dialect) => ({
    name: NAMES[dialect],
    measure: measure(dialect),
  }));
  const throughput = await takeTurns('connects', contestants, Math.min(config.rounds, IDLE_ROUNDS), tell);
  const rows = throughputRows(throughput, OURS, {});
  for (const { server, rounds } of throughput) {
    const bytes = median((rounds as readonly IdleRound[]).map(({ bytesEach }) => bytesEach));
    const aim = OURS.includes(server) ? { aim: '< 14 kB' } : {};
    rows.push({ what: `memory of an idle connection, ${server}`, value: `${(bytes / 1_000).toFixed(1)} kB`, ...aim });
  }
  return { part: 'idle', throughput, rows };
};

const TOKENS = 4;

const sessions: Measure = async (folder, config, tell) => {
  const environment = environmentOf(join(folder, 'sessions'));
  const tokens = mintTokens(environment, TOKENS);
  await seed(environment, tokens[0] as string, { extensions: 1, devices: config.helpedDevices });
  const server = await startProduct('sessions', folder, environment, tokens);
  await switchOn(server, tokens[0] as string);
  const load: LiveLoad = new Load('../live/generator.ts');
  const devices = Math.floor(config.helpedDevices / config.rounds);
  const { liveSeconds: seconds, liveWarmUpSeconds: warmUpSeconds } = config;
  const served = { port: server.address.port, pid: server.process.pid as number, tokens };
  const measure = (round: number) => {
    const firstDevice = (round - 1) * devices;
    return load.run({
      kind: 'sessions',
      ...served,
      ...{ connections: config.connections, firstDevice, devices, seconds, warmUpSeconds },
    });
  };
  const what = 'create → retrieve → extend → end:';
  const throughput = await takeTurns(what, [{ name: 'ours', measure }], config.rounds, tell);
  await load.close();
  await server.close();
  return { part: 'sessions', throughput, rows: throughputRows(throughput, ['ours'], {}) };
};

/** Remote help is off in a new tenant. */
async function switchOn({ address }: Server, token: string): Promise<void> {
  const path = DEVICES.replace('managedDevices', 'remoteAssistanceSettings');
  const response = await fetch(`http://localhost:${address.port}${path}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ remoteAssistanceState: 'enabled' }),
  });
  if (response.status !== 200) throw new Error(`Remote help stays off: ${await response.text()}`);
}

const deadlines: Measure = async (folder, { openSessions }, tell) => {
  tell(`filling in ${openSessions} open sessions`);
  const measured = await measureDeadlines(folder, openSessions);
  const ms = (value: number) => value.toFixed(2);
  const { nearestP50Ms, nearestP99Ms, idleShare, latenessP50Ms, latenessP99Ms, caughtUpMs } = measured;
  const rows: Row[] = [
    {
      what: `nearest deadlines of ${openSessions} open sessions`,
      value: `${ms(nearestP50Ms)} ms`,
      ...{ p50: ms(nearestP50Ms), p99: ms(nearestP99Ms) },
    },
    { what: 'CPU while none is due', value: `${(idleShare * 100).toFixed(1)} %` },
    {
      what: 'lateness of an end, 200 a second',
      value: `${ms(latenessP50Ms)} ms`,
      ...{ p50: ms(latenessP50Ms), p99: ms(latenessP99Ms), cpu: measured.cpuMicroseconds.toFixed(0) },
      aim: 'p99 < 100 ms',
    },
    {
      what: `restart with ${openSessions} due, until the last has ended`,
      value: `${(caughtUpMs / 1_000).toFixed(1)} s`,
      cpu: ((measured.cpuSeconds / openSessions) * 1e6).toFixed(0),
    },
  ];
  return { part: 'deadlines', deadlines: measured, rows };
};

export const LIVE: Readonly<Record<LivePart, Measure>> = {
  relay,
  'fan-out': fanOut,
  recovery,
  idle,
  sessions,
  deadlines,
  'screen-relay': async (...given) => ({ part: 'screen-relay', ...(await measureScreenRelay(...given)) }),
};
