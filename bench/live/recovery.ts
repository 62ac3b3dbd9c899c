/** One client is cut off, misses messages, and comes back: the time until it has the last of them. */
import { cpuSeconds } from '../pinned.ts';
import type { ServedRound } from '../throughput.ts';
import { HUB } from './dialects.ts';
import type { RecoveryJob } from './jobs.ts';
import { openMember } from './member.ts';
import type { RawSocket } from './raw-socket.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';

export async function performRecovery(job: RecoveryJob): Promise<ServedRound> {
  const times: number[] = [];
  let busy = 0;
  let used = 0;
  for (let repeat = 0; repeat < job.repeats; repeat++) {
    const group = `recovery-${repeat}`;
    const path = job.dialect === 'bare' ? `/?missed=${job.messages}` : await missMessages(job, group);
    const load = performance.eventLoopUtilization();
    const cpu = cpuSeconds(job.pid);
    const startedAt = performance.now();
    await comeBack(job, group, path);
    times.push(performance.now() - startedAt);
    used += cpuSeconds(job.pid) - cpu;
    busy += performance.eventLoopUtilization(load).utilization / job.repeats;
  }
  const sorted = times.sort((a, b) => a - b);
  const total = times.reduce((sum, time) => sum + time, 0) / 1_000;
  const answers = job.repeats * job.messages;
  return {
    answers,
    rate: answers / total,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    busy,
    cpuMicroseconds: (used / answers) * 1e6,
  };
}

/** @returns the path at which the connection is recovered, once all that it misses waits for it */
async function missMessages(job: RecoveryJob, group: string): Promise<string> {
  const { dialect, port, messages } = job;
  const failed = Promise.withResolvers<never>();
  const onEnd = (error: Error) => failed.reject(error);
  const unexpected = () => onEnd(new Error('A message before any was sent.'));
  let connected = { connectionId: '', reconnectionToken: '' };
  const onGreeting = (text: string) => {
    connected = JSON.parse(text) as typeof connected;
  };
  const lost = await openMember({ dialect, port, group, listens: true }, { onFrame: unexpected, onEnd, onGreeting });
  lost.close();
  const sender = new Sender(0, dialect, group, messages, () => undefined);
  const pong = Promise.withResolvers<void>();
  const onFrame = (bytes: Buffer, start: number, end: number) => {
    if (bytes.toString('latin1', start, end) === '{"type":"pong"}') pong.resolve();
    else sender.take(bytes, start, end);
  };
  sender.socket = await openMember({ dialect, port, group, listens: false }, { onFrame, onEnd });
  sender.spend();
  sender.socket.sendText('{"type":"ping"}');
  await Promise.race([pong.promise, failed.promise]);
  sender.socket.close();
  const query = new URLSearchParams({
    awps_connection_id: connected.connectionId,
    awps_reconnection_token: connected.reconnectionToken,
  });
  return `/client/hubs/${HUB}?${query}`;
}

async function comeBack({ dialect, port, messages }: RecoveryJob, group: string, path: string): Promise<void> {
  const whole = Promise.withResolvers<void>();
  let count = 0;
  const receiver = new Receiver({ dialect, group }, () => {
    count += 1;
    if (count === messages) whole.resolve();
  });
  const onFrame = (bytes: Buffer, start: number, end: number) => {
    try {
      receiver.take(bytes, start, end);
    } catch (error) {
      whole.reject(error);
    }
  };
  const open: RawSocket = await openMember(
    { dialect, port, group, listens: true, path },
    { onFrame, onEnd: (error) => whole.reject(error) },
  );
  receiver.socket = open;
  await whole.promise;
  open.close();
}
