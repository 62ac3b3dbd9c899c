import { auditEvents } from '@open-remote-help/protocol';
import { memoryIdentity } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { addUser, setDisabled, setPassword, type User } from './accounts.ts';
import { openFirstAdmin } from './first-admin.ts';
import { changePassword, signIn } from './sign-in.ts';
import { type Attempt, forgiveAttempt, takeAttempt } from './sign-in-throttle.ts';
import { openTenant } from './tenants.ts';

const tenantId = '11111111-1111-4111-8111-111111111111';
const password = 'correct horse battery';
const attempt: Attempt = { tenantId, userPrincipalName: 'a@b', source: '192.0.2.1' };

let at: Awaited<ReturnType<typeof memoryIdentity>>;
beforeEach(async () => {
  at = await memoryIdentity();
});

describe('signIn', () => {
  let user: User;
  beforeEach(async () => {
    ({ user } = await addUser(at, { tenantId, userPrincipalName: 'a@b', password }));
  });

  it('takes the right password of an account in its tenant, the name in any case', async () => {
    expect(await signIn(at, { ...attempt, userPrincipalName: 'A@B', password })).toMatchObject({
      kind: 'signedIn',
      user,
    });
  });

  // ID-24
  it('refuses a wrong password, an unknown name, a disabled account and another tenant alike', async () => {
    const refused = expect.objectContaining({ kind: 'refused' });
    expect(await signIn(at, { ...attempt, password: `${password}!` })).toEqual(refused);
    expect(await signIn(at, { ...attempt, userPrincipalName: 'x@b', password })).toEqual(refused);
    expect(await signIn(at, { ...attempt, userPrincipalName: user.id, password })).toEqual(refused);
    expect(await signIn(at, { ...attempt, tenantId: 'other', password })).toEqual(refused);
    await setDisabled(at, { tenantId, nameOrId: user.id, isDisabled: true });
    expect(await signIn(at, { ...attempt, password })).toEqual(refused);
  });

  it('refuses an account without password', async () => {
    const { id } = await openTenant(at);
    await openFirstAdmin(at, id);
    const credentials = { ...attempt, tenantId: id, userPrincipalName: 'admin@localhost', password: '' };
    expect(await signIn(at, credentials)).toMatchObject({ kind: 'refused' });
  });

  it('turns away even the right password while the source has to wait for the account', async () => {
    for (let guess = 0; guess < 5; guess++) await takeAttempt(at.store, attempt, at.clock.now());
    const credentials = { ...attempt, password };
    expect(await signIn(at, credentials)).toEqual({ kind: 'throttled', retryAfterSeconds: 30 });
    at.clock.advanceBy(30_000);
    expect(await signIn(at, credentials)).toMatchObject({ kind: 'signedIn' });
  });

  // ID-25
  it('lets a person in from elsewhere while a stranger guesses for days', async () => {
    for (let quarter = 0; quarter < 200; quarter++) {
      for (let guess = 0; guess < 10; guess++) await takeAttempt(at.store, attempt, at.clock.now());
      at.clock.advanceBy(15 * 60_000);
    }
    expect(await signIn(at, { ...attempt, source: 'elsewhere', password })).toMatchObject({ kind: 'signedIn' });
  });

  // ID-25
  it('lets a person in from where they signed in before while strangers guess from everywhere', async () => {
    const home = { ...attempt, source: 'home', password };
    expect(await signIn(at, home)).toMatchObject({ kind: 'signedIn' });
    at.clock.advanceBy(29 * 24 * 60 * 60_000);
    await guessFromEverywhere();
    expect(await signIn(at, home)).toMatchObject({ kind: 'signedIn' });
    expect(await signIn(at, { ...home, source: 'new' })).toMatchObject({ kind: 'throttled', retryAfterSeconds: 30 });
    at.clock.advanceBy(31 * 24 * 60 * 60_000);
    await guessFromEverywhere();
    expect(await signIn(at, home)).toMatchObject({ kind: 'throttled' });
  });

  // ID-25
  it('knows a browser wherever it is taken, and a stolen one guesses no faster', async () => {
    const travelling = { ...attempt, browser: 'secret', password };
    expect(await signIn(at, { ...travelling, source: 'home' })).toMatchObject({ kind: 'signedIn' });
    await guessFromEverywhere();
    expect(await signIn(at, { ...travelling, source: 'hotel' })).toMatchObject({ kind: 'signedIn' });
    expect(await signIn(at, { ...travelling, source: 'train', browser: 'other' })).toMatchObject({ kind: 'throttled' });
    const thief = (source: number) => takeAttempt(at.store, { ...travelling, source: `t${source}` }, at.clock.now());
    for (let source = 0; source < 5; source++) expect(await thief(source)).toBe(0);
    expect(await thief(5)).toBe(30_000);
    at.clock.advanceBy(30_000);
    expect(await thief(6)).toBe(0);
    expect(await thief(7)).toBe(60_000);
    expect(await signIn(at, { ...travelling, source: 'home' })).toMatchObject({ kind: 'signedIn' });
  });

  // ID-25
  it('knows a browser for the account alone that it signed in to', async () => {
    await addUser(at, { tenantId, userPrincipalName: 'own@b', password });
    const own = { ...attempt, userPrincipalName: 'own@b', browser: 'secret', password };
    expect(await signIn(at, own)).toMatchObject({ kind: 'signedIn' });
    await guessFromEverywhere();
    expect(await signIn(at, { ...own, userPrincipalName: 'a@b' })).toMatchObject({ kind: 'throttled' });
  });

  async function guessFromEverywhere(): Promise<void> {
    for (let source = 0; source < 150; source++) {
      await takeAttempt(at.store, { ...attempt, source: `s${source}` }, at.clock.now());
    }
  }
});

