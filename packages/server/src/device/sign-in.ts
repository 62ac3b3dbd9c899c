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
import { deviceKeys, parkWrites } from './parking.ts';
import { newSecret } from './secret-hash.ts';

export type SignInOutcome =
  | {
      readonly kind: 'signedIn';
      readonly deviceId: string;
      readonly keyThumbprint: string;
      readonly generation: string;
    }
  /** Parked just now, for a stale generation. */
  | { readonly kind: 'parked'; readonly deviceId: string };

/** A key that nobody has: what is unknown is refused after the same work as what is badly signed. */
const NOBODYS_KEY: DevicePublicKey = {
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
  const key: DevicePublicKey = credential ? JSON.parse(credential.publicKey) : NOBODYS_KEY;
  const isSigned = (await verifiedPayload(jwt, key)) !== undefined;
  if (!credential) throw new DeviceRefusal('unknownDevice');
  if (!isSigned) throw new DeviceRefusal('signature');
  const generation = newSecret();
  const spent = assertionKey(tenantId, assertion);
  return store.transact<SignInOutcome>({
    reads: [...deviceKeys(tenantId, deviceId), generationKey(tenantId, deviceId), spent],
    decide: ([present, device, kept, replayed]) => {
      const proven = { tenantId, subject: deviceId };
      // Deleted or enrolled anew since the signature was checked.
      if (!present || !device || present.values.keyThumbprint !== credential.keyThumbprint) {
        throw new DeviceRefusal('unknownDevice');
      }
      if (replayed) throw new DeviceRefusal('replayed', proven);
      if (present.values.parkedDateTime !== null) throw new DeviceRefusal('parked', proven);
      const spending = insertOf(deviceAssertions, tenantId, spent.id, {
        expiresDateTime: toIsoText(assertion.expiresAt),
      });
      const moved = kept
        ? nextGeneration(generationsOf(kept), assertion.generation, generation)
        : resumedGeneration(assertion.generation, generation);
      if (!moved) {
        const writes = [spending, ...parkWrites(cause, present, device, 'staleGeneration')];
        return { writes, value: { kind: 'parked', deviceId } };
      }
      const value = { kind: 'signedIn', deviceId, keyThumbprint: credential.keyThumbprint, generation } as const;
      const writes = [
        spending,
        generationWrite(tenantId, deviceId, kept, moved, now),
        ...firstUse(tenantId, present),
        ...(kept ? [] : [resumption(cause, device)]),
      ];
      return { writes, value };
    },
  });
}

/** The database was put back to an earlier day: nobody can tell whether the device is a copy. */
function resumption(cause: Cause, { id, values }: StoredEntity): Write {
  const deviceName = values.deviceName as string | null;
  return deviceAudit(cause, { activity: 'Resume', deviceId: id, deviceName, facts: { reason: 'generationForgotten' } });
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
