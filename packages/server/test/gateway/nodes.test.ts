/** Two nodes of one service: what is done on one counts for the connections of the other. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { MemoryNetwork } from '../../src/broker/memory-broker.ts';
import { jsonPayload, textPayload } from '../../src/gateway/payload.ts';
import { JSON_PROTOCOL, RawClient, RELIABLE_PROTOCOL, recoveryUrl, refusalOf } from './raw-client.ts';
import { type Rig, startRig } from './rig.ts';

describe('a hub on two nodes (GW-35)', () => {
  let here: Rig;
  let there: Rig;
  const subjects = new Set<string>();
  beforeEach(async () => {
    subjects.clear();
    const network = new MemoryNetwork();
    const listening = (broker: Broker): Broker => ({
      publish: broker.publish,
      subscribe: (subject, listener) => {
        subjects.add(subject);
        return broker.subscribe(subject, listener);
      },
    });
    here = await startRig({ broker: listening(network.join()) });
    there = await startRig({ broker: listening(network.join()) });
  });
  afterEach(async () => {
    await here.close();
    await there.close();
  });

  async function open(rig: Rig, userId: string, groups: readonly string[] = [], protocol = JSON_PROTOCOL) {
    const roles = ['webpubsub.sendToGroup', 'webpubsub.joinLeaveGroup'];
    return RawClient.open(await rig.url({ userId, groups, roles }), protocol);
  }

  it('brings messages of clients and of the server to members on both', async () => {
    const [ada, bob] = [await open(here, 'ada', ['g . *']), await open(there, 'bob', ['g . *'])];
    ada.send({ type: 'sendToGroup', group: 'g . *', noEcho: true, dataType: 'binary', data: 'AAEC' });
    expect(await bob.nextJson()).toMatchObject({ group: 'g . *', fromUserId: 'ada', dataType: 'binary', data: 'AAEC' });
    bob.send({ type: 'sendToGroup', group: 'g . *', data: { from: 'bob' } });
    expect(await ada.nextJson()).toMatchObject({ fromUserId: 'bob', data: { from: 'bob' } });
    expect(await bob.nextJson()).toMatchObject({ fromUserId: 'bob' });
    here.hub.sendToUser('bob', jsonPayload({ to: 'bob' }));
    expect(await bob.nextJson()).toMatchObject({ from: 'server', data: { to: 'bob' } });
    there.hub.sendToConnection(ada.hello.connectionId ?? '', textPayload('to ada'));
    expect(await ada.nextJson()).toMatchObject({ data: 'to ada' });
    here.hub.sendToAll(textPayload('to all'), { excluded: [bob.hello.connectionId ?? ''] });
    expect(await ada.nextJson()).toMatchObject({ data: 'to all' });
    here.hub.sendToGroup('g . *', textPayload('to the group'));
    expect(await bob.nextJson()).toMatchObject({ from: 'group', data: 'to the group' });
  });

  it('changes membership and permissions of connections on the other node (GW-32)', async () => {
    const bob = await RawClient.open(await there.url({ userId: 'bob' }), JSON_PROTOCOL);
    const id = bob.hello.connectionId ?? '';
    expect(await here.hub.addToGroup(id, 'g')).toBe(true);
    expect(await here.hub.connection(id)).toMatchObject({ userId: 'bob', groups: ['g'], isAttached: true });
    here.hub.sendToGroup('g', textPayload('member'));
    expect(await bob.nextJson()).toMatchObject({ data: 'member' });
    expect(await here.hub.grantPermission(id, 'sendToGroup', 'g')).toBe(true);
    expect(await bob.ask({ type: 'sendToGroup', group: 'g', noEcho: true, ackId: 1, data: 1 })).toMatchObject({
      success: true,
    });
    expect(await here.hub.revokePermission(id, 'sendToGroup', 'g')).toBe(true);
    expect(await bob.ask({ type: 'sendToGroup', group: 'g', noEcho: true, ackId: 2, data: 1 })).toMatchObject({
      error: { name: 'Forbidden' },
    });
    expect(await here.hub.removeFromGroup(id, 'g')).toBe(true);
    expect(await here.hub.connection(id)).toMatchObject({ groups: [] });
  });

  it('knows that a connection of the other node is gone, or that the node is (GW-32)', async () => {
    const bob = await open(there, 'bob');
    const id = bob.hello.connectionId ?? '';
    bob.socket.terminate();
    await there.presence.seen('closed');
    expect(await here.hub.addToGroup(id, 'g')).toBe(false);
    expect(await here.hub.connection('no id of ours')).toBeUndefined();
    there.hub.stop();
    const asked = here.hub.addToGroup(id, 'g');
    here.clock.advanceBy(1_000);
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
    expect(here.clock.pending).toBe(0);
  });

  it.each(['closeConnection', 'closeUserConnections', 'closeGroupConnections', 'closeAllConnections'] as const)(
    '%s ends connections on the other node for good (GW-33)',
    async (close) => {
      const bob = await open(there, 'bob', ['g'], RELIABLE_PROTOCOL);
      if (close === 'closeConnection') here.hub.closeConnection(bob.hello.connectionId ?? '', 'Ended.');
      else if (close === 'closeUserConnections') here.hub.closeUserConnections('bob', 'Ended.');
      else if (close === 'closeGroupConnections') here.hub.closeGroupConnections('g', 'Ended.');
      else here.hub.closeAllConnections('Ended.');
      expect(await bob.nextJson()).toEqual({ type: 'system', event: 'disconnected', message: 'Ended.' });
      expect(await bob.closed).toEqual({ code: 1008, reason: 'Ended.' });
      const again = new RawClient(recoveryUrl(await there.url(), bob.hello), RELIABLE_PROTOCOL);
      expect((await again.closed).code).toBe(1008);
    },
  );

  it('passes over the excluded when it closes (GW-33)', async () => {
    const [one, two] = [await open(there, 'bob', ['g']), await open(there, 'bob', ['g'])];
    here.hub.closeUserConnections('bob', 'Ended.', { excluded: [two.hello.connectionId ?? ''] });
    expect((await one.closed).code).toBe(1008);
    expect(await two.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  });

  it('refuses clients that are being admitted on the other node (GW-8)', async () => {
    await there.close();
    const network = new MemoryNetwork();
    await here.close();
    here = await startRig({ broker: network.join() });
    there = await startRig({
      broker: network.join(),
      admit: async ({ userId }) => {
        here.hub.closeUserConnections('bob', 'Ended.');
        await new Promise(setImmediate);
        return { userId, roles: [], groups: [] };
      },
    });
    expect((await refusalOf(await there.url({ userId: 'bob' }))).status).toBe(403);
  });

  it('cannot recover a connection at the other node: 1008, so that the client connects anew (GW-35)', async () => {
    const ada = await open(here, 'ada', [], RELIABLE_PROTOCOL);
    ada.socket.terminate();
    await here.presence.seen('lost');
    const elsewhere = new RawClient(recoveryUrl(await there.url(), ada.hello), RELIABLE_PROTOCOL);
    expect((await elsewhere.closed).code).toBe(1008);
  });

  it('uses subjects that any broker takes, whatever groups are called', async () => {
    await open(here, 'ada', ['with space', 'with.dot', '*', '>', 'ü'.repeat(1_000)]);
    expect(subjects.size).toBeGreaterThan(5);
    for (const subject of subjects) expect(subject).toMatch(/^[\w-]+(\.[\w-]+){2,3}$/);
  });
});
