import { auditEvents } from '@open-remote-help/protocol';
import { memoryIdentity } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { addUser, setDisabled } from './accounts.ts';
import { KeyRing } from './key-ring.ts';
import { CONSOLE_CLIENT, type MintRequest, mintToken } from './mint-token.ts';
import { INTUNE_ADMINISTRATOR } from './rights.ts';
import { lookUpTenant, openTenant } from './tenants.ts';
import { JwtVerifier } from './token-verifier.ts';

const publicUrl = 'https://help.example';

let at: Awaited<ReturnType<typeof memoryIdentity>>;
let verifier: JwtVerifier;
beforeEach(async () => {
  at = await memoryIdentity();
  verifier = new JwtVerifier({ ...at, publicUrl });
});

function mint(request: Omit<MintRequest, 'publicUrl'>): Promise<string> {
  return mintToken(at, { publicUrl, ...request });
}

describe('mintToken', () => {
  // ID-20, ID-21
  it('speaks for the first admin, always the same one, with the scopes asked for', async () => {
    const caller = await verifier.verify(await mint({ scopes: ['A.Read.All', 'B.ReadWrite.All'] }));
    const tenant = await lookUpTenant(at.store);
    expect(caller).toMatchObject({
      tenantId: tenant?.id,
      objectId: tenant?.firstAdminId,
      kind: 'delegated',
      permissions: new Set(['A.Read.All', 'B.ReadWrite.All']),
      directoryRoles: [INTUNE_ADMINISTRATOR],
      userPrincipalName: 'admin@localhost',
      applicationId: CONSOLE_CLIENT,
      expiresAt: at.clock.now() + 3_600_000,
    });
    expect((await verifier.verify(await mint({ scopes: ['C'] }))).objectId).toBe(caller.objectId);
  });

  // ID-20
  it('speaks for an application with roles', async () => {
    const caller = await verifier.verify(await mint({ roles: ['A.Read.All'], expiresInSeconds: 60 }));
    expect(caller).toMatchObject({
      kind: 'application',
      permissions: new Set(['A.Read.All']),
      directoryRoles: [],
      expiresAt: at.clock.now() + 60_000,
    });
  });

  it('makes the tenant that is named', async () => {
    const caller = await verifier.verify(await mint({ scopes: ['A'], tenant: 'contoso' }));
    expect(caller.tenantId).toBe((await lookUpTenant(at.store, 'contoso'))?.id);
    expect(await lookUpTenant(at.store)).toBeUndefined();
  });

  // ID-27
  it('speaks for another user only with what that account may hold', async () => {
    const { id: tenantId } = await openTenant(at);
    const allowedScopes = ['A.Read.All'];
    const { user } = await addUser(at, {
      tenantId,
      userPrincipalName: 'a@b',
      password: 'long enough pw',
      allowedScopes,
    });
    const caller = await verifier.verify(await mint({ scopes: ['A.Read.All'], user: 'a@b' }));
    expect(caller).toMatchObject({ objectId: user.id, directoryRoles: [] });
    await expect(mint({ scopes: ['A.Read.All', 'B'], user: 'a@b' })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'a@b may not hold B, but: A.Read.All',
    });
    await setDisabled(at, { tenantId, nameOrId: user.id, isDisabled: true });
    await expect(mint({ scopes: ['A.Read.All'], user: user.id })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(mint({ scopes: ['A'], user: 'nobody@b' })).rejects.toMatchObject({ code: 'notFound' });
  });

  it.each<Omit<MintRequest, 'publicUrl'>>([
    {},
    { scopes: ['A'], roles: ['A'] },
    { roles: ['A'], user: 'a@b' },
    { scopes: ['A B'] },
    { scopes: ['"'] },
    { scopes: ['A'], expiresInSeconds: 0 },
    { scopes: ['A'], expiresInSeconds: 1.5 },
    { scopes: ['A'], expiresInSeconds: 1e9 },
  ])('refuses %j', async (request) => {
    await expect(mint(request)).rejects.toMatchObject({ code: 'badRequest' });
  });

  // ID-28
  it('records each minting, without the token', async () => {
    const token = await mint({ scopes: ['A.Read.All'] });
    const { id: tenantId } = await openTenant(at);
    const { entities } = await at.store.query({ set: auditEvents, tenantId, top: 10 });
    const record = entities.find(({ values }) => values.activityType === 'issueToken');
    expect(record?.values).toMatchObject({
      activityOperationType: 'Action',
      category: 'SignIn',
      actor: { userPrincipalName: 'admin@localhost', applicationId: CONSOLE_CLIENT },
      resources: [{ modifiedProperties: [{ displayName: 'scp', newValue: 'A.Read.All' }, { newValue: '3600' }] }],
    });
    expect(at.store.dump()).not.toContain(token.split('.')[2]);
  });

  it('signs from another process with the newest key, and the server takes it', async () => {
    const { store, clock } = at;
    await verifier.verify(await mint({ scopes: ['A'] }));
    const command = await reopened();
    await command.rotate({ kinds: ['signing'] });
    const token = await mintToken({ store, clock, keyRing: command }, { publicUrl, scopes: ['A'] });
    expect((await verifier.verify(token)).kind).toBe('delegated');
  });

  /** A second ring on the same store, as a command has. */
  async function reopened(): Promise<KeyRing> {
    return KeyRing.open({ store: at.store, clock: at.clock, masterKey: at.masterKey });
  }
});
