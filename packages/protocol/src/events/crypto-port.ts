/** The cryptography that events need. It comes from outside, so that this package runs where there is none of its own. */
import type { Bytes } from './bytes.ts';

/** Lengths in bytes of what travels or is derived. */
export const LENGTHS = {
  key: 32,
  iv: 16,
  nonce: 16,
  mac: 16,
  commitment: 32,
  /** An uncompressed P-256 point (SEC 1, 2.3.3). */
  publicKey: 65,
  /** r and s of ES256, 32 bytes each (RFC 7518, 3.4). */
  signature: 64,
  tag: 16,
} as const;

/** AES-256-GCM under one key (NIST SP 800-38D). */
export interface Cipher {
  /** @returns ciphertext and 16-byte tag. `iv` has 12 bytes and is never used twice */
  seal(iv: Bytes, plaintext: Bytes, additionalData: Bytes): Promise<Bytes>;
  /** @returns undefined when anything was altered */
  open(iv: Bytes, ciphertext: Bytes, additionalData: Bytes): Promise<Bytes | undefined>;
}

/** One P-256 key pair for one handshake. */
export interface EphemeralKey {
  /** 65 bytes. */
  readonly publicKey: Bytes;
  /** The x-coordinate of the shared point, 32 bytes (SEC 1, 3.3.1); undefined for no point of the curve. */
  agree(publicKey: Bytes): Promise<Bytes | undefined>;
}

/** The key of a device, wherever it is kept. */
export interface DeviceSigner {
  /** 65 bytes. */
  readonly publicKey: Bytes;
  /** ES256, 64 bytes. */
  sign(data: Bytes): Promise<Bytes>;
}

export interface CryptoPort {
  /** Unpredictable bytes. */
  randomBytes(length: number): Bytes;
  sha256(data: Bytes): Promise<Bytes>;
  /** HKDF with SHA-256 (RFC 5869), extract and expand. */
  hkdf(key: Bytes, salt: Bytes, info: Bytes, length: number): Promise<Bytes>;
  /** @param key 32 bytes */
  cipher(key: Bytes): Promise<Cipher>;
  generateEphemeralKey(): Promise<EphemeralKey>;
  /** ES256: whether the owner of the 65-byte `publicKey` signed; false for no point of the curve. */
  verify(publicKey: Bytes, signature: Bytes, data: Bytes): Promise<boolean>;
}
