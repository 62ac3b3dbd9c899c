import { createHmac, randomUUID } from 'node:crypto';
import { deviceAudience, managedDevices } from '@open-remote-help/protocol';
import { DEVICE_TENANT, DeviceHand, type DeviceRig, deviceRig } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { deviceAssertions } from './device-model.ts';
import { forgetGenerations } from './generation.ts';
import { parkDevice } from './parking.ts';

const OTHER_TENANT = '22222222-2222-4222-8222-222222222222';

let rig: DeviceRig;
let device: Awaited<ReturnType<DeviceRig['enrolled']>>;
beforeEach(async () => {
  rig = await deviceRig();
  device = await rig.enrolled();
});

const seconds = () => Math.floor(rig.clock.now() / 1_000);
const refusalOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => ({ code: '', reason: 'none', message: '' }),
    ({ code, reason, message }) => ({ code, reason, message }),
  );
const reasonOf = async (attempt: Promise<unknown>) => (await refusalOf(attempt)).reason;
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('the assertion of a device', () => {
  // DEV-10, DEV-14
  it('earns an access token for an hour, and the next generation', async () => {
    const answer = await rig.signIn(device);
    expect(answer).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3_600,
      generation: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(answer.generation).not.toBe(device.generation);
    const { deviceId } = device;
    expect(await rig.devices.verify(rig.cause(), answer.access_token)).toMatchObject({
      tenantId: DEVICE_TENANT,
      deviceId,
    });
    expect(rig.notes).toEqual([]);
  });

  // DEV-10
  it.each(['grant_type', 'client_assertion_type', 'client_assertion'])('needs %s beside it', async (name) => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await device.hand.assertion(device.deviceId, device.generation, rig.clock.now()),
    });
    form.delete(name);
    expect(await reasonOf(rig.devices.signIn(rig.cause(), form))).toBe('malformed');
  });

  // DEV-10
  it.each<[string, object]>([
    ['no issuer', { iss: undefined }],
    ['another subject', { sub: 'someone' }],
    ['no jti', { jti: undefined }],
    ['a jti that is too long', { jti: 'x'.repeat(257) }],
    ['a jti with U+0000', { jti: 'a\0' }],
    ['no generation', { generation: undefined }],
    ['no iat', { iat: undefined }],
    ['no exp', { exp: undefined }],
    ['an exp that is text', { exp: 'tomorrow' }],
  ])('is refused with %s, and the device is not parked for it', async (_, claims) => {
    expect(await reasonOf(rig.signIn(device, claims))).toBe('malformed');
    expect(await rig.signIn(device)).toMatchObject({ token_type: 'Bearer' });
  });

  // DEV-10
  it('is refused for another audience, in which case it says so', async () => {
    for (const aud of [
      'https://help.example',
      deviceAudience(OTHER_TENANT),
      [deviceAudience(DEVICE_TENANT)],
      undefined,
    ]) {
      expect(await reasonOf(rig.signIn(device, { aud }))).toBe('audience');
    }
  });

  // DEV-10
  it('is refused with alg none and with an HMAC over the public key', async () => {
    const claims = {
      ...{ iss: device.deviceId, sub: device.deviceId, aud: device.audience, jti: randomUUID() },
      ...{ iat: seconds(), exp: seconds() + 60, generation: device.generation },
    };
    const none = `${base64url({ alg: 'none' })}.${base64url(claims)}.`;
    const signed = `${base64url({ alg: 'HS256' })}.${base64url(claims)}`;
    const mac = createHmac('sha256', JSON.stringify(device.hand.publicKey)).update(signed).digest('base64url');
    for (const jwt of [none, `${signed}.${mac}`]) expect(await reasonOf(rig.present(jwt))).toBe('algorithm');
    const swapped = `${base64url({ alg: 'ES256' })}.${base64url(claims)}.${mac}`;
    expect(await reasonOf(rig.present(swapped))).toBe('signature');
  });

  // DEV-10
  it('is refused when it is no JWT, of another type, or larger than 4 KiB', async () => {
    expect(await reasonOf(rig.present('x.y.z'))).toBe('malformed');
    expect(await reasonOf(rig.signIn(device, {}, { typ: 'enrollment-proof+jwt' }))).toBe('malformed');
    expect(await reasonOf(rig.signIn(device, { padding: 'x'.repeat(4_000) }))).toBe('malformed');
  });

  // DEV-11
  it.each<[string, number, number, string]>([
    ['lives 300 s', 0, 300, 'none'],
    ['lives 301 s', 0, 301, 'lifetime'],
    ['ends before it begins', 0, -1, 'lifetime'],
    ['lives for ever', 0, 1e300, 'lifetime'],
    ['was made 60 s in the future', 60, 60, 'none'],
    ['was made 61 s in the future', 61, 60, 'clock'],
    ['expired 59 s ago', -119, 60, 'none'],
    ['expired 60 s ago', -120, 60, 'clock'],
  ])('%s', async (_, fromNow, lives, reason) => {
    const iat = seconds() + fromNow;
    expect(await reasonOf(rig.signIn(device, { iat, exp: iat + lives }))).toBe(reason);
  });

  // DEV-11, DEV-22
  it('that is wrong about the time is no record', async () => {
    await refusalOf(rig.signIn(device, { iat: seconds() - 999, exp: seconds() - 900 }));
    expect(rig.notes).toEqual([]);
  });

  // DEV-12
  it('is good once, also at another server on the same store', async () => {
    const other = await deviceRig(rig);
    const jti = randomUUID();
    const { generation } = await rig.signIn(device, { jti });
    const next = { ...device, generation };
    expect(await reasonOf(rig.signIn(next, { jti }))).toBe('replayed');
    expect(await reasonOf(other.signIn(next, { jti }))).toBe('replayed');
    expect(await other.signIn(next)).toMatchObject({ token_type: 'Bearer' });
  });

  // DEV-12
  it('cannot be replayed letter for letter, even while its generation is the one before', async () => {
    const assertion = await device.hand.assertion(device.deviceId, device.generation, rig.clock.now());
    await rig.present(assertion);
    expect(await reasonOf(rig.present(assertion))).toBe('replayed');
  });

  // DEV-12
  it('does not use up the jti of another device', async () => {
    const jti = randomUUID();
    const second = await rig.enrolled();
    await rig.signIn(device, { jti });
    expect(await rig.signIn(second, { jti })).toMatchObject({ token_type: 'Bearer' });
  });

  // DEV-12
  it('is remembered until it could no longer be used, then forgotten', async () => {
    const count = () => rig.store.count({ set: deviceAssertions, tenantId: DEVICE_TENANT });
    const { generation } = await rig.signIn(device);
    expect(await count()).toBe(1);
    rig.clock.advanceBy(10 * 60_000);
    await rig.signIn({ ...device, generation });
    expect(await count()).toBe(1);
    expect(rig.errors).toEqual([]);
  });

  // DEV-13
  it('is refused in one way for an unknown device, one of another tenant and a bad signature', async () => {
    const stranger = new DeviceHand(DEVICE_TENANT);
    const foreign = new DeviceHand(OTHER_TENANT);
    const { store, cause, origin } = rig;
    const token = await rig.newToken({}, OTHER_TENANT);
    const there = await rig.devices.enroll(cause(OTHER_TENANT), origin, await foreign.enrollment(token));
    expect(await store.count({ set: managedDevices, tenantId: OTHER_TENANT })).toBe(1);
    const refusals = [
      await refusalOf(rig.signIn({ ...device, hand: stranger, deviceId: 'nobody' })),
      await refusalOf(rig.signIn({ ...device, hand: stranger })),
      await refusalOf(rig.signIn({ ...there, hand: foreign }, { aud: deviceAudience(DEVICE_TENANT) })),
    ];
    expect(refusals.map(({ reason }) => reason)).toEqual(['unknownDevice', 'signature', 'unknownDevice']);
    expect(new Set(refusals.map(({ code, message }) => `${code} ${message}`)).size).toBe(1);
    expect(rig.notes.map(({ tenantId, reason }) => `${tenantId} ${reason}`)).toEqual([
      'operator unknownDevice',
      'operator signature',
      'operator unknownDevice',
    ]);
  });
});

