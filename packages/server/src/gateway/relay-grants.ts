/** Grants of relays: secrets that are good once and shortly. Only their hashes are kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../clock.ts';

/** From when it is given out. */
export const GRANT_MS = 30_000;

const SECRET_BYTES = 32;
const TEXT = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** A grant as it is kept. */
export interface KeptGrant {
  readonly hash: Buffer;
  readonly until: Instant;
}

/** What a grant's text holds. */
export interface ShownGrant {
  readonly relayId: string;
  readonly hash: Buffer;
}

/** 128 bits, base64url: names a relay, and is no secret. */
export function newRelayId(): string {
  return randomBytes(16).toString('base64url');
}

/** @returns the text for who may enter, and what is kept of it */
export function newGrant(relayId: string, now: Instant): { readonly text: string; readonly kept: KeptGrant } {
  const secret = randomBytes(SECRET_BYTES);
  const kept = { hash: hashOf(secret), until: now + GRANT_MS };
  return { text: `${relayId}.${secret.toString('base64url')}`, kept };
}

/** Undefined for what is no grant. */
export function readGrant(text: string): ShownGrant | undefined {
  const [, relayId, secret] = TEXT.exec(text) ?? [];
  if (relayId === undefined || secret === undefined) return undefined;
  return { relayId, hash: hashOf(Buffer.from(secret, 'base64url')) };
}

export function isSameGrant(kept: KeptGrant, { hash }: ShownGrant): boolean {
  return timingSafeEqual(kept.hash, hash);
}

function hashOf(secret: Buffer): Buffer {
  return createHash('sha256').update(secret).digest();
}
