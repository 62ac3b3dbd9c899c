/**
 * Generations: each sign-in gives a secret that the next one needs, so that of two copies of a device one comes with a
 * secret that is stale.
 */
import { insertOf, type ValuesOf, valuesOf } from '../access/identity-model.ts';
import { type Instant, toIsoText } from '../clock.ts';
import type { EntityKey, Store, StoredEntity, Write } from '../store/store.ts';
import { deviceGeneration, deviceGenerations } from './device-model.ts';
import { isHashOf, secretHash } from './secret-hash.ts';

/** What is kept of the secrets of one device. */
export type Generations = Omit<ValuesOf<typeof deviceGeneration>, 'changedDateTime'>;

/** What is kept once a device was given its first secret. */
export function firstGeneration(secret: string): Generations {
  return { currentHash: secretHash(secret), previousHash: null, isPreviousSpent: true };
}

/**
 * What follows a sign-in with the presented secret. The one before the current is good once: the device may have died
 * before it could keep the answer. The answer that was lost is stale from then on.
 * @returns undefined when the presented one is stale
 */
export function nextGeneration(kept: Generations, presented: string, secret: string): Generations | undefined {
  const currentHash = secretHash(secret);
  if (isHashOf(kept.currentHash, presented)) {
    return { currentHash, previousHash: kept.currentHash, isPreviousSpent: false };
  }
  if (!kept.isPreviousSpent && isHashOf(kept.previousHash, presented)) {
    return { currentHash, previousHash: kept.previousHash, isPreviousSpent: true };
  }
  return undefined;
}

/** What follows the sign-in of a device of which was forgotten how far it had come: it goes on from what it presents. */
export function resumedGeneration(presented: string, secret: string): Generations {
  return { currentHash: secretHash(secret), previousHash: secretHash(presented), isPreviousSpent: false };
}

export function generationsOf(row: StoredEntity): Generations {
  return valuesOf(deviceGeneration, row);
}

export function generationKey(tenantId: string, deviceId: string): EntityKey {
  return { set: deviceGenerations, tenantId, id: deviceId };
}

/** The write that keeps generations. @param before the row as the unit read it */
export function generationWrite(
  tenantId: string,
  deviceId: string,
  before: StoredEntity | undefined,
  generations: Generations,
  now: Instant,
): Write {
  const values = { ...generations, changedDateTime: toIsoText(now) };
  return before
    ? { kind: 'update', set: deviceGenerations, tenantId, before, changes: values }
    : insertOf(deviceGenerations, tenantId, deviceId, values);
}

/**
 * Forgets how far the devices of every tenant have come, for a database that was put back to an earlier day: every sound
 * device is ahead of it, and all would be parked. The next sign-in of each needs its key alone.
 */
export async function forgetGenerations(store: Store): Promise<void> {
  await store.purge(deviceGenerations, 'changedDateTime', '9999-12-31T23:59:59Z');
}
