/**
 * Slows down guessing of passwords and of codes, each counted by itself, without letting a stranger lock a person out. Attempts are counted in the store, so
 * that all nodes count together, and before what was typed is looked at, so that guesses made at once count too:
 * - for an account from one source, and for a source: after some failures in a row each further one doubles the wait;
 * - for an account from all sources and browsers that never signed in to it: an even pace, which a guesser with many
 *   addresses shares with nobody who comes from where they usually come from.
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

/** Whose password or code is about to be tried, and from where. */
export interface Attempt {
  /** The password when left out. */
  readonly factor?: Factor;
  readonly tenantId: string;
  readonly userPrincipalName: string;
  /** From `sourceOf`. */
  readonly source: string;
  /** What the browser shows of an earlier sign-in, or would show of this one if it succeeds: a secret of its own. */
  readonly browser?: string;
}

/** What is tried. Who knows the password is a stranger still until a code was right. */
export type Factor = 'password' | 'code';

/** Failures in a row that cost nothing yet; each further one doubles the wait. */
const FREE_PER_PAIR = 5;
const FREE_PER_SOURCE = 20;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** After so long without an attempt the count starts anew. */
const QUIET_MS = 60 * 60_000;
/**
 * Attempts at an account that strangers may make at once, and how long each takes to be free again. Of codes at most 288
 * a day, each right by chance three times in a million: less than one in a thousand days, for who has the password.
 */
const STRANGERS: Readonly<Record<Factor, { readonly atOnce: number; readonly paceMs: number }>> = {
  password: { atOnce: 100, paceMs: 30_000 },
  code: { atOnce: 20, paceMs: 5 * 60_000 },
};
/** How long source and browser are no strangers to the account that they signed in to. */
export const KNOWN_MS = 30 * 24 * 60 * 60_000;

type Throttle = ValuesOf<typeof signInThrottle>;

/**
 * Counts an attempt, unless it has to wait.
 * @returns how long to wait, in milliseconds; 0 when the attempt may be made
 */
export function takeAttempt(store: Store, attempt: Attempt, now: Instant): Promise<number> {
  const keys = keysOf(attempt);
  const { paceMs, atOnce } = strangersOf(attempt);
  return store.transact({
    reads: Object.values(keys),
    decide: (rows) => {
      const { pair, source, account, place, browser } = named(keys, rows);
      const isElsewhere = !isAlive(place, now);
      const isStranger = isElsewhere && !isAlive(browser, now);
      const wait = isStranger
        ? paceOf(account, now) - (atOnce - 1) * paceMs - now
        : isElsewhere
          ? waitOf(browser, now)
          : 0;
      const waitMs = Math.max(waitOf(pair, now), waitOf(source, now), wait);
      if (waitMs > 0) return { writes: [], value: waitMs };
      const writes = [
        counted(keys.pair, pair, failuresOf(pair, now) + 1, FREE_PER_PAIR, now),
        counted(keys.source, source, failuresOf(source, now) + 1, FREE_PER_SOURCE, now),
      ];
      if (isStranger) writes.push(paced(keys.account, account, paceOf(account, now) + paceMs));
      // Whoever took a browser's secret gets no further with it from many sources than from one.
      else if (isElsewhere && keys.browser && browser) writes.push(failedAgain(keys.browser, browser, now));
      return { writes, value: 0 };
    },
  });
}

/**
 * Takes back an attempt that succeeded: the count of account and source starts anew, the others are as before, and
 * source and browser are no strangers to the account any more.
 */
export function forgiveAttempt(store: Store, attempt: Attempt, now: Instant): Promise<void> {
  const keys = keysOf(attempt);
  return store.transact({
    reads: Object.values(keys),
    decide: (rows) => {
      const { pair, source, account, place, browser } = named(keys, rows);
      const expiresDateTime = toIsoText(now + KNOWN_MS);
      const known = { failures: 0, blockedUntilDateTime: toIsoText(now), expiresDateTime };
      const writes: Write[] = [put(keys.place, place, known)];
      if (keys.browser) writes.push(put(keys.browser, browser, known));
      if (pair) writes.push({ kind: 'delete', set: signInThrottles, tenantId: keys.pair.tenantId, id: pair.id });
      if (source)
        writes.push(counted(keys.source, source, Math.max(failuresOf(source, now) - 1, 0), FREE_PER_SOURCE, now));
      if (account && !isAlive(place, now) && !isAlive(browser, now)) {
        writes.push(paced(keys.account, account, Math.max(paceOf(account, now) - strangersOf(attempt).paceMs, now)));
      }
      return { writes, value: undefined };
    },
  });
}

