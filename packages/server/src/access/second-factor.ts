/** The second factor of a local account: codes of an authenticator app, and recovery codes for when it is lost. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Instant, toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { EntityKey, Store, StoredEntity, Values, Write } from '../store/store.ts';
import { accountAudit, type Origin } from './account-audit.ts';
import { findUser, noUser, type User, type UserName, userKey } from './accounts.ts';
import { userActor } from './audit-record.ts';
import { type Identity, insertOf, secondFactor, secondFactors, valuesOf } from './identity-model.ts';
import { revokeArtifacts } from './oidc-artifacts.ts';
import { type Attempt, forgiveAttempt, takeAttempt } from './sign-in-throttle.ts';
import { totpStepOf } from './totp.ts';

const RECOVERY_CODES = 10;
/** 32 characters, so that each byte gives one without bias; without 0, 1, l and o. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const RECOVERY_LENGTH = 16;
/** Tries at one row that others change at the same moment. */
const MOST_TRIES = 10;

/** What is known of an account's second factor without its secrets. */
export interface SecondFactor {
  /** Names this set-up: another one has another instant. */
  readonly setUpDateTime: string;
}

/** How an attempt at the second factor ended. */
export type SecondStep =
  | { readonly kind: 'passed'; readonly setUpDateTime: string; readonly recoveryCodesLeft: number | undefined }
  | { readonly kind: 'refused' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** A code, whose, and from where. */
export interface CodeAttempt extends Omit<Attempt, 'factor' | 'userPrincipalName'> {
  readonly user: User;
  /** As typed: six digits of the app, or a recovery code in any case and grouping. */
  readonly code: string;
  /** For the audit log. */
  readonly ipAddress: string | undefined;
}

/** The second factor of an account; undefined where none is set up. */
export async function findSecondFactor(
  store: Store,
  account: { readonly tenantId: string; readonly userId: string },
): Promise<SecondFactor | undefined> {
  const row = await store.get(factorKey(account.tenantId, account.userId));
  return row && { setUpDateTime: valuesOf(secondFactor, row).setUpDateTime };
}

/** The same with the number of recovery codes that are left, for the operator. */
export async function secondFactorOf(
  { store, keyRing }: Identity,
  account: { readonly tenantId: string; readonly userId: string },
): Promise<(SecondFactor & { readonly recoveryCodesLeft: number }) | undefined> {
  const row = await store.get(factorKey(account.tenantId, account.userId));
  if (!row) return undefined;
  const left = wordsOf(await keyRing.reveal(row.values.recoveryCodes)).length;
  return { setUpDateTime: valuesOf(secondFactor, row).setUpDateTime, recoveryCodesLeft: left };
}

/** Checks a code, once, and throttled as passwords are but by itself: who knows the password may not guess on freely. */
export async function passSecondFactor(identity: Identity, given: CodeAttempt): Promise<SecondStep> {
  const { store, clock } = identity;
  const { user, code, ipAddress, ...from } = given;
  const attempt: Attempt = { ...from, factor: 'code', userPrincipalName: user.userPrincipalName };
  const waitMs = await takeAttempt(store, attempt, clock.now());
  if (waitMs > 0) return { kind: 'throttled', retryAfterSeconds: Math.ceil(waitMs / 1000) };
  const passed = await spendCode(identity, given);
  if (!passed) return { kind: 'refused' };
  await forgiveAttempt(store, attempt, clock.now());
  return { kind: 'passed', ...passed };
}

async function spendCode(identity: Identity, given: CodeAttempt) {
  const { store } = identity;
  const key = factorKey(given.tenantId, given.user.id);
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    const row = await store.get(key);
    const spent = row && (await spendOf(identity, row, given));
    if (!row || !spent) return undefined;
    const isOurs = await store.transact({
      reads: [key],
      // Whoever spent a code meanwhile may have spent this one.
      decide: ([before]) =>
        before?.version === row.version
          ? { writes: spent.writesOn(before), value: true }
          : { writes: [], value: false },
    });
    if (isOurs) {
      return { setUpDateTime: valuesOf(secondFactor, row).setUpDateTime, recoveryCodesLeft: spent.recoveryCodesLeft };
    }
  }
  throw new DomainError('unavailable', 'Too many codes are tried at this moment.', { retryAfterSeconds: 10 });
}

