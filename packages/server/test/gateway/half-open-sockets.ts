/** Sockets that begin a request and never finish it, in a process of their own: each end of a socket costs a descriptor. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = `
const { connect } = require('node:net');
const [port, sources, each] = process.argv.slice(1).map(Number);
let opened = 0;
const total = sources * each;
const next = (index) => {
  if (index >= total) return;
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.1.' + (1 + (index % sources)) });
  socket.on('error', () => undefined);
  socket.once('connect', () => {
    socket.write('GET /client/hubs/hub1 HTTP/1.1\\r\\n');
    opened += 1;
    if (opened === total) process.stdout.write('opened ' + opened + '\\n');
    next(index + 64);
  });
};
for (let lane = 0; lane < 64; lane += 1) next(lane);
process.stdin.resume();
process.stdin.on('end', () => process.exit());
`;

export interface HalfOpenSockets {
  /** How many were connected, whatever became of them since. */
  readonly opened: number;
  stop(): void;
}

/** Opens them from addresses of the loopback network. */
export async function openHalf(
  port: number,
  { sources, socketsPerSource }: { readonly sources: number; readonly socketsPerSource: number },
): Promise<HalfOpenSockets> {
  const args = ['--eval', PROGRAM, String(port), String(sources), String(socketsPerSource)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [text] = await once(child.stdout, 'data');
  return { opened: Number(String(text).replace('opened ', '')), stop: () => child.stdin.end() };
}
