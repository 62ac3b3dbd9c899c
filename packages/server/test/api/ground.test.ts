/** The ground under live sessions: what takes them away within a second, whoever has changed what (SES-11). */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type ApiOptions, TENANT } from './harness.ts';
import { DEVICES, LiveSessions, SETTINGS } from './live-sessions.ts';

let rig: LiveSessions;
afterEach(() => rig.close());

async function open(options: ApiOptions = {}) {
  rig = await LiveSessions.open(options);
  return rig;
}

function park(deviceId: string): Promise<void> {
  const { clock, devices } = rig.api;
  const cause = { tenantId: TENANT, now: clock.now(), correlationId: randomUUID(), source: undefined };
  return devices.park(cause, deviceId, 'staleGeneration');
}

describe('the ground under a session', () => {
  // SES-11
  it.each([
    [
      'the tenant switches remote help off',
      () => rig.api.ask('PATCH', SETTINGS, { body: { remoteAssistanceState: 'disabled' } }),
    ],
    ['its device is deleted', () => rig.api.ask('DELETE', `${DEVICES}/${rig.device.id}`)],
  ])('gives way when %s', async (_what, change) => {
    const session = await (await open()).active();
    expect((await change()).status).toBeLessThan(300);
    expect(await rig.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
    expect(await session.helper.hears('ended')).toMatchObject({ reason: 'revoked' });
  });

  // SES-11, DEV-9, DEV-18
  it.each([
    ['is parked', () => park(rig.device.id)],
    ['is enrolled anew', () => rig.enrolled({ managedDeviceId: rig.device.id })],
  ])('gives way when the device %s, also if the node dies right after', async (_what, change) => {
    const session = await (await open({ isDeafToDevices: true })).active();
    await change();
    expect(await rig.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
  });

  // SES-11
  it('bears a device that an admin entered and that enrols during the session', async () => {
    await open();
    const { body } = await rig.api.ask('POST', DEVICES, { body: { deviceName: 'Entered' } });
    const session = await rig.create({ device: { ...rig.device, id: body.id } });
    const device = await rig.enrolled({ managedDeviceId: body.id });
    await rig.api.sessions.engine.recheck(TENANT);
    expect((await device.call('join', { sessionKey: session.sessionKey })).status).toBe(200);
  });
});

describe('the standing connection of a device', () => {
  // DEV-18
  it('closes when the device is parked', async () => {
    const standing = await (await open()).standing();
    await park(rig.device.id);
    await standing.stops();
  });

  // DEV-9
  it('closes when the device is enrolled anew; its URI opens nothing, and that of the new key does', async () => {
    const { device } = await open();
    const standing = await rig.standing();
    const { pubSubAccessUri } = (await device.call('connect', {})).body;
    const anew = await rig.enrolled({ managedDeviceId: device.id });
    await standing.stops();
    await expect(rig.end(pubSubAccessUri)).rejects.toThrow();
    expect((await rig.standing(anew)).stopped).toBe(false);
  });
});
