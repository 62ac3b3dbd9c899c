/** Pages of 100 out of many records: the server's own time for each, and its memory over thousands of them. */
import { readFileSync } from 'node:fs';
import type { BenchConfig } from './config.ts';
import { FILTERED_SYSTEM } from './devices.ts';
import { quantile } from './medians.ts';
import { residentMegabytes } from './pinned.ts';
import { DEVICES } from './servers/product.ts';
import type { Server } from './servers/server.ts';

export interface ListTime {
  readonly what: string;
  /** Milliseconds for a page, as the server's own log line has them. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Lists {
  readonly times: readonly ListTime[];
  /** Resident memory, MB, before and after following `@odata.nextLink` through `pages` pages. */
  readonly beforeMegabytes: number;
  readonly afterMegabytes: number;
  readonly pages: number;
}

type Entity = Readonly<Record<string, unknown>>;

interface Page {
  readonly value: readonly Entity[];
  readonly '@odata.nextLink'?: string;
}

interface List {
  readonly what: string;
  readonly path: string;
  /** Whether a listed entity belongs there. */
  readonly fits: (entity: Entity) => boolean;
}

const PAGE = 100;
const WARM_UPS = 100;
const REPEATS = 300;

const LISTS: readonly List[] = [
  {
    what: `100 devices, operatingSystem eq '${FILTERED_SYSTEM}'`,
    path: `${DEVICES}?$filter=operatingSystem eq '${FILTERED_SYSTEM}'&$top=${PAGE}`,
    fits: ({ operatingSystem }) => operatingSystem === FILTERED_SYSTEM,
  },
  {
    what: '100 devices, lastSyncDateTime ge …',
    path: `${DEVICES}?$filter=lastSyncDateTime ge 2026-06-01T00:00:00Z&$top=${PAGE}`,
    fits: ({ lastSyncDateTime }) => String(lastSyncDateTime) >= '2026-06-01',
  },
];

/** Asks for lists one request at a time, then closes the server, whose log tells the times. */
export async function measureLists(server: Server, config: BenchConfig): Promise<Lists> {
  for (const list of LISTS) await repeat(server, list);
  const origin = `http://localhost:${server.address.port}`;
  let next = await follow(server, `${origin}${DEVICES}`, WARM_UPS);
  const beforeMegabytes = residentMegabytes(server.process.pid as number);
  next = await follow(server, next, config.pages);
  const afterMegabytes = residentMegabytes(server.process.pid as number);
  await server.close();
  const log = readFileSync(server.logFile, 'utf8');
  const times = LISTS.map(({ what }, index) => {
    const ms = timesOf(log, `list-${index}`).slice(WARM_UPS);
    if (ms.length !== REPEATS) throw new Error(`The log tells of ${ms.length} lists, not of ${REPEATS}.`);
    return { what, p50Ms: quantile(ms, 0.5), p99Ms: quantile(ms, 0.99) };
  });
  return { times, beforeMegabytes, afterMegabytes, pages: config.pages };
}

async function repeat(server: Server, { path, fits }: List): Promise<void> {
  const mark = `list-${LISTS.findIndex((list) => list.path === path)}`;
  const url = `http://localhost:${server.address.port}${path}`;
  for (let count = 0; count < WARM_UPS + REPEATS; count++) {
    const { value } = await read(server, url, mark);
    if (value.length !== PAGE || !value.every(fits)) throw new Error(`A wrong page of ${path}`);
  }
}

/** Follows the links from page to page; each entity must come after the one before. Returns the next link. */
async function follow(server: Server, start: string, pages: number): Promise<string> {
  let next = start;
  let last = '';
  for (let count = 0; count < pages; count++) {
    const page = await read(server, next, 'follow');
    for (const { id } of page.value) {
      if (String(id) <= last) throw new Error(`${String(id)} comes after ${last}`);
      last = String(id);
    }
    if (page.value.length !== PAGE || !page['@odata.nextLink']) throw new Error(`Only ${count} full pages of devices.`);
    next = page['@odata.nextLink'];
  }
  return next;
}

async function read(server: Server, url: string, clientRequestId: string): Promise<Page> {
  const headers = { authorization: `Bearer ${server.address.tokens[0]}`, 'client-request-id': clientRequestId };
  const response = await fetch(url, { headers });
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Page;
}

/** The `ms` of log lines with this `clientRequestId`, in order. */
function timesOf(log: string, clientRequestId: string): number[] {
  const lines = log.split('\n').filter((line) => line.includes(`"clientRequestId":"${clientRequestId}"`));
  return lines.map((line) => (JSON.parse(line) as { ms: number }).ms);
}
