/** The console's side of a sign-in against the embedded issuer: what it holds answers to, and how it renews tokens. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GraphError } from '../packages/console/src/graph/graph-error.ts';
import type { PendingSignIn } from '../packages/console/src/sign-in/pending-sign-in.ts';
import { SignInSession } from '../packages/console/src/sign-in/sign-in-session.ts';
import { addUser, setPassword } from '../packages/server/src/access/accounts.ts';
import { consoleSignIn } from '../packages/server/src/access/web-console.ts';
import { systemClock } from '../packages/server/src/clock.ts';
import { issuerMetadata } from '../packages/server/src/issuer/metadata.ts';
import { Browser, type Rig, startIssuer } from '../packages/server/test/identity/issuer-rig.ts';
import { ManualClock } from '../packages/testkit/src/index.ts';

const PASSWORD = 'correct horse battery';
const READ = 'DeviceManagementManagedDevices.Read.All';
const UNSET = { consoleIssuer: undefined, consoleClientId: undefined, consoleScopes: '', issuers: undefined };
const HOUR_MS = 3_600_000;

let rig: Rig;
let clock: ManualClock;
let session: SignInSession;
beforeAll(async () => {
  rig = await startIssuer();
  for (const name of ['adele', 'alex']) {
    const account = { userPrincipalName: `${name}@contoso.com`, displayName: name, password: PASSWORD };
    await addUser(rig, { tenantId: rig.tenant.id, ...account, allowedScopes: [READ] });
  }
});
afterAll(() => rig.close());
beforeEach(async () => {
  clock = new ManualClock(systemClock.now());
  session = await open();
});

/** @param isTold whether the server says what the issuer would say about itself */
async function open(isTold = true): Promise<SignInSession> {
  const settings = consoleSignIn(UNSET, (origin) => issuerMetadata(origin, rig.tenant.id))(rig.origin);
  if (settings.issuer === null) throw new Error('The embedded issuer is off.');
  const { issuer, clientId, scope, metadata } = settings;
  return SignInSession.open({ issuer, clientId, scope, ...(isTold && { metadata }) }, clock, rig.origin);
}

/** What the person does at the issuer; gives the query with which the browser comes back. */
async function atIssuer(url: URL, name = 'adele', browser = new Browser()): Promise<string> {
  const page = await leave(browser, await browser.request(url.href), url.href);
  const form = { name: `${name}@contoso.com`, password: PASSWORD };
  const end = await leave(browser, await browser.post(page, form), page);
  expect(end.startsWith(`${rig.origin}/signed-in?`)).toBe(true);
  return new URL(end).search;
}

/** Where redirects end, or leave the issuer. */
async function leave(browser: Browser, response: Response, at: string): Promise<string> {
  const location = response.headers.get('location');
  if (location === null) return at;
  const next = new URL(location, at).href;
  return next.startsWith(`${rig.base}/`) ? leave(browser, await browser.request(next), next) : next;
}

async function signIn(changes: Partial<PendingSignIn> = {}, name = 'adele'): Promise<void> {
  const { pending, url } = await session.begin('/devices');
  await session.finish(await atIssuer(url, name), { ...pending, ...changes });
}

async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a sign-in', () => {
  it('tells who signed in and what they may, and gives tokens that the API takes', async () => {
    await signIn();
    expect(session.person).toMatchObject({ name: 'adele', userName: 'adele@contoso.com' });
    expect(session.person?.scopes.has(READ)).toBe(true);
    expect((await rig.tokens.verify(await session.accessToken())).userPrincipalName).toBe('adele@contoso.com');
  });

  it('asks an issuer about itself of which the server knows nothing', async () => {
    session = await open(false);
    await signIn();
    expect(session.person?.name).toBe('adele');
  });

  it.each([
    ['to another request', { state: 'of-another' }],
    ['with an ID token of another request', { nonce: 'of-another' }],
    ['to a code challenge of another', { codeVerifier: 'a'.repeat(43) }],
  ])('takes no answer %s', async (_, changes) => {
    expect(await refusalOf(signIn(changes))).toBeInstanceOf(Error);
    expect(session.person).toBeUndefined();
    expect(await refusalOf(session.accessToken())).toMatchObject({ kind: 'signedOut' });
  });

  it('takes no answer of another issuer (RFC 9207)', async () => {
    const { pending, url } = await session.begin('/');
    const query = new URLSearchParams(await atIssuer(url));
    query.set('iss', 'https://evil.example');
    expect(await refusalOf(session.finish(query.toString(), pending))).toBeInstanceOf(Error);
  });

  it('again is by the same person, who goes on; by another it is refused', async () => {
    await signIn();
    expect(await refusalOf(signIn({}, 'alex'))).toBeInstanceOf(Error);
    expect(session.person?.name).toBe('adele');
    await signIn();
    expect(session.hasExpired).toBe(false);
  });
});

