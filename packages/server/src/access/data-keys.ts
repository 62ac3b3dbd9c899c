/** Seals secret properties: `layout version (1) | key generation (4) | IV (12) | tag (16) | ciphertext`. */
import type { KeyObject } from 'node:crypto';
import { type Sealed, type Sealer, UnknownKey } from '../store/store.ts';
import { decrypt, encrypt } from './gcm.ts';
import type { LoadedKey } from './key-material.ts';

const LAYOUT_VERSION = 1;
const PREFIX_LENGTH = 5;

/** One state of the data keys; a newer state is a new object. */
export class DataKeys implements Sealer {
  readonly #keys: ReadonlyMap<number, KeyObject>;
  readonly #current: { readonly prefix: Buffer; readonly key: KeyObject } | undefined;

  /** @param loaded the data keys, newest first: the first one seals, all open */
  constructor(loaded: readonly LoadedKey[]) {
    this.#keys = new Map(loaded.map((key) => [key.generation, key.material]));
    const [newest] = loaded;
    this.#current = newest && { prefix: prefixOf(newest.generation), key: newest.material };
  }

  seal(plaintext: string, context: string): Uint8Array {
    if (!this.#current) throw new Error('There is no data key.');
    return encrypt(this.#current.key, this.#current.prefix, plaintext, context);
  }

  open(sealed: Sealed): string {
    return sealed.read(this.#decrypt);
  }

  readonly #decrypt = (sealed: Sealed): string => {
    const key = this.#keys.get(generationOf(sealed));
    if (!key) throw new UnknownKey();
    return decrypt(key, sealed.bytes, PREFIX_LENGTH, sealed.context).toString('utf8');
  };

  canOpen(sealed: Sealed): boolean {
    return this.#keys.has(generationOf(sealed));
  }
}

function prefixOf(generation: number): Buffer {
  const prefix = Buffer.alloc(PREFIX_LENGTH);
  prefix.writeUInt8(LAYOUT_VERSION, 0);
  prefix.writeUInt32BE(generation, 1);
  return prefix;
}

/** The generation of the key that sealed it; NaN, which no key has, for an unknown layout. */
function generationOf({ bytes }: Sealed): number {
  if (bytes[0] !== LAYOUT_VERSION || bytes.length < PREFIX_LENGTH) return Number.NaN;
  const [high, low] = [bytes[1] ?? 0, ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0)];
  return high * 2 ** 24 + low;
}
