/**
 * Slows down guessing of codes, and notices it. Attempts are counted in the store, so that all nodes count together, and
 * before a code is looked at, so that guesses made at once count too. A source that is wrong again and again waits
 * longer each time; who guesses from many sources is noticed, and keeps nobody with a right code from using it.
 */
import { hash } from 'node:crypto';
import { type Instant, toIsoText } from '../clock.ts';
import type { EntityKey, Store, StoredEntity, Write } from '../store/store.ts';
import { auditWrite, SYSTEM_ACTOR } from './audit-record.ts';
import { insertOf, instantOf, SYSTEM_TENANT, signInThrottle, signInThrottles, valuesOf } from './identity-model.ts';
import { newId } from './ids.ts';

/** Who tries, and whose audit log hears of many who do. */
export interface Guess {
  /** From `sourceOf`. */
  readonly source: string;
  readonly operatorTenantId: string;
}

/** @see takeGuess */
export interface Taken {
  /** How long to wait, in milliseconds; 0 when the attempt may be made, and was counted. */
  readonly waitMs: number;
  /** Whether this attempt raised the alarm: there is an audit record of it then. */
  readonly isAlarm: boolean;
}

/** Wrong codes in a row that cost a source nothing; each further one doubles its wait. */
const FREE = 5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** After so long without an attempt the count of a source starts anew. */
const QUIET_MS = 30 * 60_000;
/** Wrong codes of everybody within `WINDOW_MS` that raise the alarm, once in that time. */
export const ALARM_AT = 100;
const WINDOW_MS = 60 * 60_000;

/** Counts an attempt, unless it has to wait. */
export function takeGuess(store: Store, guess: Guess, now: Instant): Promise<Taken> {
  const keys = keysOf(guess);
  return store.transact({
    reads: [keys.source, keys.all],
    decide: ([source, all]) => {
      const waitMs = source ? Math.max(0, blockedUntil(source) - now) : 0;
      if (waitMs > 0) return { writes: [], value: { waitMs, isAlarm: false } };
      const total = failuresOf(all, now) + 1;
      const isAlarm = total >= ALARM_AT && !(all && isAlive(all, now) && blockedUntil(all) > now);
      const writes = [
        sourceWrite(keys.source, source, failuresOf(source, now) + 1, now),
        allWrite(keys.all, all, { total, isAlarm }, now),
        ...(isAlarm ? [alarm(guess, total, now)] : []),
      ];
      return { writes, value: { waitMs, isAlarm } };
    },
  });
}

/** Takes back an attempt that was right. */
export function forgiveGuess(store: Store, guess: Guess, now: Instant): Promise<void> {
  const keys = keysOf(guess);
  return store.transact({
    reads: [keys.source, keys.all],
    decide: ([source, all]) => ({
      writes: [
        ...(source ? [sourceWrite(keys.source, source, Math.max(0, failuresOf(source, now) - 1), now)] : []),
        ...(all
          ? [allWrite(keys.all, all, { total: Math.max(0, failuresOf(all, now) - 1), isAlarm: false }, now)]
          : []),
      ],
      value: undefined,
    }),
  });
}

type ThrottleKey = EntityKey & { readonly id: string };

function keysOf({ source }: Guess): { readonly source: ThrottleKey; readonly all: ThrottleKey } {
  const key = (...parts: readonly string[]): ThrottleKey => ({
    set: signInThrottles,
    tenantId: SYSTEM_TENANT,
    id: hash('sha256', parts.join('|'), 'base64url'),
  });
  return { source: key('claim', source), all: key('claims') };
}

function isAlive(row: StoredEntity, now: Instant): boolean {
  return instantOf(valuesOf(signInThrottle, row).expiresDateTime) > now;
}

function blockedUntil(row: StoredEntity): Instant {
  return instantOf(valuesOf(signInThrottle, row).blockedUntilDateTime);
}

function failuresOf(row: StoredEntity | undefined, now: Instant): number {
  return row && isAlive(row, now) ? valuesOf(signInThrottle, row).failures : 0;
}

function sourceWrite(key: ThrottleKey, before: StoredEntity | undefined, failures: number, now: Instant): Write {
  const waitMs = failures <= FREE ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE - 1), LONGEST_WAIT_MS);
  return put(key, before, {
    failures,
    blockedUntilDateTime: toIsoText(now + waitMs),
    expiresDateTime: toIsoText(now + waitMs + QUIET_MS),
  });
}

/** Its `blockedUntilDateTime` says until when the alarm was raised. */
function allWrite(
  key: ThrottleKey,
  before: StoredEntity | undefined,
  { total, isAlarm }: { readonly total: number; readonly isAlarm: boolean },
  now: Instant,
): Write {
  const isGoingOn = before !== undefined && isAlive(before, now);
  const until = isGoingOn ? instantOf(valuesOf(signInThrottle, before).expiresDateTime) : now + WINDOW_MS;
  const alarmedUntil = isAlarm ? until : isGoingOn ? blockedUntil(before) : now;
  return put(key, before, {
    failures: total,
    blockedUntilDateTime: toIsoText(alarmedUntil),
    expiresDateTime: toIsoText(until),
  });
}

function alarm({ operatorTenantId }: Guess, count: number, now: Instant): Write {
  return auditWrite({
    tenantId: operatorTenantId,
    id: newId(now),
    now,
    correlationId: newId(now),
    actor: SYSTEM_ACTOR,
    activity: 'Notice guessing of invitation codes',
    activityType: 'noticeGuessingOfInvitationCodes',
    operationType: 'Action',
    result: 'Failure',
    category: 'SignIn',
    resources: [
      {
        displayName: null,
        auditResourceType: 'invitation',
        resourceId: '',
        modifiedProperties: [{ displayName: 'count', oldValue: null, newValue: String(count) }],
      },
    ],
  });
}

function put(
  { set, tenantId, id }: ThrottleKey,
  before: StoredEntity | undefined,
  values: Parameters<typeof insertOf<typeof signInThrottle>>[3],
): Write {
  return before
    ? { kind: 'update', set, tenantId, before, changes: values }
    : insertOf(signInThrottles, tenantId, id, values);
}
