/** The embedded issuer as daemons use it. */
import { ClientSecretCredential } from '@azure/identity';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addApplication, hashSecret, removeApplication } from '../../src/access/applications.ts';
import { openTenant } from '../../src/access/tenants.ts';
import { PUBLIC_URL, type Rig, startIssuer } from './issuer-rig.ts';

const ROLES = ['DeviceManagementServiceConfig.ReadWrite.All', 'DeviceManagementRBAC.Read.All'];

let rig: Rig;
let clientId: string;
let clientSecret: string;

async function register(displayName: string): Promise<void> {
  const added = await addApplication(rig, { tenantId: rig.tenant.id, displayName, allowedRoles: ROLES });
  clientId = added.application.id;
  clientSecret = added.clientSecret ?? '';
}

async function token(form: Record<string, string>, init: RequestInit = {}) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, ...form });
  const response = await fetch(`${rig.base}/oauth2/v2.0/token`, { method: 'POST', body, ...init });
  return { response, body: (await response.json()) as Record<string, string> };
}

describe('over TLS', () => {
  beforeAll(async () => {
    rig = await startIssuer({ isEncrypted: true });
    await register('Azure identity');
  });
  afterAll(() => rig.close());

  it('ClientSecretCredential of @azure/identity gets a token that the service accepts', async () => {
    const credential = new ClientSecretCredential(rig.tenant.id, clientId, clientSecret, {
      authorityHost: rig.origin,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: rig.certificate ?? '' },
    });
    const { token: accessToken, expiresOnTimestamp } = await credential.getToken(
      'https://graph.microsoft.com/.default',
    );
    const caller = await rig.tokens.verify(accessToken);
    expect(caller).toMatchObject({
      tenantId: rig.tenant.id,
      kind: 'application',
      permissions: new Set(ROLES),
      applicationId: clientId,
      name: 'Azure identity',
    });
    expect(Math.abs(expiresOnTimestamp - caller.expiresAt)).toBeLessThan(10_000);
    expect(rig.errors).toEqual([]);
  });
});

