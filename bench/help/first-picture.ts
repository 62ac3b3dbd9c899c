/** From the device's consent to the first picture in the helper's canvas. */
import { median, quantile } from '../medians.ts';
import type { Row } from '../report.ts';
import { verdict } from './verdict.ts';
import type { ConsoleViewer } from './viewers.ts';

export interface FirstPicture {
  readonly viewer: string;
  /** Milliseconds of each session. */
  readonly times: readonly number[];
}

const LONGEST_MS = 2_000;

/** Sessions one after the other, each asked for and consented to. */
export async function measureFirstPicture(
  viewer: ConsoleViewer,
  sessions: number,
  tell: (line: string) => void,
): Promise<FirstPicture> {
  const times: number[] = [];
  for (let session = 1; session <= sessions; session++) {
    await viewer.ask();
    const time = await viewer.accept();
    await viewer.end();
    times.push(time);
    tell(`first picture, ${session} of ${sessions}: ${viewer.name} ${time.toFixed(0)} ms`);
  }
  return { viewer: viewer.name, times };
}

export function firstPictureRow({ viewer, times }: FirstPicture): Row {
  const p95Ms = quantile(times, 0.95);
  return {
    what: `consent to first picture, ${viewer}, ${times.length} sessions`,
    value: `p95 ${p95Ms.toFixed(0)} ms`,
    p50: median(times).toFixed(0),
    p99: quantile(times, 0.99).toFixed(0),
    aim: verdict('p95 < 2 s', p95Ms < LONGEST_MS),
  };
}
