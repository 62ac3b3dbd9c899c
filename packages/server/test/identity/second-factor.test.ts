/** The second factor as people and attackers meet it: the pages, their order, and what tokens say afterwards. */
import { hash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addUser, setDisabled, setPassword, type User } from '../../src/access/accounts.ts';
import { addApplication } from '../../src/access/applications.ts';
import { resetSecondFactor } from '../../src/access/second-factor.ts';
import { totpCode, totpStepAt } from '../../src/access/totp.ts';
import { MULTI_FACTOR } from '../../src/issuer/sign-in-progress.ts';
import { Browser, PUBLIC_URL, type Rig, startIssuer } from './issuer-rig.ts';

const REDIRECT = 'https://app.example/callback';
const PASSWORD = 'correct horse battery';
const READ = 'DeviceManagementManagedDevices.Read.All';
const STEP_MS = 30_000;
const verifier = randomBytes(32).toString('base64url');

interface Place {
  readonly rig: Rig;
  readonly clientId: string;
}

interface Shown {
  readonly status: number;
  readonly url: string;
  readonly text: string;
}

let optional: Place;
let required: Place;

beforeAll(async () => {
  [optional, required] = await Promise.all([place(false), place(true)]);
});
afterAll(async () => {
  for (const { rig } of [optional, required]) {
    await rig.close();
    expect(rig.errors).toEqual([]);
  }
});

async function place(isTotpRequired: boolean): Promise<Place> {
  const rig = await startIssuer({ isTotpRequired });
  const app = { tenantId: rig.tenant.id, displayName: 'Console', isPublic: true, redirectUris: [REDIRECT] };
  return { rig, clientId: (await addApplication(rig, app)).application.id };
}

/** A person at a browser, with an app that shows codes. */
class Person {
  readonly at: Place;
  readonly user: User;
  browser = new Browser();
  password = PASSWORD;
  #secret = '';
  recoveryCodes: string[] = [];

  constructor(at: Place, user: User) {
    this.at = at;
    this.user = user;
  }

  static async of(at: Place, isGenerated = false): Promise<Person> {
    const { id: tenantId } = at.rig.tenant;
    const userPrincipalName = `user-${randomBytes(4).toString('hex')}@contoso.com`;
    const given = { tenantId, userPrincipalName, displayName: 'Adele', allowedScopes: [READ] };
    const { user, password } = await addUser(at.rig, isGenerated ? given : { ...given, password: PASSWORD });
    const person = new Person(at, user);
    person.password = password ?? PASSWORD;
    return person;
  }

  /** With the second factor set up, and a browser that is signed out again. */
  static async withFactor(at: Place): Promise<Person> {
    const person = await Person.of(at);
    await person.typePassword({ setUp: 'yes' });
    await person.confirm();
    person.browser = new Browser();
    at.rig.clock.advanceBy(STEP_MS);
    return person;
  }

  /** What the app shows; of another time, some steps away. */
  code(steps = 0): string {
    return totpCode(this.#secret, totpStepAt(this.at.rig.clock.now()) + steps);
  }

  authorizeUrl(changes: Record<string, string> = {}): string {
    const parameters = {
      client_id: this.at.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT,
      scope: `openid offline_access ${PUBLIC_URL}/${READ}`,
      code_challenge: hash('sha256', verifier, 'base64url'),
      code_challenge_method: 'S256',
      ...changes,
    };
    return `${this.at.rig.base}/oauth2/v2.0/authorize?${new URLSearchParams(parameters)}`;
  }

  open(changes: Record<string, string> = {}): Promise<Shown> {
    return this.get(this.authorizeUrl(changes));
  }

  async get(url: string): Promise<Shown> {
    return this.#seen(await this.browser.request(url), url);
  }

  async post(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Shown> {
    return this.#seen(await this.browser.post(url, form, headers), url);
  }

  /** Opens the sign-in and types name and password. */
  async typePassword(extra: Record<string, string> = {}, changes: Record<string, string> = {}): Promise<Shown> {
    const { url } = await this.open(changes);
    return this.post(url, { name: this.user.userPrincipalName, password: this.password, ...extra });
  }

  /** Types the secret that the page shows into the app, and its code into the page. */
  async confirm(changes: Record<string, string> = {}): Promise<Shown> {
    const { url } = this.#last;
    this.#secret = secretOf(this.#last.text);
    const shown = await this.post(url, { code: this.code(), ...changes });
    this.recoveryCodes = [...shown.text.matchAll(/<li><code>([a-z\d-]{19})<\/code>/g)].map(([, code = '']) => code);
    return shown;
  }

  /** Leaves the page that was seen last by its one button. */
  onward(): Promise<Shown> {
    const action = /<form method="post" action="([^"]+)">/.exec(this.#last.text)?.[1] ?? '';
    return this.post(new URL(action, this.#last.url).href, {});
  }

  async tokens(url: string) {
    const code = new URL(url).searchParams.get('code') ?? '';
    return this.token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier });
  }

