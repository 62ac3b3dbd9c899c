/** What the embedded issuer publishes, and what it does with paths that it does not serve. */
import { request as requestTls } from 'node:https';
import { compactVerify, importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addApplication } from '../../src/access/applications.ts';
import { mintToken } from '../../src/access/mint-token.ts';
import { DomainError } from '../../src/errors.ts';
import { issuerMetadata } from '../../src/issuer/metadata.ts';
import { PUBLIC_URL, type Rig, startIssuer } from './issuer-rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startIssuer();
});
afterAll(() => rig.close());

describe('discovery', () => {
  // ID-36, ID-37
  it("names endpoints at Entra's paths and at the origin of the request", async () => {
    const response = await fetch(`${rig.base}/v2.0/.well-known/openid-configuration`);
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBeTruthy();
    const document = (await response.json()) as Record<string, unknown>;
    expect(document).toMatchObject({
      issuer: `${rig.base}/v2.0`,
      authorization_endpoint: `${rig.base}/oauth2/v2.0/authorize`,
      token_endpoint: `${rig.base}/oauth2/v2.0/token`,
      jwks_uri: `${rig.base}/discovery/v2.0/keys`,
      userinfo_endpoint: `${rig.base}/openid/userinfo`,
      revocation_endpoint: `${rig.base}/oauth2/v2.0/revoke`,
      end_session_endpoint: `${rig.base}/oauth2/v2.0/logout`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['EdDSA'],
    });
    // What the console is told without asking is the same.
    expect(document).toMatchObject(issuerMetadata(rig.origin, rig.tenant.id));
    expect(document.grant_types_supported).toEqual(
      expect.arrayContaining(['authorization_code', 'client_credentials', 'refresh_token']),
    );
    for (const name of ['registration_endpoint', 'device_authorization_endpoint', 'introspection_endpoint']) {
      expect(document).not.toHaveProperty(name);
    }
  });

  it('believes the origin it is told, not the headers of the request', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'ftp' };
    const response = await fetch(`${rig.base}/v2.0/.well-known/openid-configuration`, { headers });
    expect(await response.text()).not.toContain('evil.example');
  });

  it('finds the keys with which tokens are signed, older ones too, without private parts', async () => {
    const older = await mintToken(rig, { publicUrl: PUBLIC_URL, scopes: ['A'] });
    await rig.keyRing.rotate({ kinds: ['signing'] });
    const newer = await mintToken(rig, { publicUrl: PUBLIC_URL, scopes: ['A'] });
    const { keys } = (await (await fetch(`${rig.base}/discovery/v2.0/keys`)).json()) as { keys: JWK[] };
    expect(keys).toHaveLength(2);
    expect(JSON.stringify(keys)).not.toContain('"d"');
    for (const token of [older, newer]) {
      const verified = await compactVerify(token, async ({ kid }) => {
        return importJWK(keys.find((key) => key.kid === kid) ?? {});
      });
      expect(verified.protectedHeader.typ).toBe('at+jwt');
    }
  });
});

describe('paths', () => {
  it.each([
    '/.well-known/openid-configuration',
    '/v2.0',
    '/oauth2/v2.0/device_authorization',
    '/oauth2/v2.0/token',
    '/oauth2/token',
    '/reg',
    '/session/end',
    '/sign-in',
    '/sign-in/x/y',
    '/oauth2/v2.0/authorize/../token',
  ])('%s is not found by GET', async (path) => {
    const response = await fetch(`${rig.base}${path}`);
    expect(response.status).toBe(404);
  });

  it('of an unknown tenant are not found', async () => {
    const path = '/99999999-9999-4999-8999-999999999999/v2.0/.well-known/openid-configuration';
    const response = await fetch(`${rig.origin}${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: 'invalid_tenant' });
  });

  it('of no tenant are left to others', async () => {
    for (const path of ['/', '/beta', '/common/v2.0/.well-known/openid-configuration', `/x${rig.tenant.id}/y`]) {
      expect((await fetch(`${rig.origin}${path}`)).status).toBe(418);
    }
  });

  it('answer 503 with a time to come back while the store is away', async () => {
    rig.store.failure = new DomainError('unavailable', 'The database cannot be used now.', { retryAfterSeconds: 3 });
    const response = await fetch(`${rig.base}/discovery/v2.0/keys`);
    rig.store.failure = undefined;
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('3');
    expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' });
  });
});

describe('over TLS', () => {
  // ID-41
  it('cookies are Secure', async () => {
    const secure = await startIssuer({ isEncrypted: true });
    const redirectUri = 'https://app.example/';
    const app = { tenantId: secure.tenant.id, displayName: 'App', isPublic: true, redirectUris: [redirectUri] };
    const { application } = await addApplication(secure, app);
    const parameters = new URLSearchParams({
      client_id: application.id,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const cookies = await new Promise<readonly string[]>((resolve, reject) => {
      const url = `${secure.base}/oauth2/v2.0/authorize?${parameters}`;
      requestTls(url, { ca: secure.certificate }, (response) => {
        response.resume();
        resolve(response.headers['set-cookie'] ?? []);
      })
        .on('error', reject)
        .end();
    });
    await secure.close();
    expect(cookies.length).toBeGreaterThan(1);
    for (const cookie of cookies) expect(cookie).toMatch(/; secure/i);
  });
});