describe('changePassword', () => {
  async function signedIn(oldPassword: string): Promise<string> {
    const outcome = await signIn(at, { ...attempt, password: oldPassword });
    if (outcome.kind !== 'signedIn') throw new Error('The sign-in failed.');
    return outcome.proof;
  }

  it('asks for another password that is long enough, and ends the duty to change it', async () => {
    const { user, password: generated } = await addUser(at, { tenantId, userPrincipalName: 'a@b' });
    const proof = await signedIn(generated ?? '');
    const change = (next: string) =>
      changePassword(at, { tenantId, userId: user.id, proof, password: next, source: '192.0.2.1' });
    await expect(change('short')).rejects.toMatchObject({ code: 'badRequest', target: 'password' });
    await expect(change(generated ?? '')).rejects.toThrow('the old one');
    await change(password);
    expect(await signIn(at, { ...attempt, password })).toMatchObject({ user: { mustChangePassword: false } });
    expect(await signIn(at, { ...attempt, password: generated ?? '' })).toMatchObject({ kind: 'refused' });
    const { entities } = await at.store.query({ set: auditEvents, tenantId, top: 100 });
    const record = entities.find(({ values }) => values.activityType === 'changePassword');
    expect(record?.values.actor).toMatchObject({
      auditActorType: 'ItPro',
      userId: user.id,
      userPrincipalName: 'a@b',
      ipAddress: '192.0.2.1',
    });
  });

  it('is over for whoever proved a password that was set anew since', async () => {
    const { user, password: leaked = '' } = await addUser(at, { tenantId, userPrincipalName: 'a@b' });
    const proof = await signedIn(leaked);
    const anew = await setPassword(at, { tenantId, nameOrId: user.id });
    const change = changePassword(at, { tenantId, userId: user.id, proof, password, source: undefined });
    await expect(change).rejects.toMatchObject({ code: 'conflict' });
    expect(await signIn(at, { ...attempt, password: anew ?? '' })).toMatchObject({ kind: 'signedIn' });
  });
});

// ID-25
describe('the throttle', () => {
  const take = (changes: Partial<Attempt> = {}) => takeAttempt(at.store, { ...attempt, ...changes }, at.clock.now());

  it('lets five attempts from a source at an account pass, then each waits twice as long, to a quarter hour', async () => {
    for (let guess = 0; guess < 5; guess++) expect(await take()).toBe(0);
    const waits: number[] = [];
    for (let guess = 0; guess < 7; guess++) {
      const waitMs = await take();
      waits.push(waitMs / 1000);
      at.clock.advanceBy(waitMs);
      expect(await take()).toBe(0);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900]);
  });

  it('holds a guesser with any number of sources to an even pace, whose wait never grows', async () => {
    const startedAt = at.clock.now();
    let taken = 0;
    let longest = 0;
    for (let second = 0; second < 3_600; second += 5) {
      for (let guess = 0; guess < 3; guess++) {
        const waitMs = await take({ source: `${second}/${guess}` });
        if (waitMs === 0) taken++;
        longest = Math.max(longest, waitMs);
      }
      at.clock.advanceTo(startedAt + (second + 5) * 1_000);
    }
    expect(taken).toBe(100 + 3_600 / 30 - 1);
    expect(longest).toBe(30_000);
  });

  it('holds up no other account, and knows a source for the account alone that it signed in to', async () => {
    const mine = { ...attempt, userPrincipalName: 'mine@b' };
    await forgiveAttempt(at.store, mine, at.clock.now());
    for (let source = 0; source < 100; source++) await take({ source: `s${source}` });
    expect(await take({ source: 'fresh', userPrincipalName: 'mine@b' })).toBe(0);
    expect(await take()).toBe(30_000);
    expect(await take({ userPrincipalName: 'mine@b' })).toBe(0);
  });

  it('gives a stranger back what a success took', async () => {
    for (let source = 0; source < 100; source++) expect(await take({ source: `s${source}` })).toBe(0);
    await forgiveAttempt(at.store, { ...attempt, source: 's0' }, at.clock.now());
    expect(await take({ source: 'fresh' })).toBe(0);
    expect(await take({ source: 'another' })).toBe(30_000);
  });

  it('counts attempts made at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => take()));
    expect(outcomes.filter((waitMs) => waitMs === 0)).toHaveLength(5);
  });

  it('lets a source try twenty names, and no success of its own frees it', async () => {
    for (let guess = 0; guess < 20; guess++) {
      const own = { ...attempt, userPrincipalName: 'mine@b' };
      expect(await takeAttempt(at.store, own, at.clock.now())).toBe(0);
      await forgiveAttempt(at.store, own, at.clock.now());
      expect(await take({ userPrincipalName: `u${guess}@b` })).toBe(0);
    }
    expect(await take({ userPrincipalName: 'fresh@b' })).toBe(30_000);
    expect(await take({ userPrincipalName: 'fresh@b', source: 'elsewhere' })).toBe(0);
  });

  it('starts an account anew after a success, and after a quiet hour', async () => {
    for (let guess = 0; guess < 4; guess++) await take();
    await forgiveAttempt(at.store, attempt, at.clock.now());
    for (let guess = 0; guess < 4; guess++) expect(await take()).toBe(0);
    at.clock.advanceBy(60 * 60_000);
    for (let guess = 0; guess < 5; guess++) expect(await take()).toBe(0);
    expect(await take()).toBe(30_000);
  });

  it('keeps names only as hashes', async () => {
    await take({ userPrincipalName: 'canary@b' });
    expect(at.store.dump()).not.toContain('canary');
  });
});
