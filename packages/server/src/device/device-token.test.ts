import { deviceAudience } from '@open-remote-help/protocol';
import { DEVICE_TENANT, DeviceHand, type DeviceRig, deviceRig } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { accessTokenClaims, signAccessToken } from '../access/access-token.ts';
import { JwtVerifier } from '../access/token-verifier.ts';
import { deviceCredentials } from './device-model.ts';

const publicUrl = 'https://help.example';

let rig: DeviceRig;
let device: Awaited<ReturnType<DeviceRig['enrolled']>>;
let token: string;
beforeEach(async () => {
  rig = await deviceRig();
  device = await rig.enrolled();
  ({ access_token: token } = await rig.signIn(device));
});

const reasonOf = (text: string, tenantId = DEVICE_TENANT) =>
  rig.devices.verify(rig.cause(tenantId), text).then(
    () => 'none',
    ({ reason }) => reason,
  );

describe('the access token of a device', () => {
  // DEV-14
  it('is no token of the Graph API', async () => {
    const graph = new JwtVerifier({ ...rig, publicUrl });
    await expect(graph.verify(token)).rejects.toMatchObject({ code: 'unauthenticated', reason: 'issuer' });
  });

  // DEV-14
  it.each(['user', 'application'] as const)('is not replaced by that of a %s', async (kind) => {
    const frame = { publicUrl, tenantId: DEVICE_TENANT, clientId: 'c' };
    const roles = ['DeviceManagementManagedDevices.ReadWrite.All'];
    const user = { id: 'u', userPrincipalName: 'a@b', displayName: 'A', isAdmin: true, isDisabled: false };
    const subject =
      kind === 'user'
        ? ({
            kind,
            user: { ...user, mail: null, mustChangePassword: false, allowedScopes: [] },
            scopes: roles,
          } as never)
        : ({ kind, objectId: 'o', name: 'n', roles } as const);
    const claims = accessTokenClaims(subject, frame);
    const facts = { id: 'j', now: rig.clock.now(), expiresInSeconds: 60 };
    expect(await reasonOf(await signAccessToken(rig.keyRing, claims, facts))).toBe('accessToken');
    const dressed = { ...claims, aud: deviceAudience(DEVICE_TENANT), sub: device.deviceId };
    expect(await reasonOf(await signAccessToken(rig.keyRing, dressed, facts))).toBe('accessToken');
  });

  // DEV-14
  it('is not made by the device itself', async () => {
    const [header, payload] = token.split('.');
    const kid = JSON.parse(Buffer.from(header ?? '', 'base64url').toString()).kid;
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    expect(await reasonOf(await device.hand.sign(claims, { kid, typ: 'at+jwt' }))).toBe('accessToken');
    expect(await reasonOf(await device.hand.sign(claims, { kid: 'unknown' }))).toBe('accessToken');
    expect(await reasonOf(`${header}.${payload}.`)).toBe('accessToken');
    for (const odd of ['', 'x.y.z', 'x'.repeat(5_000)]) expect(await reasonOf(odd)).toBe('accessToken');
  });

  // DEV-14
  it('is good in its own tenant alone', async () => {
    expect(await reasonOf(token, '22222222-2222-4222-8222-222222222222')).toBe('accessToken');
  });

  // DEV-14
  it.each([
    [-1, 'none'],
    [0, 'accessToken'],
  ])('%i ms after an hour: %s', async (ms, reason) => {
    rig.clock.advanceBy(3_600_000 + ms);
    expect(await reasonOf(token)).toBe(reason);
  });

  // DEV-14, DEV-19
  it('dies with the device', async () => {
    const deletion = { kind: 'delete', set: deviceCredentials, tenantId: DEVICE_TENANT, id: device.deviceId } as const;
    await rig.store.transact({ reads: [], decide: () => ({ writes: [deletion], value: undefined }) });
    expect(await reasonOf(token)).toBe('withdrawn');
    expect(rig.notes).toMatchObject([
      { tenantId: DEVICE_TENANT, activity: 'Refuse device token', reason: 'withdrawn' },
    ]);
  });

  // DEV-14
  it('dies when the device is enrolled anew', async () => {
    const named = await rig.newToken({ managedDeviceId: device.deviceId });
    await rig.enrolled(new DeviceHand(DEVICE_TENANT), named);
    expect(await reasonOf(token)).toBe('withdrawn');
  });

  // DEV-14
  it('goes on after the signing keys were rotated, and dies with a key that is revoked', async () => {
    await rig.keyRing.rotate({ kinds: ['signing'] });
    expect(await reasonOf(token)).toBe('none');
    await rig.keyRing.rotate({ kinds: ['signing'], revokeOldSigningKey: true });
    expect(await reasonOf(token)).toBe('accessToken');
  });
});
