/** The load's end of a WebSocket: a bare socket; all of them read into one buffer, since each chunk is used up at once. */
import { connect, type Socket } from 'node:net';
import { clientFrame, FrameReader, type OnFrame, OPCODE } from './frames.ts';

const READ = Buffer.allocUnsafe(256 * 1_024);
const PONG = clientFrame(Buffer.alloc(0), 0x8a);

export interface RawSocketOptions {
  readonly port: number;
  readonly path: string;
  readonly subprotocol?: string | undefined;
  /** Gets frames with data. */
  readonly onFrame: OnFrame;
  /** After the last whole frame of a chunk. */
  readonly onPause?: () => void;
  /** The server closed it, or the socket broke. */
  readonly onEnd: (error: Error) => void;
}

export class RawSocket {
  readonly #options: RawSocketOptions;
  readonly #reader: FrameReader;
  readonly #socket: Socket;
  /** The answer to the handshake, until it is all there. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #isClosed = false;
  #take: ((bytes: Buffer, from: number, to: number) => void) | undefined;
  readonly #handshake = Promise.withResolvers<void>();

  constructor(options: RawSocketOptions) {
    this.#options = options;
    this.#reader = new FrameReader((bytes, start, end, opcode) => this.#hear(bytes, start, end, opcode));
    const callback = (length: number) => {
      this.#receive(length);
      return true;
    };
    this.#socket = connect({ port: options.port, host: '127.0.0.1', onread: { buffer: READ, callback } });
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('The server cut the connection.')));
    this.#socket.write(handshake(options));
  }

  /** Settles when the handshake is done; frames may have come by then. */
  opened(): Promise<void> {
    return this.#handshake.promise;
  }

  /** Sends whole frames. */
  send(frames: Buffer): void {
    this.#socket.write(frames);
  }

  sendText(text: string): void {
    this.send(clientFrame(Buffer.from(text)));
  }

  /** All messages up to this one have come. */
  acknowledge(sequenceId: number): void {
    this.sendText(`{"type":"sequenceAck","sequenceId":${sequenceId}}`);
  }

  /** From now on bytes are handed on as they come; so far there were only whole frames. */
  handOn(take: (bytes: Buffer, from: number, to: number) => void): void {
    this.#take = take;
  }

  /** Cuts the connection, without a close frame. */
  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #receive(length: number): void {
    if (this.#isClosed) return;
    if (this.#head) this.#shake(length);
    else if (this.#take) this.#take(READ, 0, length);
    else this.#reader.push(READ, 0, length);
    this.#options.onPause?.();
  }

  #shake(length: number): void {
    const before = this.#head as Buffer;
    const text = Buffer.concat([before, READ.subarray(0, length)]).toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    this.#head = Buffer.from(text, 'latin1');
    if (end < 0) return;
    if (!text.startsWith('HTTP/1.1 101 ')) {
      this.#fail(new Error(`The handshake was refused: ${text.slice(0, 200)}`));
      return;
    }
    this.#head = undefined;
    this.#handshake.resolve();
    this.#reader.push(READ, end + 4 - before.length, length);
  }

  #hear(bytes: Buffer, start: number, end: number, opcode: number): void {
    if (opcode === OPCODE.ping) this.send(PONG);
    else if (opcode === OPCODE.close) this.#fail(new Error(`Closed: ${bytes.toString('latin1', start + 2, end)}`));
    else this.#options.onFrame(bytes, start, end, opcode);
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.close();
    this.#handshake.reject(error);
    this.#options.onEnd(error);
  }
}

function handshake({ port, path, subprotocol }: RawSocketOptions): string {
  const offer = subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${offer}\r\n`
  );
}
