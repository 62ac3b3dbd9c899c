/** Cryptography without chance, for golden frames: what would be random is given. */
import type { webcrypto } from 'node:crypto';
import {
  type Bytes,
  type CryptoPort,
  type DeviceSigner,
  ephemeralKey,
  webCryptoPort,
} from '@open-remote-help/protocol/events';

const ECDH = { name: 'ECDH', namedCurve: 'P-256' };

/** Node's Web Cryptography, with this nonce for the only one that is drawn, and this ephemeral key (a private JWK). */
export function fixedCrypto(nonce: Bytes, ephemeral: webcrypto.JsonWebKey): CryptoPort {
  const { subtle } = globalThis.crypto;
  return {
    ...webCryptoPort(globalThis.crypto),
    randomBytes(length) {
      if (length !== nonce.length) throw new Error(`The nonce has ${nonce.length} bytes, not ${length}.`);
      return nonce;
    },
    async generateEphemeralKey() {
      const { d: _, ...point } = ephemeral;
      return ephemeralKey(globalThis.crypto, {
        privateKey: await subtle.importKey('jwk', ephemeral, ECDH, false, ['deriveBits']),
        publicKey: await subtle.importKey('jwk', point, ECDH, true, []),
      });
    },
  };
}

/** A signer that gives a recorded signature: ES256 draws a random number for each. */
export function recordedSigner(publicKey: Bytes, signature: Bytes): DeviceSigner {
  return { publicKey, sign: async () => signature };
}