describe('the generation of a device', () => {
  // DEV-15
  it('goes on from sign-in to sign-in', async () => {
    let { generation } = device;
    for (let i = 0; i < 5; i++) ({ generation } = await rig.signIn({ ...device, generation }));
    expect((await rig.device(device.deviceId))?.values.managementState).toBe('managed');
  });

  // DEV-15
  it('before the current is good once, after which the lost answer is stale', async () => {
    const { generation: lost } = await rig.signIn(device);
    const { generation } = await rig.signIn(device);
    expect(await rig.signIn({ ...device, generation })).toMatchObject({ token_type: 'Bearer' });
    expect(await reasonOf(rig.signIn({ ...device, generation: lost }))).toBe('parked');
  });

  // DEV-15, DEV-16
  it('before the current is good no second time', async () => {
    await rig.signIn(device);
    await rig.signIn(device);
    expect(await reasonOf(rig.signIn(device))).toBe('parked');
  });

  // DEV-16
  it.each<[string, (stale: string) => string]>([
    ['two sign-ins old', (stale) => stale],
    ['never given', () => 'A'.repeat(43)],
  ])('that is %s parks the device', async (_, generationOf) => {
    const { generation } = await rig.signIn(device);
    const current = await rig.signIn({ ...device, generation });
    expect(await reasonOf(rig.signIn({ ...device, generation: generationOf(device.generation) }))).toBe('parked');
    expect(await reasonOf(rig.signIn({ ...device, generation: current.generation }))).toBe('parked');
  });

  // DEV-16
  it('finds out a clone, whichever copy signs in first', async () => {
    const clone = device;
    const { generation } = await rig.signIn(device);
    await rig.signIn(clone);
    expect(await reasonOf(rig.signIn({ ...device, generation }))).toBe('parked');
    expect(await reasonOf(rig.signIn(clone))).toBe('parked');
    expect(rig.parked).toHaveLength(1);
  });
});

