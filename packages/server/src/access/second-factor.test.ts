import { auditEvents } from '@open-remote-help/protocol';
import { memoryIdentity } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { addUser, removeUser, setDisabled, type User } from './accounts.ts';
import { findSecondFactor, passSecondFactor, resetSecondFactor, setUpSecondFactor } from './second-factor.ts';
import { newTotpSecret, totpCode, totpStepAt } from './totp.ts';

const tenantId = '11111111-1111-4111-8111-111111111111';
const STEP_MS = 30_000;

let at: Awaited<ReturnType<typeof memoryIdentity>>;
let user: User;
let secret: string;
let recoveryCodes: readonly string[];

beforeEach(async () => {
  at = await memoryIdentity();
  ({ user } = await addUser(at, { tenantId, userPrincipalName: 'a@b', password: 'correct horse battery' }));
  secret = newTotpSecret();
  ({ recoveryCodes } = await setUp({ replaces: undefined }));
  at.clock.advanceBy(STEP_MS);
});

function codeNow(steps = 0): string {
  return totpCode(secret, totpStepAt(at.clock.now()) + steps);
}

function setUp(changes: { replaces: string | undefined; secret?: string; code?: string }) {
  return setUpSecondFactor(at, { tenantId, user, secret, code: codeNow(), ipAddress: '192.0.2.1', ...changes });
}

async function presentFactor(): Promise<string | undefined> {
  return (await findSecondFactor(at.store, { tenantId, userId: user.id }))?.setUpDateTime;
}

function pass(code: string, source = 'home', browser?: string) {
  const from = browser === undefined ? { source } : { source, browser };
  return passSecondFactor(at, { tenantId, user, code, ipAddress: '192.0.2.1', ...from });
}

async function activities(): Promise<unknown[]> {
  const { entities } = await at.store.query({ set: auditEvents, tenantId, top: 100 });
  return entities.map(({ values }) => values.activityType);
}

describe('a code of the app', () => {
  // ID-47
  it('is good once', async () => {
    const code = codeNow();
    expect(await pass(code)).toMatchObject({ kind: 'passed', recoveryCodesLeft: undefined });
    expect(await pass(code)).toEqual({ kind: 'refused' });
    at.clock.advanceBy(STEP_MS);
    expect(await pass(code)).toEqual({ kind: 'refused' });
    expect(await pass(codeNow())).toMatchObject({ kind: 'passed' });
  });

  // ID-47
  it('is good once even when it is sent often at once', async () => {
    const code = codeNow();
    const outcomes = await Promise.all(Array.from({ length: 5 }, (_, index) => pass(code, `s${index}`)));
    expect(outcomes.filter(({ kind }) => kind === 'passed')).toHaveLength(1);
  });

  // ID-47
  it('that confirmed the set-up is used up by it', async () => {
    await resetSecondFactor(at, { tenantId, nameOrId: 'a@b' });
    const code = codeNow();
    await setUp({ replaces: undefined, code });
    expect(await pass(code)).toEqual({ kind: 'refused' });
  });

  // ID-48
  it('may be guessed five times from one place, and by who guesses on others are not held up', async () => {
    for (let guess = 0; guess < 5; guess++) expect(await pass('000000')).toEqual({ kind: 'refused' });
    expect(await pass(codeNow())).toEqual({ kind: 'throttled', retryAfterSeconds: 30 });
    expect(await pass(codeNow(), 'elsewhere')).toMatchObject({ kind: 'passed' });
  });

  // ID-48
  it('lets a person in from where they passed before while strangers who know the password guess from everywhere', async () => {
    expect(await pass(codeNow(), 'home', 'browser')).toMatchObject({ kind: 'passed' });
    at.clock.advanceBy(STEP_MS);
    const outcomes = [];
    for (let source = 0; source < 30; source++) outcomes.push(await pass('000000', `s${source}`));
    expect(outcomes.filter(({ kind }) => kind === 'refused')).toHaveLength(20);
    expect(outcomes.at(-1)).toEqual({ kind: 'throttled', retryAfterSeconds: 300 });
    expect(await pass(codeNow(), 'home')).toMatchObject({ kind: 'passed' });
    at.clock.advanceBy(STEP_MS);
    expect(await pass(codeNow(), 'hotel', 'browser')).toMatchObject({ kind: 'passed' });
  });
});

