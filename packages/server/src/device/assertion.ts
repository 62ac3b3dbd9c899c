/**
 * A device's sign-in assertion (`private_key_jwt`; RFC 7523, 3): what it must say before any key is looked at. Nothing
 * here depends on what is stored, so its refusals may differ without telling which devices there are.
 */
import { type DeviceAssertion, deviceAudience, LONGEST_ASSERTION_S } from '@open-remote-help/protocol';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { decodeJwt } from 'jose/jwt/decode';
import type { Instant } from '../clock.ts';
import { DeviceRefusal } from './device-refusal.ts';

/** An assertion whose signature was not looked at yet. */
export interface ClaimedAssertion {
  readonly deviceId: string;
  readonly jti: string;
  readonly generation: string;
  /** Until when it could be replayed. */
  readonly expiresAt: Instant;
}

/** How far the clocks of device and server may be apart. */
const CLOCK_TOLERANCE_MS = 60_000;
const LARGEST = 4_096;
const LONGEST_TEXT = 256;
const TYPES = [undefined, 'jwt', 'client-authentication+jwt'];

/** @throws DeviceRefusal */
export function readAssertion(jwt: string, tenantId: string, now: Instant): ClaimedAssertion {
  const claims = claimsOf(jwt);
  const deviceId = textOf(claims.iss);
  if (deviceId !== claims.sub) throw new DeviceRefusal('malformed');
  const claimed = { deviceId, jti: textOf(claims.jti), generation: textOf(claims.generation) };
  if (claims.aud !== deviceAudience(tenantId)) throw new DeviceRefusal('audience');
  const issuedAt = instantOf(claims.iat);
  const expiresAt = instantOf(claims.exp);
  if (expiresAt <= issuedAt || expiresAt - issuedAt > LONGEST_ASSERTION_S * 1_000) throw new DeviceRefusal('lifetime');
  const usableUntil = expiresAt + CLOCK_TOLERANCE_MS;
  if (now >= usableUntil || now < issuedAt - CLOCK_TOLERANCE_MS) throw new DeviceRefusal('clock');
  return { ...claimed, expiresAt: usableUntil };
}

type Claims = Readonly<Record<keyof DeviceAssertion, unknown>>;

function claimsOf(jwt: string): Claims {
  const { header, payload } = decode(jwt);
  if (header.alg !== 'ES256') throw new DeviceRefusal('algorithm');
  if (!TYPES.includes(header.typ?.toLowerCase())) throw new DeviceRefusal('malformed');
  return payload as unknown as Claims;
}

function decode(jwt: string) {
  if (jwt.length > LARGEST) throw new DeviceRefusal('malformed');
  try {
    return { header: decodeProtectedHeader(jwt), payload: decodeJwt(jwt) };
  } catch (cause) {
    throw new DeviceRefusal('malformed', undefined, cause);
  }
}

function textOf(value: unknown): string {
  const isFit = typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT && !value.includes('\0');
  if (!isFit || !value.isWellFormed()) throw new DeviceRefusal('malformed');
  return value;
}

/** Epoch milliseconds of a NumericDate (RFC 7519, 2). */
function instantOf(value: unknown): Instant {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new DeviceRefusal('malformed');
  return value * 1_000;
}
