/**
 * Generations: each sign-in gives a secret that the next one needs, so that of two copies of a device one comes with a
 * secret that is stale. Pure.
 */
import type { ValuesOf } from '../access/identity-model.ts';
import type { deviceCredential } from './device-model.ts';
import { isHashOf, secretHash } from './secret-hash.ts';

type Credential = ValuesOf<typeof deviceCredential>;
type Generations = Pick<Credential, 'generationHash' | 'previousGenerationHash' | 'isPreviousSpent'>;

/** The generations of a device that was enrolled just now. */
export function firstGeneration(secret: string): Generations {
  return { generationHash: secretHash(secret), previousGenerationHash: null, isPreviousSpent: true };
}

/**
 * What follows a sign-in with the presented secret. The one before the current is good once: the device may have died
 * before it could keep the answer. The answer that was lost is stale from then on.
 * @returns undefined when the presented one is stale
 */
export function nextGeneration(kept: Generations, presented: string, secret: string): Generations | undefined {
  const generationHash = secretHash(secret);
  if (isHashOf(kept.generationHash, presented)) {
    return { generationHash, previousGenerationHash: kept.generationHash, isPreviousSpent: false };
  }
  if (!kept.isPreviousSpent && isHashOf(kept.previousGenerationHash, presented)) {
    return { generationHash, previousGenerationHash: kept.previousGenerationHash, isPreviousSpent: true };
  }
  return undefined;
}
