/** Enrolment tokens as an admin makes them: what may be asked for, and what is kept. */
import { enrollmentTokenText, NO_DATE } from '@open-remote-help/protocol';
import { instantOf } from '../access/identity-model.ts';
import { type Instant, toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Values, Write } from '../store/store.ts';
import { enrollmentTokenSecrets } from './device-model.ts';
import { newSecret, secretHash } from './secret-hash.ts';

const A_DAY_MS = 24 * 60 * 60_000;
const LONGEST_MS = 366 * A_DAY_MS;
const MOST_USES = 10_000;

/** The text of a new token, and the row by which it is known again, for the unit that creates the token. */
export function newTokenSecret(tenantId: string, tokenId: string): { readonly text: string; readonly write: Write } {
  const secret = newSecret();
  const values = { secretHash: secretHash(secret) };
  return {
    text: enrollmentTokenText({ tenantId, tokenId, secret }),
    write: { kind: 'insert', set: enrollmentTokenSecrets, tenantId, id: tokenId, values },
  };
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
