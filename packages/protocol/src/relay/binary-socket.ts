/** Sockets that carry text and bytes, over `WebSocket`, which browsers, Node.js, Deno and Bun have. */
import type { Bytes } from '../events/bytes.ts';

export interface BinarySocket {
  /** Passed over unless it is open. Bytes are taken at once: they may be changed afterwards. */
  send(data: string | Bytes): void;
  /** @param code 1000, or one from 4000 on; 1000 when absent */
  close(code?: number): void;
}

/** Nothing is told any more after `closed`. */
export interface BinarySocketListener {
  opened(): void;
  text(text: string): void;
  binary(bytes: Bytes): void;
  /** Told once, also when it could not be opened; a close code, 1006 where there was none. */
  closed(code: number): void;
}

export type OpenBinarySocket = (url: string, subprotocol: string, listener: BinarySocketListener) => BinarySocket;

/** What is used of `WebSocket`. */
export interface BinaryWebSocketLike {
  readonly readyState: number;
  binaryType: string;
  send(data: string | Bytes): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
}

const OPEN = 1;
/** RFC 6455, 7.4.1. */
const NORMAL = 1000;

/** @param WebSocket `globalThis.WebSocket` */
export function binarySocketPort(WebSocket: new (url: string, protocols: string[]) => BinaryWebSocketLike) {
  const open: OpenBinarySocket = (url, subprotocol, listener) => {
    const socket = new WebSocket(url, [subprotocol]);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => listener.opened());
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') listener.text(data);
      else if (data instanceof ArrayBuffer) listener.binary(new Uint8Array(data));
    });
    // `close` always follows `error`, and says as much.
    socket.addEventListener('close', ({ code }) => listener.closed(code));
    return {
      send: (data) => {
        if (socket.readyState === OPEN) socket.send(data);
      },
      close: (code = NORMAL) => socket.close(code),
    };
  };
  return open;
}