// ID-38
describe('client credentials', () => {
  beforeAll(async () => {
    rig = await startIssuer();
  });
  afterAll(() => rig.close());
  beforeEach(() => register(`Robot ${performance.now()}`));

  const scope = `${PUBLIC_URL}/.default`;

  // ID-20, ID-27
  it('give an application token with the roles of the application', async () => {
    const { response, body } = await token({ client_secret: clientSecret, scope });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    expect(decodeProtectedHeader(body.access_token ?? '')).toMatchObject({
      alg: 'EdDSA',
      typ: 'at+jwt',
      kid: rig.keyRing.signingKey.kid,
    });
    const claims = decodeJwt(body.access_token ?? '');
    expect(claims).toMatchObject({
      iss: `${PUBLIC_URL}/${rig.tenant.id}/v2.0`,
      aud: PUBLIC_URL,
      tid: rig.tenant.id,
      azp: clientId,
      idtyp: 'app',
      ver: '2.0',
      roles: ROLES,
    });
    expect(claims.sub).toBe(claims.oid);
    expect(claims.oid).not.toBe(clientId);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(3600);
    expect(claims.nbf).toBe(claims.iat);
    expect(claims).not.toHaveProperty('scp');
    expect(claims).not.toHaveProperty('scope');
    expect(await rig.tokens.verify(body.access_token ?? '')).toMatchObject({ kind: 'application' });
  });

  it('record each token', async () => {
    const before = (await rig.audit()).filter((line) => line === 'issueToken Success').length;
    await token({ client_secret: clientSecret, scope });
    expect((await rig.audit()).filter((line) => line === 'issueToken Success')).toHaveLength(before + 1);
  });

  it.each(['Basic', 'post'])('come by %s', async (how) => {
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    const { response } =
      how === 'Basic'
        ? await token({ scope }, { headers: { authorization: basic } })
        : await token({ client_secret: clientSecret, scope });
    expect(response.status).toBe(200);
  });

  it.each([
    'https://graph.microsoft.com/.default',
    '00000003-0000-0000-c000-000000000000/.default',
    `${PUBLIC_URL}//.default`,
  ])('take the scope %s', async (asked) => {
    const { body } = await token({ client_secret: clientSecret, scope: asked });
    expect(decodeJwt(body.access_token ?? '').aud).toBe(PUBLIC_URL);
  });

  it('take the origin of the request as the resource', async () => {
    const { response } = await token({ client_secret: clientSecret, scope: `${rig.origin}/.default` });
    expect(response.status).toBe(200);
  });

  it.each([
    'https://management.azure.com/.default',
    `${PUBLIC_URL}/DeviceManagementRBAC.Read.All`,
    'openid',
    `${PUBLIC_URL}/.default openid`,
    '',
  ])('refuse the scope %j', async (asked) => {
    const { response, body } = await token({ client_secret: clientSecret, scope: asked });
    expect(response.status).toBe(400);
    expect(body).toMatchObject({ error: 'invalid_scope' });
  });

  it('refuse a wrong secret, its hash, none, and an unknown application, and record it', async () => {
    for (const form of [
      { client_secret: `${clientSecret}x` },
      { client_secret: hashSecret(clientSecret) },
      { client_secret: clientSecret, client_id: rig.tenant.id },
      { client_secret: clientSecret, client_id: 'x' },
    ]) {
      const { response, body } = await token({ scope, ...form });
      expect([response.status, body.error]).toEqual([401, 'invalid_client']);
    }
    const { response } = await token({ scope });
    expect(response.status).toBe(401);
    expect(await rig.audit()).toContain('refuseSignIn Failure');
  });

  // ID-26
  it('are gone with the application', async () => {
    await removeApplication(rig, { tenantId: rig.tenant.id, nameOrId: clientId });
    const { response, body } = await token({ client_secret: clientSecret, scope });
    expect([response.status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('go on through a rotation without restart, with the new key', async () => {
    const older = (await token({ client_secret: clientSecret, scope })).body.access_token ?? '';
    await rig.keyRing.rotate({ kinds: ['signing'], revokeOldSigningKey: true });
    const newer = (await token({ client_secret: clientSecret, scope })).body.access_token ?? '';
    expect(decodeProtectedHeader(newer).kid).toBe(rig.keyRing.signingKey.kid);
    expect(await rig.tokens.verify(newer)).toMatchObject({ applicationId: clientId });
    await expect(rig.tokens.verify(older)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('of one tenant are unknown to another', async () => {
    const other = await openTenant(rig, 'other');
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope,
    });
    const response = await fetch(`${rig.origin}/${other.id}/oauth2/v2.0/token`, { method: 'POST', body });
    expect(response.status).toBe(401);
  });

  it.each([
    ['password', 'unsupported_grant_type'],
    ['urn:ietf:params:oauth:grant-type:device_code', 'unsupported_grant_type'],
    ['authorization_code', 'invalid_request'],
  ])('are no %s', async (grant_type, error) => {
    const { response, body } = await token({ client_secret: clientSecret, scope, grant_type });
    expect([response.status, body.error]).toEqual([400, error]);
  });

  it('need a form, and a small one', async () => {
    const json = await token({}, { body: '{}', headers: { 'content-type': 'application/json' } });
    expect([json.response.status, json.body.error]).toEqual([400, 'invalid_request']);
    const large = await token({ client_secret: 'x'.repeat(60_000) });
    expect([large.response.status, large.body.error]).toEqual([413, 'invalid_request']);
  });

  it('leave no secret in the store', async () => {
    await token({ client_secret: clientSecret, scope });
    expect(rig.store.dump()).not.toContain(clientSecret);
    expect(rig.errors).toEqual([]);
  });
});
