/** Access tokens of devices: signed by the server's key, good on the device's own routes alone. */
import { randomUUID } from 'node:crypto';
import { deviceAudience } from '@open-remote-help/protocol';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { compactVerify } from 'jose/jws/compact/verify';
import { decodeJwt } from 'jose/jwt/decode';
import { signAccessToken } from '../access/access-token.ts';
import type { KeyRing } from '../access/key-ring.ts';
import type { Instant } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { deviceCredentials } from './device-model.ts';
import { DeviceRefusal } from './device-refusal.ts';
import { isPage } from './parking.ts';

/** A device that proved itself. */
export interface DeviceCaller {
  readonly tenantId: string;
  readonly deviceId: string;
  /** Of the key with which it signed in: another key ends what this one began. */
  readonly keyThumbprint: string;
  /** End of the token's life. */
  readonly expiresAt: Instant;
  /** Whether it is a page in a browser, a device for one session. */
  readonly isPage: boolean;
}

export const DEVICE_TOKEN_SECONDS = 3_600;
/** Of a page in a browser, which renews it while its session lives. */
export const PAGE_TOKEN_SECONDS = 600;
const ISSUER = 'urn:open-remote-help:devices';
const LARGEST = 4_096;

/** @param keyThumbprint of the key that signed in: another key ends the token */
export function signDeviceToken(
  keyRing: KeyRing,
  { tenantId, deviceId, keyThumbprint }: { tenantId: string; deviceId: string; keyThumbprint: string },
  now: Instant,
  expiresInSeconds = DEVICE_TOKEN_SECONDS,
): Promise<string> {
  const claims = {
    iss: ISSUER,
    aud: deviceAudience(tenantId),
    sub: deviceId,
    client_id: deviceId,
    tid: tenantId,
    device_key: keyThumbprint,
  };
  return signAccessToken(keyRing, claims, { id: randomUUID(), now, expiresInSeconds });
}

/**
 * Checks a token against the device as it stands in the store: parking, deletion and a new key end it at once.
 * @throws DeviceRefusal
 */
export async function verifyDeviceToken(
  { store, keyRing }: { readonly store: Store; readonly keyRing: KeyRing },
  token: string,
  tenantId: string,
  now: Instant,
): Promise<DeviceCaller> {
  const { sub, exp, device_key: keyThumbprint } = await verifiedClaims(keyRing, token, tenantId);
  if (typeof sub !== 'string' || typeof exp !== 'number' || now >= exp * 1_000) throw new DeviceRefusal('accessToken');
  const credential = await store.get({ set: deviceCredentials, tenantId, id: sub });
  const isGood = credential?.values.keyThumbprint === keyThumbprint && credential?.values.parkedDateTime === null;
  if (!isGood || typeof keyThumbprint !== 'string') throw new DeviceRefusal('withdrawn', { tenantId, subject: sub });
  return { tenantId, deviceId: sub, keyThumbprint, expiresAt: exp * 1_000, isPage: isPage(credential) };
}

async function verifiedClaims(keyRing: KeyRing, token: string, tenantId: string) {
  const { kid, claims } = decode(token);
  const isOurs = claims.iss === ISSUER && claims.aud === deviceAudience(tenantId) && claims.tid === tenantId;
  if (!isOurs) throw new DeviceRefusal('accessToken');
  await keyRing.freshen();
  // Another node may have signed with a key that it made a moment ago.
  if (!keyRing.verificationKey(kid)) await keyRing.reload();
  const key = keyRing.verificationKey(kid);
  if (!key) throw new DeviceRefusal('accessToken');
  try {
    await compactVerify(token, key, { algorithms: ['EdDSA', 'Ed25519'] });
  } catch (cause) {
    throw new DeviceRefusal('accessToken', undefined, cause);
  }
  return claims;
}

function decode(token: string) {
  if (token.length > LARGEST) throw new DeviceRefusal('accessToken');
  try {
    return {
      kid: decodeProtectedHeader(token).kid ?? '',
      claims: decodeJwt<{ tid: unknown; device_key: unknown }>(token),
    };
  } catch (cause) {
    throw new DeviceRefusal('accessToken', undefined, cause);
  }
}
