/**
 * What a reliable connection was sent and has not acknowledged, in order. It survives the socket: after a recovery
 * everything in it is sent again.
 */

export interface ReplayLimits {
  readonly replayMessages: number;
  readonly replayBytes: number;
}

/** Places of a new ring, a power of two: most connections have little to keep. */
const FIRST_PLACES = 16;

/**
 * Keeps bodies as bytes that all members of a group share. Of the message itself nothing is kept: its text would be
 * moved by each garbage collection, a fifth of what it takes to pass a message on.
 */
export class ReliableStream {
  readonly #limits: ReplayLimits;
  /** A ring: the body with sequence id `n` lies at `n` modulo its length, a power of two. */
  #bodies: (Buffer | undefined)[] = [];
  /** Sequence id of the oldest message that is not acknowledged. */
  #headId = 1;
  /** Sequence id of the next message to be sent. */
  #cursorId = 1;
  #endId = 1;
  #bytes = 0;

  constructor(limits: ReplayLimits) {
    this.#limits = limits;
  }

  /** How many messages wait for an acknowledgement. */
  get length(): number {
    return this.#endId - this.#headId;
  }

  /** Sequence id of the next message to be kept. */
  get endId(): number {
    return this.#endId;
  }

  /** Numbers and keeps a message. @returns false when it would exceed the limits; then nothing is kept */
  append(body: Buffer): boolean {
    const bytes = this.#bytes + body.length;
    if (this.length >= this.#limits.replayMessages || bytes > this.#limits.replayBytes) return false;
    if (this.length === this.#bodies.length) this.#grow();
    this.#bodies[this.#endId & (this.#bodies.length - 1)] = body;
    this.#endId += 1;
    this.#bytes = bytes;
    return true;
  }

  /** The sequence id of the next message that this socket was not sent; undefined when it has all. */
  get nextId(): number | undefined {
    return this.#cursorId < this.#endId ? this.#cursorId : undefined;
  }

  /** Takes the body of the message with `nextId`. */
  next(): Buffer {
    const body = this.#cursorId < this.#endId ? this.#bodies[this.#cursorId & (this.#bodies.length - 1)] : undefined;
    if (body === undefined) throw new Error('There is nothing to send.');
    this.#cursorId += 1;
    return body;
  }

  /** Releases all messages up to a sequence id. What was never sent cannot be acknowledged. */
  acknowledge(sequenceId: number): void {
    const last = Math.min(sequenceId, this.#cursorId - 1);
    for (; this.#headId <= last; this.#headId += 1) {
      const place = this.#headId & (this.#bodies.length - 1);
      this.#bytes -= this.#bodies[place]?.length ?? 0;
      this.#bodies[place] = undefined;
    }
  }

  /** From the oldest again: another socket has taken over. */
  rewind(): void {
    this.#cursorId = this.#headId;
  }

  #grow(): void {
    const former = this.#bodies;
    const places = Math.max(FIRST_PLACES, 2 * former.length);
    this.#bodies = new Array<Buffer | undefined>(places).fill(undefined);
    for (let id = this.#headId; id < this.#endId; id += 1) {
      this.#bodies[id & (places - 1)] = former[id & (former.length - 1)];
    }
  }
}
