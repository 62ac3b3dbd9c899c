import { generateKeyPairSync } from 'node:crypto';
import { enrollmentTokens, managedDevices } from '@open-remote-help/protocol';
import { DEVICE_TENANT, DeviceHand, type DeviceRig, deviceRig } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { toIsoText } from '../clock.ts';
import type { DeviceRefusal } from './device-refusal.ts';

const OTHER_TENANT = '22222222-2222-4222-8222-222222222222';
const A_DAY_MS = 24 * 60 * 60_000;

let rig: DeviceRig;
let hand: DeviceHand;
beforeEach(async () => {
  rig = await deviceRig();
  hand = new DeviceHand(DEVICE_TENANT);
});

async function refusalOf(body: unknown, tenantId = DEVICE_TENANT) {
  const error = await rig.devices.enroll(rig.cause(tenantId), rig.origin, body).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  return error as DeviceRefusal;
}

const everything = { set: managedDevices, tenantId: DEVICE_TENANT };

describe('enrolment', () => {
  // DEV-7
  it('enters the device, counts the use, keeps the key and leaves one audit record', async () => {
    const token = await rig.newToken();
    const facts = { operatingSystem: 'Linux', model: 'X1', userPrincipalName: 'anne@example.org' };
    const answer = await rig.devices.enroll(rig.cause(), rig.origin, await hand.enrollment(token, facts));
    expect(answer).toEqual({
      deviceId: expect.any(String),
      tenantId: DEVICE_TENANT,
      audience: `urn:open-remote-help:device:${DEVICE_TENANT}`,
      signInEndpoint: `https://help.example/device/${DEVICE_TENANT}/token`,
      generation: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect((await rig.device(answer.deviceId))?.values).toMatchObject({
      ...facts,
      deviceName: 'Front desk',
      managedDeviceName: 'Front desk',
      managementState: 'managed',
      enrolledDateTime: toIsoText(rig.clock.now()),
    });
    expect((await rig.store.query({ set: enrollmentTokens, tenantId: DEVICE_TENANT, top: 9 })).entities).toMatchObject([
      { values: { uses: 1 } },
    ]);
    expect(await rig.audit()).toEqual(['enrollManagedDevice']);
    expect(rig.notes).toEqual([]);
  });

  // DEV-7
  it('keeps neither token nor generation, in no row and no record', async () => {
    const token = await rig.newToken();
    const { generation } = await rig.enrolled(hand, token);
    const { store } = rig;
    const kept = 'dump' in store && typeof store.dump === 'function' ? String(store.dump()) : '';
    expect(kept).toContain('Front desk');
    for (const secret of [token.slice(-43), generation]) expect(kept).not.toContain(secret);
  });

  // DEV-7
  it('leaves nothing behind when the unit fails', async () => {
    const token = await rig.newToken();
    await rig.enrolled(hand, token);
    await refusalOf(await new DeviceHand(DEVICE_TENANT).enrollment(token));
    expect(await rig.store.count(everything)).toBe(1);
    expect(await rig.audit()).toHaveLength(1);
  });

  // DEV-3
  it('takes name and owner from the token, whatever the device says', async () => {
    const owner = { deviceName: 'Till 4', userId: 'u-1', userPrincipalName: 'anne@example.org' };
    const body = await hand.enrollment(await rig.newToken(owner), { userPrincipalName: 'boss@example.org' });
    const { deviceId } = await rig.devices.enroll(rig.cause(), rig.origin, body);
    expect((await rig.device(deviceId))?.values).toMatchObject(owner);
  });

  // DEV-3
  it('gives no owner half of one: an object id from the token leaves no name that the device claims', async () => {
    const body = await hand.enrollment(await rig.newToken({ userId: 'u-1' }), {
      userPrincipalName: 'boss@example.org',
    });
    const { deviceId } = await rig.devices.enroll(rig.cause(), rig.origin, body);
    expect((await rig.device(deviceId))?.values).toMatchObject({ userId: 'u-1', userPrincipalName: null });
  });

  // DEV-5
  it.each<[string, object]>([
    ['deviceName', { deviceName: undefined }],
    ['deviceName', { deviceName: '' }],
    ['deviceName', { deviceName: 'x'.repeat(257) }],
    ['deviceName', { deviceName: 'a\0b' }],
    ['model', { model: '\ud800' }],
    ['model', { model: 7 }],
    ['token', { token: null }],
    ['proof', { proof: {} }],
    ['proof', { proof: 'x'.repeat(2_049) }],
    ['isAdmin', { isAdmin: true }],
  ])('refuses and names %s of %j', async (target, members) => {
    expect(await refusalOf(await hand.enrollment('t', members))).toMatchObject({ code: 'badRequest', target });
  });

  // DEV-5
  it.each([null, [], 'text', 7])('refuses %j for a body', async (body) => {
    expect(await refusalOf(body)).toMatchObject({ code: 'badRequest' });
  });
});

describe('the key of an enrolment', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ format: 'jwk' });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
  const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });

  // DEV-6
  it.each<[string, string, (key: object) => unknown]>([
    ['a private key', 'publicKey/d', () => hand.privateKey],
    ['an RSA key', 'publicKey/kty', () => rsa],
    ['an Ed25519 key', 'publicKey/kty', () => ed25519],
    ['a symmetric key', 'publicKey/kty', () => ({ kty: 'oct', k: 'AAAA' })],
    ['a key on P-384', 'publicKey/crv', () => p384],
    ['a coordinate that is too long', 'publicKey/x', (key) => ({ ...key, x: 'A'.repeat(10_000) })],
    ['no coordinate', 'publicKey/y', (key) => ({ ...key, y: undefined })],
    ['a point off the curve', 'publicKey', (key) => ({ ...key, y: 'A'.repeat(43) })],
    ['text', 'publicKey', () => 'key'],
    ['nothing', 'publicKey', () => null],
  ])('is not %s', async (_, target, keyOf) => {
    const publicKey = keyOf(hand.publicKey);
    expect(await refusalOf(await hand.enrollment('t', { publicKey }))).toMatchObject({ code: 'badRequest', target });
  });

  // DEV-6, DEV-13
  it.each<[string, (token: string) => Promise<object>]>([
    ['a proof by another key', async (token) => ({ proof: await new DeviceHand(DEVICE_TENANT).proof(token) })],
    ['a proof for another token', async () => ({ proof: await hand.proof('other') })],
    ['a proof for another tenant', async (token) => ({ proof: await hand.proof(token, { aud: 'urn:other' }) })],
    ['an assertion for a proof', async (token) => ({ proof: await hand.assertion('d', token, rig.clock.now()) })],
    ['no JWS at all', async () => ({ proof: 'x.y.z' })],
  ])('is refused with %s, and the token stays good', async (_, membersOf) => {
    const token = await rig.newToken();
    const error = await refusalOf(await hand.enrollment(token, await membersOf(token)));
    expect(error).toMatchObject({ code: 'unauthenticated', reason: 'proof' });
    expect((await rig.enrolled(hand, token)).deviceId).toBeDefined();
  });
});