  async token(form: Record<string, string>): Promise<Record<string, string>> {
    const body = new URLSearchParams({ client_id: this.at.clientId, ...form });
    return (await (await fetch(`${this.at.rig.base}/oauth2/v2.0/token`, { method: 'POST', body })).json()) as never;
  }

  #last: Shown = { status: 0, url: '', text: '' };

  async #seen(first: Response, from: string): Promise<Shown> {
    const { response, url } = await this.browser.follow(first, from);
    this.#last = {
      status: response.status,
      url,
      text: url.startsWith(this.at.rig.origin) ? await response.text() : '',
    };
    return this.#last;
  }
}

/** base64url of the base32 that a page shows. */
function secretOf(text: string): string {
  const shown = (/<code id="secret">([^<]+)</.exec(text)?.[1] ?? '').replaceAll(' ', '');
  const bits = [...shown].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))).toString(
    'base64url',
  );
}

/** The last word of the address: which page it is. */
function stepOf({ url }: Shown): string {
  return url.startsWith(REDIRECT) ? 'application' : (url.split('/').at(-1) ?? '');
}

describe('the set-up', () => {
  // ID-50
  it('shows a secret as text, link and QR code, takes one code, and shows ten recovery codes once', async () => {
    const person = await Person.of(optional);
    const page = await person.typePassword({ setUp: 'yes' });
    expect([stepOf(page), page.status]).toEqual(['set-up', 200]);
    expect(page.text).toMatch(/<code id="secret">([A-Z2-7]{4} ){7}[A-Z2-7]{4}</);
    expect(page.text).toContain('href="otpauth://totp/Open%20Remote%20Help:');
    expect(page.text).toContain('<svg class="qr" role="img"');
    expect(page.text).toContain('>Not now<');

    const wrong = await person.post(page.url, { code: '12345' });
    expect([wrong.status, secretOf(wrong.text)]).toEqual([400, secretOf(page.text)]);
    expect(wrong.text).toContain('role="alert"');
    const codes = await person.confirm();
    expect(codes.status).toBe(200);
    expect(new Set(person.recoveryCodes).size).toBe(10);
    const again = await person.get(codes.url);
    expect(stepOf(again)).toBe('application');
    expect(await person.at.rig.audit()).toContain('setUpSecondFactor Success');
  });

  // ID-52
  it('runs no script, under the policy of the other pages, and is kept nowhere', async () => {
    const person = await Person.of(optional);
    await person.typePassword({ setUp: 'yes' });
    const { url } = await person.get(person.authorizeUrl());
    await person.post(url, { name: person.user.userPrincipalName, password: PASSWORD, setUp: 'yes' });
    const answer = await person.browser.request(`${url}/set-up`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; img-src 'self'; style-src 'nonce-[^']+'; form-action 'self' https:\/\/app\.example; base-uri 'none'/,
    );
    expect(await answer.text()).not.toMatch(/<script|javascript:| on\w+=| style=/i);
  });

  // ID-50
  it('may be put off where nobody asks for it', async () => {
    const person = await Person.of(optional);
    const { url } = await person.typePassword({ setUp: 'yes' });
    const { access_token = '' } = await person.tokens((await person.post(url, { later: 'yes' })).url);
    expect(decodeJwt(access_token)).toMatchObject({ amr: ['pwd'] });
    expect(decodeJwt(access_token)).not.toHaveProperty('acr');
    expect(stepOf(await new Person(optional, person.user).typePassword())).toBe('application');
  });

  // ID-50
  it('follows the new password of a first sign-in, and needs the code first when there is a factor', async () => {
    const person = await Person.of(optional, true);
    const { url } = await person.typePassword({ setUp: 'yes' });
    expect(stepOf({ url, status: 0, text: '' })).toBe('new-password');
    expect(stepOf(await person.post(url, { password: PASSWORD, repeat: PASSWORD }))).toBe('set-up');
    await person.confirm();
    expect(stepOf(await person.onward())).toBe('application');

    person.password = (await setPassword(optional.rig, nameOf(person))) ?? '';
    person.browser = new Browser();
    expect(stepOf(await person.typePassword())).toBe('code');
  });

  // ID-50
  it('anew replaces secret and recovery codes, after a code of the present one', async () => {
    const person = await Person.withFactor(optional);
    const [old = ''] = person.recoveryCodes;
    const { url } = await person.typePassword({ setUp: 'yes' });
    expect(stepOf({ url, status: 0, text: '' })).toBe('code');
    const stale = person.code(1);
    expect(stepOf(await person.post(url, { code: person.code() }))).toBe('set-up');
    await person.confirm();
    person.browser = new Browser();
    const { url: page } = await person.typePassword();
    for (const code of [old, stale]) expect((await person.post(page, { code })).status).toBe(401);
    optional.rig.clock.advanceBy(STEP_MS);
    expect(stepOf(await person.post(page, { code: person.code() }))).toBe('application');
  });
});

