/** The key of a page: made in the browser for one session, and unable to leave it. Signs compact JWS with ES256 (RFC 7515, RFC 7518). */
import type { DevicePublicKey } from '@open-remote-help/protocol';
import { type Bytes, type DeviceSigner, pointOf } from '@open-remote-help/protocol/events';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export interface PageKey {
  readonly publicKey: DevicePublicKey;
  /** As the handshake between two ends wants it. */
  readonly signer: DeviceSigner;
  signJws(header: { readonly typ: string }, payload: object): Promise<string>;
}

/** @param crypto `globalThis.crypto`; where the page came by plain HTTP it has no `subtle`, and this rejects */
export async function newPageKey(crypto: Crypto): Promise<PageKey> {
  const { subtle } = crypto;
  const { privateKey, publicKey } = await subtle.generateKey(ALGORITHM, false, ['sign']);
  const { x = '', y = '' } = await subtle.exportKey('jwk', publicKey);
  const jwk: DevicePublicKey = { kty: 'EC', crv: 'P-256', x, y };
  // Web Cryptography has r and s side by side, as JOSE wants them (RFC 7518, 3.4).
  const sign = async (data: Bytes): Promise<Bytes> =>
    new Uint8Array(await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data));
  return {
    publicKey: jwk,
    signer: { publicKey: pointOf(jwk), sign },
    async signJws(header, payload) {
      const signed = `${encode({ alg: 'ES256', ...header })}.${encode(payload)}`;
      return `${signed}.${base64url(await sign(new TextEncoder().encode(signed)))}`;
    },
  };
}

/** base64url without padding. */
export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function encode(value: object): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)));
}