/** What a code changes if it is right; undefined if it is not. */
async function spendOf(
  { keyRing, clock }: Identity,
  row: StoredEntity,
  { tenantId, user, code, ipAddress }: CodeAttempt,
) {
  const text = code.replaceAll(/[\s-]/g, '').toLowerCase();
  const now = clock.now();
  const update = (before: StoredEntity, changes: Values): Write => {
    return { kind: 'update', set: secondFactors, tenantId, before, changes };
  };
  const secret = await keyRing.reveal(row.values.totpSecret);
  const step = totpStepOf(secret, text, now, valuesOf(secondFactor, row).lastTotpStep);
  if (step !== undefined) {
    const writesOn = (before: StoredEntity) => [update(before, { lastTotpStep: step })];
    return { writesOn, recoveryCodesLeft: undefined };
  }
  const known = wordsOf(await keyRing.reveal(row.values.recoveryCodes));
  const hashed = Buffer.from(hashOf(text));
  const left = known.filter((other) => !timingSafeEqual(Buffer.from(other), hashed));
  if (left.length === known.length) return undefined;
  const record = audit({ tenantId, user, now }, 'useRecoveryCode', 'Use recovery code', 'Action', {
    actor: userActor(user, ipAddress),
  });
  const writesOn = (before: StoredEntity) => [update(before, { recoveryCodes: left.join(' ') }), record];
  return { writesOn, recoveryCodesLeft: left.length };
}

/** A set-up that is confirmed by its first code. */
export interface SetUp {
  readonly tenantId: string;
  readonly user: User;
  /** From `newTotpSecret`. */
  readonly secret: string;
  readonly code: string;
  /** The set-up that whoever does this has passed and replaces; undefined where there is none. */
  readonly replaces: string | undefined;
  readonly ipAddress: string | undefined;
}

/**
 * Sets up a second factor, or replaces the one that was passed.
 * @returns its name and its recovery codes, which nothing can show again
 * @throws DomainError `badRequest` for a wrong code; `conflict` when it was set up otherwise, or the account changed
 * meanwhile
 */
export async function setUpSecondFactor(
  { store, clock }: Identity,
  { tenantId, user, secret, code, replaces, ipAddress }: SetUp,
): Promise<{ setUpDateTime: string; recoveryCodes: readonly string[] }> {
  const now = clock.now();
  const step = totpStepOf(secret, code.replaceAll(/\s/g, ''), now, 0);
  if (step === undefined) {
    throw new DomainError('badRequest', 'The code does not fit. Check the time of your phone, and type the next one.', {
      target: 'code',
    });
  }
  const recoveryCodes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  const setUpDateTime = toIsoText(now);
  const values = {
    totpSecret: secret,
    lastTotpStep: step,
    recoveryCodes: recoveryCodes.map((text) => hashOf(text.replaceAll('-', ''))).join(' '),
    setUpDateTime,
  };
  const record = audit({ tenantId, user, now }, 'setUpSecondFactor', 'Set up second factor', 'Create', {
    actor: userActor(user, ipAddress),
  });
  await store.transact({
    reads: [userKey({ tenantId, nameOrId: user.id }), factorKey(tenantId, user.id)],
    decide: ([account, before]) => {
      const present = before && valuesOf(secondFactor, before).setUpDateTime;
      if (!account || account.values.isDisabled || present !== replaces) {
        throw new DomainError('conflict', 'The account was changed meanwhile. Sign in again.');
      }
      const write: Write = before
        ? { kind: 'update', set: secondFactors, tenantId, before, changes: values }
        : insertOf(secondFactors, tenantId, user.id, values);
      return { writes: [write, record], value: undefined };
    },
  });
  return { setUpDateTime, recoveryCodes };
}

/**
 * Forgets an account's second factor and signs it out everywhere.
 * @returns whether there was one
 * @throws DomainError `notFound`
 */
export async function resetSecondFactor(
  { store, clock }: Pick<Identity, 'store' | 'clock'>,
  { tenantId, nameOrId }: UserName,
  origin?: Origin,
): Promise<boolean> {
  const user = await findUser(store, { tenantId, nameOrId });
  if (!user) throw noUser(nameOrId);
  const record = audit(
    { tenantId, user, now: clock.now() },
    'resetSecondFactor',
    'Reset second factor',
    'Delete',
    origin,
  );
  const wasThere = await store.transact({
    reads: [factorKey(tenantId, user.id)],
    decide: ([row]) => ({
      writes: row ? [{ kind: 'delete', set: secondFactors, tenantId, id: user.id }, record] : [],
      value: row !== undefined,
    }),
  });
  if (wasThere) await revokeArtifacts(store, tenantId, { link: 'accountId', value: user.id });
  return wasThere;
}

function factorKey(tenantId: string, id: string): EntityKey {
  return { set: secondFactors, tenantId, id };
}

/** 80 bits: nobody finds it from its hash. */
function newRecoveryCode(): string {
  const text = Array.from(randomBytes(RECOVERY_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return (text.match(/.{4}/g) ?? []).join('-');
}

function hashOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

function wordsOf(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

function audit(
  { tenantId, user, now }: { tenantId: string; user: User; now: Instant },
  activityType: string,
  activity: string,
  operationType: 'Create' | 'Delete' | 'Action',
  origin: Origin | undefined,
): Write {
  const { id, userPrincipalName: displayName } = user;
  return accountAudit({
    tenantId,
    now,
    operationType,
    activityType,
    activity,
    set: secondFactors,
    id,
    displayName,
    origin,
  });
}
