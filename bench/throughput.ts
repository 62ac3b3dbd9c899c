/** Rounds of load over several servers in turn, so that whatever disturbs the machine disturbs them alike. */
import type { BenchConfig } from './config.ts';
import type { Job, Round } from './load/job.ts';
import type { Load } from './load/load.ts';
import { median } from './medians.ts';
import { cpuSeconds } from './pinned.ts';
import type { Server } from './servers/server.ts';

/** A round, and the CPU time that the server took for each answer, all its threads; NaN where that can't be told. */
export interface ServedRound extends Round {
  readonly cpuMicroseconds: number;
}

export interface Throughput {
  readonly server: string;
  readonly verb: Job['verb'];
  /** Medians over the rounds. */
  readonly median: ServedRound;
  /** Medians over the rounds of this server's rate divided by the other's in the same round. */
  readonly ratioTo: Readonly<Record<string, number>>;
  readonly rounds: readonly ServedRound[];
}

/** Interleaved rounds of one verb over all servers. */
export async function compare(
  verb: Job['verb'],
  servers: readonly Server[],
  load: Load,
  config: BenchConfig,
  tell: (line: string) => void,
): Promise<Throughput[]> {
  const { connections, records, seconds, warmUpSeconds } = config;
  const measured = new Map<string, ServedRound[]>(servers.map(({ name }) => [name, []]));
  for (let round = 1; round <= config.rounds; round++) {
    for (const { name, address, process } of servers) {
      const job = { verb, address, connections, records, seconds, warmUpSeconds, seed: round };
      const cpuBefore = cpuSeconds(process.pid as number);
      const result = await load.run(job).catch((error: Error) => {
        throw new Error(`${verb} on ${name}: ${error.message}`);
      });
      const cpu = cpuSeconds(process.pid as number) - cpuBefore;
      measured.get(name)?.push({ ...result, cpuMicroseconds: (cpu / result.answers) * 1e6 });
      tell(`${verb} round ${round} of ${config.rounds}: ${name} ${result.rate.toFixed(0)} requests/s`);
    }
  }
  return servers.map(({ name }) => {
    const rounds = measured.get(name) ?? [];
    return { server: name, verb, rounds, median: medianRound(rounds), ratioTo: ratios(rounds, measured) };
  });
}

function medianRound(rounds: readonly ServedRound[]): ServedRound {
  const of = (name: keyof ServedRound) => median(rounds.map((round) => round[name]));
  return {
    answers: of('answers'),
    rate: of('rate'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    busy: of('busy'),
    cpuMicroseconds: of('cpuMicroseconds'),
  };
}

function ratios(own: readonly Round[], all: ReadonlyMap<string, readonly Round[]>): Record<string, number> {
  const ratioTo = (others: readonly Round[]) => median(own.map(({ rate }, index) => rate / (others[index]?.rate ?? 0)));
  return Object.fromEntries([...all].map(([name, others]) => [name, ratioTo(others)]));
}
