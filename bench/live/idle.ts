/** Opens connections, a few at a time, keeps them while the server's memory is read, then cuts them. */
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds } from '../pinned.ts';
import { DIALECT } from './dialects.ts';
import type { IdleJob, IdleRound } from './jobs.ts';
import { openMember } from './member.ts';
import type { RawSocket } from './raw-socket.ts';

const AT_ONCE = 32;
/** Opened and cut beforehand: what a server makes once is not counted as any connection's. */
const WARM_UPS = 500;
const SETTLING_MS = 1_000;

export async function performIdle(job: IdleJob): Promise<IdleRound> {
  const { pid, connections } = job;
  const path = await DIALECT[job.dialect].path(job.port, 'idle', true);
  await cut(await open(job, path, WARM_UPS, []));
  const before = await residentBytes(pid);
  const load = performance.eventLoopUtilization();
  const cpu = cpuSeconds(pid);
  const startedAt = performance.now();
  const latencies: number[] = [];
  const sockets = await open(job, path, connections, latencies);
  const elapsed = (performance.now() - startedAt) / 1_000;
  const used = cpuSeconds(pid) - cpu;
  const { utilization: busy } = performance.eventLoopUtilization(load);
  const after = await residentBytes(pid);
  await cut(sockets);
  const sorted = latencies.sort((a, b) => a - b);
  return {
    answers: connections,
    rate: connections / elapsed,
    p50Ms: sorted[Math.floor(connections * 0.5)] ?? Number.NaN,
    p99Ms: sorted[Math.floor(connections * 0.99)] ?? Number.NaN,
    busy,
    cpuMicroseconds: (used / connections) * 1e6,
    bytesEach: (after - before) / connections,
  };
}

async function open(job: IdleJob, path: string, count: number, latencies: number[]): Promise<RawSocket[]> {
  const sockets: RawSocket[] = [];
  let left = count;
  const failed = Promise.withResolvers<never>();
  const fail = (error: Error) => failed.reject(error);
  const openers = Array.from({ length: AT_ONCE }, async () => {
    while (left > 0) {
      left -= 1;
      const startedAt = performance.now();
      const seat = { dialect: job.dialect, port: job.port, group: 'idle', listens: true, path };
      const onFrame = () => fail(new Error('An idle connection was sent something.'));
      sockets.push(await openMember(seat, { onFrame, onEnd: fail }));
      latencies.push(performance.now() - startedAt);
    }
  });
  await Promise.race([Promise.all(openers), failed.promise]);
  return sockets;
}

async function cut(sockets: readonly RawSocket[]): Promise<void> {
  for (const socket of sockets) socket.close();
  await pause(SETTLING_MS);
}

/** Resident memory once the server has collected its garbage, which it does when it gets SIGUSR2. */
async function residentBytes(pid: number): Promise<number> {
  await pause(SETTLING_MS);
  process.kill(pid, 'SIGUSR2');
  await pause(SETTLING_MS);
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024;
}