function nameOf({ at, user }: Person) {
  return { tenantId: at.rig.tenant.id, nameOrId: user.id };
}

describe('a sign-in with two factors', () => {
  // ID-53
  it('says so in access and ID token, also after a renewal', async () => {
    const person = await Person.withFactor(optional);
    const { url } = await person.typePassword();
    const given = await person.tokens((await person.post(url, { code: person.code() })).url);
    const expected = { amr: ['pwd', 'otp', 'mfa'], acr: MULTI_FACTOR };
    expect(decodeJwt(given.access_token ?? '')).toMatchObject(expected);
    expect(decodeJwt(given.id_token ?? '')).toMatchObject(expected);
    const refreshed = await person.token({ grant_type: 'refresh_token', refresh_token: given.refresh_token ?? '' });
    expect(decodeJwt(refreshed.access_token ?? '')).toMatchObject(expected);
    expect((await person.open()).url.startsWith(REDIRECT)).toBe(true);
  });

  // ID-53
  it('is had by an application that asks for it: who has one factor sets up the other', async () => {
    const person = await Person.of(optional);
    await person.typePassword();
    const { url } = await person.open({ acr_values: MULTI_FACTOR });
    const page = await person.post(url, { name: person.user.userPrincipalName, password: PASSWORD });
    expect(stepOf(page)).toBe('set-up');
    expect(page.text).not.toContain('>Not now<');
    await person.confirm();
    const { access_token = '' } = await person.tokens((await person.onward()).url);
    expect(decodeJwt(access_token)).toMatchObject({ acr: MULTI_FACTOR });
  });

  // ID-49
  it('takes a recovery code, and says how many are left', async () => {
    const person = await Person.withFactor(optional);
    const { url } = await person.typePassword();
    const [code = ''] = person.recoveryCodes;
    const page = await person.post(url, { code });
    expect(page.text).toContain('9 recovery codes are left');
    expect(stepOf(await person.onward())).toBe('application');
    person.browser = new Browser();
    const { url: again } = await person.typePassword();
    expect((await person.post(again, { code })).status).toBe(401);
    expect(await optional.rig.audit()).toContain('useRecoveryCode Success');
  });

  // ID-53
  it('is asked for of who signed in with a password before it was set up elsewhere', async () => {
    const person = await Person.of(optional);
    expect(stepOf(await person.typePassword())).toBe('application');
    const elsewhere = new Person(optional, person.user);
    await elsewhere.typePassword({ setUp: 'yes' });
    await elsewhere.confirm();
    expect((await person.open()).text).toContain('<label for="password">');
    expect(stepOf(await person.typePassword())).toBe('code');
  });

  // ID-51
  it('ends with the reset of its second factor', async () => {
    const person = await Person.withFactor(optional);
    const { url } = await person.typePassword();
    const { refresh_token = '' } = await person.tokens((await person.post(url, { code: person.code() })).url);
    await resetSecondFactor(optional.rig, nameOf(person));
    expect(await person.token({ grant_type: 'refresh_token', refresh_token })).toMatchObject({
      error: 'invalid_grant',
    });
    expect((await person.open()).text).toContain('<label for="password">');
  });
});

describe('where everybody needs two factors', () => {
  // ID-54
  it('nobody gets past the set-up', async () => {
    const person = await Person.of(required);
    const page = await person.typePassword();
    expect(stepOf(page)).toBe('set-up');
    expect(page.text).not.toContain('>Not now<');
    expect(stepOf(await person.post(page.url, { later: 'yes' }))).toBe('set-up');
    for (const step of ['continue', 'code', 'new-password']) {
      expect(stepOf(await person.get(page.url.replace('set-up', step)))).toBe('set-up');
    }
    await person.get(page.url);
    await person.confirm();
    expect(stepOf(await person.onward())).toBe('application');
  });

  // ID-54
  it('a sign-in from before is no more than a password: neither its cookie nor its refresh token', async () => {
    const { rig, clientId } = await place(false);
    const options = { isTotpRequired: true };
    const person = await Person.of({ rig, clientId });
    const { refresh_token = '' } = await person.tokens((await person.typePassword()).url);
    rig.change(options);
    expect((await person.open()).text).toContain('<label for="password">');
    expect(await person.token({ grant_type: 'refresh_token', refresh_token })).toMatchObject({
      error: 'invalid_grant',
    });
    await rig.close();
  });
});

