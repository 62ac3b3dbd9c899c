/**
 * Slows down guessing of passwords: for each account and each source attempts are counted in the store, so that all
 * nodes count together. An attempt counts before the password is looked at, so that guesses made at once count too.
 */
import { hash } from 'node:crypto';
import { type Instant, toIsoText } from '../clock.ts';
import type { EntityKey, Store, StoredEntity, Write } from '../store/store.ts';
import {
  insertOf,
  instantOf,
  SYSTEM_TENANT,
  signInThrottle,
  signInThrottles,
  type ValuesOf,
  valuesOf,
} from './identity-model.ts';

export interface Attempt {
  readonly tenantId: string;
  readonly userPrincipalName: string;
  /** From `sourceOf`. */
  readonly source: string;
}

/** Failures in a row that cost nothing yet; each further one doubles the wait. */
const FREE_PER_ACCOUNT = 5;
const FREE_PER_SOURCE = 20;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** After so long without an attempt the count starts anew. */
const QUIET_MS = 60 * 60_000;

type Throttle = ValuesOf<typeof signInThrottle>;

/**
 * Counts an attempt, unless account or source has to wait.
 * @returns how long to wait, in milliseconds; 0 when the attempt may be made
 */
export function takeAttempt(store: Store, attempt: Attempt, now: Instant): Promise<number> {
  const keys = keysOf(attempt);
  return store.transact({
    reads: keys,
    decide: (rows) => {
      const waitMs = Math.max(...rows.map((row) => (row ? blockedUntil(row) - now : 0)), 0);
      if (waitMs > 0) return { writes: [], value: waitMs };
      const [account, source] = rows;
      const writes = [
        counted(keys[0], account, failuresOf(account, now) + 1, FREE_PER_ACCOUNT, now),
        counted(keys[1], source, failuresOf(source, now) + 1, FREE_PER_SOURCE, now),
      ];
      return { writes, value: 0 };
    },
  });
}

/** Takes back an attempt that succeeded: the account's count starts anew, the source's is as before. */
export function forgiveAttempt(store: Store, attempt: Attempt, now: Instant): Promise<void> {
  const keys = keysOf(attempt);
  return store.transact({
    reads: keys,
    decide: ([account, source]) => {
      const writes: Write[] = [];
      if (account) writes.push({ kind: 'delete', set: signInThrottles, tenantId: keys[0].tenantId, id: account.id });
      if (source) writes.push(counted(keys[1], source, Math.max(failuresOf(source, now) - 1, 0), FREE_PER_SOURCE, now));
      return { writes, value: undefined };
    },
  });
}

type ThrottleKey = EntityKey & { readonly id: string };

function keysOf({ tenantId, userPrincipalName, source }: Attempt): readonly [ThrottleKey, ThrottleKey] {
  const id = (text: string) => hash('sha256', text, 'base64url');
  return [
    { set: signInThrottles, tenantId, id: id(`account|${userPrincipalName.toLowerCase()}`) },
    { set: signInThrottles, tenantId: SYSTEM_TENANT, id: id(`source|${source}`) },
  ];
}

function blockedUntil(row: StoredEntity): Instant {
  return instantOf(valuesOf(signInThrottle, row).blockedUntilDateTime);
}

function failuresOf(row: StoredEntity | undefined, now: Instant): number {
  if (!row) return 0;
  const { failures, expiresDateTime } = valuesOf(signInThrottle, row);
  return instantOf(expiresDateTime) > now ? failures : 0;
}

function counted(
  key: ThrottleKey,
  before: StoredEntity | undefined,
  failures: number,
  free: number,
  now: Instant,
): Write {
  const waitMs = failures < free ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - free), LONGEST_WAIT_MS);
  const changes: Throttle = {
    failures,
    blockedUntilDateTime: toIsoText(now + waitMs),
    expiresDateTime: toIsoText(now + waitMs + QUIET_MS),
  };
  const { set, tenantId, id } = key;
  return before ? { kind: 'update', set, tenantId, before, changes } : insertOf(signInThrottles, tenantId, id, changes);
}
