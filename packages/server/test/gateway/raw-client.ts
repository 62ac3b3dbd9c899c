/** A bare WebSocket client, for what Azure's client does not do. */
import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

export const JSON_PROTOCOL = 'json.webpubsub.azure.v1';
export const RELIABLE_PROTOCOL = 'json.reliable.webpubsub.azure.v1';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class RawClient {
  readonly socket: WebSocket;
  /** Every message so far, as text; binary ones as `hex:…`. */
  readonly frames: string[] = [];
  readonly closed: Promise<Closed>;
  #read = 0;
  #waiting: (() => void)[] = [];

  constructor(url: string, protocols: string | string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, protocols, options);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#wake();
      });
    });
    this.socket.on('message', (data: Buffer, isBinary) => {
      this.frames.push(isBinary ? `hex:${data.toString('hex')}` : data.toString());
      this.#wake();
    });
    // A refused handshake is an error too; tests look at `refusal` or `closed`.
    this.socket.on('error', () => undefined);
  }

  /** Connects and takes the `connected` frame. */
  static async open(url: string, protocol: string): Promise<RawClient & { readonly hello: Record<string, string> }> {
    const client = new RawClient(url, protocol);
    return Object.assign(client, { hello: JSON.parse(await client.next()) as Record<string, string> });
  }

  send(request: object | string): void {
    this.socket.send(typeof request === 'string' ? request : JSON.stringify(request));
  }

  /** The next message that was not taken yet. Throws once the socket has closed without one. */
  async next(): Promise<string> {
    while (this.#read >= this.frames.length) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('closed');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#read += 1;
    return this.frames[this.#read - 1] as string;
  }

  async nextJson(): Promise<unknown> {
    return JSON.parse(await this.next());
  }

  /** Sends a request and takes the next message. */
  ask(request: object | string): Promise<unknown> {
    this.send(request);
    return this.nextJson();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: { readonly code: string; readonly message: string };
}

/** The HTTP answer to a handshake that is refused; rejects when it is not. */
export async function refusalOf(url: string, options: ClientOptions = {}): Promise<Refusal> {
  const socket = new WebSocket(url, [JSON_PROTOCOL], options);
  socket.on('error', () => undefined);
  const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(text || '{}') };
  });
  const opened = once(socket, 'open').then(() => {
    socket.terminate();
    throw new Error('the handshake was accepted');
  });
  return Promise.race([refused, opened]);
}

/** The URL that recovers a connection, as Azure's client builds it. */
export function recoveryUrl(url: string, hello: Record<string, string>): string {
  const recovery = new URL(url);
  recovery.searchParams.append('awps_connection_id', hello.connectionId ?? '');
  recovery.searchParams.append('awps_reconnection_token', hello.reconnectionToken ?? '');
  return recovery.toString();
}
