/**
 * Keys for the messages between two connections of a session. Nothing is kept for each of them: they are derived from
 * the session's key material, so that the same pair gets the same answer and a new connection another key (SES-7).
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import type { ConnectionId } from './session.ts';

const MATERIAL_BYTES = 32;
const KEY_BYTES = 32;
const IV_BYTES = 16;

/** Base64. */
export interface PairKeys {
  /** 256 bits, for AES-256 and key derivation. */
  readonly key: string;
  /** The initialisation vector that goes with it: 128 bits. */
  readonly iv: string;
}

/** Fresh key material for a session, base64url. */
export function newKeyMaterial(): string {
  return randomBytes(MATERIAL_BYTES).toString('base64url');
}

/** HKDF-SHA256 (RFC 5869). @param sharer the device's connection; undefined while it has none */
export function pairKeys(material: string, helper: ConnectionId, sharer: ConnectionId | undefined): PairKeys {
  const info = JSON.stringify(['open-remote-help pair', helper, sharer ?? '']);
  const bytes = Buffer.from(hkdfSync('sha256', Buffer.from(material, 'base64url'), '', info, KEY_BYTES + IV_BYTES));
  return {
    key: bytes.subarray(0, KEY_BYTES).toString('base64'),
    iv: bytes.subarray(KEY_BYTES).toString('base64'),
  };
}
