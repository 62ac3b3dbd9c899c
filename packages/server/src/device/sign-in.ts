/** A device signs in: assertion and signature checked, then one unit that spends the assertion and moves the generation. */
import { hash } from 'node:crypto';
import type { DevicePublicKey } from '@open-remote-help/protocol';
import { insertOf, valuesOf } from '../access/identity-model.ts';
import { type Instant, toIsoText } from '../clock.ts';
import type { EntityKey, Store, StoredEntity, Write } from '../store/store.ts';
import { type ClaimedAssertion, readAssertion } from './assertion.ts';
import { type Cause, deviceAudit } from './device-audit.ts';
import { verifiedPayload } from './device-key.ts';
import { deviceAssertions, deviceCredential, deviceCredentials } from './device-model.ts';
import { DeviceRefusal } from './device-refusal.ts';
import { generationKey, generationsOf, generationWrite, nextGeneration, resumedGeneration } from './generation.ts';
import { deviceKeys, isPage, parkWrites } from './parking.ts';
import { newSecret } from './secret-hash.ts';

export type SignInOutcome =
  | {
      readonly kind: 'signedIn';
      readonly deviceId: string;
      readonly keyThumbprint: string;
      readonly generation: string;
      /** Whether it is a page in a browser, a device for one session. */
      readonly isPage: boolean;
    }
  /** Parked just now, for a stale generation. */
  | { readonly kind: 'parked'; readonly deviceId: string };

/** In the place of an unknown device's key, so that it is refused after the same work; what it verifies counts for nothing. */
const DECOY_KEY: DevicePublicKey = {
  kty: 'EC',
  crv: 'P-256',
  // The base point of P-256 (SEC 2, 2.4.2).
  x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY',
  y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
};

/** @throws DeviceRefusal */
export async function signInDevice(store: Store, cause: Cause, jwt: string): Promise<SignInOutcome> {
  const { tenantId, now } = cause;
  const assertion = readAssertion(jwt, tenantId, now);
  const { deviceId } = assertion;
  const row = await store.get({ set: deviceCredentials, tenantId, id: deviceId });
  const credential = row && valuesOf(deviceCredential, row);
  const key: DevicePublicKey = credential ? JSON.parse(credential.publicKey) : DECOY_KEY;
  const isSigned = (await verifiedPayload(jwt, key)) !== undefined;
  if (!credential) throw new DeviceRefusal('unknownDevice');
  if (!isSigned) throw new DeviceRefusal('signature');
  const { keyThumbprint } = credential;
  const attempt: Attempt = { cause, assertion, keyThumbprint, generation: newSecret() };
  return store.transact<SignInOutcome>({
    reads: [...deviceKeys(tenantId, deviceId), generationKey(tenantId, deviceId), assertionKey(tenantId, assertion)],
    decide: (rows) => decide(attempt, rows),
  });
}

interface Attempt {
  readonly cause: Cause;
  readonly assertion: ClaimedAssertion;
  /** Of the key that signed. */
  readonly keyThumbprint: string;
  readonly generation: string;
}

type Row = StoredEntity | undefined;
type Decision = { readonly writes: readonly Write[]; readonly value: SignInOutcome };

function decide(attempt: Attempt, [credential, device, kept, replayed]: readonly Row[]): Decision {
  const { cause, assertion, keyThumbprint, generation } = attempt;
  const { tenantId, now } = cause;
  const { deviceId } = assertion;
  const proven = { tenantId, subject: deviceId };
  // Deleted or enrolled anew since the signature was checked.
  if (!credential || credential.values.keyThumbprint !== keyThumbprint || (!device && !isPage(credential))) {
    throw new DeviceRefusal('unknownDevice');
  }
  if (replayed) throw new DeviceRefusal('replayed', proven);
  if (credential.values.parkedDateTime !== null) throw new DeviceRefusal('parked', proven);
  const spending = insertOf(deviceAssertions, tenantId, assertionKey(tenantId, assertion).id, {
    expiresDateTime: toIsoText(assertion.expiresAt),
  });
  const moved = kept
    ? nextGeneration(generationsOf(kept), assertion.generation, generation)
    : resumedGeneration(assertion.generation, generation);
  if (!moved) {
    const writes = [spending, ...parkWrites(cause, credential, device, 'staleGeneration')];
    return { writes, value: { kind: 'parked', deviceId } };
  }
  return {
    writes: [
      spending,
      generationWrite(tenantId, deviceId, kept, moved, now),
      ...firstUse(tenantId, credential),
      ...(kept ? [] : [resumption(cause, deviceId, device)]),
    ],
    value: { kind: 'signedIn', deviceId, keyThumbprint, generation, isPage: isPage(credential) },
  };
}

/** The database was put back to an earlier day: nobody can tell whether the device is a copy. */
function resumption(cause: Cause, deviceId: string, device: StoredEntity | undefined): Write {
  const deviceName = (device?.values.deviceName ?? null) as string | null;
  return deviceAudit(cause, { activity: 'Resume', deviceId, deviceName, facts: { reason: 'generationForgotten' } });
}

/** From now on the enrolment can't be repeated. */
function firstUse(tenantId: string, before: StoredEntity): readonly Write[] {
  if (before.values.hasSignedIn === true) return [];
  return [{ kind: 'update', set: deviceCredentials, tenantId, before, changes: { hasSignedIn: true } }];
}

function assertionKey(tenantId: string, { deviceId, jti }: ClaimedAssertion): EntityKey & { readonly id: string } {
  return { set: deviceAssertions, tenantId, id: hash('sha256', JSON.stringify([deviceId, jti]), 'base64url') };
}

/** Forgets assertions that could no longer be replayed, in every tenant. */
export function purgeAssertions(store: Store, now: Instant): Promise<number> {
  return store.purge(deviceAssertions, 'expiresDateTime', toIsoText(now));
}