describe('the token of an enrolment', () => {
  // DEV-13
  it('is unknown in one way, whatever is wrong with it', async () => {
    const good = await rig.newToken();
    const foreign = await rig.newToken({}, OTHER_TENANT);
    const wrongSecret = `${good.slice(0, -43)}${'A'.repeat(43)}`;
    const transplanted = foreign.replace(OTHER_TENANT.replaceAll('-', ''), DEVICE_TENANT.replaceAll('-', ''));
    const errors = [];
    for (const token of ['nonsense', wrongSecret, foreign, transplanted])
      errors.push(await refusalOf(await hand.enrollment(token)));
    errors.push(await refusalOf(await hand.enrollment(good, { proof: 'x.y.z' })));
    const answers = errors.map(({ code, message, target }) => JSON.stringify({ code, message, target }));
    expect(new Set(answers).size).toBe(1);
    expect(errors[0]).toMatchObject({ code: 'unauthenticated', reason: 'unknownToken' });
  });

  // DEV-22
  it('leaves a note for the default tenant unless its secret was proven', async () => {
    await refusalOf(await hand.enrollment('nonsense'));
    const token = await rig.newToken();
    await rig.enrolled(hand, token);
    await refusalOf(await new DeviceHand(DEVICE_TENANT).enrollment(token));
    expect(rig.notes).toMatchObject([
      { tenantId: 'operator', activity: 'Refuse enrolment', reason: 'unknownToken', source: '192.0.2.9' },
      { tenantId: DEVICE_TENANT, activity: 'Refuse enrolment', reason: 'usedToken' },
    ]);
    expect(JSON.stringify(rig.notes)).not.toContain(token.slice(-43));
  });

  // DEV-2
  it('that was stolen enrols no second device, and as many as it says otherwise', async () => {
    const once = await rig.newToken();
    await rig.enrolled(hand, once);
    expect(await refusalOf(await new DeviceHand(DEVICE_TENANT).enrollment(once))).toMatchObject({
      reason: 'usedToken',
    });
    const thrice = await rig.newToken({ maxUses: 3 });
    for (let i = 0; i < 3; i++) await rig.enrolled(new DeviceHand(DEVICE_TENANT), thrice);
    expect(await refusalOf(await new DeviceHand(DEVICE_TENANT).enrollment(thrice))).toMatchObject({
      reason: 'usedToken',
    });
  });

  // DEV-2
  it.each([
    [-1, undefined],
    [0, 'expiredToken'],
    [1, 'expiredToken'],
  ])('%i ms after its expiry: %s', async (ms, reason) => {
    const token = await rig.newToken();
    rig.clock.advanceBy(A_DAY_MS + ms);
    const enrolling = rig.enrolled(hand, token);
    if (reason === undefined) expect((await enrolling).deviceId).toBeDefined();
    else await expect(enrolling).rejects.toMatchObject({ reason });
  });

  // DEV-9
  it('that names a device gives it a new key, and an audit record', async () => {
    const first = await rig.enrolled();
    const named = await rig.newToken({ managedDeviceId: first.deviceId, deviceName: 'Till 5' });
    const second = await rig.enrolled(hand, named);
    expect(second.deviceId).toBe(first.deviceId);
    expect(rig.replaced).toEqual([{ tenantId: DEVICE_TENANT, deviceId: first.deviceId }]);
    expect((await rig.device(first.deviceId))?.values.deviceName).toBe('Till 5');
    await expect(rig.signIn(first)).rejects.toMatchObject({ reason: 'signature' });
    expect(await rig.signIn(second)).toMatchObject({ token_type: 'Bearer' });
    expect(await rig.audit()).toEqual(['enrollManagedDevice', 'reenrollManagedDevice']);
    expect(await rig.store.count(everything)).toBe(1);
  });

  // DEV-9
  it('is refused when the device that it names was deleted', async () => {
    const { deviceId } = await rig.enrolled();
    const named = await rig.newToken({ managedDeviceId: deviceId });
    const deletion = { kind: 'delete', set: managedDevices, tenantId: DEVICE_TENANT, id: deviceId } as const;
    await rig.store.transact({ reads: [], decide: () => ({ writes: [deletion], value: undefined }) });
    expect(await refusalOf(await hand.enrollment(named))).toMatchObject({ code: 'conflict', target: 'token' });
  });

  // DEV-9
  it('enrols no key that a device has already', async () => {
    await rig.enrolled(hand);
    const error = await refusalOf(await hand.enrollment(await rig.newToken()));
    expect(error).toMatchObject({ code: 'conflict', target: 'publicKey' });
  });
});

