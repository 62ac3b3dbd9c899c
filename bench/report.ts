/** The table that a run prints. */
import type { Lists } from './lists.ts';
import type { Start } from './start.ts';
import type { Throughput } from './throughput.ts';

/** One line of the table; cells are text, empty where there is nothing to say. */
export interface Row {
  readonly what: string;
  readonly value: string;
  readonly p50?: string;
  readonly p99?: string;
  /** CPU time of the server for each answer. */
  readonly cpu?: string;
  /** Share of time in which the load was busy. */
  readonly load?: string;
  /** The product's figure divided by this one. */
  readonly ratio?: string;
  readonly aim?: string;
}

const HEADINGS: Row = {
  what: '',
  value: 'median',
  p50: 'p50 ms',
  p99: 'p99 ms',
  cpu: 'CPU µs',
  load: 'load busy',
  ratio: 'ours ÷',
  aim: 'aim',
};
const COLUMNS = ['what', 'value', 'p50', 'p99', 'cpu', 'load', 'ratio', 'aim'] as const;

/** What the product is to reach, by the server compared with. */
export type Aims = Readonly<Record<string, string>>;

/** Rows of servers compared. Where several of them are the product's, the others have a ratio for each, in that order. */
export function throughputRows(all: readonly Throughput[], own: readonly string[], aims: Aims): Row[] {
  const ours = all.filter(({ server }) => own.includes(server));
  const ratioTo = (server: string) => ours.map((each) => each.ratioTo[server]?.toFixed(2)).join(' / ');
  return all.map(({ server, what, median }) => ({
    what: `${what} ${server}`,
    value: `${median.rate.toFixed(0)}/s`,
    p50: median.p50Ms.toFixed(2),
    p99: median.p99Ms.toFixed(2),
    cpu: median.cpuMicroseconds.toFixed(median.cpuMicroseconds < 20 ? 2 : 0),
    load: `${(median.busy * 100).toFixed(0)} %`,
    ...(own.includes(server) ? {} : { ratio: ratioTo(server) }),
    ...(aims[server] === undefined ? {} : { aim: aims[server] }),
  }));
}

/** A table of the rows, numbers to the right. */
export function render(rows: readonly Row[]): string {
  const lines = [HEADINGS, ...rows].map((row) => COLUMNS.map((column) => row[column] ?? ''));
  const widths = COLUMNS.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)));
  const text = lines.map((cells) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  '),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [text[0], rule, ...text.slice(1)].join('\n');
}

export function listRows({ times, beforeMegabytes, afterMegabytes, pages }: Lists, listed: number): Row[] {
  const rows = times.map(({ what, p50Ms, p99Ms }) => ({
    what: `server time, ${what} of ${listed}`,
    value: `${p50Ms.toFixed(2)} ms`,
    p50: p50Ms.toFixed(2),
    p99: p99Ms.toFixed(2),
    aim: '< 3 ms',
  }));
  const memory = `${beforeMegabytes.toFixed(0)} → ${afterMegabytes.toFixed(0)} MB`;
  return [...rows, { what: `memory over ${pages} pages`, value: memory, aim: 'flat' }];
}

export function startRows({ healthzMs, graphMs, idleMegabytes }: Start): Row[] {
  return [
    { what: 'spawn to /healthz', value: `${healthzMs.toFixed(0)} ms` },
    { what: 'spawn to the first answer of the API', value: `${graphMs.toFixed(0)} ms`, aim: '800 ms' },
    { what: 'idle memory', value: `${idleMegabytes.toFixed(0)} MB`, aim: '130 MB' },
  ];
}
