/**
 * What a reliable connection was sent and has not acknowledged, in order. It survives the socket: after a recovery
 * everything in it is sent again.
 */
import type { Message } from './message.ts';

export interface ReplayLimits {
  readonly replayMessages: number;
  readonly replayBytes: number;
}

/** Acknowledged messages are dropped from the array in bulk. */
const COMPACT_AT = 256;

export class ReliableStream {
  readonly #limits: ReplayLimits;
  #messages: Message[] = [];
  /** Index of the oldest message that is not acknowledged. */
  #head = 0;
  /** Sequence id of that message. */
  #headId = 1;
  /** Sequence id of the next message to be sent. */
  #cursorId = 1;
  #bytes = 0;

  constructor(limits: ReplayLimits) {
    this.#limits = limits;
  }

  /** How many messages wait for an acknowledgement. */
  get length(): number {
    return this.#messages.length - this.#head;
  }

  /** Numbers and keeps a message. @returns false when it would exceed the limits; then nothing is kept */
  append(message: Message): boolean {
    const bytes = this.#bytes + message.body().length;
    if (this.length >= this.#limits.replayMessages || bytes > this.#limits.replayBytes) return false;
    this.#messages.push(message);
    this.#bytes = bytes;
    return true;
  }

  /** The sequence id of the next message that this socket was not sent; undefined when it has all. */
  get nextId(): number | undefined {
    return this.#cursorId < this.#headId + this.length ? this.#cursorId : undefined;
  }

  /** Takes the message with `nextId`. */
  next(): Message {
    const message = this.#messages[this.#head + this.#cursorId - this.#headId];
    if (message === undefined) throw new Error('There is nothing to send.');
    this.#cursorId += 1;
    return message;
  }

  /** Releases all messages up to a sequence id. What was never sent cannot be acknowledged. */
  acknowledge(sequenceId: number): void {
    const released = Math.min(sequenceId, this.#cursorId - 1) - this.#headId + 1;
    for (let index = 0; index < released; index += 1) {
      this.#bytes -= this.#messages[this.#head + index]?.body().length ?? 0;
    }
    if (released <= 0) return;
    this.#head += released;
    this.#headId += released;
    if (this.#head === this.#messages.length || this.#head >= COMPACT_AT) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }

  /** From the oldest again: another socket has taken over. */
  rewind(): void {
    this.#cursorId = this.#headId;
  }
}