type ThrottleKey = EntityKey & { readonly id: string };

interface ThrottleKeys {
  /** The account from the source. */
  readonly pair: ThrottleKey;
  readonly source: ThrottleKey;
  /** The account from strangers. */
  readonly account: ThrottleKey;
  /** That the source is no stranger to the account. */
  readonly place: ThrottleKey;
  /** That the browser is none. */
  readonly browser?: ThrottleKey;
}

type ThrottleRows = { readonly [K in keyof ThrottleKeys]: StoredEntity | undefined };

function keysOf({ factor = 'password', tenantId, userPrincipalName, source, browser }: Attempt): ThrottleKeys {
  const name = userPrincipalName.toLowerCase();
  const prefix = factor === 'password' ? [] : [factor];
  const key = (tenant: string, ...parts: readonly string[]): ThrottleKey => ({
    set: signInThrottles,
    tenantId: tenant,
    id: hash('sha256', [...prefix, ...parts].join('|'), 'base64url'),
  });
  return {
    pair: key(tenantId, 'pair', source, name),
    source: key(SYSTEM_TENANT, 'source', source),
    account: key(tenantId, 'account', name),
    place: key(tenantId, 'known', source, name),
    ...(browser === undefined ? {} : { browser: key(tenantId, 'browser', browser, name) }),
  };
}

/** Rows under the names of their keys. */
function named(keys: ThrottleKeys, rows: readonly (StoredEntity | undefined)[]): Partial<ThrottleRows> {
  return Object.fromEntries(Object.keys(keys).map((name, index) => [name, rows[index]]));
}

function isAlive(row: StoredEntity | undefined, now: Instant): boolean {
  return row !== undefined && instantOf(valuesOf(signInThrottle, row).expiresDateTime) > now;
}

function blockedUntil(row: StoredEntity): Instant {
  return instantOf(valuesOf(signInThrottle, row).blockedUntilDateTime);
}

function waitOf(row: StoredEntity | undefined, now: Instant): number {
  return row ? blockedUntil(row) - now : 0;
}

function failuresOf(row: StoredEntity | undefined, now: Instant): number {
  return row && isAlive(row, now) ? valuesOf(signInThrottle, row).failures : 0;
}

function counted(
  key: ThrottleKey,
  before: StoredEntity | undefined,
  failures: number,
  free: number,
  now: Instant,
): Write {
  const waitMs = waitAfter(failures, free);
  return put(key, before, {
    failures,
    blockedUntilDateTime: toIsoText(now + waitMs),
    expiresDateTime: toIsoText(now + waitMs + QUIET_MS),
  });
}

function waitAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - free), LONGEST_WAIT_MS);
}

/** Counts with a browser, which stays known as long as it was. */
function failedAgain(key: ThrottleKey, before: StoredEntity, now: Instant): Write {
  const { expiresDateTime, failures } = valuesOf(signInThrottle, before);
  const blockedUntilDateTime = toIsoText(now + waitAfter(failures + 1, FREE_PER_PAIR));
  return put(key, before, { failures: failures + 1, blockedUntilDateTime, expiresDateTime });
}

/**
 * When the attempts of strangers so far would be over, had they come at an even pace (the generic cell rate algorithm,
 * ITU-T I.371): the one instant says how many of those at once are left.
 */
function paceOf(row: StoredEntity | undefined, now: Instant): Instant {
  return row ? Math.max(blockedUntil(row), now) : now;
}

function strangersOf({ factor = 'password' }: Attempt) {
  return STRANGERS[factor];
}

function paced(key: ThrottleKey, before: StoredEntity | undefined, until: Instant): Write {
  const text = toIsoText(until);
  return put(key, before, { failures: 0, blockedUntilDateTime: text, expiresDateTime: text });
}

function put({ set, tenantId, id }: ThrottleKey, before: StoredEntity | undefined, values: Throttle): Write {
  return before
    ? { kind: 'update', set, tenantId, before, changes: values }
    : insertOf(signInThrottles, tenantId, id, values);
}
