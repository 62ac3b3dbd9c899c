/**
 * A relay's stream as noVNC takes it: an object like a `WebSocket` or an `RTCDataChannel` (its `websock.js` names the
 * members). What comes before noVNC listens waits, within the relay's credit; credit is given back for what was drawn.
 */
import type { Bytes } from '@open-remote-help/protocol/events';
import type { RelayEnd } from '@open-remote-help/protocol/relay';

export type RelayStream = Pick<RelayEnd, 'write' | 'drawn' | 'ping' | 'close'>;

type Handler<E> = ((event: E) => void) | null;

export class RelayChannel {
  binaryType = 'arraybuffer';
  readonly protocol = '';
  onopen: Handler<object> = null;
  onerror: Handler<object> = null;
  onclose: Handler<{ readonly code: number }> = null;
  readonly #relay: RelayStream;
  readonly #waiting: Bytes[] = [];
  #onmessage: Handler<{ readonly data: ArrayBuffer }> = null;
  #whenDrawn: () => Promise<void> = () => Promise.resolve();
  #state: 'open' | 'closed' = 'open';
  #received = 0;

  constructor(relay: RelayStream) {
    this.#relay = relay;
  }

  /** As `RTCDataChannel` says it. */
  get readyState(): 'open' | 'closed' {
    return this.#state;
  }

  get onmessage(): Handler<{ readonly data: ArrayBuffer }> {
    return this.#onmessage;
  }

  /** What waited is handed on when whoever begins to listen is done with setting himself up. */
  set onmessage(handler: Handler<{ readonly data: ArrayBuffer }>) {
    this.#onmessage = handler;
    queueMicrotask(() => {
      for (const bytes of this.#waiting.splice(0)) this.#handOn(bytes);
    });
  }

  /** Bytes of the stream so far. */
  get received(): number {
    return this.#received;
  }

  /** @param wait settles when what was handed on last is on the screen */
  drawsBy(wait: () => Promise<void>): void {
    this.#whenDrawn = wait;
  }

  send(data: Bytes): void {
    if (this.#state === 'closed') return;
    // A relay that does not keep up with what is typed closes itself; the line then opens another.
    this.#relay.write(data).catch(() => this.closed());
  }

  /** noVNC is done with it, or cannot read it: such a stream is of no use to anybody. */
  close(): void {
    this.#state = 'closed';
    this.#waiting.length = 0;
    this.#relay.close();
  }

  ping(): Promise<number> {
    return this.#relay.ping();
  }

  /** The next part of the stream. */
  push(bytes: Bytes): void {
    this.#received += bytes.length;
    if (this.#state === 'closed') this.#relay.drawn(bytes.length);
    else if (this.#onmessage && this.#waiting.length === 0) this.#handOn(bytes);
    else this.#waiting.push(bytes);
  }

  /** The relay is over. */
  closed(): void {
    if (this.#state === 'closed') return;
    this.close();
    this.onclose?.({ code: 1000 });
  }

  #handOn(bytes: Bytes): void {
    if (!this.#onmessage) {
      this.#waiting.push(bytes);
      return;
    }
    try {
      this.#onmessage({ data: bufferOf(bytes) });
    } catch (error) {
      // noVNC stopped in the middle of a message, and would read nonsense from here on.
      this.closed();
      throw error;
    }
    void this.#whenDrawn().then(() => this.#relay.drawn(bytes.length));
  }
}

/** noVNC copies what it is given: a view would be copied twice. */
function bufferOf(bytes: Bytes): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}
