/**
 * The limit: `ws`, which passes each text on to the other members of its group as it is. Nobody signs in, nothing is
 * parsed; a frame is built once, and each member gets one write a tick. Argument: port.
 */
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { frame, OPCODE } from '../../../packages/server/src/gateway/websocket-frame.ts';
import { textOf } from '../texts.ts';

interface Member {
  readonly webSocket: WebSocket;
  readonly socket: Duplex;
  waiting: Buffer[];
}

const [port] = process.argv.slice(2);
const groups = new Map<string, Set<Member>>();
let waiting: Member[] = [];

const server = createServer((_, response) => response.end());
const webSockets = new WebSocketServer({ server, clientTracking: false, perMessageDeflate: false });
webSockets.on('connection', (webSocket, { url = '', socket }) => {
  const query = new URL(url, 'http://localhost').searchParams;
  const missed = Number(query.get('missed') ?? 0);
  if (missed > 0) socket.write(framesOf(missed));
  const group = query.get('group') ?? '';
  const member = { webSocket, socket, waiting: [] };
  const members = groups.get(group) ?? new Set();
  groups.set(group, members);
  if (query.get('listens') === 'true') members.add(member);
  webSocket.on('message', (data: Buffer) => {
    const bytes = frame(OPCODE.text, data);
    for (const other of members) if (other !== member) push(other, bytes);
  });
  webSocket.on('close', () => members.delete(member));
});
server.listen(Number(port), '127.0.0.1');

function push(member: Member, bytes: Buffer): void {
  if (waiting.length === 0) setImmediate(flush);
  if (member.waiting.length === 0) waiting.push(member);
  member.waiting.push(bytes);
}

/** Members whose frames are the same share one buffer. */
function flush(): void {
  let latest: readonly Buffer[] = [];
  let joined = Buffer.alloc(0);
  for (const member of waiting) {
    const frames = member.waiting;
    member.waiting = [];
    if (frames.length !== latest.length || frames.some((bytes, index) => bytes !== latest[index])) {
      latest = frames;
      joined = frames.length === 1 ? (frames[0] as Buffer<ArrayBuffer>) : Buffer.concat(frames);
    }
    member.socket.write(joined);
  }
  waiting = [];
}

function framesOf(messages: number): Buffer {
  return Buffer.concat(
    Array.from({ length: messages }, (_, number) => frame(OPCODE.text, Buffer.from(textOf(number)))),
  );
}

// For memory: what is no longer used is not to be counted.
process.on('SIGUSR2', () => globalThis.gc?.());
