/** Keys, accounts and artifacts where they really lie: what two servers do at once on one database. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { auditEvents } from '@open-remote-help/protocol';
import { ManualClock, startPostgres, type TestPostgres } from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUser, listUsers, removeUser, setPassword } from '../../src/access/accounts.ts';
import { addApplication, listApplications } from '../../src/access/applications.ts';
import { ensureFirstAdmin } from '../../src/access/first-admin.ts';
import { identitySets, oidcArtifacts, SYSTEM_TENANT, signInThrottles } from '../../src/access/identity-model.ts';
import { mintToken } from '../../src/access/mint-token.ts';
import { purgeExpired } from '../../src/access/oidc-artifacts.ts';
import { signIn } from '../../src/access/sign-in.ts';
import { takeAttempt } from '../../src/access/sign-in-throttle.ts';
import { openTenant, type Tenant } from '../../src/access/tenants.ts';
import { JwtVerifier } from '../../src/access/token-verifier.ts';
import { ArtifactAdapter } from '../../src/issuer/artifact-adapter.ts';
import { sessionSets } from '../../src/session/session-model.ts';
import { changingKeeper, keeperOf, keepers, writing } from '../contracts/contract-sets.ts';
import { type KeyedStore, openKeyedStore } from '../contracts/keyed-store.ts';
import { postgresDatabase, sqliteFile } from '../contracts/places.ts';
import type { Place } from '../contracts/store-contract.ts';

const sets = [auditEvents, ...identitySets, ...sessionSets, keepers];
const publicUrl = 'https://help.example';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

describe.each<[string, () => Promise<Place>]>([
  ['SQLite', sqliteFile],
  ['PostgreSQL', () => postgresDatabase(postgres)],
])('identity on %s', (_name, create) => {
  const clock = new ManualClock();
  const masterKey = createSecretKey(randomBytes(32));
  let place: Place;
  let servers: KeyedStore[];
  let tenant: Tenant;

  beforeAll(async () => {
    place = await create();
    const first = await start();
    servers = await Promise.all([first, start()]);
    tenant = await openTenant(only());
  });
  afterAll(async () => {
    for (const { store } of servers ?? []) await store.close();
    await place?.remove();
  });

  const start = () => openKeyedStore(place, sets, { clock, masterKey });

  function only(): KeyedStore {
    const [server] = servers;
    if (!server) throw new Error('no server');
    return server;
  }

  it('gives all servers one set of keys, and each what another rotates in', async () => {
    const [one, two] = servers;
    expect(one?.keyRing.jwks()).toEqual(two?.keyRing.jwks());
    await Promise.all(servers.map(({ keyRing }) => keyRing.rotate({ kinds: ['signing', 'data', 'cookie'] })));
    await Promise.all(servers.map(({ keyRing }) => keyRing.reload()));
    expect(one?.keyRing.jwks().keys).toHaveLength(3);
    expect(one?.keyRing.jwks()).toEqual(two?.keyRing.jwks());
    expect(one?.keyRing.cookieKeys()).toEqual(two?.keyRing.cookieKeys());
  });

  // ID-31, ID-32
  it('seals a changed secret with one that another server sealed with a key made a moment ago', async () => {
    const [one, two] = servers;
    if (!one || !two) throw new Error('no servers');
    await one.keyRing.rotate({ kinds: ['data'] });
    await one.store.transact(writing(keeperOf(tenant.id, '1', { first: 'old', second: 'kept' })));
    const key = { set: keepers, tenantId: tenant.id, id: '1' };
    await two.store.transact(changingKeeper(key, { first: 'new' }));
    const row = await one.store.get(key);
    expect(await one.keyRing.reveal(row?.values.first)).toBe('new');
    expect(await one.keyRing.reveal(row?.values.second)).toBe('kept');
  });

  it('makes a tenant once, and its first admin, whose password one server shows', async () => {
    const opened = await Promise.all(servers.map((server) => openTenant(server, 'contoso')));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    const id = opened[0]?.id ?? '';
    const shown = await Promise.all(servers.map((server) => ensureFirstAdmin(server, id)));
    expect(shown.filter((admin) => admin !== undefined)).toHaveLength(1);
  });

  it('keeps accounts and applications, and checks passwords', async () => {
    const [one, two] = servers;
    if (!one || !two) throw new Error('no servers');
    const tenantId = tenant.id;
    const { user, password = '' } = await addUser(one, { tenantId, userPrincipalName: 'a@b', allowedScopes: ['A'] });
    await expect(addUser(two, { tenantId, userPrincipalName: 'A@b' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await listUsers(two.store, tenantId)).toEqual([user]);
    const credentials = { tenantId, userPrincipalName: 'a@b', password, source: 's' };
    expect(await signIn(two, credentials)).toMatchObject({ kind: 'signedIn', user });
    await setPassword(two, { tenantId, nameOrId: 'a@b', password: 'another good one' });
    expect(await signIn(one, credentials)).toMatchObject({ kind: 'refused', userId: user.id });
    await removeUser(one, { tenantId, nameOrId: 'a@b' });
    expect(await listUsers(one.store, tenantId)).toEqual([]);
    const { application } = await addApplication(one, { tenantId, displayName: 'Robot', allowedRoles: ['R'] });
    expect(await listApplications(two.store, tenantId)).toEqual([application]);
  });

  it('takes a token of one server at the other', async () => {
    const [one, two] = servers;
    if (!one || !two) throw new Error('no servers');
    const verifier = new JwtVerifier({ ...two, publicUrl });
    const token = await mintToken(one, { publicUrl, scopes: ['A'] });
    expect(await verifier.verify(token)).toMatchObject({ tenantId: tenant.id, objectId: tenant.firstAdminId });
  });

  it('counts attempts at a password made at once on all servers', async () => {
    const attempt = { tenantId: tenant.id, userPrincipalName: 'victim@b', source: 'flood' };
    const attempts = Array.from({ length: 40 }, (_, index) => {
      return takeAttempt((servers[index % 2] ?? only()).store, attempt, clock.now());
    });
    const waits = await Promise.all(attempts);
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(5);
  });

  describe('artifacts', () => {
    const adapter = (server: KeyedStore, model: string) =>
      new ArtifactAdapter({ ...server, tenantId: tenant.id, model, alreadyUsed: () => new Error('used') });

    it('are read back by id, uid and in their own tenant alone', async () => {
      const [one, two] = servers;
      if (!one || !two) throw new Error('no servers');
      await adapter(one, 'Session').upsert('id-1', { uid: 'uid-1', accountId: 'a' }, 60);
      await adapter(two, 'Session').upsert('id-1', { uid: 'uid-1', accountId: 'b' }, 60);
      expect(await adapter(one, 'Session').find('id-1')).toEqual({ uid: 'uid-1', accountId: 'b' });
      expect(await adapter(two, 'Session').findByUid('uid-1')).toEqual({ uid: 'uid-1', accountId: 'b' });
      expect(await adapter(one, 'Interaction').find('id-1')).toBeUndefined();
      expect(await adapter(one, 'Interaction').findByUid('uid-1')).toBeUndefined();
      const other = new ArtifactAdapter({
        ...one,
        tenantId: 'other',
        model: 'Session',
        alreadyUsed: () => new Error(),
      });
      expect(await other.find('id-1')).toBeUndefined();
      await adapter(one, 'Session').destroy('id-1');
      await adapter(one, 'Session').destroy('id-1');
      expect(await adapter(two, 'Session').find('id-1')).toBeUndefined();
    });

    it('are used once, whoever tries; a second use ends the grant', async () => {
      await adapter(only(), 'AuthorizationCode').upsert('code', { grantId: 'g' }, 60);
      await adapter(only(), 'RefreshToken').upsert('refresh', { grantId: 'g' }, 60);
      await adapter(only(), 'Grant').upsert('g', {}, 60);
      const uses = Array.from({ length: 10 }, (_, index) =>
        adapter(servers[index % 2] ?? only(), 'AuthorizationCode').consume('code'),
      );
      const outcomes = await Promise.allSettled(uses);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await adapter(only(), 'RefreshToken').find('refresh')).toBeUndefined();
      expect(await adapter(only(), 'Grant').find('g')).toBeUndefined();
    });

    it('say that they were used, also after they were saved again', async () => {
      const codes = adapter(only(), 'RefreshToken');
      await codes.upsert('token', { jti: 'token' }, 60);
      await codes.consume('token');
      await codes.upsert('token', { jti: 'token', scope: 'A' }, 60);
      expect(await codes.find('token')).toEqual({
        jti: 'token',
        scope: 'A',
        consumed: Math.floor(clock.now() / 1000),
      });
    });

    it('of one kind end with their grant, however many there are', async () => {
      const tokens = adapter(only(), 'RefreshToken');
      await Promise.all(Array.from({ length: 130 }, (_, index) => tokens.upsert(`t${index}`, { grantId: 'many' }, 60)));
      await adapter(only(), 'AuthorizationCode').upsert('kept', { grantId: 'many' }, 60);
      await tokens.revokeByGrantId('many');
      expect(await tokens.find('t0')).toBeUndefined();
      expect(await tokens.find('t129')).toBeUndefined();
      expect(await adapter(only(), 'AuthorizationCode').find('kept')).toEqual({ grantId: 'many' });
    });

    it('and counts of attempts are purged once they have expired', async () => {
      const count = async () =>
        (await only().store.count({ set: oidcArtifacts, tenantId: tenant.id })) +
        (await only().store.count({ set: signInThrottles, tenantId: tenant.id })) +
        (await only().store.count({ set: signInThrottles, tenantId: SYSTEM_TENANT }));
      await adapter(only(), 'Session').upsert('lasting', {}, 40 * 86_400);
      expect(await count()).toBeGreaterThan(3);
      clock.advanceBy(31 * 24 * 3_600_000);
      await purgeExpired(only().store, clock.now());
      expect(await count()).toBe(1);
    });
  });
});
