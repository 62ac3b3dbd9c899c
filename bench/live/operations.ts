/** Help sessions from request to end over HTTP: create → retrieve → extend → end, each on a device of its own. */
import { type Answer, Connection } from '../load/connection.ts';
import { cpuSeconds } from '../pinned.ts';
import { idOf } from '../records.ts';
import type { ServedRound } from '../throughput.ts';
import type { SessionsJob } from './jobs.ts';

const DEVICES = '/beta/deviceManagement/managedDevices';
const TYPE = 'viewScreen';

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly status: number;
}

type Members = Readonly<Record<string, unknown>>;

export async function performSessions(job: SessionsJob): Promise<ServedRound> {
  const connections = await Promise.all(Array.from({ length: job.connections }, () => Connection.open(job.port)));
  let used = 0;
  let isOver = false;
  const latencies: number[] = [];
  const warmUpEnd = performance.now() + job.warmUpSeconds * 1_000;
  const end = warmUpEnd + job.seconds * 1_000;
  let before: { at: number; load: ReturnType<typeof performance.eventLoopUtilization>; cpu: number } | undefined;
  const helpers = connections.map(async (connection, number) => {
    const token = job.tokens[number % job.tokens.length] as string;
    while (!isOver) {
      if (used === job.devices) throw new Error(`${job.devices} devices are too few for this round.`);
      const device = `${DEVICES}/${idOf(job.firstDevice + used)}`;
      used += 1;
      const startedAt = performance.now();
      await helpOnce((call) => ask(connection, job.port, token, call), device);
      const endedAt = performance.now();
      if (before) latencies.push(endedAt - startedAt);
      else if (endedAt >= warmUpEnd) {
        before = { at: endedAt, load: performance.eventLoopUtilization(), cpu: cpuSeconds(job.pid) };
      }
      isOver ||= endedAt >= end;
    }
  });
  try {
    await Promise.all(helpers);
  } finally {
    isOver = true;
    for (const connection of connections) connection.close();
  }
  if (!before) throw new Error('No session ended after the warm-up.');
  const elapsed = (performance.now() - before.at) / 1_000;
  const { length } = latencies.sort((a, b) => a - b);
  return {
    answers: length,
    rate: length / elapsed,
    p50Ms: latencies[Math.floor(length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(length * 0.99)] ?? Number.NaN,
    busy: performance.eventLoopUtilization(before.load).utilization,
    cpuMicroseconds: ((cpuSeconds(job.pid) - before.cpu) / length) * 1e6,
  };
}

/** @throws Error at the first answer that is not right */
async function helpOnce(perform: (call: Call) => Promise<Members>, device: string): Promise<void> {
  const post = (operation: string, body: object, status: number) =>
    perform({ method: 'POST', path: `${device}/${operation}`, body, status });
  const { sessionKey, sessionType } = await post('createRemoteHelpSession', { sessionType: TYPE }, 200);
  require(typeof sessionKey === 'string' && sessionType === TYPE, 'create');
  const path = `${device}/retrieveRemoteHelpSession(sessionKey='${sessionKey}')`;
  const retrieved = await perform({ method: 'GET', path, status: 200 });
  const uri = String(retrieved.pubSubHelperAccessUri);
  require(retrieved.sessionKey === sessionKey && uri.startsWith('ws') && !!retrieved.acsHelperUserToken, 'retrieve');
  const extended = await post('extendRemoteHelpSession', { sessionKey }, 200);
  const isLater =
    String(extended.sessionExpirationDateTime) >= String(retrieved.sessionExpirationDateTime) &&
    extended.pubSubHelperAccessUri !== uri;
  require(extended.sessionKey === sessionKey && isLater, 'extend');
  await post('endRemoteHelpSession', { sessionKey }, 204);
}

function require(isRight: boolean, operation: string): void {
  if (!isRight) throw new Error(`A wrong answer to ${operation}.`);
}

async function ask(connection: Connection, port: number, token: string, call: Call): Promise<Members> {
  const { method, path, body, status } = call;
  const text = body === undefined ? '' : JSON.stringify(body);
  const content = body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n`;
  const head = `Host: localhost:${port}\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n${content}`;
  const answer: Answer = await connection.send(`${method} ${path} HTTP/1.1\r\n${head}\r\n${text}`);
  if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 500)}`);
  return answer.body === '' ? {} : (JSON.parse(answer.body) as Members);
}
