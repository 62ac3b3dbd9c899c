/** A device that connects twice: a copy parks it, a dead connection is replaced (DEV-17, DEV-18). */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toIsoText } from '../../src/clock.ts';
import { JSON_PROTOCOL, RawClient, RELIABLE_PROTOCOL, recoveryUrl, refusalOf } from '../gateway/raw-client.ts';
import { DEVICES, LiveSessions } from './live-sessions.ts';

const MINUTE = 60_000;
const AUDIT = '/beta/deviceManagement/auditEvents';

let rig: LiveSessions;
beforeEach(async () => {
  rig = await LiveSessions.open();
});
afterEach(() => rig.close());

/** A URI of the standing connection, as each holder of the device's key gets it. */
async function uri(): Promise<string> {
  return (await rig.device.call('connect', {})).body.pubSubAccessUri;
}

/** A connection whose far end answers no ping unless told to. */
async function silent() {
  const client = new RawClient(await uri(), JSON_PROTOCOL, { autoPong: false });
  const pinged = once(client.socket, 'ping');
  await client.next();
  return { client, pinged };
}

/** Closes a connection; settles when the gateway knows. */
async function closed({ socket }: RawClient): Promise<void> {
  socket.close(1000);
  const connections = async () => /^remote_help_gateway_connections (\d+)$/m.exec(await rig.api.metrics.text())?.[1];
  await expect.poll(connections).toBe('0');
}

async function parkings(): Promise<number> {
  const { body } = await rig.api.ask('GET', `${AUDIT}?$filter=activityType eq 'parkManagedDevice'`);
  expect(
    body.value.every(
      ({ resources }: { resources: { resourceId: string }[] }) => resources[0]?.resourceId === rig.device.id,
    ),
  ).toBe(true);
  return body.value.length;
}

async function state(): Promise<string> {
  return (await rig.api.ask('GET', `${DEVICES}/${rig.device.id}`)).body.managementState;
}

describe('a second connection of a device', () => {
  // DEV-17, DEV-18
  it('parks both while the first answers: both are closed, its sessions end, and one record says so', async () => {
    const session = await rig.active();
    expect(await refusalOf(await uri())).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    await session.standing.stops();
    expect(await rig.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
    expect([await state(), await parkings()]).toEqual(['unhealthy', 1]);
    expect((await rig.device.call('connect', {})).status).toBe(401);
  });

  // DEV-17
  it('parks the device once, however many copies come at once', async () => {
    const standing = await rig.standing();
    const uris = await Promise.all(Array.from({ length: 8 }, uri));
    const statuses: number[] = [];
    const all = Promise.all(uris.map(async (each) => statuses.push((await refusalOf(each)).status)));
    await standing.stops();
    // Some may have asked a connection that was closed before it could answer: their wait has to end.
    const settled = () => {
      rig.api.clock.advanceBy(2_000);
      return statuses.length;
    };
    await expect.poll(settled).toBe(uris.length);
    await all;
    expect(statuses).toEqual(uris.map(() => 403));
    expect(await parkings()).toBe(1);
  });

  // DEV-17
  it('parks while the first answers at the last moment', async () => {
    const first = await silent();
    const second = refusalOf(await uri());
    await first.pinged;
    rig.api.clock.advanceBy(1_999);
    first.client.socket.pong();
    expect((await second).status).toBe(403);
    expect(await first.client.closed).toMatchObject({ code: 1008 });
    expect(await state()).toBe('unhealthy');
  });

  // DEV-17
  it('replaces a first one that is silent for two seconds, and goes on', async () => {
    const first = await silent();
    const second = rig.standing();
    await first.pinged;
    rig.api.clock.advanceBy(2_000);
    const standing = await second;
    expect(await first.client.closed).toMatchObject({ code: 1008 });
    expect([await state(), await parkings()]).toEqual(['managed', 0]);
    const { sessionKey } = await rig.create();
    expect(await standing.hears('requested')).toMatchObject({ sessionKey });
  });

  // DEV-17
  it('is none once the first has closed', async () => {
    await closed(await RawClient.open(await uri(), JSON_PROTOCOL));
    expect((await rig.standing()).stopped).toBe(false);
    expect(await state()).toBe('managed');
  });

  // DEV-17, GW-27
  it('is none when the first one recovers', async () => {
    const url = await uri();
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    first.socket.terminate();
    await first.closed;
    const again = new RawClient(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect(await again.nextJson()).toMatchObject({ event: 'connected', connectionId: first.hello.connectionId });
    expect(await state()).toBe('managed');
    again.socket.terminate();
  });
});

describe('a device that is connected', () => {
  // DEV-20
  it('is heard of every minute, and no more once it is gone', async () => {
    const lastSync = async () => (await rig.api.ask('GET', `${DEVICES}/${rig.device.id}`)).body.lastSyncDateTime;
    await rig.pass(MINUTE);
    const client = await RawClient.open(await uri(), JSON_PROTOCOL);
    await expect.poll(lastSync).toBe(toIsoText(rig.api.clock.now()));
    for (let quarter = 0; quarter < 4; quarter++) {
      rig.api.clock.advanceBy(MINUTE / 4);
      expect(await client.ask({ type: 'ping' })).toEqual({ type: 'pong' });
    }
    const lastAt = rig.api.clock.now();
    await expect.poll(lastSync).toBe(toIsoText(lastAt));
    await closed(client);
    rig.api.clock.advanceBy(10 * MINUTE);
    expect(await lastSync()).toBe(toIsoText(lastAt));
  });
});
