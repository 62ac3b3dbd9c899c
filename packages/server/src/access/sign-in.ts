/** Signing in to a local account with a password. */
import { hash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { StoredEntity } from '../store/store.ts';
import { changeUser, type User, userKey, userOf } from './accounts.ts';
import { userActor } from './audit-record.ts';
import type { Identity } from './identity-model.ts';
import { assertPasswordFits, hashPassword, passwordMatches } from './passwords.ts';
import { type Attempt, forgiveAttempt, takeAttempt } from './sign-in-throttle.ts';

/** How a sign-in ended. */
export type SignIn =
  /** `proof` names the password that was right, for `changePassword`; it does not tell it. */
  | { readonly kind: 'signedIn'; readonly user: User; readonly proof: string }
  /** Wrong name or password, or a disabled account: nobody is told which. `userId` is for the record alone. */
  | { readonly kind: 'refused'; readonly userId: string | undefined }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** What a person typed, and from where. */
export interface Credentials extends Attempt {
  readonly password: string;
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
  const stored = await passwordHashOf(identity, row);
  const isRight = await passwordMatches(password, stored);
  if (!row || !stored || !isRight || row.values.isDisabled) return { kind: 'refused', userId: row?.id };
  await forgiveAttempt(store, credentials, clock.now());
  return { kind: 'signedIn', user: userOf(row), proof: proofOf(stored) };
}

/** The replacement of a password by whoever holds it. */
export interface PasswordChange {
  readonly tenantId: string;
  readonly userId: string;
  /** Of the sign-in with the password that is replaced. */
  readonly proof: string;
  readonly password: string;
  /** Address of whoever changes it. */
  readonly source: string | undefined;
}

/**
 * Replaces the password of someone who has just signed in with the old one; signs out everywhere else.
 * @returns the proof of the new one
 * @throws DomainError `badRequest` when the new one does not fit or is the old one; `conflict` when the one that was
 * proven counts no more
 */
export async function changePassword(
  identity: Identity,
  { tenantId, userId, proof, password, source }: PasswordChange,
): Promise<string> {
  assertPasswordFits(password);
  const name = { tenantId, nameOrId: userId };
  const row = await identity.store.get(userKey(name));
  const stored = await passwordHashOf(identity, row);
  if (!row || !stored || proofOf(stored) !== proof) throw outdated();
  if (await passwordMatches(password, stored)) {
    throw new DomainError('badRequest', 'The new password is the old one.', { target: 'password' });
  }
  const passwordHash = await hashPassword(password);
  const change = {
    ...name,
    changes: { passwordHash, mustChangePassword: false },
    activityType: 'changePassword',
    activity: 'Change password',
    version: row.version,
  };
  if (!(await changeUser(identity, change, { actor: userActor(userOf(row), source) }))) throw outdated();
  return proofOf(passwordHash);
}

/** The account whose password was proven; undefined when it is gone or disabled, or has another password by now. */
export async function findProven(
  identity: Identity,
  { tenantId, userId, proof }: Pick<PasswordChange, 'tenantId' | 'userId' | 'proof'>,
): Promise<User | undefined> {
  const row = await identity.store.get(userKey({ tenantId, nameOrId: userId }));
  const stored = await passwordHashOf(identity, row);
  return row && stored && proofOf(stored) === proof && !row.values.isDisabled ? userOf(row) : undefined;
}

function proofOf(passwordHash: string): string {
  return hash('sha256', passwordHash, 'base64url');
}

function outdated(): DomainError {
  return new DomainError('conflict', 'The password was set anew meanwhile. Sign in with that one.');
}

async function passwordHashOf({ keyRing }: Identity, row: StoredEntity | undefined): Promise<string | undefined> {
  return row && keyRing.reveal(row.values.passwordHash);
}
