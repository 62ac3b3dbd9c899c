/** What a connection to a hub needs of its surroundings: sockets and timers. */

export interface Socket {
  send(text: string): void;
  /** `toComeBack` leaves the hub in doubt whether the connection is wanted any more: with 1000 it would forget it. */
  close(how: 'forGood' | 'toComeBack'): void;
}

export interface SocketListener {
  message(text: string): void;
  /** Told once, also when it could not be opened; a close code, 1006 where there was none. */
  closed(code: number): void;
}

export type OpenSocket = (url: string, subprotocol: string, listener: SocketListener) => Socket;

export interface Timers {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once at or after the instant; the returned function cancels. */
  at(instant: number, callback: () => void): () => void;
}

/** What is used of `WebSocket`, which browsers, Node.js, Deno and Bun have. */
export interface WebSocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
}

const OPEN = 1;
/** RFC 6455, 7.4.1. */
const NORMAL = 1000;

/** @param WebSocket `globalThis.WebSocket` */
export function webSocketPort(WebSocket: new (url: string, protocols: string[]) => WebSocketLike): OpenSocket {
  return (url, subprotocol, listener) => {
    const socket = new WebSocket(url, [subprotocol]);
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') listener.message(data);
    });
    // `close` always follows `error`, and says as much.
    socket.addEventListener('close', ({ code }) => listener.closed(code));
    return {
      send: (text) => {
        if (socket.readyState === OPEN) socket.send(text);
      },
      close: (how) => (how === 'forGood' ? socket.close(NORMAL) : socket.close()),
    };
  };
}
