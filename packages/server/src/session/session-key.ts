/** Session keys: what a helper and a device know a session by. Whoever has none cannot find one by trying (SES-1). */
import { randomBytes } from 'node:crypto';
import type { SessionKey } from './session.ts';

const KEY_BYTES = 24;
const PATTERN = /^rh_[A-Za-z0-9_-]{32}$/;

/** A fresh key: 192 random bits in base64url (RFC 4648, 5) behind `rh_`. */
export function newSessionKey(): SessionKey {
  return `rh_${randomBytes(KEY_BYTES).toString('base64url')}` as SessionKey;
}

/**
 * Whether a text has the form of a session key. What has another form names no session, so that records with keys of
 * their own are told apart without asking the store.
 */
export function looksLikeSessionKey(text: unknown): text is SessionKey {
  return typeof text === 'string' && PATTERN.test(text);
}
