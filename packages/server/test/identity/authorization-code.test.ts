/** The embedded issuer as people use it: sign-in pages, authorization code with PKCE, refresh, sign-out. */
import { hash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addUser, removeUser, setDisabled, setPassword, userKey } from '../../src/access/accounts.ts';
import { addApplication, removeApplication } from '../../src/access/applications.ts';
import { users } from '../../src/access/identity-model.ts';
import { INTUNE_ADMINISTRATOR } from '../../src/access/rights.ts';
import { openTenant } from '../../src/access/tenants.ts';
import { Browser, PUBLIC_URL, type Rig, startIssuer } from './issuer-rig.ts';

const REDIRECT = 'https://app.example/callback?from=sign-in';
const PASSWORD = 'correct horse battery';
const READ = 'DeviceManagementManagedDevices.Read.All';
const WRITE = 'DeviceManagementManagedDevices.ReadWrite.All';

let rig: Rig;
let clientId: string;
let name: string;
let browser: Browser;
/** Signed in as the user that all share: a password is checked once. */
let signedInBrowser: Browser;

beforeAll(async () => {
  rig = await startIssuer();
  name = await newUser();
  signedInBrowser = new Browser();
});
afterAll(async () => {
  await rig.close();
  expect(rig.errors).toEqual([]);
});

let count = 0;
beforeEach(async () => {
  count++;
  const tenantId = rig.tenant.id;
  const app = { tenantId, displayName: `Console ${count}`, isPublic: true, redirectUris: [REDIRECT] };
  clientId = (await addApplication(rig, app)).application.id;
  browser = signedInBrowser;
});

function withFreshBrowser(): void {
  beforeEach(() => {
    browser = new Browser();
  });
}

/** A user of its own, for tests that leave it changed. */
async function newUser(): Promise<string> {
  const userPrincipalName = `user-${randomBytes(4).toString('hex')}@contoso.com`;
  const account = { tenantId: rig.tenant.id, userPrincipalName, displayName: 'Adele', password: PASSWORD };
  await addUser(rig, { ...account, allowedScopes: [READ] });
  return userPrincipalName;
}

/** Changes a stored account and nothing else: its sign-ins stay. */
async function change(nameOrId: string, changes: Record<string, unknown>): Promise<void> {
  const tenantId = rig.tenant.id;
  await rig.store.transact({
    reads: [userKey({ tenantId, nameOrId })],
    decide: ([before]) => {
      if (!before) throw new Error('no such user');
      return { writes: [{ kind: 'update', set: users, tenantId, before, changes }], value: undefined };
    },
  });
}

const verifier = randomBytes(32).toString('base64url');
const challenge = hash('sha256', verifier, 'base64url');

function authorizeUrl(changes: Record<string, string | undefined> = {}): string {
  const parameters = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: `openid profile offline_access ${PUBLIC_URL}/${READ} ${PUBLIC_URL}/${WRITE}`,
    state: 'state-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${rig.base}/oauth2/v2.0/authorize?${new URLSearchParams(given)}`;
}

/** Opens the sign-in page; gives it and its address. */
async function openSignIn(changes: Record<string, string | undefined> = {}) {
  const url = authorizeUrl(changes);
  const { response, url: page } = await browser.follow(await browser.request(url), url);
  return { response, page, text: await response.text() };
}

/** Goes through the whole sign-in, or past it when signed in; gives the address of the application where it ends. */
async function signIn(changes: Record<string, string | undefined> = {}, form = { name, password: PASSWORD }) {
  const { page } = await openSignIn(changes);
  if (!page.startsWith(rig.origin)) return new URL(page);
  const { url } = await browser.follow(await browser.post(page, form), page);
  return new URL(url);
}

/** The same for another user, in a browser of its own. */
function signInAs(userPrincipalName: string, changes: Record<string, string | undefined> = {}) {
  browser = new Browser();
  return signIn(changes, { name: userPrincipalName, password: PASSWORD });
}

