/** `npm run bench`: prints a table and writes bench/out/result.json. README.md says what each row means. */
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { systemClock, toIsoText } from '../packages/server/src/clock.ts';
import {
  type BenchConfig,
  HELP_PARTS,
  type HelpPart,
  LIVE_PARTS,
  type LivePart,
  type Part,
  readBenchConfig,
} from './config.ts';
import { HELP, type HelpResult } from './help/parts.ts';
import { type Lists, measureLists } from './lists.ts';
import { LIVE, type LiveResult } from './live/parts.ts';
import { Load } from './load/load.ts';
import { isPinned, LOAD_CORE, settleOn, stopAll } from './pinned.ts';
import { startOnPostgres } from './postgres.ts';
import { listRows, type Row, render, startRows, throughputRows } from './report.ts';
import { startBare, startCap, startFastify } from './servers/peers.ts';
import { environmentOf, mintTokens, seed, startProduct } from './servers/product.ts';
import type { Server } from './servers/server.ts';
import { measureStart, type Start } from './start.ts';
import { compare, type Throughput } from './throughput.ts';

/** What the product reaches for, by verb and by the server it is compared with. */
const AIMS = {
  PATCH: { bare: '≥ 0.5, aim 0.7', cap: '≥ 8, aim 20' },
  GET: { bare: '≥ 0.5, aim 0.7', cap: '≥ 8, aim 20' },
} as const;
const POSTGRES_AIMS = { 'bare pg': '≥ 0.7' };
const OURS = 'ours';
const OURS_ON_POSTGRES = 'ours on PostgreSQL';
const TOKENS = 4;

interface Results {
  readonly startedAt: string;
  readonly machine: object;
  readonly config: BenchConfig;
  readonly throughput: Throughput[];
  lists?: Lists;
  start?: Start;
  readonly live: LiveResult[];
  readonly help: HelpResult[];
}

const config = readBenchConfig();
const folder = mkdtempSync(join(config.folder, 'remote-help-bench-'));
const isAsked = (part: Part) => config.parts.includes(part);
const tell = (line: string) => process.stderr.write(`${line}\n`);

function machine(): object {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model,
    cores: cpus().length,
    memoryMegabytes: Math.round(totalmem() / 1e6),
    node: process.version,
    isPinned,
    // Where syncing is free, as on tmpfs (0x01021994), durable writes prove nothing.
    fileSystem: `0x${statfsSync(folder).type.toString(16)}`,
  };
}

async function measureThroughput(results: Results, rows: Row[]): Promise<void> {
  const environment = environmentOf(join(folder, 'data'));
  const tokens = mintTokens(environment, TOKENS);
  await seed(environment, tokens[0] as string, { extensions: config.records, devices: 0 });
  const servers: Server[] = [
    await startBare(folder, config.records),
    await startCap(folder, config.records),
    await startFastify(folder, config.records),
    await startProduct(OURS, folder, environment, tokens),
  ];
  const load = new Load();
  for (const verb of ['PATCH', 'GET'] as const) {
    if (!isAsked(verb === 'PATCH' ? 'patch' : 'get')) continue;
    const measured = await compare(verb, servers, load, config, tell);
    results.throughput.push(...measured);
    rows.push(...throughputRows(measured, [OURS], AIMS[verb]));
  }
  await load.close();
  for (const server of servers) await server.close();
}

async function measureListing(results: Results, rows: Row[]): Promise<void> {
  const environment = environmentOf(join(folder, 'lists'));
  const tokens = mintTokens(environment, 1);
  tell(`filling in ${config.listed} devices`);
  // The one extension is what tells that the server answers.
  await seed(environment, tokens[0] as string, { extensions: 1, devices: config.listed });
  results.lists = await measureLists(await startProduct('lists', folder, environment, tokens), config);
  rows.push(...listRows(results.lists, config.listed));
}

async function measureStarting(results: Results, rows: Row[]): Promise<void> {
  const environment = environmentOf(join(folder, 'start'));
  const [token] = mintTokens(environment, 1);
  results.start = await measureStart(environment, token as string, config);
  rows.push(...startRows(results.start));
}

async function measurePostgres(results: Results, rows: Row[]): Promise<void> {
  const { servers, stop } = await startOnPostgres(folder, OURS_ON_POSTGRES, config);
  const load = new Load();
  try {
    const measured = await compare('PATCH', servers, load, config, tell);
    results.throughput.push(...measured);
    rows.push(...throughputRows(measured, [OURS_ON_POSTGRES], POSTGRES_AIMS));
  } finally {
    await load.close();
    for (const server of servers) await server.close();
    await stop();
  }
}

async function measureLive(part: LivePart, results: Results, rows: Row[]): Promise<void> {
  const measured = await LIVE[part](folder, config, tell);
  results.live.push(measured);
  rows.push(...measured.rows);
}

async function measureHelp(part: HelpPart, results: Results, rows: Row[]): Promise<void> {
  const measured = await HELP[part](folder, config, tell);
  results.help.push(measured);
  rows.push(...measured.rows);
}

async function main(): Promise<void> {
  // The script itself keeps off the servers' core.
  settleOn(LOAD_CORE);
  const results: Results = {
    startedAt: toIsoText(systemClock.now()),
    machine: machine(),
    config,
    throughput: [],
    live: [],
    help: [],
  };
  const rows: Row[] = [];
  if (isAsked('patch') || isAsked('get')) await measureThroughput(results, rows);
  if (isAsked('list')) await measureListing(results, rows);
  if (isAsked('start')) await measureStarting(results, rows);
  if (isAsked('postgres')) await measurePostgres(results, rows);
  for (const part of LIVE_PARTS) if (isAsked(part)) await measureLive(part, results, rows);
  for (const part of HELP_PARTS) if (isAsked(part)) await measureHelp(part, results, rows);
  const out = join(import.meta.dirname, 'out');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'result.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  process.stdout.write(`${JSON.stringify(results.machine)}\n\n${render(rows)}\n`);
}

try {
  await main();
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}
