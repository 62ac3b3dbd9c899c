/** One WebSocket as the gateway uses it: `ws` reads and closes, what is sent goes through the outbox. */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { Outbox } from './outbox.ts';
import { frame, frameStart, OPCODE } from './websocket-frame.ts';

/** Whom a transport tells what happens to it. */
export interface TransportOwner {
  received(data: Buffer, isBinary: boolean): void;
  /** A ping of the client, or the answer to one of ours. */
  heard(): void;
  /** The client has taken what was waiting. */
  drained(): void;
  /** What the client sent is no WebSocket traffic that we accept; `ws` has already closed with the fitting code. */
  violated(isTooLarge: boolean): void;
  /** @param code 1005 for a close frame without code, 1006 without close frame */
  gone(code: number): void;
}

interface Wired extends Duplex {
  transport?: Transport;
}

/** RFC 6455, 5.5: what a close frame holds beside the code. */
const LONGEST_REASON_BYTES = 123;
/** Up to here one write of a copy is cheaper than two. */
const WRITE_APART_FROM = 4_096;
const PING = frame(OPCODE.ping, Buffer.alloc(0));

// Listeners are shared and find their transport through `this`: ten thousand idle connections would each hold their own.
export class Transport extends WebSocket {
  #owner: TransportOwner | undefined;
  #socket: Wired | undefined;
  #outbox: Outbox | undefined;
  #awaitsDrain = false;

  /** To be called in the turn of the handshake: frames that came with it are read afterwards. */
  wire(socket: Duplex, owner: TransportOwner): void {
    this.#owner = owner;
    this.#socket = socket;
    this.#socket.transport = this;
    this.#outbox = new Outbox(socket);
    this.on('message', onMessage);
    this.on('ping', onPing);
    this.on('pong', onPong);
    this.on('close', onClose);
    this.on('error', onError);
  }

  /** In place of `wire`, for a socket that becomes nobody's: closes it with a code and a reason. */
  refuse(code: number, reason: string): void {
    // What the client sends all the same must not end the process.
    this.on('error', onError);
    this.finish(code, reason);
  }

  get owner(): TransportOwner | undefined {
    return this.#owner;
  }

  /** Bytes that the client has not taken yet. */
  get backlog(): number {
    return this.#outbox?.backlog ?? 0;
  }

  /** Sends a frame, or a part of one, at the end of this turn. */
  push(bytes: Buffer): void {
    if (this.readyState === WebSocket.OPEN) this.#outbox?.push(bytes);
  }

  /** Sends a whole message at once, its payload not copied where that costs more than a second write. */
  sendBinary(payload: Buffer): void {
    if (this.readyState !== WebSocket.OPEN) return;
    const isCopied = payload.length < WRITE_APART_FROM;
    const start = isCopied ? frame(OPCODE.binary, payload) : frameStart(OPCODE.binary, '', payload.length);
    this.#outbox?.writeThrough(isCopied ? [start] : [start, payload]);
  }

  pushPing(): void {
    this.push(PING);
  }

  /** Calls `drained` once what waits is written. Only to be asked for with a backlog. */
  awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#socket?.once('drain', onDrain);
  }

  drained(): void {
    this.#awaitsDrain = false;
    this.#owner?.drained();
  }

  /** Sends what waits, then a close frame; the owner hears nothing any more. */
  finish(code: number, reason: string): void {
    this.#owner = undefined;
    this.#outbox?.flush();
    this.resume();
    this.close(code, cutToBytes(reason, LONGEST_REASON_BYTES));
  }

  /** Ends without a close frame; the owner hears nothing any more. */
  abort(): void {
    this.#owner = undefined;
    this.terminate();
  }
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  (this as Transport).owner?.received(data as Buffer, isBinary);
}

function onPing(this: WebSocket, data: Buffer): void {
  const { owner } = this as Transport;
  if (!owner) return;
  (this as Transport).push(frame(OPCODE.pong, data));
  owner.heard();
}

function onPong(this: WebSocket): void {
  (this as Transport).owner?.heard();
}

function onClose(this: WebSocket, code: number): void {
  (this as Transport).owner?.gone(code);
}

function onError(this: WebSocket, error: Error & { code?: string }): void {
  // Errors of the socket itself are followed by `close`, and that tells enough.
  if (!error.code?.startsWith('WS_ERR_')) return;
  (this as Transport).owner?.violated(/_UNSUPPORTED_|_TOO_MANY_/.test(error.code));
}

function onDrain(this: Wired): void {
  this.transport?.drained();
}

function cutToBytes(text: string, length: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= length) return text;
  // A character that the cut goes through becomes one replacement character of three bytes.
  return bytes
    .subarray(0, length - 3)
    .toString()
    .replace(/\ufffd$/, '');
}