async function token(form: Record<string, string>) {
  const body = new URLSearchParams({ client_id: clientId, ...form });
  const response = await fetch(`${rig.base}/oauth2/v2.0/token`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

function redeem(code: string, changes: Record<string, string> = {}) {
  return token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier, ...changes });
}

async function tokens(of: Promise<URL> = signIn()) {
  const code = (await of).searchParams.get('code') ?? '';
  return (await redeem(code)).body;
}

describe('the sign-in page', () => {
  withFreshBrowser();

  // ID-41
  it('is plain HTML with labels, a strict policy and no cache', async () => {
    const { response, text } = await openSignIn({ login_hint: 'Ad<b>ele@contoso.com' });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = response.headers.get('content-security-policy') ?? '';
    const nonce = /style-src 'nonce-([^']+)'/.exec(policy)?.[1];
    expect(policy).toBe(
      `default-src 'none'; img-src 'self'; style-src 'nonce-${nonce}'; form-action 'self' https://app.example; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(text).toContain(`<style nonce="${nonce}">`);
    expect(text).toContain('<link rel="icon" href="/icon.svg"');
    expect(text).not.toMatch(/<script|javascript:| on\w+=| style=/i);
    for (const id of ['name', 'password']) {
      expect(text).toContain(`<label for="${id}">`);
      expect(text).toContain(`<input id="${id}"`);
    }
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('autocomplete="current-password"');
    expect(text).toContain(`for Console ${count}`);
    expect(text).toContain('value="Ad&#60;b&#62;ele@contoso.com"');
  });

  // ID-25, ID-41
  it('leaves a browser that has signed in something to be known by, and no other', async () => {
    const { page } = await openSignIn();
    await browser.post(page, { name, password: 'wrong' });
    expect(browser.setCookies.filter((line) => line.startsWith('_known='))).toEqual([]);
    await browser.post(page, { name, password: PASSWORD });
    const [line = ''] = browser.setCookies.filter((cookie) => cookie.startsWith('_known='));
    expect(line).toBe(
      `_known=${/^_known=([\w-]{43});/.exec(line)?.[1]}; path=/${rig.tenant.id}; max-age=2592000; samesite=lax; httponly`,
    );
    await signIn({ prompt: 'login' });
    expect(browser.setCookies.filter((cookie) => cookie.startsWith('_known='))).toEqual([line, line]);
  });

  it('says the same of a wrong password and an unknown name, and keeps the name typed', async () => {
    const answers = [];
    for (const form of [
      { name, password: 'wrong' },
      { name: 'nobody@contoso.com', password: PASSWORD },
    ]) {
      const { page } = await openSignIn();
      const response = await browser.post(page, form);
      expect(response.status).toBe(401);
      const text = await response.text();
      expect(text).toContain(`value="${form.name}"`);
      expect(text).toContain('aria-invalid="true" aria-describedby="error"');
      answers.push(text.replaceAll(form.name, '').replaceAll(/nonce="[^"]+"/g, ''));
    }
    expect(answers[0]).toContain('role="alert"');
    expect(answers[1]).toBe(answers[0]);
  });

  it('turns away whoever guesses on', async () => {
    const form = { name: await newUser(), password: PASSWORD };
    const { page } = await openSignIn();
    for (let guess = 0; guess < 5; guess++) {
      expect((await browser.post(page, { ...form, password: `wrong ${guess}` })).status).toBe(401);
    }
    const response = await browser.post(page, form);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('30');
    rig.clock.advanceBy(30_000);
    const { url } = await browser.follow(await browser.post(page, form), page);
    expect(new URL(url).searchParams.get('code')).toBeTruthy();
  });

  // ID-33
  it('records refused sign-ins', async () => {
    rig.clock.advanceBy(120_000);
    const { page } = await openSignIn();
    const before = (await rig.audit()).filter((line) => line.startsWith('refuseSignIn')).length;
    await browser.post(page, { name, password: 'wrong' });
    expect((await rig.audit()).filter((line) => line.startsWith('refuseSignIn')).length).toBeGreaterThan(before);
  });

  // ID-41
  it('takes no form from another site, nor from a browser that did not open it', async () => {
    const { page } = await openSignIn();
    const form = { name, password: PASSWORD };
    expect((await browser.post(page, form, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await browser.post(page, form, { origin: 'null' })).status).toBe(403);
    const stranger = await new Browser().post(page, form);
    expect(stranger.status).toBe(400);
    expect(await stranger.text()).toContain('begun in another browser');
  });

  it('can be cancelled', async () => {
    const { page } = await openSignIn();
    const { url } = await browser.follow(await browser.post(page, { cancel: 'yes' }), page);
    expect(new URL(url).searchParams.get('error')).toBe('access_denied');
    expect(url.startsWith('https://app.example/callback?from=sign-in&')).toBe(true);
  });

  it('sets cookies for the tenant that scripts and other sites cannot use', async () => {
    await signIn();
    expect(browser.setCookies.length).toBeGreaterThan(3);
    for (const line of browser.setCookies) {
      expect(line).toMatch(/; httponly/i);
      expect(line).toMatch(/; samesite=lax/i);
      expect(line).toContain(`path=/${rig.tenant.id}`);
    }
    const session = browser.setCookies.filter((line) => line.startsWith('sign_in='));
    expect(session.some((line) => /expires|max-age/i.test(line))).toBe(false);
  });
});

describe('a first sign-in', () => {
  withFreshBrowser();

  // ID-22
  it('asks for a new password, and then for no other', async () => {
    const tenantId = rig.tenant.id;
    const added = await addUser(rig, { tenantId, userPrincipalName: `new-${count}@contoso.com` });
    const form = { name: added.user.userPrincipalName, password: added.password ?? '' };
    const { page } = await openSignIn();
    const { response, url } = await browser.follow(await browser.post(page, form), page);
    expect(url).toBe(`${page}/new-password`);
    const text = await response.text();
    expect(text).toContain('autocomplete="new-password"');
    expect(text).toContain(form.name);

    const refused: [Record<string, string>, string][] = [
      [{ password: 'short', repeat: 'short' }, 'at least 12'],
      [{ password: form.password, repeat: form.password }, 'the old one'],
      [{ password: PASSWORD, repeat: `${PASSWORD}x` }, 'differ'],
    ];
    for (const [attempt, message] of refused) {
      const answer = await browser.post(url, attempt);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(message);
    }
    const done = await browser.follow(await browser.post(url, { password: PASSWORD, repeat: PASSWORD }), url);
    expect(new URL(done.url).searchParams.get('code')).toBeTruthy();

    browser = new Browser();
    expect((await signIn({}, { ...form, password: PASSWORD })).searchParams.get('code')).toBeTruthy();
    const { page: again } = await openSignIn({ prompt: 'login' });
    expect((await browser.post(again, form)).status).toBe(401);
  });

  it('leads back to the sign-in when the password was set anew meanwhile', async () => {
    const tenantId = rig.tenant.id;
    const { user, password = '' } = await addUser(rig, { tenantId, userPrincipalName: `anew-${count}@contoso.com` });
    const { page } = await openSignIn();
    await browser.post(page, { name: user.userPrincipalName, password });
    await setPassword(rig, { tenantId, nameOrId: user.id });
    const late = await browser.post(`${page}/new-password`, { password: PASSWORD, repeat: PASSWORD });
    expect([late.status, late.headers.get('location')]).toEqual([303, new URL(page).pathname]);
    expect((await browser.post(page, { name: user.userPrincipalName, password: PASSWORD })).status).toBe(401);
  });

  it('cannot be skipped: neither by the address of its end, nor by that of the new password', async () => {
    const added = await addUser(rig, { tenantId: rig.tenant.id, userPrincipalName: `skip-${count}@contoso.com` });
    const { page } = await openSignIn();
    const early = await browser.post(`${page}/new-password`, { password: PASSWORD, repeat: PASSWORD });
    expect([early.status, early.headers.get('location')]).toEqual([303, new URL(page).pathname]);
    await browser.post(page, { name: added.user.userPrincipalName, password: added.password ?? '' });
    const resume = `${rig.base}/oauth2/v2.0/authorize/${page.split('/').at(-1)}`;
    const { response, url } = await browser.follow(await browser.request(resume), resume);
    expect(url).toContain('/sign-in/');
    expect(await response.text()).toContain('<label for="password">Password');
  });
});

describe('authorization', () => {
  it('gives a code, and for it tokens for what the account may hold', async () => {
    const url = await signIn();
    expect(url.origin + url.pathname).toBe('https://app.example/callback');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      from: 'sign-in',
      state: 'state-1',
      iss: `${rig.base}/v2.0`,
    });
    const { status, body } = await redeem(url.searchParams.get('code') ?? '');
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: READ });
    const caller = await rig.tokens.verify(body.access_token ?? '');
    expect(caller).toMatchObject({
      kind: 'delegated',
      tenantId: rig.tenant.id,
      permissions: new Set([READ]),
      userPrincipalName: name,
      name: 'Adele',
      applicationId: clientId,
      directoryRoles: [],
    });
    expect(decodeJwt(body.access_token ?? '')).toMatchObject({ scp: READ, idtyp: 'user', ver: '2.0', aud: PUBLIC_URL });
    expect(decodeJwt(body.id_token ?? '')).toMatchObject({
      iss: `${rig.base}/v2.0`,
      aud: clientId,
      sub: caller.objectId,
      oid: caller.objectId,
      tid: rig.tenant.id,
      preferred_username: name,
      name: 'Adele',
    });
  });

  it('gives an admin all that is asked for, and says so', async () => {
    const admin = `admin-${count}@contoso.com`;
    await addUser(rig, { tenantId: rig.tenant.id, userPrincipalName: admin, password: PASSWORD, isAdmin: true });
    const url = await signInAs(admin, { scope: 'https://graph.microsoft.com/.default' });
    const { body } = await redeem(url.searchParams.get('code') ?? '');
    const caller = await rig.tokens.verify(body.access_token ?? '');
    expect(caller.permissions.size).toBeGreaterThan(8);
    expect(caller.directoryRoles).toEqual([INTUNE_ADMINISTRATOR]);
  });

  it('signs in without asking again, until asked to', async () => {
    const silent = await browser.follow(await browser.request(authorizeUrl()), authorizeUrl());
    expect(new URL(silent.url).searchParams.get('code')).toBeTruthy();
    for (const prompt of ['login', 'select_account']) {
      expect((await openSignIn({ prompt })).text).toContain('<label for="password">');
    }
  });

  // ID-39
  it.each([
    ['plain PKCE', { code_challenge_method: 'plain' }],
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
    ['the implicit flow', { response_type: 'id_token', nonce: 'n' }],
    ['a token in the answer', { response_type: 'token' }],
  ])('refuses %s', async (_what, changes) => {
    const url = authorizeUrl(changes);
    const answer = await browser.follow(await browser.request(url), url);
    expect(answer.url).toMatch(/[?&#]error=(invalid_request|unsupported_response_type)&/);
    expect(answer.url.startsWith('https://app.example/')).toBe(true);
  });

  // ID-39
  it.each([
    'https://evil.example/callback',
    'https://app.example/callback',
    'https://app.example/callback?from=sign-in&x=1',
    'https://app.example.evil.example/callback?from=sign-in',
    'https://app.example@evil.example/callback?from=sign-in',
    'javascript:alert(1)',
    '//evil.example',
  ])('redirects nowhere but to where it was registered: %s', async (redirect_uri) => {
    const response = await browser.request(authorizeUrl({ redirect_uri }));
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    const text = await response.text();
    expect(text).toContain('invalid_redirect_uri');
    expect(text).not.toContain(redirect_uri);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('shows an unknown application no page to sign in', async () => {
    const response = await browser.request(authorizeUrl({ client_id: rig.tenant.id }));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('invalid_client');
  });
});

describe('codes', () => {
  // ID-40
  it('are good once: a second use ends what came of the first', async () => {
    const code = (await signIn()).searchParams.get('code') ?? '';
    const first = (await redeem(code)).body;
    expect((await redeem(code)).body.error).toBe('invalid_grant');
    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' });
    expect(refreshed.body.error).toBe('invalid_grant');
  });

  it('are good once even when used at once', async () => {
    const code = (await signIn()).searchParams.get('code') ?? '';
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => redeem(code)));
    expect(outcomes.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(outcomes.filter(({ body }) => body.error === 'invalid_grant').length).toBeGreaterThanOrEqual(4);
  });

  it.each<[string, Record<string, string>]>([
    ['another verifier', { code_verifier: randomBytes(32).toString('base64url') }],
    ['the challenge as verifier', { code_verifier: challenge }],
    ['no verifier', { code_verifier: '' }],
    ['another redirect', { redirect_uri: 'https://app.example/callback' }],
  ])('are no good with %s', async (_what, changes) => {
    const code = (await signIn()).searchParams.get('code') ?? '';
    expect((await redeem(code, changes)).body.error).toBe('invalid_grant');
  });

  it('are no good to another application', async () => {
    const code = (await signIn()).searchParams.get('code') ?? '';
    const app = { tenantId: rig.tenant.id, displayName: `Thief ${count}`, isPublic: true, redirectUris: [REDIRECT] };
    const thief = (await addApplication(rig, app)).application.id;
    expect((await redeem(code, { client_id: thief })).body.error).toBe('invalid_grant');
  });

  it('lie in the store neither in clear nor under their own name', async () => {
    const code = (await signIn()).searchParams.get('code') ?? '';
    expect(rig.store.dump()).not.toContain(code);
    const { refresh_token } = (await redeem(code)).body;
    expect(rig.store.dump()).not.toContain(refresh_token);
  });
});

describe('refresh tokens', () => {
  const refresh = (refresh_token: string | undefined, more: Record<string, string> = {}) =>
    token({ grant_type: 'refresh_token', refresh_token: refresh_token ?? '', ...more });

  it('rotate, and take scopes as clients of Entra name them', async () => {
    const first = await tokens();
    const scope = `${PUBLIC_URL}/${READ} openid profile offline_access`;
    const second = await refresh(first.refresh_token, { scope });
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect((await rig.tokens.verify(second.body.access_token ?? '')).permissions).toEqual(new Set([READ]));
    const third = await refresh(second.body.refresh_token, { scope: `${PUBLIC_URL}/.default` });
    expect(third.status).toBe(200);
  });

  // ID-40
  it('used a second time end the whole grant', async () => {
    const first = await tokens();
    const second = (await refresh(first.refresh_token)).body;
    expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant');
    expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('used at once by two give tokens to one at most, and none after', async () => {
    const { refresh_token } = await tokens();
    const outcomes = await Promise.all([refresh(refresh_token), refresh(refresh_token)]);
    const good = outcomes.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    for (const { body } of good) expect((await refresh(body.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('give no more than the account may hold by then, nor than was granted', async () => {
    const nameOrId = await newUser();
    const first = await tokens(signInAs(nameOrId, { scope: `openid ${READ} ${WRITE}` }));
    expect(first.scope).toBe(READ);
    await change(nameOrId, { allowedScopes: [READ, WRITE] });
    const second = (await refresh(first.refresh_token)).body;
    expect((await rig.tokens.verify(second.access_token ?? '')).permissions).toEqual(new Set([READ]));
    await change(nameOrId, { allowedScopes: [] });
    const third = (await refresh(second.refresh_token)).body;
    expect((await rig.tokens.verify(third.access_token ?? '')).permissions).toEqual(new Set());
  });

  it('are worth nothing to a disabled account, even one whose sign-in is still remembered', async () => {
    const nameOrId = await newUser();
    const { refresh_token } = await tokens(signInAs(nameOrId));
    await change(nameOrId, { isDisabled: true });
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
    expect((await openSignIn()).text).toContain('<label for="password">');
  });

  it.each(['disabled', 'removed', 'application removed'])('are worth nothing once %s', async (what) => {
    const nameOrId = await newUser();
    const { refresh_token } = await tokens(signInAs(nameOrId));
    const at = { tenantId: rig.tenant.id, nameOrId };
    if (what === 'disabled') await setDisabled(rig, { ...at, isDisabled: true });
    else if (what === 'removed') await removeUser(rig, at);
    else await removeApplication(rig, { tenantId: rig.tenant.id, nameOrId: clientId });
    const { body } = await refresh(refresh_token);
    expect(['invalid_grant', 'invalid_client']).toContain(body.error);
  });

  it('can be revoked by their application', async () => {
    const { refresh_token = '' } = await tokens();
    const body = new URLSearchParams({ client_id: clientId, token: refresh_token });
    const response = await fetch(`${rig.base}/oauth2/v2.0/revoke`, { method: 'POST', body });
    expect(response.status).toBe(200);
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
  });
});

describe('a disabled account', () => {
  it('is asked to sign in again, and cannot', async () => {
    const form = { name: await newUser(), password: PASSWORD };
    await signInAs(form.name);
    await setDisabled(rig, { tenantId: rig.tenant.id, nameOrId: form.name, isDisabled: true });
    const { page, text } = await openSignIn();
    expect(text).toContain('<label for="password">');
    expect((await browser.post(page, form)).status).toBe(401);
  });
});

describe('ID tokens', () => {
  it('are no access tokens', async () => {
    const { id_token } = await tokens();
    await expect(rig.tokens.verify(id_token ?? '')).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('user information', () => {
  const userInfo = (authorization: string | undefined, base = rig.base) =>
    fetch(`${base}/openid/userinfo`, { headers: authorization === undefined ? {} : { authorization } });

  it('is given for an access token of the tenant', async () => {
    const { access_token } = await tokens();
    const response = await userInfo(`Bearer ${access_token}`);
    expect(await response.json()).toMatchObject({ name: 'Adele', preferred_username: name });
    const other = await openTenant(rig, 'elsewhere');
    expect((await userInfo(`Bearer ${access_token}`, `${rig.origin}/${other.id}`)).status).toBe(401);
  });

  it('is refused without one', async () => {
    for (const authorization of [undefined, 'Bearer x', 'Basic x']) {
      const response = await userInfo(authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
  });
});

describe('signing out', () => {
  withFreshBrowser();

  it('asks, ends the session and its refresh tokens, and leads back', async () => {
    const { refresh_token, id_token } = await tokens();
    const parameters = { id_token_hint: id_token ?? '', post_logout_redirect_uri: REDIRECT };
    const url = `${rig.base}/oauth2/v2.0/logout?${new URLSearchParams(parameters)}`;
    const page = await browser.request(url);
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' https://app.example");
    expect(text).toContain('Sign out?');
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const confirm = `${rig.base}/oauth2/v2.0/logout/confirm`;
    expect((await browser.post(confirm, { xsrf: 'x', logout: 'yes' })).status).toBe(400);
    const done = await browser.follow(await browser.post(confirm, { xsrf, logout: 'yes' }), confirm);
    expect(done.url).toBe(REDIRECT);
    const { body } = await token({ grant_type: 'refresh_token', refresh_token: refresh_token ?? '' });
    expect(body.error).toBe('invalid_grant');
    expect((await openSignIn()).text).toContain('<label for="password">');
  });
});

describe('answers by form', () => {
  it('carry a policy with the hash of their one script', async () => {
    const { response, text } = await openSignIn({ response_mode: 'form_post' });
    const script = /<script>([\s\S]*)<\/script>/.exec(text)?.[1] ?? '';
    const digest = hash('sha256', script, 'base64');
    expect(response.headers.get('content-security-policy')).toContain(`script-src 'sha256-${digest}'`);
    expect(text).toContain(`action="${REDIRECT}"`);
  });
});
