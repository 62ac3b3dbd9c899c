/** Azure's published client 1.1.0, unmodified, is the judge of both JSON subprotocols. */

import { WebPubSubServiceClient } from '@azure/web-pubsub';
import { SendMessageError } from '@azure/web-pubsub-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors.ts';
import { binaryPayload, jsonPayload, textPayload } from '../../src/gateway/payload.ts';
import { type AzureClient, startAzureClient } from './azure-client.ts';
import { ACCESS_KEY, type Rig, startRig } from './rig.ts';

const ANY_GROUP = ['webpubsub.joinLeaveGroup', 'webpubsub.sendToGroup'];

async function errorOf(promise: Promise<unknown>): Promise<SendMessageError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SendMessageError);
  return error as SendMessageError;
}

describe.each(['json', 'reliable'] as const)("Azure's client with the %s subprotocol", (protocol) => {
  let rig: Rig;
  const clients: AzureClient[] = [];
  beforeEach(async () => {
    rig = await startRig({
      onEvent: async ({ name, payload }) => {
        if (name === 'echo') return payload;
        if (name === 'refuse') throw new DomainError('conflict', 'Not now.');
        if (name === 'break') throw new TypeError('secret detail');
        return undefined;
      },
    });
  });
  afterEach(async () => {
    for (const { client } of clients.splice(0)) client.stop();
    await rig.close();
  });

  async function start(userId: string, roles: readonly string[] = ANY_GROUP): Promise<AzureClient> {
    const client = await startAzureClient(await rig.url({ userId, roles }), protocol);
    clients.push(client);
    return client;
  }

  it('connects and learns who it is (GW-13)', async () => {
    const { connected } = await start('ada');
    expect(connected).toEqual([{ userId: 'ada', connectionId: expect.stringMatching(/^[\w-]{30}$/) }]);
    expect([...rig.hub.localConnections()]).toMatchObject([{ userId: 'ada', isAttached: true }]);
  });

  it('joins, sends text, JSON and binary, and leaves (GW-16)', async () => {
    const [ada, bob] = [await start('ada'), await start('bob')];
    await bob.client.joinGroup('g');
    await ada.client.sendToGroup('g', 'ü"\n', 'text');
    await ada.client.sendToGroup('g', { a: [1, null, 'x'] }, 'json');
    await ada.client.sendToGroup('g', new Uint8Array([0, 255, 10]).buffer, 'binary');
    await bob.until(() => bob.groupMessages.length === 3);
    expect(bob.groupMessages).toMatchObject([
      { group: 'g', fromUserId: 'ada', dataType: 'text', data: 'ü"\n' },
      { dataType: 'json', data: { a: [1, null, 'x'] } },
      { dataType: 'binary' },
    ]);
    expect(new Uint8Array(bob.groupMessages[2]?.data as ArrayBuffer)).toEqual(new Uint8Array([0, 255, 10]));
    await bob.client.leaveGroup('g');
    await ada.client.sendToGroup('g', 'gone', 'text');
    await bob.client.sendEvent('echo', 'after', 'text');
    await bob.until(() => bob.serverMessages.length === 1);
    expect(bob.groupMessages).toHaveLength(3);
  });

  it('hears itself unless it asks not to (GW-17)', async () => {
    const ada = await start('ada');
    await ada.client.joinGroup('g');
    await ada.client.sendToGroup('g', 'quiet', 'text', { noEcho: true });
    await ada.client.sendToGroup('g', 'loud', 'text');
    await ada.until(() => ada.groupMessages.length > 0);
    expect(ada.groupMessages).toMatchObject([{ data: 'loud' }]);
  });

  it('hears the server as connection, user, group and all (GW-31)', async () => {
    const [ada, bob] = [await start('ada'), await start('bob')];
    const connectionId = ada.connected[0]?.connectionId ?? '';
    expect(await rig.hub.addToGroup(connectionId, 'g')).toBe(true);
    rig.hub.sendToConnection(connectionId, textPayload('one'));
    rig.hub.sendToUser('ada', jsonPayload({ two: 2 }));
    rig.hub.sendToGroup('g', binaryPayload(new Uint8Array([3])));
    rig.hub.sendToAll(textPayload('four'), { excluded: [bob.connected[0]?.connectionId ?? ''] });
    await ada.until(() => ada.serverMessages.length === 3 && ada.groupMessages.length === 1);
    expect(ada.serverMessages.map(({ data }) => data)).toEqual(['one', { two: 2 }, 'four']);
    expect(ada.groupMessages[0]?.fromUserId).toBeUndefined();
    rig.hub.sendToAll(textPayload('five'));
    await bob.until(() => bob.serverMessages.length > 0);
    expect(bob.serverMessages.map(({ data }) => data)).toEqual(['five']);
  });

  it('sends events and gets the reply before the ack (GW-21)', async () => {
    const ada = await start('ada');
    await ada.client.sendEvent('echo', { n: 1 }, 'json');
    expect(ada.serverMessages).toMatchObject([{ dataType: 'json', data: { n: 1 } }]);
    await ada.client.sendEvent('silent', 'x', 'text');
    expect(ada.serverMessages).toHaveLength(1);
  });

  it('is told why an event failed, and no inner detail (GW-21)', async () => {
    const ada = await start('ada');
    const refused = await errorOf(ada.client.sendEvent('refuse', 'x', 'text'));
    expect(refused.errorDetail).toEqual({ name: 'Conflict', message: 'Not now.' });
    const broken = await errorOf(ada.client.sendEvent('break', 'x', 'text'));
    expect(broken.errorDetail).toEqual({ name: 'InternalServerError', message: 'Something went wrong on the server.' });
  });

  it('is refused without a role, and helped by a grant (GW-10, GW-12)', async () => {
    const ada = await start('ada', ['webpubsub.joinLeaveGroup.h']);
    const id = ada.connected[0]?.connectionId ?? '';
    expect((await errorOf(ada.client.joinGroup('g'))).errorDetail?.name).toBe('Forbidden');
    expect((await errorOf(ada.client.leaveGroup('g'))).errorDetail?.name).toBe('Forbidden');
    expect((await errorOf(ada.client.sendToGroup('h', 'x', 'text'))).errorDetail?.name).toBe('Forbidden');
    await ada.client.joinGroup('h');
    expect(await rig.hub.grantPermission(id, 'sendToGroup', 'h')).toBe(true);
    await ada.client.sendToGroup('h', 'x', 'text');
    expect(await rig.hub.revokePermission(id, 'sendToGroup', 'h')).toBe(true);
    expect((await errorOf(ada.client.sendToGroup('h', 'x', 'text'))).errorDetail?.name).toBe('Forbidden');
  });

  it('uses wildcard roles (GW-11)', async () => {
    const ada = await start('ada', ['webpubsub.joinLeaveGroups.team.*', 'webpubsub.sendToGroups.team.**']);
    await ada.client.joinGroup('team.a');
    expect((await errorOf(ada.client.joinGroup('team.a.b'))).errorDetail?.name).toBe('Forbidden');
    await ada.client.sendToGroup('team.a.b', 'x', 'text');
  });

  it('repeats an ack id and is told that it was done (GW-20)', async () => {
    const ada = await start('ada');
    await ada.client.joinGroup('g');
    expect(await ada.client.sendToGroup('g', 'once', 'text', { ackId: 77 })).toMatchObject({ isDuplicated: false });
    expect(await ada.client.sendToGroup('g', 'once', 'text', { ackId: 77 })).toMatchObject({ isDuplicated: true });
    await ada.client.sendToGroup('g', 'last', 'text');
    await ada.until(() => ada.groupMessages.some(({ data }) => data === 'last'));
    expect(ada.groupMessages.map(({ data }) => data)).toEqual(['once', 'last']);
  });

  it('may repeat a failed request with its ack id (GW-20)', async () => {
    const ada = await start('ada', []);
    const id = ada.connected[0]?.connectionId ?? '';
    expect((await errorOf(ada.client.joinGroup('g', { ackId: 5 }))).errorDetail?.name).toBe('Forbidden');
    await rig.hub.grantPermission(id, 'joinLeaveGroup');
    expect(await ada.client.joinGroup('g', { ackId: 5 })).toMatchObject({ isDuplicated: false });
  });

  it('is kicked for good, is told why, and comes back as another connection (GW-33)', async () => {
    const ada = await start('ada');
    const first = ada.connected[0]?.connectionId ?? '';
    rig.hub.closeConnection(first, 'The session has ended.');
    await ada.until(() => ada.connected.length === 2);
    expect(ada.disconnected).toMatchObject([{ connectionId: first, message: { message: 'The session has ended.' } }]);
    expect(ada.connected[1]?.connectionId).not.toBe(first);
    expect(await rig.hub.connection(first)).toBeUndefined();
    expect((await rig.presence.seen('closed')).because).toBe('server');
  });

  it('connects with a token of the server SDK (GW-1)', async () => {
    const service = new WebPubSubServiceClient(
      `Endpoint=${rig.endpoint};AccessKey=${ACCESS_KEY};Version=1.0;`,
      'HUB1',
      {
        allowInsecureConnection: true,
      },
    );
    // The SDK has no clock to set: the token is good by the real time, which the rig's is set to.
    rig.clock.advanceTo(performance.timeOrigin + performance.now());
    const { url } = await service.getClientAccessToken({ userId: 'sdk', roles: ANY_GROUP, groups: ['start'] });
    const client = await startAzureClient(url, protocol);
    clients.push(client);
    expect(client.connected[0]?.userId).toBe('sdk');
    rig.hub.sendToGroup('start', textPayload('hello'));
    await client.until(() => client.groupMessages.length === 1);
  });
});
