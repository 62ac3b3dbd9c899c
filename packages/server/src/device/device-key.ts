/** A device's public key: read from a request, named by its thumbprint, used to check what the device signed. */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import type { DevicePublicKey } from '@open-remote-help/protocol';
import { compactVerify } from 'jose/jws/compact/verify';
import { DomainError } from '../errors.ts';

/** 32 bytes in base64url. */
const COORDINATE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Reads a public JWK on P-256; members that say nothing about the key (`kid`, `use`, …) are passed over.
 * @throws DomainError `badRequest` naming the member
 */
export function readPublicKey(value: unknown): DevicePublicKey {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('publicKey', 'must be a JWK');
  const { kty, crv, x, y, d } = value as Readonly<Record<string, unknown>>;
  if (d !== undefined) throw refused('publicKey/d', 'is the private key, which must never leave the device');
  if (kty !== 'EC') throw refused('publicKey/kty', 'must be EC');
  if (crv !== 'P-256') throw refused('publicKey/crv', 'must be P-256');
  if (typeof x !== 'string' || !COORDINATE.test(x)) throw refused('publicKey/x', 'must be 32 bytes in base64url');
  if (typeof y !== 'string' || !COORDINATE.test(y)) throw refused('publicKey/y', 'must be 32 bytes in base64url');
  const key = { kty, crv, x, y } as const;
  try {
    keyObjectOf(key);
  } catch (cause) {
    throw new DomainError('badRequest', 'publicKey is no point on P-256.', { target: 'publicKey', cause });
  }
  return key;
}

/** RFC 7638 with SHA-256, base64url. */
export function thumbprintOf({ crv, kty, x, y }: DevicePublicKey): string {
  return hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
}

/** The payload of a compact JWS that the key signed with ES256; undefined for any other. */
export async function verifiedPayload(jws: string, key: DevicePublicKey): Promise<unknown> {
  try {
    const { payload } = await compactVerify(jws, keyObjectOf(key), { algorithms: ['ES256'] });
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}

function keyObjectOf({ kty, crv, x, y }: DevicePublicKey): KeyObject {
  return createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
}

function refused(target: string, what: string): DomainError {
  return new DomainError('badRequest', `${target} ${what}.`, { target });
}
