/** The body with which a page claims a code, checked member by member. */
import { hash } from 'node:crypto';
import {
  CLAIM_PROOF_TYPE,
  CODE_LENGTH,
  type DevicePublicKey,
  LONGEST_PAGE_NAME,
  readInvitationCode,
  SHARE_AUDIENCE,
} from '@open-remote-help/protocol';
import { toLine } from '@open-remote-help/protocol/events';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { readPublicKey, verifiedPayload } from '../device/device-key.ts';
import { DomainError } from '../errors.ts';

export interface Claim {
  /** As `readInvitationCode` gives it. */
  readonly code: string;
  readonly publicKey: DevicePublicKey;
  readonly pageName: string;
}

const MEMBERS: readonly string[] = ['code', 'publicKey', 'proof', 'deviceName'];
const LONGEST_PROOF = 2_048;
const UNNAMED = 'A browser';

/**
 * Reads a claim, and checks that whoever sends it holds the private key and made the proof for this code.
 * @throws DomainError `badRequest` naming the member
 */
export async function readClaim(body: unknown): Promise<Claim> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new DomainError('badRequest', 'The body must be a JSON object.');
  }
  const sent = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(sent).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw refused(unknown.toWellFormed().slice(0, 80), 'is not known');
  const code = typeof sent.code === 'string' ? readInvitationCode(sent.code) : undefined;
  if (code === undefined) throw refused('code', `must be a code of ${CODE_LENGTH} letters and digits`);
  const publicKey = readPublicKey(sent.publicKey);
  await assertProof(sent.proof, publicKey, code);
  return { code, publicKey, pageName: pageNameIn(sent.deviceName) };
}

function pageNameIn(value: unknown): string {
  if (value === undefined || value === null) return UNNAMED;
  if (typeof value !== 'string') throw refused('deviceName', 'must be a text');
  return toLine(value, LONGEST_PAGE_NAME) || UNNAMED;
}

async function assertProof(proof: unknown, publicKey: DevicePublicKey, code: string): Promise<void> {
  const isFit = typeof proof === 'string' && proof.length <= LONGEST_PROOF && typeOf(proof) === CLAIM_PROOF_TYPE;
  const payload = isFit ? await verifiedPayload(proof, publicKey) : undefined;
  const { aud, code_hash: codeHash } = Object(payload) as Readonly<Record<string, unknown>>;
  if (aud === SHARE_AUDIENCE && codeHash === hash('sha256', code, 'base64url')) return;
  throw refused('proof', 'does not show that the key is yours, for this code');
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
