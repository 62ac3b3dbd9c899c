/** The way out of one end: data waits for credit, small writes share a record, and records leave in order. */
import type { Bytes } from '../events/bytes.ts';
import type { Cipher } from '../events/crypto-port.ts';
import { ivOf } from '../events/sealed-stream.ts';
import { InOrder } from './in-order.ts';
import { RELAY_CREDIT_BYTES, RELAY_DATA_BYTES } from './limits.ts';
import { KIND, RECORD_HEAD } from './records.ts';

/** Nothing is authenticated beside a record: its key is that of one relay and direction, its counter that of its place. */
export const NO_ADDITIONAL_DATA: Bytes = new Uint8Array(0);

/** Records that are sealed at one time; what is written meanwhile is gathered. */
const MOST_SEALING = 8;
/** Room in a record for what is written next, so that many small writes need few. */
const LEAST_ROOM = 2 * 1024;
/** A caller that does not wait for its writes may have this much waiting. */
const MOST_WAITING_BYTES = 1024 * 1024;

export interface RelaySenderOptions {
  readonly transmit: (sealed: Bytes) => void;
  /** Too much is waiting, or the cipher failed: the relay is to be closed. */
  readonly fail: (reason: 'overrun' | 'failed') => void;
}

/** A data record that waits; its room may be greater than its length. */
interface Waiting {
  readonly record: Bytes;
  length: number;
}

interface Writer {
  /** Where in the stream its data ends. */
  readonly end: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class RelaySender {
  readonly #options: RelaySenderOptions;
  readonly #sealing: InOrder<Bytes>;
  readonly #urgent: Bytes[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #writers: Writer[] = [];
  /** Of this direction's key, which nobody else uses; undefined until records may leave. */
  #cipher: Cipher | undefined;
  #isClosed = false;
  #whenSent: (() => void) | undefined;
  #counter = 0;
  #credit = RELAY_CREDIT_BYTES;
  #waitingBytes = 0;
  /** Bytes of the stream that were written, and that are on their way. */
  #written = 0;
  #taken = 0;
  #isDue = false;

  constructor(options: RelaySenderOptions) {
    this.#options = options;
    this.#sealing = new InOrder(
      (sealed) => {
        options.transmit(sealed);
        if (this.#sealing.length === 0) this.#whenSent?.();
        this.#send();
      },
      () => options.fail('failed'),
    );
  }

  /** From now on records may leave. */
  open(cipher: Cipher): void {
    this.#cipher = cipher;
    for (const record of this.#urgent.splice(0)) this.#seal(cipher, record);
    this.#send();
  }

  /** Takes data at once: it may be changed afterwards. Settles when the other end's credit has covered all of it. */
  write(data: Bytes): Promise<void> {
    if (this.#isClosed) return Promise.reject(closed());
    if (data.length === 0) return Promise.resolve();
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      this.#options.fail('overrun');
      return Promise.reject(closed());
    }
    this.#gather(data);
    this.#written += data.length;
    const end = this.#written;
    const covered = new Promise<void>((resolve, reject) => this.#writers.push({ end, resolve, reject }));
    this.#sendSoon();
    return covered;
  }

  /** What needs no credit goes before data that waits for it. */
  sendUrgent(record: Bytes): void {
    if (this.#isClosed) return;
    if (this.#cipher) this.#seal(this.#cipher, record);
    else this.#urgent.push(record);
  }

  /** @returns false when the other end gives back more than it was sent */
  credited(bytes: number): boolean {
    if (this.#credit + bytes > RELAY_CREDIT_BYTES) return false;
    this.#credit += bytes;
    this.#send();
    return true;
  }

  /**
   * Nothing more is taken, and data that waits for credit is dropped.
   * @param whenSent called once everything else has left; absent: nothing leaves any more
   */
  close(whenSent?: () => void): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
    for (const { reject } of this.#writers.splice(0)) reject(closed());
    if (!whenSent) this.#sealing.clear();
    else if (this.#sealing.length === 0) whenSent();
    else this.#whenSent = whenSent;
  }

  #gather(data: Bytes): void {
    let taken = 0;
    while (taken < data.length) {
      const last = this.#waiting.at(-1);
      const room = last ? last.record.length - RECORD_HEAD - last.length : 0;
      if (!last || room === 0) {
        this.#addRecord(data.length - taken);
        continue;
      }
      const part = taken === 0 && data.length <= room ? data : data.subarray(taken, taken + room);
      last.record.set(part, RECORD_HEAD + last.length);
      last.length += part.length;
      taken += part.length;
      this.#waitingBytes += part.length;
    }
  }

  /** The more is waiting, the more will come: so records grow, and a long queue consists of few. */
  #addRecord(needed: number): void {
    const room = Math.min(RELAY_DATA_BYTES, Math.max(needed, LEAST_ROOM, this.#waitingBytes));
    const record = new Uint8Array(RECORD_HEAD + room);
    record[0] = KIND.data;
    this.#waiting.push({ record, length: 0 });
  }

  /** At the end of this turn, so that what is written in one turn shares a record. */
  #sendSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    void Promise.resolve().then(() => {
      this.#isDue = false;
      this.#send();
    });
  }

  #send(): void {
    if (!this.#cipher) return;
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      if (first.length > this.#credit || this.#sealing.length >= MOST_SEALING) break;
      this.#waiting.shift();
      this.#credit -= first.length;
      this.#waitingBytes -= first.length;
      this.#taken += first.length;
      this.#seal(this.#cipher, first.record.subarray(0, RECORD_HEAD + first.length));
    }
    for (let writer = this.#writers[0]; writer && writer.end <= this.#taken; writer = this.#writers[0]) {
      this.#writers.shift();
      writer.resolve();
    }
  }

  #seal(cipher: Cipher, record: Bytes): void {
    this.#sealing.add(cipher.seal(ivOf(this.#counter++), record, NO_ADDITIONAL_DATA));
  }
}

function closed(): Error {
  return new Error('The relay is closed.');
}
