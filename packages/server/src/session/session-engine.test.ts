import { auditEvents, remoteHelpSessions } from '@open-remote-help/protocol';
import { memoryIdentity, SessionRig } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { toIsoText } from '../clock.ts';
import type { DeviceRequester, Requester } from './session-engine.ts';
import { extendRecords } from './session-rows.ts';

const MINUTE = 60_000;

let rig: SessionRig;
let helper: Requester;
let device: DeviceRequester;

beforeEach(async () => {
  const { store, keyRing, clock } = await memoryIdentity();
  rig = new SessionRig({ store, opener: keyRing, clock });
  await rig.setSettings();
  device = await rig.addDevice();
  helper = rig.person('helper');
  await rig.engine.start();
});

async function shown(id: string) {
  return (await rig.store.get({ set: remoteHelpSessions, tenantId: rig.tenantId, id }))?.values;
}

async function audited(): Promise<string[]> {
  const { entities } = await rig.store.query({ set: auditEvents, tenantId: rig.tenantId, top: 1_000 });
  return entities.map(({ values }) => `${values.activityType} ${values.activityResult}`);
}

describe('the life of a session', () => {
  it('goes from request through consent to its end, each step on record once', async () => {
    const { id, sessionKey, helping, sharer, access } = await rig.activeSession(helper, device);
    expect(rig.channel.heardByDevice(device.deviceId)).toEqual(['requested']);
    expect(rig.channel.connections.get(helping.id)?.group).toBe(`session-${id}`);
    expect(rig.channel.connections.get(sharer.id)?.group).toBe(`session-${id}`);
    expect(Buffer.from(access.pubSubEncryptionKey, 'base64')).toHaveLength(32);
    expect(await shown(id)).toMatchObject({ state: 'active', sessionKey, endReason: 'notEnded' });
    await rig.pass(10 * MINUTE);
    const extended = await rig.engine.extend(helper, sessionKey);
    expect(extended.sessionExpirationDateTime).toBe(toIsoText(rig.clock.now() + 60 * MINUTE));
    await rig.engine.end(helper, sessionKey);
    expect(rig.channel.connections.size).toBe(0);
    expect(await shown(id)).toMatchObject({ state: 'ended', endReason: 'endedByHelper', endedBy: 'Name of helper' });
    expect(await rig.store.get({ set: extendRecords, tenantId: rig.tenantId, id })).toBeUndefined();
    await expect(rig.engine.retrieve(helper, sessionKey)).rejects.toMatchObject({ code: 'notFound' });
    expect(await audited()).toEqual([
      'createRemoteHelpSession Success',
      'joinRemoteHelpSession Success',
      'retrieveRemoteHelpSession Success',
      'acceptRemoteHelpSession Success',
      'requestRemoteHelpSessionAccess Success',
      'extendRemoteHelpSession Success',
      'endRemoteHelpSession Success',
      'retrieveRemoteHelpSession Failure',
    ]);
    await rig.engine.close();
    expect(rig.clock.pending).toBe(0);
    expect(rig.faults).toEqual([]);
  });
});
