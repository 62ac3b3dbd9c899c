/** The load of relays, in a process of its own. */
import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../medians.ts';
import { cpuSeconds } from '../pinned.ts';
import { familyCpuSeconds } from './family-cpu.ts';
import type { PicturesJob, ScreenRelayJob, ScreenRelayRound, StreamJob } from './jobs.ts';
import { messageOf, openPipe, type Pipe } from './pipes.ts';

/** As records of our ends: 64 KiB of data, kind and tag; and what may be unacknowledged. */
const RECORD_BYTES = 64 * 1024 + 17;
const WINDOW_BYTES = 512 * 1024;

const cpuOf = ({ server, pid }: ScreenRelayJob) => (server === 'websockify' ? familyCpuSeconds(pid) : cpuSeconds(pid));

/** What arrives is given back to its sender at once. */
async function performStream(job: StreamJob): Promise<ScreenRelayRound> {
  const { message } = messageOf(job, job.direction, Buffer.alloc(RECORD_BYTES, 0x5a));
  const pipes: Pipe[] = [];
  let received = 0;
  let isEnding = false;
  for (let number = 0; number < job.pairs; number++) {
    let pending = 0;
    const pipe = await openPipe(job, job.direction, number, (_, start, end) => {
      received += end - start;
      pending -= end - start;
      fill();
    });
    const fill = () => {
      while (!isEnding && pending + RECORD_BYTES <= WINDOW_BYTES) {
        pending += RECORD_BYTES;
        pipe.send(message);
      }
    };
    pipes.push(pipe);
    fill();
  }
  await pause(job.warmUpSeconds * 1_000);
  const load = performance.eventLoopUtilization();
  const [before, cpu] = [received, cpuOf(job)];
  await pause(job.seconds * 1_000);
  const megabytes = (received - before) / 1e6;
  const used = cpuOf(job) - cpu;
  const { utilization: busy } = performance.eventLoopUtilization(load);
  isEnding = true;
  for (const pipe of pipes) pipe.close();
  const none = { p50Ms: Number.NaN, p95Ms: Number.NaN, p99Ms: Number.NaN };
  return { answers: megabytes, rate: megabytes / used, cpuMicroseconds: (used / megabytes) * 1e6, busy, ...none };
}

/** Each picture holds the instant at which it was due. */
async function performPictures(job: PicturesJob): Promise<ScreenRelayRound> {
  const { sessions, perSecond, bytes, seconds, warmUpSeconds } = job;
  const { message, payloadAt } = messageOf(job, 'toHelper', Buffer.alloc(bytes, 0x5a));
  const pipes: Pipe[] = [];
  const latencies: number[] = [];
  let isCounting = false;
  for (let number = 0; number < sessions; number++) {
    const pipe = await openPipe(job, 'toHelper', number, (received, start) => {
      if (isCounting) latencies.push(performance.now() - received.readDoubleLE(start));
    });
    pipes.push(pipe);
  }
  const everyMs = 1_000 / perSecond / sessions;
  const startedAt = performance.now();
  let sent = 0;
  let timer: NodeJS.Immediate;
  const send = () => {
    for (let dueAt = startedAt + sent * everyMs; dueAt <= performance.now(); dueAt = startedAt + sent * everyMs) {
      const copy = Buffer.from(message);
      copy.writeDoubleLE(performance.now(), payloadAt);
      pipes[sent % sessions]?.send(copy);
      sent += 1;
    }
    timer = setImmediate(send);
  };
  timer = setImmediate(send);
  await pause(warmUpSeconds * 1_000);
  const cpu = cpuOf(job);
  isCounting = true;
  await pause(seconds * 1_000);
  isCounting = false;
  const used = cpuOf(job) - cpu;
  clearImmediate(timer);
  for (const pipe of pipes) pipe.close();
  return {
    answers: latencies.length,
    rate: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    p99Ms: quantile(latencies, 0.99),
    busy: Number.NaN,
    cpuMicroseconds: (used / latencies.length) * 1e6,
  };
}

process.on('message', (job: ScreenRelayJob) => {
  const performed = job.kind === 'stream' ? performStream(job) : performPictures(job);
  performed.then(
    (round) => process.send?.({ round }),
    (error: Error) => process.send?.({ error: error.stack ?? error.message }),
  );
});
process.on('disconnect', () => process.exit());
