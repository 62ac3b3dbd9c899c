/**
 * The records of a live session as Graph's clients see them: what a PATCH may say and what is refused, for whoever serves
 * them. A record whose `sessionKey` names no live session is a plain record, and none of this applies.
 */
import { remoteHelpResponseSets } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import type { StoredEntity, Values } from '../store/store.ts';
import { looksLikeSessionKey } from './session-key.ts';

const EXPIRATION = 'sessionExpirationDateTime';

/** Whether a record may be that of a live session; the store knows. Costs no read, so that plain records pay nothing. */
export function mayBeLive(record: Pick<StoredEntity, 'values'>): boolean {
  return looksLikeSessionKey(record.values.sessionKey);
}

/**
 * What a PATCH of a live lease asks for: a new expiry as text, or nothing. Clients send whole objects: the other
 * properties may come with their present values.
 * @param open reads a value that is sealed
 * @throws DomainError `conflict` with the property as target
 */
export function readLeasePatch(
  record: StoredEntity,
  changes: Values,
  open: (value: unknown) => unknown,
): string | undefined {
  for (const [name, value] of Object.entries(changes)) {
    if (name === EXPIRATION || value === open(record.values[name])) continue;
    throw new DomainError('conflict', `${name} of a live session cannot be changed.`, { target: name });
  }
  const text = changes[EXPIRATION];
  return typeof text === 'string' && text !== record.values[EXPIRATION] ? text : undefined;
}

/** The refusal of a DELETE of any record of a live session. */
export function deletionOfLive(): DomainError {
  return new DomainError('conflict', 'The session is live. End the session; its records go with it.');
}

/**
 * The refusal of a PATCH of a sibling of the lease, if it would change anything.
 * @throws DomainError `conflict` with the property as target
 */
export function refuseSiblingPatch(record: StoredEntity, changes: Values, open: (value: unknown) => unknown): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === open(record.values[name])) continue;
    throw new DomainError('conflict', `The record is read-only while its session is live.`, { target: name });
  }
}

/** Names of the sets whose records tell of a live session; the first is the lease. */
export const LIVE_RECORD_SETS: readonly string[] = remoteHelpResponseSets.map(({ name }) => name);
