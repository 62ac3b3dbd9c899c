/** The web console as a client of the embedded issuer: known without being registered, at its own address alone. */
import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUser } from '../../src/access/accounts.ts';
import { CONSOLE_CLIENT_ID, consoleSignIn } from '../../src/access/web-console.ts';
import { Browser, type Rig, startIssuer } from './issuer-rig.ts';

const PASSWORD = 'correct horse battery';
const READ = 'DeviceManagementManagedDevices.Read.All';
const UNSET = { consoleIssuer: undefined, consoleClientId: undefined, consoleScopes: '', issuers: undefined };

let rig: Rig;
let browser: Browser;
beforeAll(async () => {
  rig = await startIssuer();
  browser = new Browser();
  const account = { userPrincipalName: 'adele@contoso.com', password: PASSWORD, allowedScopes: [READ] };
  await addUser(rig, { tenantId: rig.tenant.id, ...account });
});
afterAll(async () => {
  await rig.close();
  expect(rig.errors).toEqual([]);
});

const verifier = randomBytes(32).toString('base64url');

/** Goes through the sign-in as the console begins it; gives the address where it ends. */
async function signIn(redirectUri = `${rig.origin}/signed-in`): Promise<URL> {
  const { clientId, scope } = consoleSignIn(UNSET, undefined)(rig.origin);
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
  });
  const begun = `${rig.base}/oauth2/v2.0/authorize?${query}`;
  const page = await leave(await browser.request(begun), begun);
  if (!page.includes('/sign-in/')) return new URL(page);
  const form = { name: 'adele@contoso.com', password: PASSWORD };
  return new URL(await leave(await browser.post(page, form), page));
}

/** Follows redirects as long as the issuer is asked; gives where that ends. */
async function leave(response: Response, url: string): Promise<string> {
  const location = response.headers.get('location');
  if (location === null) return url;
  const next = new URL(location, url).href;
  return next.startsWith(`${rig.base}/`) ? leave(await browser.request(next), next) : next;
}

async function token(form: Record<string, string>) {
  const body = new URLSearchParams({ client_id: CONSOLE_CLIENT_ID, ...form });
  const response = await fetch(`${rig.base}/oauth2/v2.0/token`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function redeem(code: string) {
  const redirect_uri = `${rig.origin}/signed-in`;
  return token({ grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier });
}

// ID-55
describe('the console', () => {
  it('signs in at the address where it is reached, and is given all that the account may hold', async () => {
    const answer = await signIn();
    expect(answer.href.startsWith(`${rig.origin}/signed-in?`)).toBe(true);
    expect(answer.searchParams.get('iss')).toBe(`${rig.base}/v2.0`);
    const { status, body } = await redeem(answer.searchParams.get('code') ?? '');
    expect(status).toBe(200);
    expect(body.scope?.split(' ')).toContain(READ);
    expect((await rig.tokens.verify(body.access_token ?? '')).permissions).toEqual(new Set([READ]));
  });

  it('renews its tokens by refresh tokens that are good once; a copy ends the whole grant', async () => {
    const first = (await redeem((await signIn()).searchParams.get('code') ?? '')).body;
    const refresh = (refresh_token = '') => token({ grant_type: 'refresh_token', refresh_token });
    const second = (await refresh(first.refresh_token)).body;
    expect(second.access_token).toEqual(expect.any(String));
    expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant');
    expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant');
  });

  it.each([
    ['another site', () => 'https://evil.example/signed-in'],
    ['another port of this machine', () => 'http://localhost:1/signed-in'],
    ['another path', () => `${rig.origin}/signed-in/x`],
    ['another query', () => `${rig.origin}/signed-in?x=y`],
  ])('is sent back to no %s', async (_, uri) => {
    const { pathname, searchParams } = await signIn(uri());
    expect(pathname).toContain('/oauth2/v2.0/authorize');
    expect(searchParams.get('code')).toBeNull();
  });

  it('has no tokens of its own', async () => {
    const { status, body } = await token({ grant_type: 'client_credentials', scope: `${rig.origin}/.default` });
    expect(status).toBe(400);
    expect(body).not.toHaveProperty('access_token');
  });
});
