/** The device's key pair, and what it signs: compact JWS with ES256 (RFC 7515, RFC 7518). */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type webcrypto } from 'node:crypto';
import type { DevicePublicKey } from '@open-remote-help/protocol';
import { type DeviceSigner, pointOf } from '@open-remote-help/protocol/events';

/** The private JWK. */
export function newDeviceKey(): webcrypto.JsonWebKey {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
}

export function publicKeyOf(key: webcrypto.JsonWebKey): DevicePublicKey {
  const { x = '', y = '' } = createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x, y };
}

export function signJws(key: webcrypto.JsonWebKey, header: { readonly typ: string }, payload: object): string {
  const signed = `${encode({ alg: 'ES256', ...header })}.${encode(payload)}`;
  return `${signed}.${es256(key, Buffer.from(signed)).toString('base64url')}`;
}

/** The key as the handshake between two ends wants it. */
export function deviceSigner(key: webcrypto.JsonWebKey): DeviceSigner {
  return { publicKey: pointOf(publicKeyOf(key)), sign: async (data) => new Uint8Array(es256(key, data)) };
}

function es256(key: webcrypto.JsonWebKey, data: Uint8Array): Buffer {
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  // JOSE has r and s side by side, OpenSSL's default is DER (RFC 7518, 3.4).
  return sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
