/** One-time codes by the clock: TOTP (RFC 6238) over HOTP (RFC 4226), as authenticator apps make them. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../clock.ts';

/** How long a code is shown. */
const STEP_MS = 30_000;
const DIGITS = 6;
/** RFC 4226, 4, R6: 160 bits. */
const SECRET_LENGTH = 20;
/** Steps by which the app's clock may be off, either way (RFC 6238, 5.2). */
const SKEW = 1;
/** RFC 4648, 6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A fresh secret, base64url. */
export function newTotpSecret(): string {
  return randomBytes(SECRET_LENGTH).toString('base64url');
}

/** The number of the step in which an instant lies. */
export function totpStepAt(now: Instant): number {
  return Math.floor(now / STEP_MS);
}

/**
 * The code of a step.
 * @param secret base64url
 */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', Buffer.from(secret, 'base64url')).update(counter).digest();
  const number = mac.readUInt32BE(mac.readUInt8(mac.length - 1) & 0xf) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

/**
 * The step whose code this is: of those around now the earliest after `lastStep`; undefined where none fits. All are
 * compared, in equal time.
 */
export function totpStepOf(secret: string, code: string, now: Instant, lastStep: number): number | undefined {
  const given = Buffer.from(code);
  const present = totpStepAt(now);
  const steps = Array.from({ length: 2 * SKEW + 1 }, (_, index) => present - SKEW + index);
  const fitting = steps.filter((step) => {
    const expected = Buffer.from(totpCode(secret, step));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return fitting.find((step) => step > lastStep);
}

/** A secret as people type it into an app: base32 in groups of four. */
export function totpSecretText(secret: string): string {
  return (base32(Buffer.from(secret, 'base64url')).match(/.{1,4}/g) ?? []).join(' ');
}

/** What an app reads from the QR code: the Key Uri Format that Google Authenticator introduced. */
export function totpUri(secret: string, { issuer, account }: { issuer: string; account: string }): string {
  // A colon parts issuer and account.
  const name = issuer.replaceAll(':', ' ');
  const parameters = Object.entries({
    secret: base32(Buffer.from(secret, 'base64url')),
    issuer: name,
    algorithm: 'SHA1',
    digits: DIGITS,
    period: STEP_MS / 1_000,
  });
  // Apps read %20 as a space, and not all of them the plus sign of forms.
  const query = parameters.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
  return `otpauth://totp/${encodeURIComponent(name)}:${encodeURIComponent(account)}?${query}`;
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text;
}
