/** The two ends of one stream in one direction: AES-256-GCM under a key of its own, a counter as initialisation vector. */
import type { Bytes } from './bytes.ts';
import type { Cipher } from './crypto-port.ts';
import { EventRefusal } from './refusal.ts';
import { Turns } from './turns.ts';

/** Counters are exact JSON numbers; 2^53 frames under one key stay far below what GCM allows. */
export const MAX_COUNTER = Number.MAX_SAFE_INTEGER;

export interface SealedBytes {
  readonly counter: number;
  /** Ciphertext and 16-byte tag. */
  readonly ciphertext: Bytes;
}

/** The counter as 96 bits, big-endian. */
export function ivOf(counter: number): Bytes {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setBigUint64(4, BigInt(counter));
  return iv;
}

export class SealingStream {
  readonly #cipher: Cipher;
  readonly #additionalData: Bytes;
  readonly #turns = new Turns();
  #next: number;

  /** @param next the first counter; anything but 0 is for tests of the last one: a counter used twice gives the key away */
  constructor(cipher: Cipher, additionalData: Bytes, next = 0) {
    this.#cipher = cipher;
    this.#additionalData = additionalData;
    this.#next = next;
  }

  /** Frames are ready in the order of their counters. @throws EventRefusal `exhausted` */
  seal(plaintext: Bytes): Promise<SealedBytes> {
    return this.#turns.take(async () => {
      if (this.#next > MAX_COUNTER) throw new EventRefusal('exhausted', 'No counter is left for this key.', 'counter');
      // Taken before anything can fail: a counter is never used again.
      const counter = this.#next++;
      return { counter, ciphertext: await this.#cipher.seal(ivOf(counter), plaintext, this.#additionalData) };
    });
  }
}

export class OpeningStream {
  readonly #cipher: Cipher;
  readonly #additionalData: Bytes;
  readonly #turns = new Turns();
  #last = -1;

  constructor(cipher: Cipher, additionalData: Bytes) {
    this.#cipher = cipher;
    this.#additionalData = additionalData;
  }

  /**
   * Only what is authentic moves the counter on, so that a forged frame shuts nobody out.
   * @throws EventRefusal `replayed`, `notAuthentic`
   */
  open({ counter, ciphertext }: SealedBytes): Promise<Bytes> {
    return this.#turns.take(async () => {
      if (counter <= this.#last) {
        throw new EventRefusal('replayed', 'The counter is not greater than the last one.', 'counter');
      }
      const plaintext = await this.#cipher.open(ivOf(counter), ciphertext, this.#additionalData);
      if (!plaintext) throw new EventRefusal('notAuthentic', 'The frame does not open with this key.', 'ciphertext');
      this.#last = counter;
      return plaintext;
    });
  }
}
