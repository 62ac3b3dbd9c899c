/**
 * The load, in a process of its own: as many connections as asked for, each with one request under way, every answer
 * compared with what it should be. The first wrong one ends the run.
 */
import { faultOf, idOf, type Members, membersOf, membersShown } from '../records.ts';
import { type Answer, Connection } from './connection.ts';
import type { Address, Job, Round } from './job.ts';

/** A request and what its answer has to be. */
interface Exchange {
  readonly request: string;
  check(answer: Answer): void;
}

interface Tally {
  answers: number;
  readonly latencies: number[];
  isCounting: boolean;
  isOver: boolean;
}

async function perform(job: Job): Promise<Round> {
  const random = randomOf(job.seed);
  const connections = await Promise.all(
    Array.from({ length: job.connections }, () => Connection.open(job.address.port)),
  );
  const tally: Tally = { answers: 0, latencies: [], isCounting: false, isOver: false };
  const warmUpEnd = performance.now() + job.warmUpSeconds * 1_000;
  let revision = (job.seed % 1_000) * 500_000;
  const next = (head: string): Exchange => {
    const index = Math.floor(random() * job.records);
    return job.verb === 'GET' ? reading(job, head, index) : changing(job, head, index, revision++);
  };
  const before = { startedAt: warmUpEnd, load: performance.eventLoopUtilization() };
  const clients = connections.map(async (connection, number) => {
    const head = headOf(job.address, number);
    while (!tally.isOver) {
      const { request, check } = next(head);
      const sentAt = performance.now();
      const answer = await connection.send(request);
      const answeredAt = performance.now();
      check(answer);
      tally.answers++;
      if (tally.isCounting) tally.latencies.push(answeredAt - sentAt);
      else if (answeredAt >= warmUpEnd) {
        tally.isCounting = true;
        before.startedAt = answeredAt;
        before.load = performance.eventLoopUtilization();
      }
      if (answeredAt >= warmUpEnd + job.seconds * 1_000) tally.isOver = true;
    }
  });
  try {
    await Promise.all(clients);
  } finally {
    tally.isOver = true;
    for (const connection of connections) connection.close();
  }
  const elapsed = (performance.now() - before.startedAt) / 1_000;
  const latencies = Float64Array.from(tally.latencies).sort();
  return {
    answers: tally.answers,
    rate: latencies.length / elapsed,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    busy: performance.eventLoopUtilization(before.load).utilization,
  };
}

function headOf({ port, tokens }: Address, number: number): string {
  const token = tokens[number % tokens.length];
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return `Host: localhost:${port}\r\nAccept: application/json\r\n${authorization}`;
}

function reading({ address }: Job, head: string, index: number): Exchange {
  return {
    request: `GET ${pathOf(address, index)} HTTP/1.1\r\n${head}\r\n`,
    check: (answer) => {
      const body = bodyOf(answer);
      complain(answer, faultOf(body, index, membersShown(body, index)));
    },
  };
}

function changing({ address }: Job, head: string, index: number, revision: number): Exchange {
  const members: Members = membersOf(index, revision);
  const body = JSON.stringify(members);
  const content = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  return {
    request: `PATCH ${pathOf(address, index)} HTTP/1.1\r\n${head}${content}`,
    check: (answer) => complain(answer, faultOf(bodyOf(answer), index, members)),
  };
}

function pathOf({ path: [before, after] }: Address, index: number): string {
  return `${before}${idOf(index)}${after}`;
}

function bodyOf(answer: Answer): Record<string, unknown> {
  if (answer.status !== 200) complain(answer, `status ${answer.status}`);
  return JSON.parse(answer.body) as Record<string, unknown>;
}

function complain(answer: Answer, fault: string | undefined): void {
  if (fault !== undefined) throw new Error(`A wrong answer: ${fault}\n${answer.status} ${answer.body.slice(0, 500)}`);
}

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

process.on('message', (job: Job) => {
  perform(job).then(
    (round) => process.send?.({ round }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
