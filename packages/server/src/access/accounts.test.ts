import { auditEvents } from '@open-remote-help/protocol';
import { memoryIdentity } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { addUser, findUser, listUsers, removeUser, scopesOf, setDisabled, setPassword } from './accounts.ts';
import { ensureFirstAdmin, openFirstAdmin } from './first-admin.ts';
import { insertOf, oidcArtifacts } from './identity-model.ts';
import { KNOWN_PERMISSIONS } from './known-permissions.ts';
import { openTenant, type Tenant } from './tenants.ts';

let at: Awaited<ReturnType<typeof memoryIdentity>>;
let tenant: Tenant;
let tenantId: string;

beforeEach(async () => {
  at = await memoryIdentity();
  tenant = await openTenant(at);
  tenantId = tenant.id;
});

async function audit(): Promise<string[]> {
  const { entities } = await at.store.query({ set: auditEvents, tenantId, top: 100 });
  return entities.map(({ values }) => String(values.activityType)).sort();
}

/** As if the account were signed in. */
async function signedIn(accountId: string): Promise<() => Promise<boolean>> {
  const values = {
    model: 'RefreshToken',
    payload: '{}',
    uid: null,
    userCode: null,
    grantId: null,
    accountId,
    clientId: null,
    expiresDateTime: '2030-01-01T00:00:00Z',
    consumedDateTime: '0001-01-01T00:00:00Z',
  };
  const insert = insertOf(oidcArtifacts, tenantId, accountId, values);
  await at.store.transact({ reads: [], decide: () => ({ writes: [insert], value: undefined }) });
  return async () => (await at.store.get({ set: oidcArtifacts, tenantId, id: accountId })) !== undefined;
}

describe('accounts', () => {
  it('are made with a generated password that must be changed, recorded without it', async () => {
    const { user, password } = await addUser(at, { tenantId, userPrincipalName: 'Adele@Contoso.com' });
    expect(user).toMatchObject({ userPrincipalName: 'adele@contoso.com', mustChangePassword: true, isAdmin: false });
    expect(password).toMatch(/^\w{5}-/);
    expect(user).not.toHaveProperty('passwordHash');
    expect(at.store.dump()).not.toContain(password);
    expect(at.store.dump()).not.toContain('scrypt$');
    expect(await audit()).toEqual(['createTenant', 'createUser']);
  });

  it('hold read permissions unless told otherwise; an admin all', async () => {
    const { user } = await addUser(at, { tenantId, userPrincipalName: 'a@b', password: 'long enough pw' });
    expect(user.mustChangePassword).toBe(false);
    expect(scopesOf(user).length).toBeGreaterThan(3);
    expect(scopesOf(user).every((scope) => scope.endsWith('.Read.All'))).toBe(true);
    expect(scopesOf({ ...user, isAdmin: true })).toBe(KNOWN_PERMISSIONS);
  });

  it('are found by name in any case or by id, in their own tenant', async () => {
    const { user } = await addUser(at, { tenantId, userPrincipalName: 'a@b', password: 'long enough pw' });
    expect(await findUser(at.store, { tenantId, nameOrId: 'A@B' })).toEqual(user);
    expect(await findUser(at.store, { tenantId, nameOrId: user.id.toUpperCase() })).toEqual(user);
    const other = await openTenant(at, 'other');
    expect(await findUser(at.store, { tenantId: other.id, nameOrId: 'a@b' })).toBeUndefined();
    expect(await listUsers(at.store, other.id)).toEqual([]);
  });

  it.each([
    [{ userPrincipalName: 'adele' }, 'userPrincipalName'],
    [{ userPrincipalName: 'a b@c' }, 'userPrincipalName'],
    [{ userPrincipalName: 'a@b', password: 'short' }, 'password'],
    [{ userPrincipalName: 'a@b', allowedScopes: ['A B'] }, 'scope'],
  ])('are refused: %j', async (given, target) => {
    await expect(addUser(at, { tenantId, ...given })).rejects.toMatchObject({ code: 'badRequest', target });
  });

  it('have names that are taken once', async () => {
    await addUser(at, { tenantId, userPrincipalName: 'a@b', password: 'long enough pw' });
    const again = addUser(at, { tenantId, userPrincipalName: 'A@b', password: 'long enough pw' });
    await expect(again).rejects.toMatchObject({ code: 'conflict', target: 'userPrincipalName' });
    expect(await listUsers(at.store, tenantId)).toHaveLength(1);
  });

  it.each([
    ['setPassword', (id: string) => setPassword(at, { tenantId, nameOrId: id, password: 'another good one' })],
    ['disableUser', (id: string) => setDisabled(at, { tenantId, nameOrId: id, isDisabled: true })],
    ['deleteUser', (id: string) => removeUser(at, { tenantId, nameOrId: id })],
  ])('are signed out everywhere by %s, which is recorded', async (activityType, act) => {
    const { user } = await addUser(at, { tenantId, userPrincipalName: 'a@b', password: 'long enough pw' });
    const isSignedIn = await signedIn(user.id);
    expect(await isSignedIn()).toBe(true);
    await act(user.id);
    expect(await isSignedIn()).toBe(false);
    expect(await audit()).toContain(activityType);
  });

  it('that are not there are not found', async () => {
    const name = { tenantId, nameOrId: 'nobody@x' };
    const notFound = { code: 'notFound' };
    await expect(setPassword(at, name)).rejects.toMatchObject(notFound);
    await expect(setDisabled(at, { ...name, isDisabled: true })).rejects.toMatchObject(notFound);
    await expect(removeUser(at, name)).rejects.toMatchObject(notFound);
  });
});

describe('the first admin', () => {
  it('is always the same one', async () => {
    const made = await Promise.all([openFirstAdmin(at, tenantId), openFirstAdmin(at, tenantId)]);
    expect(made.map(({ id }) => id)).toEqual([tenant.firstAdminId, tenant.firstAdminId]);
    await removeUser(at, { tenantId, nameOrId: tenant.firstAdminId });
    expect((await openFirstAdmin(at, tenantId)).id).toBe(tenant.firstAdminId);
  });

  // ID-22
  it('gets a password that is shown once, though two servers start at once', async () => {
    await openFirstAdmin(at, tenantId);
    const shown = await Promise.all([ensureFirstAdmin(at, tenantId), ensureFirstAdmin(at, tenantId)]);
    expect(shown.filter((password) => password !== undefined)).toEqual([
      { userPrincipalName: 'admin@localhost', password: expect.stringMatching(/^\w{5}-/) },
    ]);
    expect(await ensureFirstAdmin(at, tenantId)).toBeUndefined();
    expect(await findUser(at.store, { tenantId, nameOrId: 'admin@localhost' })).toMatchObject({
      mustChangePassword: true,
      isAdmin: true,
    });
  });
});
