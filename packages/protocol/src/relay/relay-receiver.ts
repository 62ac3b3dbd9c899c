/** The way in of one end: opens records, hands them on in order, and counts what the other end may still send. */
import type { Bytes } from '../events/bytes.ts';
import { type Cipher, LENGTHS } from '../events/crypto-port.ts';
import { EventRefusal } from '../events/refusal.ts';
import { ivOf } from '../events/sealed-stream.ts';
import type { Direction } from '../events/words.ts';
import { InOrder } from './in-order.ts';
import { RELAY_CREDIT_BYTES, RELAY_DATA_BYTES } from './limits.ts';
import { RECORD_HEAD, type RelayRecord, readRecord } from './records.ts';
import { NO_ADDITIONAL_DATA } from './relay-sender.ts';

const MOST_RECORD_BYTES = RECORD_HEAD + RELAY_DATA_BYTES + LENGTHS.tag;
/** Records that came and are not opened yet. Whoever keeps to its credit stays far below. */
const MOST_PENDING_BYTES = 2 * RELAY_CREDIT_BYTES;
const MOST_PENDING_RECORDS = 16_384;
/** Credit is gathered up to this much, so that it costs few records. */
const CREDIT_DUE_BYTES = RELAY_CREDIT_BYTES / 4;

export type ReceiveFault = 'broken' | 'overrun' | 'flood' | 'failed';

export interface RelayReceiverOptions {
  /** Under the key of the direction from the other end. */
  readonly cipher: Cipher;
  readonly direction: Direction;
  readonly record: (record: RelayRecord) => void;
  /** The relay is to be closed. */
  readonly fail: (reason: ReceiveFault) => void;
}

export class RelayReceiver {
  readonly #options: RelayReceiverOptions;
  readonly #opening: InOrder<Bytes | undefined>;
  #finished: (() => void) | undefined;
  #counter = 0;
  #pendingBytes = 0;
  /** Data that was handed on and is not drawn yet; that is drawn, and not given back yet. */
  #undrawn = 0;
  #owed = 0;

  constructor(options: RelayReceiverOptions) {
    this.#options = options;
    this.#opening = new InOrder(
      (plaintext) => {
        this.#take(plaintext);
        if (this.#opening.length === 0) this.#finished?.();
      },
      () => options.fail('failed'),
    );
  }

  receive(sealed: Bytes): void {
    const { cipher, fail } = this.#options;
    this.#pendingBytes += sealed.length;
    if (sealed.length > MOST_RECORD_BYTES) fail('broken');
    else if (this.#pendingBytes > MOST_PENDING_BYTES || this.#opening.length >= MOST_PENDING_RECORDS) fail('flood');
    else this.#opening.add(cipher.open(ivOf(this.#counter++), sealed, NO_ADDITIONAL_DATA));
  }

  /** @returns how much is to be given back to the other end now; 0 while it is better to wait. @throws RangeError */
  drawn(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > this.#undrawn) {
      throw new RangeError('No more is drawn than was received.');
    }
    this.#undrawn -= bytes;
    this.#owed += bytes;
    if (this.#owed < CREDIT_DUE_BYTES) return 0;
    const due = this.#owed;
    this.#owed = 0;
    return due;
  }

  /** @param opened called once everything that came is handed on */
  finish(opened: () => void): void {
    if (this.#opening.length === 0) opened();
    else this.#finished = opened;
  }

  close(): void {
    this.#opening.clear();
  }

  #take(plaintext: Bytes | undefined): void {
    const { direction, record, fail } = this.#options;
    if (!plaintext) {
      fail('broken');
      return;
    }
    this.#pendingBytes -= plaintext.length + LENGTHS.tag;
    const read = readOrRefuse(plaintext, direction);
    if (!read) fail('broken');
    else if (read.kind === 'data' && !this.#covers(read.payload.length)) fail('overrun');
    else record(read);
  }

  #covers(bytes: number): boolean {
    this.#undrawn += bytes;
    return this.#undrawn + this.#owed <= RELAY_CREDIT_BYTES;
  }
}

function readOrRefuse(plaintext: Bytes, direction: Direction): RelayRecord | undefined {
  try {
    return readRecord(plaintext, direction);
  } catch (error) {
    if (error instanceof EventRefusal) return undefined;
    throw error;
  }
}
