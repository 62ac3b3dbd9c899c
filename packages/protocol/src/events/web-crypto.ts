/** The cryptography port over Web Cryptography, which browsers, Node.js, Deno and Bun have as `crypto`. */
import type { Bytes } from './bytes.ts';
import type { Cipher, CryptoPort, DeviceSigner, EphemeralKey } from './crypto-port.ts';

type Usage = 'encrypt' | 'decrypt' | 'deriveBits' | 'sign' | 'verify';

/** What is used of `crypto`: its type as far as it goes, as no runtime's own type is known here. */
export interface WebCrypto<Key> {
  getRandomValues(bytes: Bytes): unknown;
  readonly subtle: {
    digest(algorithm: 'SHA-256', data: Bytes): Promise<ArrayBuffer>;
    importKey(
      format: 'raw',
      data: Bytes,
      algorithm: { name: string; namedCurve?: string },
      extractable: boolean,
      usages: Usage[],
    ): Promise<Key>;
    exportKey(format: 'raw', key: Key): Promise<ArrayBuffer>;
    generateKey(
      algorithm: { name: string; namedCurve: string },
      extractable: boolean,
      usages: Usage[],
    ): Promise<{ readonly publicKey: Key; readonly privateKey: Key }>;
    deriveBits(
      algorithm: { name: 'HKDF'; hash: 'SHA-256'; salt: Bytes; info: Bytes } | { name: 'ECDH'; public: Key },
      key: Key,
      length: number,
    ): Promise<ArrayBuffer>;
    encrypt(algorithm: GcmParameters, key: Key, data: Bytes): Promise<ArrayBuffer>;
    decrypt(algorithm: GcmParameters, key: Key, data: Bytes): Promise<ArrayBuffer>;
    sign(algorithm: { name: 'ECDSA'; hash: 'SHA-256' }, key: Key, data: Bytes): Promise<ArrayBuffer>;
    verify(algorithm: { name: 'ECDSA'; hash: 'SHA-256' }, key: Key, signature: Bytes, data: Bytes): Promise<boolean>;
  };
}

interface GcmParameters {
  name: 'AES-GCM';
  iv: Bytes;
  additionalData: Bytes;
  tagLength: 128;
}

const ECDH = { name: 'ECDH', namedCurve: 'P-256' };
const ECDSA_KEY = { name: 'ECDSA', namedCurve: 'P-256' };
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** @param crypto `globalThis.crypto` */
export function webCryptoPort<Key>(crypto: WebCrypto<Key>): CryptoPort {
  const { subtle } = crypto;
  return {
    randomBytes(length) {
      const bytes = new Uint8Array(length);
      crypto.getRandomValues(bytes);
      return bytes;
    },
    sha256: async (data) => new Uint8Array(await subtle.digest('SHA-256', data)),
    async hkdf(key, salt, info, length) {
      const base = await subtle.importKey('raw', key, { name: 'HKDF' }, false, ['deriveBits']);
      return new Uint8Array(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, base, length * 8));
    },
    cipher: (key) => gcm(crypto, key),
    async generateEphemeralKey() {
      return ephemeralKey(crypto, await subtle.generateKey(ECDH, false, ['deriveBits']));
    },
    async verify(publicKey, signature, data) {
      const key = await unlessRefused(subtle.importKey('raw', publicKey, ECDSA_KEY, true, ['verify']));
      return key !== undefined && subtle.verify(ES256, key, signature, data);
    },
  };
}

/** A device's key as Web Cryptography keeps it; it need not be extractable. */
export async function webCryptoSigner<Key>(
  { subtle }: WebCrypto<Key>,
  pair: { readonly publicKey: Key; readonly privateKey: Key },
): Promise<DeviceSigner> {
  return {
    publicKey: new Uint8Array(await subtle.exportKey('raw', pair.publicKey)),
    sign: async (data) => new Uint8Array(await subtle.sign(ES256, pair.privateKey, data)),
  };
}

/** A key pair of ECDH on P-256 as the port wants it. */
export async function ephemeralKey<Key>(
  { subtle }: WebCrypto<Key>,
  pair: { readonly publicKey: Key; readonly privateKey: Key },
): Promise<EphemeralKey> {
  return {
    publicKey: new Uint8Array(await subtle.exportKey('raw', pair.publicKey)),
    async agree(publicKey) {
      const other = await unlessRefused(subtle.importKey('raw', publicKey, ECDH, true, []));
      if (other === undefined) return undefined;
      return new Uint8Array(await subtle.deriveBits({ name: 'ECDH', public: other }, pair.privateKey, 256));
    },
  };
}

async function gcm<Key>({ subtle }: WebCrypto<Key>, bytes: Bytes): Promise<Cipher> {
  const key = await subtle.importKey('raw', bytes, { name: 'AES-GCM' }, false, ['encrypt', 'decrypt']);
  const parameters = (iv: Bytes, additionalData: Bytes): GcmParameters => ({
    name: 'AES-GCM',
    iv,
    additionalData,
    tagLength: 128,
  });
  return {
    seal: async (iv, plaintext, additionalData) =>
      new Uint8Array(await subtle.encrypt(parameters(iv, additionalData), key, plaintext)),
    async open(iv, ciphertext, additionalData) {
      const opened = await unlessRefused(subtle.decrypt(parameters(iv, additionalData), key, ciphertext));
      return opened && new Uint8Array(opened);
    },
  };
}

/** Undefined where Web Cryptography refuses the data; its refusals have these names (Web Cryptography, 14.3). */
async function unlessRefused<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    const isRefusal = error instanceof Error && (error.name === 'DataError' || error.name === 'OperationError');
    if (isRefusal) return undefined;
    throw error;
  }
}
