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
  /** What was measured: the verb of a request, say. */
  readonly what: string;
  /** Medians over the rounds. */
  readonly median: ServedRound;
  /** Medians over the rounds of this server's rate divided by the other's in the same round. */
  readonly ratioTo: Readonly<Record<string, number>>;
  readonly rounds: readonly ServedRound[];
}

/** Someone to be measured, round after round; rounds count from 1. */
export interface Contestant {
  readonly name: string;
  measure(round: number): Promise<ServedRound>;
}

/** Interleaved rounds over all contestants. */
export async function takeTurns(
  what: string,
  contestants: readonly Contestant[],
  rounds: number,
  tell: (line: string) => void,
): Promise<Throughput[]> {
  const measured = new Map<string, ServedRound[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      const { name } = contestant;
      const result = await contestant.measure(round).catch((error: Error) => {
        throw new Error(`${what}, ${name}: ${error.message}`);
      });
      measured.get(name)?.push(result);
      tell(`${what}, round ${round} of ${rounds}: ${name} ${result.rate.toFixed(0)}/s`);
    }
  }
  return contestants.map(({ name: server }) => {
    const own = measured.get(server) ?? [];
    return { server, what, rounds: own, median: medianRound(own), ratioTo: ratios(own, measured) };
  });
}

/** Interleaved rounds of one verb over all servers. */
export function compare(
  verb: Job['verb'],
  servers: readonly Server[],
  load: Load,
  config: BenchConfig,
  tell: (line: string) => void,
): Promise<Throughput[]> {
  const { connections, records, seconds, warmUpSeconds } = config;
  const contestants = servers.map(({ name, address, process }) => ({
    name,
    measure: async (round: number) => {
      const cpuBefore = cpuSeconds(process.pid as number);
      const result = await load.run({ verb, address, connections, records, seconds, warmUpSeconds, seed: round });
      const cpu = cpuSeconds(process.pid as number) - cpuBefore;
      return { ...result, cpuMicroseconds: (cpu / result.answers) * 1e6 };
    },
  }));
  return takeTurns(verb, contestants, config.rounds, tell);
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
