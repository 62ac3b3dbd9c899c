/** A round of messages to groups: a message is followed by the next of its sender when every receiver has it. */
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds } from '../pinned.ts';
import type { ServedRound } from '../throughput.ts';
import { DIALECT } from './dialects.ts';
import { Flow } from './flow.ts';
import type { RelayJob } from './jobs.ts';
import { openMember } from './member.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { Follower, SharedStream } from './shared-stream.ts';

export async function performRelay(job: RelayJob): Promise<ServedRound> {
  const flow = new Flow(job);
  const failed = Promise.withResolvers<never>();
  const open = await Promise.race([openAll(job, flow, failed.reject), failed.promise]);
  try {
    return await Promise.race([measure(job, flow), failed.promise]);
  } finally {
    for (const close of open) close();
  }
}

async function measure(job: RelayJob, flow: Flow): Promise<ServedRound> {
  flow.start();
  await pause(job.warmUpSeconds * 1_000);
  const load = performance.eventLoopUtilization();
  const cpu = cpuSeconds(job.pid);
  const startedAt = performance.now();
  flow.isCounting = true;
  await pause(job.seconds * 1_000);
  flow.isCounting = false;
  const elapsed = (performance.now() - startedAt) / 1_000;
  const used = cpuSeconds(job.pid) - cpu;
  const { utilization: busy } = performance.eventLoopUtilization(load);
  await flow.finish();
  const latencies = Float64Array.from(flow.latencies).sort();
  const { deliveries } = flow;
  return {
    answers: deliveries,
    rate: deliveries / elapsed,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    busy,
    cpuMicroseconds: (used / deliveries) * 1e6,
  };
}

/** Connections opened at once. */
const AT_ONCE = 50;

/** @returns what closes each connection */
async function openAll(job: RelayJob, flow: Flow, fail: (error: unknown) => void): Promise<(() => void)[]> {
  const closers: (() => void)[] = [];
  const opening: (() => Promise<void>)[] = [];
  const { dialect, port } = job;
  const { isNumbered = false, isStream = false } = DIALECT[dialect];
  const begin = (group: string, listens: boolean, member: Receiver | Sender | Follower) => async () => {
    const take = guarded((bytes: Buffer, start: number, end: number) => member.take(bytes, start, end), fail);
    member.socket = await openMember(
      { dialect, port, group, listens },
      {
        onFrame: take,
        onPause: guarded(() => flow.go(), fail),
        onEnd: fail,
      },
    );
    if (member instanceof Follower) member.socket.handOn(take);
    closers.push(() => member.socket?.close());
  };
  for (let index = 0; index < job.groups; index++) {
    const group = `group-${index}`;
    const delivered = (number: number) => flow.delivered(number);
    // The frames of NATS differ from member to member.
    const stream = job.receivers > 1 && !isStream ? new SharedStream({ dialect, group }) : undefined;
    for (let count = 0; count < job.receivers; count++) {
      const receiver = stream
        ? new Follower(stream, isNumbered, delivered)
        : new Receiver({ dialect, group }, delivered);
      opening.push(begin(group, true, receiver));
    }
    for (let count = 0; count < job.senders; count++) {
      const number = index * job.senders + count;
      const sender = new Sender(number, dialect, group, job.window, (acknowledged) => flow.answered(acknowledged));
      flow.add(sender);
      opening.push(begin(group, job.areSendersMembers, sender));
    }
  }
  const openers = Array.from({ length: AT_ONCE }, async () => {
    for (let next = opening.shift(); next; next = opening.shift()) await next();
  });
  await Promise.all(openers);
  return closers;
}

/** An error inside a socket's callback is the round's failure. */
function guarded<A extends unknown[]>(work: (...given: A) => void, fail: (error: unknown) => void) {
  return (...given: A) => {
    try {
      work(...given);
    } catch (error) {
      fail(error);
    }
  };
}