describe('a device of a database that was put back to an earlier day', () => {
  // DEV-24
  it('signs in with its key alone, once, and goes on from there; each such sign-in is an audit record', async () => {
    const { generation } = await rig.signIn(device);
    await forgetGenerations(rig.store);
    const ahead = 'a generation that the database has never seen';
    const { generation: lost } = await rig.signIn({ ...device, generation: ahead });
    const { generation: kept } = await rig.signIn({ ...device, generation: ahead });
    expect(lost).not.toBe(kept);
    expect(await rig.signIn({ ...device, generation: kept })).toMatchObject({ token_type: 'Bearer' });
    expect(await reasonOf(rig.signIn({ ...device, generation }))).toBe('parked');
    expect(await rig.audit()).toEqual(['enrollManagedDevice', 'resumeManagedDevice', 'parkManagedDevice']);
  });

  // DEV-24
  it('stays parked, and needs its key', async () => {
    await refusalOf(rig.signIn({ ...device, generation: 'stale' }));
    const other = await rig.enrolled();
    await forgetGenerations(rig.store);
    expect(await reasonOf(rig.signIn(device))).toBe('parked');
    expect(await reasonOf(rig.signIn({ ...other, hand: device.hand }))).toBe('signature');
  });
});

describe('a parked device', () => {
  const park = () => rig.signIn({ ...device, generation: 'stale' });

  // DEV-18
  it('shows it, has one audit record, and who holds sessions is told', async () => {
    await refusalOf(park());
    await refusalOf(park());
    expect((await rig.device(device.deviceId))?.values).toMatchObject({
      managementState: 'unhealthy',
      remoteAssistanceSessionErrorDetails: expect.stringContaining('parked'),
    });
    expect(await rig.audit()).toEqual(['enrollManagedDevice', 'parkManagedDevice']);
    const { deviceId } = device;
    expect(rig.parked).toEqual([
      { tenantId: DEVICE_TENANT, deviceId, reason: 'staleGeneration', now: rig.clock.now() },
    ]);
  });

  // DEV-22
  it('leaves a note in its own tenant', async () => {
    await refusalOf(park());
    expect(rig.notes).toMatchObject([
      { tenantId: DEVICE_TENANT, activity: 'Refuse device sign-in', reason: 'parked', subject: device.deviceId },
    ]);
  });

  // DEV-14, DEV-18
  it('has no good access token from before', async () => {
    const { access_token: token } = await rig.signIn(device);
    await refusalOf(park());
    expect(await reasonOf(rig.devices.verify(rig.cause(), token))).toBe('withdrawn');
  });

  // DEV-9, DEV-18
  it('signs in again once it is enrolled anew; the copies of its old key do not', async () => {
    await refusalOf(park());
    const token = await rig.newToken({ managedDeviceId: device.deviceId });
    const anew = await rig.enrolled(new DeviceHand(DEVICE_TENANT), token);
    expect(await rig.signIn(anew)).toMatchObject({ token_type: 'Bearer' });
    expect(await reasonOf(rig.signIn(device))).toBe('signature');
    expect((await rig.device(device.deviceId))?.values).toMatchObject({
      managementState: 'managed',
      remoteAssistanceSessionErrorDetails: null,
    });
  });

  // DEV-17
  it('may be parked by who sees two connections, once', async () => {
    const { deviceId } = device;
    await rig.devices.park(rig.cause(), deviceId, 'secondConnection');
    expect(await parkDevice(rig.store, rig.cause(), deviceId, 'secondConnection')).toBe(false);
    expect(rig.parked).toMatchObject([{ deviceId, reason: 'secondConnection' }]);
    await rig.devices.park(rig.cause(), 'nobody', 'secondConnection');
    expect(rig.parked).toHaveLength(1);
  });
});
