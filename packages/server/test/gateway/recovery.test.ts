/** Reliable connections: numbered messages, replay after a broken socket, and what ends them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors.ts';
import type { AdmissionRequest } from '../../src/gateway/hub-options.ts';
import { textPayload } from '../../src/gateway/payload.ts';
import { type AzureClient, startAzureClient } from './azure-client.ts';
import { type BreakingProxy, startBreakingProxy } from './breaking-proxy.ts';
import { JSON_PROTOCOL, RawClient, RELIABLE_PROTOCOL, recoveryUrl } from './raw-client.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

describe('a reliable connection', () => {
  let rig: Rig;
  let proxy: BreakingProxy;
  let refusal: DomainError | undefined;
  const admitted: AdmissionRequest[] = [];
  const clients: AzureClient[] = [];

  async function restart(options: RigOptions = {}): Promise<void> {
    rig = await startRig({
      admit: async (request) => {
        admitted.push(request);
        if (refusal) throw refusal;
        return {
          userId: request.userId,
          roles: request.roles,
          groups: request.groups,
          context: { of: request.userId },
        };
      },
      ...options,
    });
    proxy = await startBreakingProxy(rig.port);
  }

  async function stop(): Promise<void> {
    for (const { client } of clients.splice(0)) client.stop();
    proxy.stop();
    await rig.close();
  }

  beforeEach(async () => {
    refusal = undefined;
    admitted.splice(0);
    await restart();
  });
  afterEach(stop);

  async function throughProxy(userId = 'ada', groups: readonly string[] = []): Promise<string> {
    const url = new URL(await rig.url({ userId, groups, roles: ['webpubsub.sendToGroup'] }));
    url.port = String(proxy.port);
    return url.toString();
  }

  async function startAzure(options = {}): Promise<AzureClient> {
    const client = await startAzureClient(await throughProxy(), 'reliable', options);
    clients.push(client);
    return client;
  }

  it("loses and doubles nothing for Azure's client while its socket breaks again and again mid-frame (GW-26, GW-27)", async () => {
    const client = await startAzure();
    const id = client.connected[0]?.connectionId ?? '';
    const texts = Array.from({ length: 400 }, (_, index) => `${index} ${'x'.repeat(index % 97)}`);
    for (const [index, text] of texts.entries()) {
      if (index % 100 === 50) {
        const before = proxy.cuts;
        // Somewhere inside the frames to come.
        proxy.cutAfter(333 + 7 * index);
        rig.hub.sendToConnection(id, textPayload(text));
        for (let more = 0; proxy.cuts === before; more += 1) {
          rig.hub.sendToConnection(id, textPayload(`filler ${more}`));
          await new Promise(setImmediate);
        }
        await rig.presence.seen('recovered', proxy.cuts);
      } else {
        rig.hub.sendToConnection(id, textPayload(text));
      }
    }
    await client.until(() => client.serverMessages.at(-1)?.data === texts.at(-1));
    const received = client.serverMessages.map(({ data }) => data);
    expect(received.filter((text) => !String(text).startsWith('filler'))).toEqual(texts);
    const ids = client.serverMessages.map(({ sequenceId }) => sequenceId);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    expect(proxy.cuts).toBe(4);
    expect(client.connected).toHaveLength(1);
    expect(await rig.metric('remote_help_gateway_recovered_connections_total')).toBe(4);
  });

  it('keeps groups, permissions and ack ids, and what arrives meanwhile (GW-26, GW-27)', async () => {
    const url = await rig.url({ userId: 'ada', groups: ['g'], roles: ['webpubsub.sendToGroup'] });
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    expect(await first.ask({ type: 'sendToGroup', group: 'h', ackId: 9, dataType: 'text', data: 'x' })).toEqual({
      type: 'ack',
      ackId: 9,
      success: true,
    });
    first.socket.terminate();
    const { connection } = await rig.presence.seen('lost');
    expect(connection).toMatchObject({ isAttached: false, groups: ['g'], context: { of: 'ada' } });
    rig.hub.sendToGroup('g', textPayload('meanwhile'));
    const second = await RawClient.open(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect(second.hello).toMatchObject({ event: 'connected', connectionId: first.hello.connectionId });
    expect(second.hello.reconnectionToken).not.toBe(first.hello.reconnectionToken);
    expect(await second.next()).toBe(
      '{"sequenceId":1,"type":"message","from":"group","group":"g","dataType":"text","data":"meanwhile"}',
    );
    expect(await second.ask({ type: 'sendToGroup', group: 'h', ackId: 9, dataType: 'text', data: 'x' })).toMatchObject({
      success: false,
      error: { name: 'Duplicate', message: 'Message with ack-id: 9 has been processed' },
    });
  });

  it('numbers messages from 1, and nothing else (GW-23)', async () => {
    const url = await rig.url({ groups: ['g'], roles: ['webpubsub.sendToGroup'] });
    const client = await RawClient.open(url, RELIABLE_PROTOCOL);
    client.send({ type: 'sendToGroup', group: 'g', ackId: 1, dataType: 'json', data: { a: 1 } });
    client.send({ type: 'ping' });
    rig.hub.sendToGroup('g', textPayload('two'));
    const frames = [await client.next(), await client.next(), await client.next(), await client.next()];
    expect(frames.filter((text) => text.includes('sequenceId'))).toEqual([
      expect.stringMatching(/^\{"sequenceId":1,"type":"message",/),
      expect.stringMatching(/^\{"sequenceId":2,"type":"message",/),
    ]);
    expect(frames).toContain('{"type":"ack","ackId":1,"success":true}');
    expect(frames).toContain('{"type":"pong"}');
  });

  it('sends again only what was not acknowledged (GW-24)', async () => {
    const url = await rig.url();
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    const id = first.hello.connectionId ?? '';
    for (const text of ['one', 'two', 'three']) rig.hub.sendToConnection(id, textPayload(text));
    for (let count = 0; count < 3; count += 1) await first.next();
    // What was never sent cannot be acknowledged away.
    first.send({ type: 'sequenceAck', sequenceId: 2 });
    await first.ask({ type: 'ping' });
    first.socket.terminate();
    await rig.presence.seen('lost');
    const second = await RawClient.open(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect(await second.nextJson()).toMatchObject({ sequenceId: 3, data: 'three' });
    second.send({ type: 'sequenceAck', sequenceId: 1_000_000 });
    await second.ask({ type: 'ping' });
    rig.hub.sendToConnection(id, textPayload('four'));
    expect(await second.nextJson()).toMatchObject({ sequenceId: 4, data: 'four' });
  });

  it('ends when more waits than is kept; recovery is then 1008 (GW-25)', async () => {
    await stop();
    await restart({ limits: { replayMessages: 3 } });
    const url = await rig.url();
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    for (const text of ['1', '2', '3', '4']) {
      rig.hub.sendToConnection(first.hello.connectionId ?? '', textPayload(text));
    }
    expect((await rig.presence.seen('closed')).because).toBe('slowReader');
    expect((await first.closed).code).toBe(1006);
    const second = new RawClient(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect(await second.closed).toEqual({ code: 1008, reason: 'There is no such connection to recover.' });
  });

  it('is kept for 30 seconds and no longer (GW-26)', async () => {
    const url = await rig.url();
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    first.socket.terminate();
    await rig.presence.seen('lost');
    rig.clock.advanceBy(29_999);
    expect(rig.presence.events.map(({ what }) => what)).toEqual(['opened', 'lost']);
    rig.clock.advanceBy(1);
    expect(await rig.presence.seen('closed')).toMatchObject({ because: 'notRecovered' });
    expect(await rig.hub.connection(first.hello.connectionId ?? '')).toBeUndefined();
    const second = new RawClient(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect((await second.closed).code).toBe(1008);
  });

  it('ends at once when the client closes with 1000, and not when it gives no code (GW-26)', async () => {
    const final = await RawClient.open(await rig.url(), RELIABLE_PROTOCOL);
    final.socket.close(1000);
    expect((await rig.presence.seen('closed')).because).toBe('client');
    const open = await RawClient.open(await rig.url(), RELIABLE_PROTOCOL);
    open.socket.close();
    expect((await rig.presence.seen('lost')).connection.connectionId).toBe(open.hello.connectionId);
  });

  it('moves to the second socket while the first looks alive (GW-29)', async () => {
    const client = await startAzure();
    const id = client.connected[0]?.connectionId ?? '';
    proxy.cut({ clientOnly: true });
    await rig.presence.seen('recovered');
    rig.hub.sendToConnection(id, textPayload('here'));
    await client.until(() => client.serverMessages.length === 1);
    expect(rig.presence.events.map(({ what }) => what)).toEqual(['opened', 'recovered']);
  });

  it('is recovered with the latest token or the one before, never with an older or forged one (GW-28)', async () => {
    const url = await rig.url();
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    const second = await RawClient.open(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    // As if the second socket had broken before its first frame was read.
    const third = await RawClient.open(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect(third.hello.reconnectionToken).toBe(second.hello.reconnectionToken);
    const fourth = await RawClient.open(recoveryUrl(url, third.hello), RELIABLE_PROTOCOL);
    const old = new RawClient(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect((await old.closed).code).toBe(1008);
    const other = await RawClient.open(await rig.url(), RELIABLE_PROTOCOL);
    const forged = { ...fourth.hello, reconnectionToken: other.hello.reconnectionToken ?? '' };
    expect((await new RawClient(recoveryUrl(url, forged), RELIABLE_PROTOCOL).closed).code).toBe(1008);
    // None of this has harmed it.
    rig.hub.sendToConnection(fourth.hello.connectionId ?? '', textPayload('still here'));
    expect(await fourth.nextJson()).toMatchObject({ data: 'still here' });
    expect(await rig.metric('remote_help_gateway_refused_handshakes_total{reason="recovery"}')).toBe(2);
  });

  it('is given to one of two recoveries at once, however long they are admitted (GW-28)', async () => {
    await stop();
    const admissions: (() => void)[] = [];
    await restart({
      admit: async ({ userId, roles, groups, isRecovery }) => {
        if (isRecovery) await new Promise<void>((resolve) => admissions.push(resolve));
        return { userId, roles, groups };
      },
    });
    const waiting = async (count: number) => {
      while (admissions.length < count) await new Promise(setImmediate);
    };
    const url = await rig.url();
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    const slow = new RawClient(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    await waiting(1);
    const quick = RawClient.open(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    await waiting(2);
    admissions[1]?.();
    const again = RawClient.open(recoveryUrl(url, (await quick).hello), RELIABLE_PROTOCOL);
    await waiting(3);
    admissions[2]?.();
    const last = await again;
    // By now its token is older than the one before the latest.
    admissions[0]?.();
    expect((await slow.closed).code).toBe(1008);
    expect(await last.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  });

  it('is recovered whatever the access token, the hub in any case (GW-27)', async () => {
    const first = await RawClient.open(await rig.url(), RELIABLE_PROTOCOL);
    first.socket.terminate();
    await rig.presence.seen('lost');
    const url = recoveryUrl(`ws://127.0.0.1:${rig.port}/client/hubs/HUB1?access_token=expired`, first.hello);
    const second = await RawClient.open(url, RELIABLE_PROTOCOL);
    expect(second.hello.connectionId).toBe(first.hello.connectionId);
  });

  it('keeps its subprotocol, whatever the recovery offers (GW-27)', async () => {
    const url = await rig.url();
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    const second = await RawClient.open(recoveryUrl(url, first.hello), JSON_PROTOCOL);
    rig.hub.sendToConnection(first.hello.connectionId ?? '', textPayload('x'));
    expect(await second.nextJson()).toMatchObject({ sequenceId: 1 });
  });

  it('is admitted at every recovery; a refusal is 101 and 1008 with the reason, and harms nothing (GW-7, GW-30)', async () => {
    const url = await rig.url({ userId: 'ada', claims: { right: 'r1' } });
    const first = await RawClient.open(url, RELIABLE_PROTOCOL);
    refusal = new DomainError('forbidden', 'The session has ended.');
    const refused = new RawClient(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect(await refused.closed).toEqual({ code: 1008, reason: 'The session has ended.' });
    refusal = undefined;
    const second = await RawClient.open(recoveryUrl(url, first.hello), RELIABLE_PROTOCOL);
    expect(second.hello.connectionId).toBe(first.hello.connectionId);
    expect(admitted.map(({ isRecovery }) => isRecovery)).toEqual([false, true, true]);
    expect(admitted[2]).toMatchObject({ userId: 'ada', claims: { right: 'r1' }, context: { of: 'ada' } });
  });

  it("that cannot be decided on now is tried again by Azure's client, and goes on (GW-30)", async () => {
    const client = await startAzure();
    const id = client.connected[0]?.connectionId ?? '';
    refusal = new DomainError('unavailable', 'The database is away.', { retryAfterSeconds: 1 });
    proxy.cut();
    while (admitted.length < 2) await new Promise(setImmediate);
    rig.hub.sendToConnection(id, textPayload('meanwhile'));
    refusal = undefined;
    await client.until(() => client.serverMessages.length === 1);
    expect(client.connected).toHaveLength(1);
    expect([...rig.hub.localConnections()]).toMatchObject([{ connectionId: id, isAttached: true }]);
  });

  it("that cannot be recovered makes Azure's client connect anew at once (GW-30)", async () => {
    const client = await startAzure();
    const id = client.connected[0]?.connectionId ?? '';
    rig.presence.lost = ({ connectionId }) => rig.hub.closeConnection(connectionId, 'Over.');
    proxy.cut();
    await client.until(() => client.connected.length === 2);
    expect(client.disconnected).toHaveLength(1);
    expect(client.connected[1]?.connectionId).not.toBe(id);
  });

  it('of the plain subprotocol is none: its loss is its end (GW-26)', async () => {
    const client = await RawClient.open(await rig.url(), JSON_PROTOCOL);
    expect(client.hello.reconnectionToken).toBeUndefined();
    client.socket.terminate();
    expect((await rig.presence.seen('closed')).because).toBe('lost');
    const forged = { connectionId: client.hello.connectionId ?? '', reconnectionToken: '0.x' };
    const again = new RawClient(recoveryUrl(await rig.url(), forged), RELIABLE_PROTOCOL);
    expect((await again.closed).code).toBe(1008);
  });
});
