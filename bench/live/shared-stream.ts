/**
 * What all members of a group get, byte for byte the same. Whoever is ahead has the new bytes checked message by
 * message; the others' bytes need only be compared with these, which leaves the load time for many members.
 */

import { FrameReader } from './frames.ts';
import type { Seat } from './member.ts';
import type { RawSocket } from './raw-socket.ts';
import { ACKNOWLEDGE_EVERY, Receiver } from './receiver.ts';

const FIRST_BYTES = 2 ** 24;

export class SharedStream {
  bytes = Buffer.allocUnsafe(FIRST_BYTES);
  length = 0;
  /** Of each message so far: where it ends, and the number in it. */
  readonly ends: number[] = [];
  readonly numbers: number[] = [];
  readonly #reader: FrameReader;
  #end = 0;

  constructor(seat: Pick<Seat, 'dialect' | 'group'>) {
    const receiver = new Receiver(seat, (number) => this.numbers.push(number));
    this.#reader = new FrameReader((bytes, start, end) => {
      receiver.take(bytes, start, end);
      const length = end - start;
      this.#end += length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
      this.ends.push(this.#end);
    });
  }

  append(bytes: Buffer, from: number, to: number): void {
    const needed = this.length + to - from;
    if (needed > this.bytes.length) this.bytes = Buffer.concat([this.bytes], 2 * needed);
    bytes.copy(this.bytes, this.length, from, to);
    this.length = needed;
    this.#reader.push(bytes, from, to);
  }
}

/** One member of the group. */
export class Follower {
  socket: RawSocket | undefined;
  readonly #stream: SharedStream;
  readonly #arrived: (number: number) => void;
  readonly #acknowledges: boolean;
  #at = 0;
  #messages = 0;

  /** @param arrived is told the number in each message that has come whole */
  constructor(stream: SharedStream, acknowledges: boolean, arrived: (number: number) => void) {
    this.#stream = stream;
    this.#acknowledges = acknowledges;
    this.#arrived = arrived;
  }

  take(bytes: Buffer, from: number, to: number): void {
    const stream = this.#stream;
    const known = Math.min(to - from, stream.length - this.#at);
    const end = this.#at + known;
    if (known > 0 && stream.bytes.compare(bytes, from, from + known, this.#at, end) !== 0) {
      throw new Error(`Not what other members got, after message ${this.#messages}.`);
    }
    if (from + known < to) stream.append(bytes, from + known, to);
    this.#at += to - from;
    const { ends, numbers } = stream;
    for (; (ends[this.#messages] as number) <= this.#at; this.#messages++) {
      this.#arrived(numbers[this.#messages] as number);
      const sequenceId = this.#messages + 1;
      if (this.#acknowledges && sequenceId % ACKNOWLEDGE_EVERY === 0) this.socket?.acknowledge(sequenceId);
    }
  }
}
