/** What the embedded issuer bears from those who show nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addApplication } from '../../src/access/applications.ts';
import { oidcArtifacts } from '../../src/access/identity-model.ts';
import { PUBLIC_URL, type Rig, startIssuer } from './issuer-rig.ts';

const LIMIT = 10;

let rig: Rig;
beforeEach(async () => {
  rig = await startIssuer({ strangersPer10s: LIMIT });
});
afterEach(() => rig.close());

describe('a source without good credentials', () => {
  it('may begin so many sign-ins, and no more are kept', async () => {
    const redirectUri = 'https://app.example/';
    const app = { tenantId: rig.tenant.id, displayName: 'App', isPublic: true, redirectUris: [redirectUri] };
    const { application } = await addApplication(rig, app);
    const parameters = new URLSearchParams({
      client_id: application.id,
      response_type: 'code',
      redirect_uri: redirectUri,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const begin = () => fetch(`${rig.base}/oauth2/v2.0/authorize?${parameters}`, { redirect: 'manual' });
    const kept = () => rig.store.count({ set: oidcArtifacts, tenantId: rig.tenant.id });
    for (let attempt = 0; attempt < LIMIT; attempt++) expect((await begin()).status).toBe(303);
    const before = await kept();
    const refused = await begin();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await kept()).toBe(before);
    rig.clock.advanceBy(10_000);
    expect((await begin()).status).toBe(303);
  });

  it('may begin so many sign-outs, and no more are kept', async () => {
    const begin = () => fetch(`${rig.base}/oauth2/v2.0/logout?state=x`, { redirect: 'manual' });
    const kept = () => rig.store.count({ set: oidcArtifacts, tenantId: rig.tenant.id });
    for (let attempt = 0; attempt < LIMIT; attempt++) expect((await begin()).status).toBe(200);
    const before = await kept();
    expect((await begin()).status).toBe(429);
    expect(await kept()).toBe(before);
  });

  it('may fail so often at the token endpoint; good requests do not count', async () => {
    const { application, clientSecret = '' } = await addApplication(rig, {
      tenantId: rig.tenant.id,
      displayName: 'App',
    });
    const ask = async (secret: string) => {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: application.id,
        client_secret: secret,
        scope: `${PUBLIC_URL}/.default`,
      });
      return (await fetch(`${rig.base}/oauth2/v2.0/token`, { method: 'POST', body })).status;
    };
    for (let attempt = 0; attempt < 2 * LIMIT; attempt++) expect(await ask(clientSecret)).toBe(200);
    for (let attempt = 0; attempt < LIMIT; attempt++) expect(await ask('wrong')).toBe(401);
    expect(await ask('wrong')).toBe(429);
    expect(await ask(clientSecret)).toBe(429);
    rig.clock.advanceBy(10_000);
    expect(await ask(clientSecret)).toBe(200);
  });
});
