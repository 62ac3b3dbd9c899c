/** Enrolment: one unit that counts the token's use, enters the device, keeps its key and leaves an audit record. */
import {
  type EnrollmentRequest,
  type EnrollmentTokenParts,
  enrollmentToken,
  enrollmentTokens,
  managedDevices,
  readEnrollmentTokenText,
} from '@open-remote-help/protocol';
import { insertOf, instantOf, type ValuesOf, valuesOf } from '../access/identity-model.ts';
import { newId } from '../access/ids.ts';
import { toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { recheckWrite } from '../session/recheck.ts';
import type { Store, StoredEntity, Write } from '../store/store.ts';
import { type Cause, deviceAudit } from './device-audit.ts';
import { thumbprintOf } from './device-key.ts';
import { deviceCredential, deviceCredentials, enrollmentTokenSecrets } from './device-model.ts';
import { DeviceRefusal } from './device-refusal.ts';
import { blankDevice, enrolledValues } from './enrolled-device.ts';
import { assertPossession } from './enrollment-request.ts';
import { firstGeneration, generationKey, generationWrite } from './generation.ts';
import { deviceKeys } from './parking.ts';
import { isHashOf, newSecret } from './secret-hash.ts';

export interface Enrolled {
  readonly deviceId: string;
  /** The secret that the first sign-in needs. */
  readonly generation: string;
  /** Whether the device had another key until now. */
  readonly isReplacement: boolean;
}

/**
 * Enrols a device. With the key and token of an enrolment whose answer was lost, it is answered again until the device
 * has signed in.
 * @throws DeviceRefusal; DomainError `conflict` when the key belongs to a device already
 */
export async function enrollDevice(store: Store, cause: Cause, request: EnrollmentRequest): Promise<Enrolled> {
  const { tenantId, now } = cause;
  await assertPossession(request, tenantId);
  const parts = readEnrollmentTokenText(request.token);
  if (parts?.tenantId !== tenantId) throw new DeviceRefusal('unknownToken');
  const tokenKey = { set: enrollmentTokens, tenantId, id: parts.tokenId };
  const token = await store.get(tokenKey);
  const holderKey = { set: deviceCredentials, tenantId, ...byThumbprint(request) };
  const holder = await store.get(holderKey);
  // What a token names never changes; whether the key still is the holder's, the unit finds out.
  const named = token && valuesOf(enrollmentToken, token).managedDeviceId;
  const deviceId = named ?? holder?.id ?? newId(now);
  const attempt: Attempt = { cause, request, parts, deviceId, generation: newSecret() };
  return store.transact({
    reads: [
      tokenKey,
      { set: enrollmentTokenSecrets, tenantId, id: parts.tokenId },
      holderKey,
      ...deviceKeys(tenantId, deviceId),
      generationKey(tenantId, deviceId),
    ],
    decide: (rows) => decide(attempt, rows),
  });
}

function byThumbprint({ publicKey }: EnrollmentRequest) {
  return { alternateKey: 'keyThumbprint', value: thumbprintOf(publicKey) };
}

interface Attempt {
  readonly cause: Cause;
  readonly request: EnrollmentRequest;
  readonly parts: EnrollmentTokenParts;
  readonly deviceId: string;
  readonly generation: string;
}

type Row = StoredEntity | undefined;
type Decision = { readonly writes: readonly Write[]; readonly value: Enrolled };

function decide(attempt: Attempt, [token, secret, holder, credential, device, moved]: readonly Row[]): Decision {
  const { cause, parts, deviceId } = attempt;
  const { tenantId, now } = cause;
  if (!token || !secret || !isHashOf(secret.values.secretHash as string, parts.secret)) {
    throw new DeviceRefusal('unknownToken');
  }
  const values = valuesOf(enrollmentToken, token);
  const proven = { tenantId, subject: token.id };
  if (now >= instantOf(values.expirationDateTime)) throw new DeviceRefusal('expiredToken', proven);
  if (holder?.id === deviceId && isUnused(holder, token.id)) return repeated(attempt, moved);
  if (holder) {
    throw new DomainError('conflict', 'The key belongs to a device already: make a new one to enrol anew.', {
      target: 'publicKey',
    });
  }
  if (values.uses >= values.maxUses) throw new DeviceRefusal('usedToken', proven);
  if (values.managedDeviceId !== null && !device) {
    throw new DomainError('conflict', 'The device that the token names was deleted.', { target: 'token' });
  }
  const counted: Write = {
    kind: 'update',
    set: enrollmentTokens,
    tenantId,
    before: token,
    changes: { uses: values.uses + 1 },
  };
  return entered(attempt, values, { counted, credential, device, moved });
}

function isUnused(holder: StoredEntity, tokenId: string): boolean {
  const { enrollmentTokenId, hasSignedIn, parkedDateTime } = valuesOf(deviceCredential, holder);
  return enrollmentTokenId === tokenId && !hasSignedIn && parkedDateTime === null;
}

/** Of two that repeat it with copies of one key, the one that signs in last comes with a stale secret. */
function repeated({ cause, request, parts, deviceId, generation }: Attempt, moved: Row): Decision {
  const { tenantId, now } = cause;
  const record = deviceAudit(cause, {
    activity: 'Repeat enrolment of',
    deviceId,
    deviceName: request.deviceName,
    facts: { enrollmentTokenId: parts.tokenId },
  });
  return {
    writes: [generationWrite(tenantId, deviceId, moved, firstGeneration(generation), now), record],
    value: { deviceId, generation, isReplacement: false },
  };
}

interface Before {
  readonly counted: Write;
  readonly credential: Row;
  readonly device: Row;
  readonly moved: Row;
}

function entered(
  { cause, request, parts, deviceId, generation }: Attempt,
  token: ValuesOf<typeof enrollmentToken>,
  { counted, credential, device, moved }: Before,
): Decision {
  const { tenantId, now } = cause;
  const thumbprint = thumbprintOf(request.publicKey);
  const facts = enrolledValues(request, token, device, toIsoText(now));
  const kept: ValuesOf<typeof deviceCredential> = {
    publicKey: JSON.stringify(request.publicKey),
    keyThumbprint: thumbprint,
    enrollmentTokenId: parts.tokenId,
    hasSignedIn: false,
    parkedDateTime: null,
    sessionId: null,
  };
  return {
    writes: [
      counted,
      device
        ? { kind: 'update', set: managedDevices, tenantId, before: device, changes: facts }
        : { kind: 'insert', set: managedDevices, tenantId, id: deviceId, values: { ...blankDevice(), ...facts } },
      credential
        ? { kind: 'update', set: deviceCredentials, tenantId, before: credential, changes: kept }
        : insertOf(deviceCredentials, tenantId, deviceId, kept),
      generationWrite(tenantId, deviceId, moved, firstGeneration(generation), now),
      deviceAudit(cause, {
        activity: credential ? 'Reenroll' : 'Enroll',
        deviceId,
        deviceName: facts.deviceName as string,
        ...(device ? { before: device.values } : {}),
        changes: facts,
        facts: { enrollmentTokenId: kept.enrollmentTokenId, keyThumbprint: thumbprint },
      }),
      ...(credential ? [recheckWrite(tenantId, now)] : []),
    ],
    value: { deviceId, generation, isReplacement: credential !== undefined },
  };
}
