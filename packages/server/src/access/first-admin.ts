/** The first admin of a tenant: always the same `oid`, with a generated password that is shown once. */
import { toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { changeUser, findUser, insertUser, type User, userKey } from './accounts.ts';
import type { Identity, user, ValuesOf } from './identity-model.ts';
import { generatePassword, hashPassword } from './passwords.ts';
import { findTenant, isConflict } from './tenants.ts';

const USER_PRINCIPAL_NAME = 'admin@localhost';

/**
 * The first admin; made when there is none, without a password.
 * @throws DomainError `notFound` when the tenant is unknown
 */
export async function openFirstAdmin(at: Pick<Identity, 'store' | 'clock'>, tenantId: string): Promise<User> {
  const tenant = await findTenant(at.store, tenantId);
  if (!tenant) throw new DomainError('notFound', 'There is no such tenant.');
  const name = { tenantId, nameOrId: tenant.firstAdminId };
  const known = await findUser(at.store, name);
  if (known) return known;
  const values: ValuesOf<typeof user> = {
    userPrincipalName: USER_PRINCIPAL_NAME,
    displayName: 'First admin',
    mail: null,
    passwordHash: '',
    mustChangePassword: true,
    isAdmin: true,
    isDisabled: false,
    allowedScopes: [],
    createdDateTime: toIsoText(at.clock.now()),
  };
  try {
    return await insertUser(at, tenantId, tenant.firstAdminId, values);
  } catch (error) {
    const winner = isConflict(error) ? await findUser(at.store, name) : undefined;
    if (winner) return winner;
    throw error;
  }
}

/**
 * Sees to it that the first admin of a tenant can sign in.
 * @returns name and generated password the first time, undefined ever after: who calls shows it once
 */
export async function ensureFirstAdmin(
  identity: Identity,
  tenantId: string,
): Promise<{ userPrincipalName: string; password: string } | undefined> {
  const { id, userPrincipalName } = await openFirstAdmin(identity, tenantId);
  const name = { tenantId, nameOrId: id };
  const row = await identity.store.get(userKey(name));
  if (!row || (await identity.keyRing.reveal(row.values.passwordHash)) !== '') return undefined;
  const password = generatePassword();
  // Of two servers that start at once only one changes this version, and shows the password that counts.
  const isOurs = await changeUser(identity, {
    ...name,
    changes: { passwordHash: await hashPassword(password), mustChangePassword: true },
    activityType: 'setPassword',
    activity: 'Set password',
    version: row.version,
  });
  return isOurs ? { userPrincipalName, password } : undefined;
}

/** Takes back a generated password that could not be shown, so that the next start makes another. */
export async function forgetFirstPassword(identity: Identity, tenantId: string): Promise<void> {
  const { id: nameOrId } = await openFirstAdmin(identity, tenantId);
  const changes = { passwordHash: '', mustChangePassword: true };
  await changeUser(identity, { tenantId, nameOrId, changes, activityType: 'setPassword', activity: 'Set password' });
}
