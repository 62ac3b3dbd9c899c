/** The body with which a device enrols, checked member by member. */
import { hash } from 'node:crypto';
import {
  type DeviceFacts,
  deviceAudience,
  ENROLLMENT_PROOF_TYPE,
  type EnrollmentRequest,
} from '@open-remote-help/protocol';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { DomainError } from '../errors.ts';
import { readPublicKey, verifiedPayload } from './device-key.ts';
import { DeviceRefusal } from './device-refusal.ts';

const FACTS = [
  'deviceName',
  'operatingSystem',
  'osVersion',
  'manufacturer',
  'model',
  'serialNumber',
  'userPrincipalName',
] as const satisfies readonly (keyof DeviceFacts)[];
const MEMBERS: readonly string[] = [...FACTS, 'token', 'publicKey', 'proof'];
const LONGEST_FACT = 256;
const LONGEST_TEXT = 2_048;

/** @throws DomainError `badRequest` naming the member */
export function readEnrollmentRequest(body: unknown): EnrollmentRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new DomainError('badRequest', 'The body must be a JSON object.');
  }
  const sent = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(sent).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw refused(unknown.toWellFormed().slice(0, 80), 'is not known');
  const facts = FACTS.filter((name) => name === 'deviceName' || (sent[name] ?? null) !== null).map((name) => [
    name,
    readText(sent, name, LONGEST_FACT),
  ]);
  return {
    token: readText(sent, 'token', LONGEST_TEXT),
    publicKey: readPublicKey(sent.publicKey),
    proof: readText(sent, 'proof', LONGEST_TEXT),
    ...(Object.fromEntries(facts) as unknown as DeviceFacts),
  };
}

function readText(sent: Readonly<Record<string, unknown>>, name: string, longest: number): string {
  const value = sent[name];
  if (typeof value !== 'string' || value === '') throw refused(name, 'must be a text');
  if (value.length > longest) throw refused(name, `is longer than ${longest} characters`);
  if (!value.isWellFormed() || value.includes('\0')) throw refused(name, 'holds a character that cannot be kept');
  return value;
}

/**
 * Checks that whoever sends the request holds the private key, and made the proof for this token and tenant.
 * @throws DeviceRefusal
 */
export async function assertPossession(
  { token, publicKey, proof }: EnrollmentRequest,
  tenantId: string,
): Promise<void> {
  const payload = typeOf(proof) === ENROLLMENT_PROOF_TYPE ? await verifiedPayload(proof, publicKey) : undefined;
  const { aud, token_hash: tokenHash } = Object(payload) as Readonly<Record<string, unknown>>;
  if (aud !== deviceAudience(tenantId) || tokenHash !== hash('sha256', token, 'base64url')) {
    throw new DeviceRefusal('proof');
  }
}

function typeOf(jws: string): string | undefined {
  try {
    return decodeProtectedHeader(jws).typ;
  } catch {
    return undefined;
  }
}

function refused(target: string, what: string): DomainError {
  return new DomainError('badRequest', `${target} ${what}.`, { target });
}
