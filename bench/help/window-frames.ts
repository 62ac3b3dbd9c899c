/** Frames that reach the canvas while a window animates, and what they cost. */
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../medians.ts';
import type { Row } from '../report.ts';
import type { ServedRound, Throughput } from '../throughput.ts';
import { seenIn } from './browser.ts';
import type { ScreenStand } from './screen-stand.ts';
import type { CpuTimes, Viewer } from './viewers.ts';

export interface FramesRound extends ServedRound {
  /** Share of a core by part. */
  readonly shares: CpuTimes;
}

/** `rate` is different frames a second; `cpuMicroseconds` is of all parts together, for each of these. */
export async function measureFrames(
  screen: ScreenStand,
  viewer: Viewer,
  { seconds, warmUpSeconds }: { seconds: number; warmUpSeconds: number },
): Promise<FramesRound> {
  const { page, close } = await viewer.open();
  screen.show('moving');
  await pause(warmUpSeconds * 1_000);
  const [before, cpuBefore, startedAt] = [await seenIn(page), viewer.cpu(), performance.now()];
  await pause(seconds * 1_000);
  const [after, cpu, endedAt] = [await seenIn(page), viewer.cpu(), performance.now()];
  screen.show('still');
  await close();
  const measuredSeconds = (endedAt - startedAt) / 1_000;
  const answers = after.changes - before.changes;
  const used = Object.entries(cpu).map(([part, total]) => [part, total - (cpuBefore[part] ?? 0)] as const);
  const total = used.reduce((sum, [, each]) => sum + each, 0);
  const none = { p50Ms: Number.NaN, p99Ms: Number.NaN, busy: Number.NaN };
  return {
    ...{ answers, rate: answers / measuredSeconds, cpuMicroseconds: (total / answers) * 1e6, ...none },
    shares: Object.fromEntries(used.map(([part, each]) => [part, each / measuredSeconds])),
  };
}

export function frameRows(measured: readonly Throughput[], ours: string): Row[] {
  const own = measured.find(({ server }) => server === ours);
  return measured.map(({ server, median: { rate, cpuMicroseconds }, rounds }) => ({
    what: `frames of a moving window, ${server} (${sharesOf(rounds as readonly FramesRound[])})`,
    value: `${rate.toFixed(1)}/s`,
    cpu: cpuMicroseconds.toFixed(0),
    ...(server === ours ? {} : { ratio: own?.ratioTo[server]?.toFixed(2) ?? '' }),
  }));
}

function sharesOf(rounds: readonly FramesRound[]): string {
  const parts = Object.keys(rounds[0]?.shares ?? {});
  const share = (part: string) => median(rounds.map(({ shares }) => shares[part] ?? Number.NaN));
  return parts.map((part) => `${part} ${(share(part) * 100).toFixed(0)} %`).join(', ');
}
