/** Signing in to a local account with a password. */

import { DomainError } from '../errors.ts';
import type { StoredEntity } from '../store/store.ts';
import { changeUser, type User, userKey, userOf } from './accounts.ts';
import type { Identity } from './identity-model.ts';
import { assertPasswordFits, hashPassword, passwordMatches } from './passwords.ts';
import { forgiveAttempt, takeAttempt } from './sign-in-throttle.ts';

export type SignIn =
  | { readonly kind: 'signedIn'; readonly user: User }
  /** Wrong name or password, or a disabled account: nobody is told which. `userId` is for the record alone. */
  | { readonly kind: 'refused'; readonly userId: string | undefined }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

export interface Credentials {
  readonly tenantId: string;
  readonly userPrincipalName: string;
  readonly password: string;
  /** From `sourceOf`. */
  readonly source: string;
}

/** Checks a password; an unknown name costs the same work and gets the same answer. */
export async function signIn(identity: Identity, credentials: Credentials): Promise<SignIn> {
  const { store, clock } = identity;
  const waitMs = await takeAttempt(store, credentials, clock.now());
  if (waitMs > 0) return { kind: 'throttled', retryAfterSeconds: Math.ceil(waitMs / 1000) };
  const { tenantId, userPrincipalName, password } = credentials;
  const row = userPrincipalName.includes('@')
    ? await store.get(userKey({ tenantId, nameOrId: userPrincipalName }))
    : undefined;
  const isRight = await passwordMatches(password, await passwordHashOf(identity, row));
  if (!row || !isRight || row.values.isDisabled) return { kind: 'refused', userId: row?.id };
  await forgiveAttempt(store, credentials, clock.now());
  return { kind: 'signedIn', user: userOf(row) };
}

/**
 * Replaces the password of someone who has just signed in with the old one; signs out everywhere else.
 * @throws DomainError `badRequest` when the new one does not fit or is the old one; `notFound`
 */
export async function changePassword(
  identity: Identity,
  { tenantId, userId, password }: { tenantId: string; userId: string; password: string },
): Promise<void> {
  assertPasswordFits(password);
  const name = { tenantId, nameOrId: userId };
  const row = await identity.store.get(userKey(name));
  if (await passwordMatches(password, await passwordHashOf(identity, row))) {
    throw new DomainError('badRequest', 'The new password is the old one.', { target: 'password' });
  }
  const changes = { passwordHash: await hashPassword(password), mustChangePassword: false };
  await changeUser(identity, { ...name, changes, activityType: 'changePassword', activity: 'Change password' });
}

async function passwordHashOf({ keyRing }: Identity, row: StoredEntity | undefined): Promise<string | undefined> {
  return row && keyRing.reveal(row.values.passwordHash);
}