describe('an enrolment whose answer was lost', () => {
  // DEV-8
  it('is answered again for the same key, as the same device, and counts once', async () => {
    const token = await rig.newToken();
    const first = await rig.enrolled(hand, token);
    const second = await rig.enrolled(hand, token);
    expect(second.deviceId).toBe(first.deviceId);
    expect(second.generation).not.toBe(first.generation);
    expect(await rig.signIn(second)).toMatchObject({ token_type: 'Bearer' });
    expect(await rig.audit()).toEqual(['enrollManagedDevice', 'repeatEnrollmentOfManagedDevice']);
  });

  // DEV-8
  it('is refused once the device has signed in', async () => {
    const token = await rig.newToken();
    await rig.signIn(await rig.enrolled(hand, token));
    expect(await refusalOf(await hand.enrollment(token))).toMatchObject({ code: 'conflict' });
  });

  // DEV-8, DEV-16
  it('parks two copies of one key, of which each took the answer for its own', async () => {
    const token = await rig.newToken({ maxUses: 10 });
    const one = await rig.enrolled(hand, token);
    const two = await rig.enrolled(hand, token);
    await rig.signIn(two);
    await expect(rig.signIn(one)).rejects.toMatchObject({ reason: 'parked' });
    expect(rig.parked).toMatchObject([{ deviceId: one.deviceId, reason: 'staleGeneration' }]);
  });
});