describe('recovery codes', () => {
  // ID-49
  it('are ten, each good once, in any case and grouping', async () => {
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first = '', second = ''] = recoveryCodes;
    expect(first).toMatch(/^([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/);
    expect(await pass(first)).toMatchObject({ kind: 'passed', recoveryCodesLeft: 9 });
    expect(await pass(first)).toEqual({ kind: 'refused' });
    expect(await pass(` ${second.toUpperCase().replaceAll('-', ' ')} `)).toMatchObject({ recoveryCodesLeft: 8 });
    expect((await activities()).filter((activity) => activity === 'useRecoveryCode')).toHaveLength(2);
  });

  // ID-49
  it('are good once even when sent often at once', async () => {
    const [code = ''] = recoveryCodes;
    const outcomes = await Promise.all(Array.from({ length: 5 }, (_, index) => pass(code, `s${index}`)));
    expect(outcomes.filter(({ kind }) => kind === 'passed')).toHaveLength(1);
  });

  // ID-49
  it('and the secret lie in no copy of the database', () => {
    const dump = at.store.dump();
    expect(dump).toContain('secondFactors');
    for (const text of [secret, ...recoveryCodes, ...recoveryCodes.map((code) => code.replaceAll('-', ''))]) {
      expect(dump).not.toContain(text);
    }
  });

  it.each(['', ' ', '-', 'a'.repeat(100_000)])('are not %.5j', async (text) => {
    expect(await pass(text)).toEqual({ kind: 'refused' });
  });
});

describe('a set-up', () => {
  // ID-50
  it('needs a code of its secret', async () => {
    const other = newTotpSecret();
    await expect(setUp({ replaces: await presentFactor(), secret: other })).rejects.toMatchObject({
      code: 'badRequest',
      target: 'code',
    });
    expect(await pass(codeNow())).toMatchObject({ kind: 'passed' });
  });

  // ID-50
  it('replaces none but the one that was passed', async () => {
    await expect(setUp({ replaces: undefined })).rejects.toMatchObject({ code: 'conflict' });
    await expect(setUp({ replaces: '2020-01-01T00:00:00.000Z' })).rejects.toMatchObject({ code: 'conflict' });
    const before = recoveryCodes;
    ({ recoveryCodes } = await setUp({ replaces: await presentFactor() }));
    expect(await pass(before[0] ?? '')).toEqual({ kind: 'refused' });
    expect(await pass(recoveryCodes[0] ?? '')).toMatchObject({ kind: 'passed' });
  });

  it('is not for an account that was disabled meanwhile', async () => {
    await resetSecondFactor(at, { tenantId, nameOrId: user.id });
    await setDisabled(at, { tenantId, nameOrId: user.id, isDisabled: true });
    await expect(setUp({ replaces: undefined })).rejects.toMatchObject({ code: 'conflict' });
    expect(await presentFactor()).toBeUndefined();
  });

  // ID-51
  it('is reset by the operator, on record', async () => {
    expect(await resetSecondFactor(at, { tenantId, nameOrId: 'A@B' })).toBe(true);
    expect(await presentFactor()).toBeUndefined();
    expect(await pass(codeNow())).toEqual({ kind: 'refused' });
    expect(await resetSecondFactor(at, { tenantId, nameOrId: 'a@b' })).toBe(false);
    await expect(resetSecondFactor(at, { tenantId, nameOrId: 'x@b' })).rejects.toMatchObject({ code: 'notFound' });
    expect(await activities()).toEqual(expect.arrayContaining(['setUpSecondFactor', 'resetSecondFactor']));
  });

  // ID-51
  it('goes with its account, also from one that gets the same id later', async () => {
    await removeUser(at, { tenantId, nameOrId: 'a@b' });
    expect(await presentFactor()).toBeUndefined();
  });
});
