import type { EnrollmentAnswer } from '@open-remote-help/protocol';
import {
  auditEvents,
  CLIENT_ASSERTION_TYPE,
  enrollmentTokens,
  managedDevices,
  NO_DATE,
} from '@open-remote-help/protocol';
import { newId } from '../../server/src/access/ids.ts';
import type { Refusal } from '../../server/src/access/refusal-log.ts';
import { DeviceIdentity } from '../../server/src/device/device-identity.ts';
import { deviceCredentials } from '../../server/src/device/device-model.ts';
import type { DeviceName } from '../../server/src/device/device-presence.ts';
import { newTokenSecret, newTokenValues } from '../../server/src/device/enrollment-token.ts';
import type { ParkedDevice } from '../../server/src/device/parking.ts';
import type { Store, Values } from '../../server/src/store/store.ts';
import { DeviceHand } from './device-hand.ts';
import { memoryIdentity } from './memory-identity.ts';

export const DEVICE_TENANT = '11111111-1111-4111-8111-111111111111';
const ORIGIN = 'https://help.example';

type Foundation = Omit<Awaited<ReturnType<typeof memoryIdentity>>, 'store' | 'masterKey'> & { readonly store: Store };

/** A server of devices on a store in memory, or on the given one, with what it noted and told. */
export async function deviceRig(foundation?: Foundation) {
  const { store, clock, keyRing } = foundation ?? (await memoryIdentity());
  const notes: Refusal[] = [];
  const parked: ParkedDevice[] = [];
  const replaced: DeviceName[] = [];
  const errors: unknown[] = [];
  const devices = new DeviceIdentity({
    store,
    clock,
    keyRing,
    refusals: { note: (refusal) => notes.push(refusal) },
    operatorTenantId: 'operator',
    onParked: (device) => parked.push(device),
    onReplaced: (device) => replaced.push(device),
    onError: (error) => errors.push(error),
  });
  const cause = (tenantId = DEVICE_TENANT) => ({
    tenantId,
    now: clock.now(),
    correlationId: newId(clock.now()),
    source: '192.0.2.9',
  });

  /** The text of a new token. */
  async function newToken(values: Values = {}, tenantId = DEVICE_TENANT): Promise<string> {
    const id = newId(clock.now());
    const blank = { displayName: null, token: null, expirationDateTime: NO_DATE, maxUses: 1, uses: 0 };
    const owner = { deviceName: null, userId: null, userPrincipalName: null, managedDeviceId: null };
    const { text, write } = newTokenSecret(tenantId, id);
    const entity = newTokenValues({ ...blank, ...owner, ...values }, clock.now());
    const insert = { kind: 'insert', set: enrollmentTokens, tenantId, id, values: entity } as const;
    await store.transact({ reads: [], decide: () => ({ writes: [insert, write], value: undefined }) });
    return text;
  }

  async function enrolled(hand = new DeviceHand(DEVICE_TENANT), token?: string) {
    const answer = await devices.enroll(cause(), ORIGIN, await hand.enrollment(token ?? (await newToken())));
    return { hand, ...answer };
  }

  /** Signs in with a generation, and with claims and header overridden. */
  async function signIn(
    { hand, deviceId, generation }: Pick<EnrollmentAnswer, 'deviceId' | 'generation'> & { hand: DeviceHand },
    claims: object = {},
    header: object = {},
  ) {
    return present(await hand.assertion(deviceId, generation, clock.now(), claims, header));
  }

  function present(assertion: string, tenantId = DEVICE_TENANT) {
    const form = { grant_type: 'client_credentials', client_assertion_type: CLIENT_ASSERTION_TYPE };
    return devices.signIn(cause(tenantId), new URLSearchParams({ ...form, client_assertion: assertion }));
  }

  const device = (id: string, tenantId = DEVICE_TENANT) => store.get({ set: managedDevices, tenantId, id });
  const credential = (id: string, tenantId = DEVICE_TENANT) => store.get({ set: deviceCredentials, tenantId, id });
  const audit = async () => {
    const { entities } = await store.query({ set: auditEvents, tenantId: DEVICE_TENANT, top: 1_000 });
    return entities.map(({ values }) => String(values.activityType));
  };

  return {
    ...{ store, clock, keyRing, devices, notes, parked, replaced, errors, cause, origin: ORIGIN },
    ...{ newToken, enrolled, signIn, present, device, credential, audit },
  };
}

export type DeviceRig = Awaited<ReturnType<typeof deviceRig>>;