describe('a sign-in without leaving the page', () => {
  const asking = (browser: Browser) => async (url: URL) => ({
    url: await leave(browser, await browser.request(url.href), url.href),
  });

  it('is that of whom the issuer knows', async () => {
    const browser = new Browser();
    const { pending, url } = await session.begin('/');
    await session.finish(await atIssuer(url, 'adele', browser), pending);
    const reloaded = await open();
    expect(reloaded.isIssuerHere).toBe(true);
    await reloaded.signInQuietly(asking(browser));
    expect(reloaded.person?.name).toBe('adele');
    expect(await reloaded.accessToken()).toEqual(expect.any(String));
  });

  it("is nobody else's", async () => {
    expect(await refusalOf(session.signInQuietly(asking(new Browser())))).toMatchObject({ error: 'login_required' });
    expect(session.person).toBeUndefined();
  });

  it('takes no answer of another page', async () => {
    const elsewhere = async () => ({ url: `${rig.origin}/signed-in?code=x&state=y&iss=${rig.base}/v2.0` });
    expect(await refusalOf(session.signInQuietly(elsewhere))).toBeInstanceOf(Error);
    expect(session.person).toBeUndefined();
  });
});

describe('tokens', () => {
  it('are renewed before they expire, once for all who ask, again and again', async () => {
    await signIn();
    const first = await session.accessToken();
    expect(await session.accessToken()).toBe(first);
    let before = first;
    for (let hour = 0; hour < 3; hour++) {
      clock.advanceBy(HOUR_MS - 30_000);
      const [one, two] = await Promise.all([session.accessToken(), session.accessToken()]);
      expect(one).toBe(two);
      expect(one).not.toBe(before);
      before = one;
    }
  });

  it('that the API refuses are replaced at once', async () => {
    await signIn();
    const first = await session.accessToken();
    session.refused(first);
    expect(await session.accessToken()).not.toBe(first);
    session.refused('some older one');
    const second = await session.accessToken();
    expect(await session.accessToken()).toBe(second);
  });

  it('end where the person may sign in no more; a new sign-in goes on with the same page', async () => {
    await signIn();
    const told: boolean[] = [];
    session.subscribe(() => told.push(session.hasExpired));
    // Whoever sets a new password is signed out everywhere.
    await setPassword(rig, { tenantId: rig.tenant.id, nameOrId: 'adele@contoso.com', password: PASSWORD });
    clock.advanceBy(HOUR_MS);
    expect(await refusalOf(session.accessToken())).toMatchObject({ kind: 'signedOut' });
    expect([session.hasExpired, told.at(-1)]).toEqual([true, true]);
    expect(session.person?.name).toBe('adele');
    await signIn();
    expect(session.hasExpired).toBe(false);
    expect(await session.accessToken()).toEqual(expect.any(String));
  });

  it('stay for another try while the issuer is away', async () => {
    const own = await startIssuer();
    await addUser(own, { tenantId: own.tenant.id, userPrincipalName: 'adele@contoso.com', password: PASSWORD });
    const shared = rig;
    rig = own;
    try {
      session = await open();
      await signIn();
      await own.close();
      clock.advanceBy(HOUR_MS);
      const refusal = await refusalOf(session.accessToken());
      expect(refusal).toBeInstanceOf(GraphError);
      expect(refusal).toMatchObject({ kind: 'offline' });
      expect(session.hasExpired).toBe(false);
    } finally {
      rig = shared;
    }
  });
});

describe('signing out', () => {
  it('forgets everything, and leads to where the issuer ends its own session', async () => {
    await signIn();
    const url = await session.end();
    expect(session.person).toBeUndefined();
    expect(url?.href.startsWith(`${rig.base}/oauth2/v2.0/logout?`)).toBe(true);
    expect(url?.searchParams.get('post_logout_redirect_uri')).toBe(`${rig.origin}/signed-out`);
    expect(await refusalOf(session.accessToken())).toMatchObject({ kind: 'signedOut' });
  });
});
