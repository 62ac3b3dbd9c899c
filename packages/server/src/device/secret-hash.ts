/** Secrets of 32 random bytes, kept as their SHA-256: nothing slower is needed where nothing can be guessed. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** base64url. */
export function secretHash(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Takes as long whether they are equal or not. */
export function isHashOf(kept: string | null, secret: string): boolean {
  const given = Buffer.from(secretHash(secret));
  const expected = Buffer.from(kept ?? '');
  return expected.length === given.length && timingSafeEqual(expected, given);
}
