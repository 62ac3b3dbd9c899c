/** Local accounts of the embedded issuer. */
import { randomUUID } from 'node:crypto';
import { isGuid } from '@open-remote-help/protocol';
import { toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { recheckWrite } from '../session/recheck.ts';
import type { EntityKey, Store, StoredEntity, Values } from '../store/store.ts';
import { accountAudit, type Origin } from './account-audit.ts';
import { type Identity, insertOf, secondFactors, user, users, type ValuesOf, valuesOf } from './identity-model.ts';
import { isPermissionName, KNOWN_PERMISSIONS } from './known-permissions.ts';
import { revokeArtifacts } from './oidc-artifacts.ts';
import { assertPasswordFits, generatePassword, hashPassword } from './passwords.ts';
import { isConflict } from './tenants.ts';
import { revocationWrite } from './token-revocations.ts';

/** An account, without its password. */
export interface User extends Omit<ValuesOf<typeof user>, 'passwordHash'> {
  /** The `oid` of its tokens. */
  readonly id: string;
}

/** What makes an account. */
export interface NewUser {
  readonly tenantId: string;
  readonly userPrincipalName: string;
  readonly displayName?: string;
  readonly mail?: string;
  readonly isAdmin?: boolean;
  /** Delegated permissions that its tokens may carry; those that only read when left out. An admin may hold all. */
  readonly allowedScopes?: readonly string[];
  /** Generated when left out. */
  readonly password?: string;
}

/** Names an account by its `oid` or user principal name. */
export interface UserName {
  readonly tenantId: string;
  readonly nameOrId: string;
}

type Accounts = Pick<Identity, 'store' | 'clock'>;

const MOST_USERS = 10_000;
const USER_PRINCIPAL_NAME = /^[^\s@]{1,100}@[^\s@]{1,150}$/;
const READING = KNOWN_PERMISSIONS.filter((permission) => permission.endsWith('.Read.All'));

/** The delegated permissions that tokens for a user may carry. */
export function scopesOf({ isAdmin, allowedScopes }: User): readonly string[] {
  return isAdmin ? KNOWN_PERMISSIONS : allowedScopes;
}

/** The account of that name, if there is one. */
export async function findUser(store: Store, name: UserName): Promise<User | undefined> {
  const row = await store.get(userKey(name));
  return row && userOf(row);
}

/** All accounts of a tenant, in the order of their names. */
export async function listUsers(store: Store, tenantId: string): Promise<User[]> {
  const { entities } = await store.query({ set: users, tenantId, top: MOST_USERS });
  return entities.map(userOf).sort((a, b) => (a.userPrincipalName < b.userPrincipalName ? -1 : 1));
}

/**
 * Makes an account. A generated password must be changed at the first sign-in.
 * @returns the account, and the password if it was generated: nothing can show it again
 * @throws DomainError `badRequest`, or `conflict` when the name is taken
 */
export async function addUser(
  identity: Accounts,
  given: NewUser,
  origin?: Origin,
): Promise<{ user: User; password: string | undefined }> {
  const password = given.password ?? generatePassword();
  assertPasswordFits(password);
  const values: ValuesOf<typeof user> = {
    userPrincipalName: assertName(given.userPrincipalName),
    displayName: given.displayName ?? given.userPrincipalName,
    mail: given.mail ?? null,
    passwordHash: await hashPassword(password),
    mustChangePassword: given.password === undefined,
    isAdmin: given.isAdmin ?? false,
    isDisabled: false,
    allowedScopes: assertScopes(given.allowedScopes ?? READING),
    createdDateTime: toIsoText(identity.clock.now()),
  };
  const created = await insertUser(identity, given.tenantId, randomUUID(), values, origin);
  return { user: created, password: given.password === undefined ? password : undefined };
}

/** Keeps a new account, with its record. @throws DomainError `conflict` */
export async function insertUser(
  { store, clock }: Accounts,
  tenantId: string,
  id: string,
  values: ValuesOf<typeof user>,
  origin?: Origin,
): Promise<User> {
  const record = accountAudit({
    tenantId,
    now: clock.now(),
    operationType: 'Create',
    activityType: 'createUser',
    activity: 'Create user',
    set: users,
    id,
    displayName: values.userPrincipalName,
    changes: values,
    origin,
  });
  const insert = insertOf(users, tenantId, id, values);
  try {
    await store.transact({ reads: [], decide: () => ({ writes: [insert, record], value: undefined }) });
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw new DomainError('conflict', `There is a user ${values.userPrincipalName} already.`, {
      target: 'userPrincipalName',
    });
  }
  return userOf({ id, version: 1, values });
}

/**
 * Sets a password, generating one when none is given; signs the user out everywhere.
 * @returns the password if it was generated; it must be changed at the next sign-in
 * @throws DomainError `badRequest` or `notFound`
 */
export async function setPassword(
  identity: Accounts,
  { password, ...name }: UserName & { readonly password?: string },
  origin?: Origin,
): Promise<string | undefined> {
  const chosen = password ?? generatePassword();
  assertPasswordFits(chosen);
  const changes = { passwordHash: await hashPassword(chosen), mustChangePassword: password === undefined };
  await changeUser(identity, { ...name, changes, activityType: 'setPassword', activity: 'Set password' }, origin);
  return password === undefined ? chosen : undefined;
}

/** Lets an account sign in or not; signs it out everywhere. @throws DomainError `notFound` */
export async function setDisabled(
  identity: Accounts,
  { isDisabled, ...name }: UserName & { readonly isDisabled: boolean },
  origin?: Origin,
): Promise<void> {
  const change = isDisabled
    ? { activityType: 'disableUser', activity: 'Disable user' }
    : { activityType: 'enableUser', activity: 'Enable user' };
  await changeUser(identity, { ...name, ...change, changes: { isDisabled } }, origin);
}

/** A change of an account, and what the audit log calls it. */
export interface UserChange extends UserName {
  readonly changes: Values;
  readonly activityType: string;
  readonly activity: string;
  /** Change nothing unless this is still the version. */
  readonly version?: number;
}

/**
 * Changes an account, with its record, and signs the user out everywhere.
 * @returns false when the version is another by now
 * @throws DomainError `notFound`
 */
export async function changeUser(
  { store, clock }: Accounts,
  { tenantId, nameOrId, changes, activityType, activity, version }: UserChange,
  origin?: Origin,
): Promise<boolean> {
  const now = clock.now();
  const id = await store.transact({
    reads: [userKey({ tenantId, nameOrId })],
    decide: ([before]) => {
      if (!before) throw noUser(nameOrId);
      if (version !== undefined && version !== before.version) return { writes: [], value: undefined };
      const record = accountAudit({
        tenantId,
        now,
        operationType: 'Update',
        activityType,
        activity,
        set: users,
        id: before.id,
        displayName: String(before.values.userPrincipalName),
        before: before.values,
        changes,
        origin,
      });
      // The rights of its person may go with it, and sessions that stand on them (SES-11).
      const isGround = 'isDisabled' in changes || 'isAdmin' in changes;
      return {
        writes: [
          { kind: 'update', set: users, tenantId, before, changes },
          record,
          ...(isGround ? [recheckWrite(tenantId, now)] : []),
          ...(changes.isDisabled === true ? [revocationWrite(before.id, now)] : []),
        ],
        value: before.id,
      };
    },
  });
  if (id !== undefined) await revokeArtifacts(store, tenantId, { link: 'accountId', value: id });
  return id !== undefined;
}

/** Removes an account; signs the user out everywhere. @throws DomainError `notFound` */
export async function removeUser(
  { store, clock }: Accounts,
  { tenantId, nameOrId }: UserName,
  origin?: Origin,
): Promise<void> {
  const now = clock.now();
  const removed = await store.transact({
    reads: [userKey({ tenantId, nameOrId })],
    decide: ([before]) => {
      if (!before) throw noUser(nameOrId);
      const { id } = before;
      const record = accountAudit({
        tenantId,
        now,
        operationType: 'Delete',
        activityType: 'deleteUser',
        activity: 'Delete user',
        set: users,
        id,
        displayName: String(before.values.userPrincipalName),
        origin,
      });
      return {
        writes: [
          { kind: 'delete', set: users, tenantId, id },
          { kind: 'delete', set: secondFactors, tenantId, id },
          record,
          recheckWrite(tenantId, now),
          revocationWrite(id, now),
        ],
        value: id,
      };
    },
  });
  await revokeArtifacts(store, tenantId, { link: 'accountId', value: removed });
}

/** Where the store keeps the account of that name. */
export function userKey({ tenantId, nameOrId }: UserName): EntityKey {
  return isGuid(nameOrId)
    ? { set: users, tenantId, id: nameOrId.toLowerCase() }
    : { set: users, tenantId, alternateKey: 'userPrincipalName', value: nameOrId.toLowerCase() };
}

/** The account in a row, without its password. */
export function userOf(row: StoredEntity): User {
  const { passwordHash: _, ...values } = valuesOf(user, row);
  return { id: row.id, ...values };
}

/** The refusal of a name that nobody has. */
export function noUser(nameOrId: string): DomainError {
  return new DomainError('notFound', `There is no user ${nameOrId}.`);
}

function assertName(name: string): string {
  if (!USER_PRINCIPAL_NAME.test(name)) {
    throw new DomainError('badRequest', 'A user is named like name@example.org.', { target: 'userPrincipalName' });
  }
  return name.toLowerCase();
}

function assertScopes(scopes: readonly string[]): readonly string[] {
  const odd = scopes.find((scope) => !isPermissionName(scope));
  if (odd === undefined) return scopes;
  throw new DomainError('badRequest', `${JSON.stringify(odd)} is no name of a permission.`, { target: 'scope' });
}
