/** Keys as rows of the `keys` set: made, wrapped by the master key, and unwrapped again. */

import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { type Instant, toIsoText } from '../clock.ts';
import { OperatorError } from '../errors.ts';
import type { StoredEntity, Write } from '../store/store.ts';
import { decrypt, encrypt } from './gcm.ts';
import { key, keys, SYSTEM_TENANT, type ValuesOf, valuesOf } from './identity-model.ts';
import { newId } from './ids.ts';

/**
 * Tokens are signed by `signing` keys, cookies by `cookie` keys, access URIs of sessions by `gateway` keys; secret
 * properties are sealed by `data` keys; codes of invitations are hashed with `code` keys.
 */
export type KeyKind = 'signing' | 'cookie' | 'data' | 'gateway' | 'code';

export const KEY_KINDS: readonly KeyKind[] = ['signing', 'cookie', 'data', 'gateway', 'code'];

/** A key ready for use. */
export interface LoadedKey {
  /** Also the `kid` of a signing key. */
  readonly id: string;
  readonly kind: KeyKind;
  readonly generation: number;
  readonly isRevoked: boolean;
  /** The private key of a signing key, else the secret key. */
  readonly material: KeyObject;
  /** Of a signing key. */
  readonly publicKey: KeyObject | undefined;
}

type Insert = Extract<Write, { kind: 'insert' }>;

const WRAPPING = Buffer.from([1]);

function wrapContext(id: string, slot: string): string {
  return `${SYSTEM_TENANT}|${keys.name}|${id}|${slot}`;
}

/** A new key as the insert that keeps it. */
export function newKey(kind: KeyKind, generation: number, masterKey: KeyObject, now: Instant): Insert {
  const id = newId(now);
  const slot = `${kind}-${generation}`;
  const { plain, publicKey } = generate(kind);
  const wrapped = encrypt(masterKey, WRAPPING, plain, wrapContext(id, slot));
  plain.fill(0);
  const values: ValuesOf<typeof key> = {
    slot,
    kind,
    generation,
    wrapped: wrapped.toString('base64'),
    publicKey,
    createdDateTime: toIsoText(now),
    revokedDateTime: null,
  };
  return { kind: 'insert', set: keys, tenantId: SYSTEM_TENANT, id, values };
}

function generate(kind: KeyKind): { plain: Buffer; publicKey: string | null } {
  if (kind !== 'signing') return { plain: randomBytes(32), publicKey: null };
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    plain: privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicKey: JSON.stringify(publicKey.export({ format: 'jwk' })),
  };
}

/** @throws Error when the master key is not the one that wrapped it. */
export function loadKey(row: StoredEntity, masterKey: KeyObject): LoadedKey {
  const { slot, kind, generation, wrapped, revokedDateTime } = valuesOf(key, row);
  const plain = unwrap(Buffer.from(wrapped, 'base64'), masterKey, wrapContext(row.id, slot));
  const isSigning = kind === 'signing';
  const material = isSigning ? createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' }) : createSecretKey(plain);
  plain.fill(0);
  return {
    id: row.id,
    kind: kind as KeyKind,
    generation,
    isRevoked: revokedDateTime !== null,
    material,
    publicKey: isSigning ? createPublicKey(material) : undefined,
  };
}

function unwrap(wrapped: Buffer, masterKey: KeyObject, context: string): Buffer {
  try {
    return decrypt(masterKey, wrapped, WRAPPING.length, context);
  } catch (cause) {
    throw new OperatorError(
      'The master key does not open the keys in the database: it is not the one with which they were made.',
      { cause },
    );
  }
}