describe('an attacker who knows the password', () => {
  let person: Person;
  let attacker: Person;
  beforeEach(async () => {
    person = await Person.withFactor(optional);
    attacker = new Person(optional, person.user);
  });

  // ID-47
  it('gets nowhere with a code that was used', async () => {
    const code = person.code();
    const { url } = await person.typePassword();
    expect(stepOf(await person.post(url, { code }))).toBe('application');
    const { url: theirs } = await attacker.typePassword();
    const replayed = await attacker.post(theirs, { code });
    expect(replayed.status).toBe(401);
    expect(replayed.text).toContain('was used before');
  });

  // ID-48
  it('may not guess on, nor by starting over, and leaves a record', async () => {
    optional.rig.clock.advanceBy(120_000);
    const before = (await optional.rig.audit()).filter((line) => line === 'refuseSignIn Failure').length;
    const { url } = await attacker.typePassword();
    for (let guess = 0; guess < 5; guess++)
      expect((await attacker.post(url, { code: `00000${guess}` })).status).toBe(401);
    const { url: anew } = await attacker.typePassword({}, { prompt: 'login' });
    const late = await attacker.browser.post(anew, { code: person.code() });
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '30']);
    const after = (await optional.rig.audit()).filter((line) => line === 'refuseSignIn Failure').length;
    expect(after).toBeGreaterThan(before);
  });

  // ID-52
  it('cannot skip the code by any address of the sign-in', async () => {
    const { url } = await attacker.typePassword();
    for (const step of ['continue', 'set-up', 'new-password', 'code']) {
      const address = url.replace(/code$/, step);
      expect(stepOf(await attacker.get(address))).toBe('code');
      const form = { code: '000000', password: PASSWORD, repeat: PASSWORD, later: 'yes', setUp: 'yes' };
      const { url: end } = await attacker.post(address, step === 'code' ? { later: 'yes' } : form);
      expect(end).toBe(url);
    }
    const resume = `${optional.rig.base}/oauth2/v2.0/authorize/${url.split('/').at(-2)}`;
    expect((await attacker.get(resume)).text).toContain('<label for="password">');
  });

  // ID-52
  it('carries no factor over to an account that was signed in to afterwards', async () => {
    const own = await Person.withFactor(optional);
    const { url } = await own.typePassword({ setUp: 'yes' });
    await own.post(url, { code: own.code() });
    const page = url.replace(/\/code$/, '');
    const name = person.user.userPrincipalName;
    expect(stepOf(await own.post(page, { name, password: PASSWORD }))).toBe('code');
    expect(stepOf(await own.get(`${page}/set-up`))).toBe('code');
    optional.rig.clock.advanceBy(STEP_MS);
    expect((await own.post(`${page}/code`, { code: own.code() })).status).toBe(401);
  });

  // ID-52
  it('loses a sign-in that was under way when the account was disabled or got another password', async () => {
    const { url } = await attacker.typePassword();
    await setPassword(optional.rig, { ...nameOf(person), password: `${PASSWORD} 2` });
    expect((await attacker.post(url, { code: person.code() })).text).toContain('<label for="password">');
    attacker.password = `${PASSWORD} 2`;
    const { url: next } = await attacker.typePassword({}, { prompt: 'login' });
    await setDisabled(optional.rig, { ...nameOf(person), isDisabled: true });
    expect((await attacker.post(next, { code: person.code() })).text).toContain('<label for="password">');
  });

  // ID-52
  it('has no use for a sign-in that was begun in another browser, nor for a form on another site', async () => {
    const { url } = await person.typePassword();
    const code = person.code();
    for (const browser of [new Browser(), attacker.browser]) {
      const answer = await browser.post(url, { code });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('begun in another browser');
    }
    for (const origin of ['https://evil.example', 'null']) {
      expect((await person.browser.post(url, { code }, { origin })).status).toBe(403);
    }
    expect(stepOf(await person.post(url, { code }))).toBe('application');
  });

  // ID-50
  it('cannot set up a second factor in the place of one that came meanwhile', async () => {
    const victim = await Person.of(optional);
    const thief = new Person(optional, victim.user);
    await thief.typePassword({ setUp: 'yes' });
    await victim.typePassword({ setUp: 'yes' });
    await victim.confirm();
    expect(stepOf(await thief.confirm())).toBe('code');
    expect(thief.recoveryCodes).toEqual([]);
  });
});
