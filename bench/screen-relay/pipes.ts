/** Pairs of ends with a server in between, whatever it speaks. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { encodeGrantFrame, PAIRED_FRAME, RELAY_PATH, RELAY_SUBPROTOCOL } from '@open-remote-help/protocol/relay';
import { clientFrame } from '../live/frames.ts';
import { RawSocket } from '../live/raw-socket.ts';
import type { Direction, ScreenRelayJob } from './jobs.ts';

/** One way through a server. */
export interface Pipe {
  /** Sends a message, made by `messageOf`. */
  send(message: Buffer): void;
  close(): void;
}

/** Gets every message, or every chunk where the server knows no messages; the bytes are good only during the call. */
export type OnBytes = (bytes: Buffer, start: number, end: number) => void;

const FINAL_BINARY = 0x82;

/** A message as it is sent in this direction, and where its payload begins: it may be changed before it is sent again. */
export function messageOf({ server }: ScreenRelayJob, direction: Direction, payload: Buffer) {
  const isPlain = server === 'websockify' && direction === 'toHelper';
  const message = isPlain ? payload : clientFrame(payload, FINAL_BINARY);
  return { message, payloadAt: message.length - payload.length };
}

export async function openPipe(
  job: ScreenRelayJob,
  direction: Direction,
  number: number,
  onBytes: OnBytes,
): Promise<Pipe> {
  const [helper, sharer] = await (job.server === 'websockify'
    ? openThroughWebsockify(job, direction, onBytes)
    : openSockets(job, direction, number, onBytes));
  const from = direction === 'toHelper' ? sharer : helper;
  return {
    send: (message) => from.send(message),
    close: () => {
      helper.close();
      sharer.close();
    },
  };
}

interface End {
  send(bytes: Buffer): void;
  close(): void;
}

async function openSockets(
  job: ScreenRelayJob,
  direction: Direction,
  number: number,
  onBytes: OnBytes,
): Promise<[End, End]> {
  const isOurs = job.server === 'ours';
  const path = isOurs ? RELAY_PATH : `/?pair=${number}`;
  const grants = isOurs
    ? ((await (await fetch(`http://127.0.0.1:${job.port}/`)).json()) as Record<string, string>)
    : {};
  const open = async (end: 'helper' | 'sharer', listens: boolean) => {
    const paired = Promise.withResolvers<void>();
    const socket = new RawSocket({
      ...{ port: job.port, path, subprotocol: isOurs ? RELAY_SUBPROTOCOL : undefined },
      onFrame: (bytes, start, stop, opcode) => {
        if (opcode === 1 && bytes.toString('latin1', start, stop) === PAIRED_FRAME) paired.resolve();
        else if (listens) onBytes(bytes, start, stop);
      },
      onEnd: (error) => {
        throw error;
      },
    });
    await socket.opened();
    if (isOurs) socket.sendText(encodeGrantFrame(grants[end] as string));
    else paired.resolve();
    return { socket, paired: paired.promise };
  };
  const helper = await open('helper', direction === 'toHelper');
  const sharer = await open('sharer', direction === 'toSharer');
  await Promise.all([helper.paired, sharer.paired]);
  return [helper.socket, sharer.socket];
}

let listening: { readonly port: number; readonly server: Server } | undefined;

/** The sharer's end listens, as a VNC server does. */
async function openThroughWebsockify(
  { port, tcpPort }: ScreenRelayJob,
  direction: Direction,
  onBytes: OnBytes,
): Promise<[End, End]> {
  if (listening?.port !== tcpPort) {
    listening?.server.close();
    const server = createServer();
    server.listen(tcpPort, '127.0.0.1');
    await once(server, 'listening');
    listening = { port: tcpPort, server };
  }
  const connected = once(listening.server, 'connection');
  const helper = new RawSocket({
    ...{ port, path: '/websockify', subprotocol: 'binary' },
    onFrame: (bytes, start, stop) => {
      if (direction === 'toHelper') onBytes(bytes, start, stop);
    },
    onEnd: (error) => {
      throw error;
    },
  });
  await helper.opened();
  const [socket] = (await connected) as [Socket];
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    if (direction === 'toSharer') onBytes(bytes, 0, bytes.length);
  });
  return [helper, { send: (bytes) => socket.write(bytes), close: () => socket.destroy() }];
}
