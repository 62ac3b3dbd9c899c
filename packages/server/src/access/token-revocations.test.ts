import { memoryIdentity } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { accessTokenClaims, signAccessToken } from './access-token.ts';
import { addUser, removeUser, setDisabled, setPassword, type User } from './accounts.ts';
import { addApplication, removeApplication } from './applications.ts';
import { tokenRevocations } from './identity-model.ts';
import { mintToken } from './mint-token.ts';
import { purgeExpired } from './oidc-artifacts.ts';
import { openTenant } from './tenants.ts';
import { revocationWrite, TokenRevocations } from './token-revocations.ts';
import { JwtVerifier } from './token-verifier.ts';

const publicUrl = 'https://help.example';
const scopes = ['DeviceManagementManagedDevices.Read.All'];
const DAY_MS = 24 * 3_600_000;

let at: Awaited<ReturnType<typeof memoryIdentity>>;
let tenantId: string;
let user: User;
let verifier: JwtVerifier;
let queries: number;

beforeEach(async () => {
  at = await memoryIdentity();
  ({ id: tenantId } = await openTenant(at));
  ({ user } = await addUser(at, { tenantId, userPrincipalName: 'a@b', password: 'correct horse battery' }));
  queries = 0;
  const query: typeof at.store.query = (asked) => {
    if (asked.set === tokenRevocations) queries++;
    return at.store.query(asked);
  };
  const store = { ...at, query } as unknown as typeof at.store;
  verifier = new JwtVerifier({ ...at, publicUrl, revocations: new TokenRevocations({ store, clock: at.clock }) });
});

const tokenOf = (nameOrId: string) => mintToken(at, { publicUrl, user: nameOrId, scopes });

// ID-26
describe('an access token', () => {
  it.each([
    ['disabled', () => setDisabled(at, { tenantId, nameOrId: user.id, isDisabled: true })],
    ['removed', () => removeUser(at, { tenantId, nameOrId: 'a@b' })],
  ])('is refused within a second when its account is %s, though it was remembered', async (_what, change) => {
    const [token, others] = [await tokenOf('a@b'), await mintToken(at, { publicUrl, scopes })];
    expect(await verifier.verify(token)).toMatchObject({ objectId: user.id });
    await change();
    at.clock.advanceBy(1_000);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated', reason: 'revoked' });
    expect(verifier.isKnown(token)).toBe(false);
    expect(await verifier.verify(others)).toBeDefined();
  });

  it('stays refused when the account is enabled again, and a new one is good', async () => {
    const token = await tokenOf('a@b');
    for (const isDisabled of [true, false]) await setDisabled(at, { tenantId, nameOrId: 'a@b', isDisabled });
    at.clock.advanceBy(1_000);
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'revoked' });
    expect(await verifier.verify(await tokenOf('a@b'))).toMatchObject({ objectId: user.id });
  });

  it('of an application is refused when that is removed', async () => {
    const roles = ['DeviceManagementManagedDevices.Read.All'];
    const { application } = await addApplication(at, { tenantId, displayName: 'Robot', allowedRoles: roles });
    const { id: clientId, objectId } = application;
    const claims = accessTokenClaims(
      { kind: 'application', objectId, name: 'Robot', roles },
      { publicUrl, tenantId, clientId },
    );
    const token = await signAccessToken(at.keyRing, claims, { id: 'jti', now: at.clock.now(), expiresInSeconds: 60 });
    expect(await verifier.verify(token)).toMatchObject({ objectId, kind: 'application' });
    await removeApplication(at, { tenantId, nameOrId: clientId });
    at.clock.advanceBy(1_000);
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'revoked' });
  });

  it('outlives a new password', async () => {
    const token = await tokenOf('a@b');
    await setPassword(at, { tenantId, nameOrId: 'a@b' });
    at.clock.advanceBy(1_000);
    expect(await verifier.verify(token)).toMatchObject({ objectId: user.id });
  });

  it('that is remembered asks nobody but once a second', async () => {
    const token = await tokenOf('a@b');
    for (let count = 0; count < 100; count++) await verifier.verify(token);
    expect(queries).toBe(1);
    at.clock.advanceBy(1_000);
    await verifier.verify(token);
    expect(queries).toBe(2);
  });
});

describe('revocations', () => {
  it('are found however many there are, and forgotten when all tokens have expired', async () => {
    const writes = Array.from({ length: 2_500 }, (_, index) => revocationWrite(`account-${index}`, at.clock.now()));
    await at.store.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
    const revocations = new TokenRevocations(at);
    await revocations.freshen();
    expect(revocations.isRevoked('account-2499', at.clock.now())).toBe(true);
    expect(revocations.isRevoked('account-2499', at.clock.now() + 1)).toBe(false);
    at.clock.advanceBy(366 * DAY_MS + 1);
    expect(await purgeExpired(at.store, at.clock.now())).toBe(2_500);
  });

  it('of another node are seen though its clock is behind', async () => {
    const revocations = new TokenRevocations(at);
    const write = (id: string, now: number) =>
      at.store.transact({ reads: [], decide: () => ({ writes: [revocationWrite(id, now)], value: undefined }) });
    await write('first', at.clock.now());
    await revocations.freshen();
    await write('second', at.clock.now() - 30_000);
    at.clock.advanceBy(1_000);
    await revocations.freshen();
    expect(revocations.isRevoked('second', at.clock.now() - 60_000)).toBe(true);
  });
});
