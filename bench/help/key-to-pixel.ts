/** From a key in the browser to the changed pixel in its canvas. */
import { median, quantile } from '../medians.ts';
import type { Row } from '../report.ts';
import type { ServedRound, Throughput } from '../throughput.ts';
import { pressKeys } from './browser.ts';
import { verdict } from './verdict.ts';
import type { Viewer } from './viewers.ts';

/** What noVNC and the browser do when they are new is not what a helper waits for at every key. */
const WARM_UP = 20;

export interface KeyRound extends ServedRound {
  readonly p95Ms: number;
}

/** `rate` is keys a second. */
export async function measureKeys(viewer: Viewer, presses: number): Promise<KeyRound> {
  const { page, close } = await viewer.open();
  await pressKeys(page, WARM_UP);
  const startedAt = performance.now();
  const times = await pressKeys(page, presses);
  const seconds = (performance.now() - startedAt) / 1_000;
  await close();
  const [p50Ms, p95Ms, p99Ms] = [median(times), quantile(times, 0.95), quantile(times, 0.99)];
  return {
    ...{ answers: presses, rate: presses / seconds, p50Ms, p95Ms, p99Ms },
    ...{ busy: Number.NaN, cpuMicroseconds: Number.NaN },
  };
}

const MOST_ADDED_MS = 5;

export function keyRows(measured: readonly Throughput[], limit: string): Row[] {
  const roundsOf = (server: string) =>
    (measured.find((each) => each.server === server)?.rounds ?? []) as readonly KeyRound[];
  return measured.flatMap(({ server, median: { p50Ms, p99Ms } }) => {
    const rounds = roundsOf(server);
    const row: Row = {
      what: `key to changed pixel, ${server}`,
      value: `p95 ${median(rounds.map(({ p95Ms }) => p95Ms)).toFixed(1)} ms`,
      ...{ p50: p50Ms.toFixed(1), p99: p99Ms.toFixed(1) },
    };
    if (server === limit) return [row];
    const limits = roundsOf(limit);
    const addedAt = (name: 'p50Ms' | 'p95Ms') =>
      median(rounds.map((round, index) => round[name] - (limits[index]?.[name] ?? Number.NaN)));
    const added: Row = {
      what: `… added to ${limit}`,
      value: `p95 ${addedAt('p95Ms').toFixed(1)} ms`,
      p50: addedAt('p50Ms').toFixed(1),
      aim: verdict(`p50 ≤ ${MOST_ADDED_MS} ms`, addedAt('p50Ms') <= MOST_ADDED_MS),
    };
    return [row, added];
  });
}
