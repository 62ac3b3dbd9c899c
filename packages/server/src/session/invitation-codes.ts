/** Codes of invitations as rows: made, hashed, found again. */
import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import { CODE_LENGTH, invitationCodeOf } from '@open-remote-help/protocol';
import { insertOf, SYSTEM_TENANT, valuesOf } from '../access/identity-model.ts';
import { type Instant, toIsoText } from '../clock.ts';
import type { EntityKey, StoredEntity, Write } from '../store/store.ts';
import { invitationCode, invitationCodes } from './invitation-model.ts';
import type { Person } from './session.ts';

/** Whose code it is, and where he reaches this service. */
export interface CodeHolder {
  readonly tenantId: string;
  readonly invitationId: string;
  readonly helper: Person;
  /** Scheme and host. */
  readonly origin: string;
}

/** Newest first. */
export type CodeKeys = readonly [KeyObject, ...KeyObject[]];

/** A fresh code, and the row by which it is known again, for the unit that makes the invitation. */
export function newInvitationCode(
  holder: CodeHolder,
  [key]: CodeKeys,
  expiresAt: Instant,
): { readonly code: string; readonly write: Write } {
  const code = invitationCodeOf(randomBytes(CODE_LENGTH));
  const { helper, ...rest } = holder;
  const values = { ...rest, helper: JSON.stringify(helper), expiresDateTime: toIsoText(expiresAt) };
  return { code, write: insertOf(invitationCodes, SYSTEM_TENANT, hashOf(code, key), values) };
}

/** Where a code is kept if it was given out, under each of the keys: as many as there may be, whatever is found. */
export function codeKeysOf(code: string, [newest, previous = newest]: CodeKeys): readonly [EntityKey, EntityKey] {
  const at = (key: KeyObject): EntityKey => ({ set: invitationCodes, tenantId: SYSTEM_TENANT, id: hashOf(code, key) });
  return [at(newest), at(previous)];
}

export function holderIn(row: StoredEntity): CodeHolder {
  const { tenantId, invitationId, helper, origin } = valuesOf(invitationCode, row);
  return { tenantId, invitationId, helper: JSON.parse(helper) as Person, origin };
}

/** 40 bits are soon searched through: without the key, which is not in the database, a copy of it tells no code. */
function hashOf(code: string, key: KeyObject): string {
  return createHmac('sha256', key).update(code).digest('base64url');
}
