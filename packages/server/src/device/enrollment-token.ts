/** Enrolment tokens: their text, what is kept of it, and what an admin may ask for. */
import { NO_DATE } from '@open-remote-help/protocol';
import { instantOf } from '../access/identity-model.ts';
import { type Instant, toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Values, Write } from '../store/store.ts';
import { enrollmentTokenSecrets } from './device-model.ts';
import { newSecret, secretHash } from './secret-hash.ts';

const PREFIX = 'orh_enroll_';
const TEXT = new RegExp(`^${PREFIX}([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{43})$`);
const A_DAY_MS = 24 * 60 * 60_000;
const LONGEST_MS = 366 * A_DAY_MS;
const MOST_USES = 10_000;

/** A token's text taken apart. */
export interface TokenParts {
  readonly tokenId: string;
  readonly secret: string;
}

/** A new text for a token: scanners for leaked secrets know it by its beginning. */
export function newTokenText(tokenId: string): string {
  const id = Buffer.from(tokenId.replaceAll('-', ''), 'hex').toString('base64url');
  return `${PREFIX}${id}${newSecret()}`;
}

/** Undefined for what no server of ours ever made. */
export function tokenPartsOf(text: string): TokenParts | undefined {
  const [, id, secret] = TEXT.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const hex = Buffer.from(id, 'base64url').toString('hex');
  return { tokenId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), secret };
}

/** The text of a new token, and the row by which it is known again, for the unit that creates the token. */
export function newTokenSecret(tenantId: string, tokenId: string): { readonly text: string; readonly write: Write } {
  const text = newTokenText(tokenId);
  const values = { secretHash: secretHash(tokenPartsOf(text)?.secret ?? '') };
  return { text, write: { kind: 'insert', set: enrollmentTokenSecrets, tenantId, id: tokenId, values } };
}

/**
 * What a new token is created with.
 * @throws DomainError `badRequest` for an expiry or a number of uses that can't be
 */
export function newTokenValues(sent: Values, now: Instant): Values {
  const expirationDateTime =
    sent.expirationDateTime === NO_DATE ? toIsoText(now + A_DAY_MS) : String(sent.expirationDateTime);
  const livesMs = instantOf(expirationDateTime) - now;
  if (livesMs <= 0 || livesMs > LONGEST_MS) throw refused('expirationDateTime', 'must lie in the next 366 days');
  const maxUses = Number(sent.maxUses);
  if (maxUses < 1 || maxUses > MOST_USES) throw refused('maxUses', `must be from 1 to ${MOST_USES}`);
  if (sent.managedDeviceId !== null && maxUses !== 1) {
    throw refused('maxUses', 'must be 1 for a token that names a managed device');
  }
  return { ...sent, expirationDateTime, createdDateTime: toIsoText(now) };
}

function refused(target: string, what: string): DomainError {
  return new DomainError('badRequest', `${target} ${what}.`, { target });
}
