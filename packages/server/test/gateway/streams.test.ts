/** Streams and invocations, driven by Azure's client 1.1.0 where it can. */
import type { GroupStream, InvocationError } from '@azure/web-pubsub-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors.ts';
import type { ClientEvent } from '../../src/gateway/hub-options.ts';
import type { Payload } from '../../src/gateway/payload.ts';
import { type AzureClient, startAzureClient } from './azure-client.ts';
import { startBreakingProxy } from './breaking-proxy.ts';
import { JSON_PROTOCOL, RawClient, RELIABLE_PROTOCOL, recoveryUrl } from './raw-client.ts';
import { type Rig, startRig } from './rig.ts';

const SENDER = ['webpubsub.sendToGroup'];

let rig: Rig;
let answer: (event: ClientEvent) => Promise<Payload | undefined>;
const clients: AzureClient[] = [];
beforeEach(async () => {
  answer = async ({ payload }) => payload;
  rig = await startRig({ onEvent: (event) => answer(event), limits: { streamsPerConnection: 3 } });
});
afterEach(async () => {
  for (const { client } of clients.splice(0)) client.stop();
  await rig.close();
});

async function startAzure(groups: readonly string[] = [], url?: string): Promise<AzureClient> {
  const grant = { userId: 'ada', roles: SENDER, groups };
  const client = await startAzureClient(url ?? (await rig.url(grant)), 'reliable');
  clients.push(client);
  return client;
}

/** What a subscriber of group `g` reads of the next stream: its data, or the error that ended it. */
async function subscribe() {
  const subscriber = await startAzure(['g']);
  const stream = new Promise<GroupStream>((resolve) => subscriber.client.onGroupStream(resolve));
  const all = stream.then(async (messages) => {
    const data: unknown[] = [];
    try {
      for await (const message of messages) data.push(message.data);
      return { data };
    } catch (error) {
      return { data, error };
    }
  });
  return { subscriber, all };
}

async function open(groups: readonly string[] = [], protocol = JSON_PROTOCOL) {
  return RawClient.open(await rig.url({ userId: 'ada', roles: SENDER, groups }), protocol);
}

const start = { type: 'sendToGroup', group: 'g', stream: { streamId: 's' } };
const fragment = (number: number, data: string, streamId = 's') => {
  return { type: 'streamData', streamId, streamSequenceId: number, dataType: 'text', data };
};

describe('streams', () => {
  it("bring what Azure's client writes, of every kind, to its end (GW-48, GW-49, GW-50)", async () => {
    const { all } = await subscribe();
    const publisher = await startAzure();
    const stream = await publisher.client.openGroupStream('g');
    await stream.write('text', 'text');
    await stream.write({ json: [1] }, 'json');
    await stream.write(new Uint8Array([1, 2]).buffer, 'binary');
    await stream.end();
    expect(await all).toEqual({ data: ['text', { json: [1] }, new Uint8Array([1, 2]).buffer] });
  });

  it('tell subscribers the error with which the publisher ends (GW-50)', async () => {
    const { all } = await subscribe();
    const stream = await (await startAzure()).client.openGroupStream('g');
    await stream.write('begun', 'text');
    await stream.abort({ message: 'Changed my mind.', userErrorCode: 'C7' });
    expect(await all).toEqual({
      data: ['begun'],
      error: { name: 'UserError', message: 'Changed my mind.', userErrorCode: 'C7' },
    });
  });

  it('lose and double nothing while the socket breaks (GW-49)', async () => {
    const { all } = await subscribe();
    const proxy = await startBreakingProxy(rig.port);
    const url = new URL(await rig.url({ userId: 'ada', roles: SENDER }));
    url.port = String(proxy.port);
    const stream = await (await startAzure([], url.toString())).client.openGroupStream('g');
    const texts = Array.from({ length: 300 }, (_, index) => `fragment ${index}`);
    for (const [index, text] of texts.entries()) {
      const written = stream.write(text, 'text');
      if (index === 100 || index === 200) {
        proxy.cut();
        await rig.presence.seen('recovered', index / 100);
      }
      await written;
    }
    await stream.end();
    expect(await all).toEqual({ data: texts });
    proxy.stop();
  });

  it('are acknowledged fragment by fragment; repeated ones are not published again, gaps not at all (GW-49)', async () => {
    const client = await open(['g']);
    expect(await client.ask(start)).toEqual({ type: 'streamAck', streamId: 's', expectedSequenceId: 1 });
    client.send(fragment(1, 'one'));
    expect(await client.next()).toBe(
      '{"type":"message","from":"group","group":"g","fromUserId":"ada","dataType":"text","data":"one","stream":{"streamId":"s","streamSequenceId":1}}',
    );
    expect(await client.nextJson()).toEqual({ type: 'streamAck', streamId: 's', expectedSequenceId: 2 });
    expect(await client.ask(fragment(1, 'one'))).toEqual({ type: 'streamAck', streamId: 's', expectedSequenceId: 2 });
    expect(await client.ask(fragment(4, 'four'))).toEqual({
      type: 'streamNack',
      streamId: 's',
      name: 'InvalidSequenceId',
      message: 'Fragment 2 is expected.',
      expectedSequenceId: 2,
    });
    client.send({ type: 'streamEnd', streamId: 's' });
    expect(await client.next()).toBe(
      '{"type":"message","from":"group","group":"g","fromUserId":"ada","dataType":"text","data":"","stream":{"streamId":"s","streamSequenceId":2,"endOfStream":true}}',
    );
    expect(await client.nextJson()).toEqual({ type: 'streamClosed', streamId: 's' });
  });

  it('are not echoed where the publisher asked for it (GW-48)', async () => {
    const client = await open(['g']);
    await client.ask({ ...start, noEcho: true });
    expect(await client.ask(fragment(1, 'quiet'))).toMatchObject({ type: 'streamAck', expectedSequenceId: 2 });
    expect(await client.ask({ type: 'streamEnd', streamId: 's' })).toEqual({ type: 'streamClosed', streamId: 's' });
  });

  it('may be ended again by a publisher who did not hear that they were (GW-50)', async () => {
    const url = await rig.url({ userId: 'ada', roles: SENDER });
    const client = await RawClient.open(url, RELIABLE_PROTOCOL);
    await client.ask(start);
    await client.ask({ type: 'streamEnd', streamId: 's' });
    client.socket.terminate();
    await rig.presence.seen('lost');
    const again = await RawClient.open(recoveryUrl(url, client.hello), RELIABLE_PROTOCOL);
    expect(await again.ask(fragment(1, 'late'))).toEqual({ type: 'streamClosed', streamId: 's' });
    expect(await again.ask({ type: 'streamEnd', streamId: 's' })).toEqual({ type: 'streamClosed', streamId: 's' });
    expect(await again.ask({ type: 'streamEnd', streamId: 'other' })).toMatchObject({
      error: { name: 'StreamNotFound' },
    });
  });

  it.each([
    ['without the permission', { ...start, group: 'h' }, 'Forbidden'],
    ['with an id in use', start, 'BadRequest'],
    ['to a group that is none', { ...start, group: ' ', stream: { streamId: 't' } }, 'BadRequest'],
    ['with an idle time that is none', { ...start, stream: { streamId: 't', idleTimeoutMs: 0 } }, 'BadRequest'],
  ])('%s are closed with the reason, as the client waits for an answer (GW-48)', async (_, request, name) => {
    const client = await RawClient.open(await rig.url({ roles: ['webpubsub.sendToGroup.g'] }), JSON_PROTOCOL);
    await client.ask(start);
    expect(await client.ask(request)).toMatchObject({ type: 'streamClosed', error: { name } });
    expect(await client.ask(fragment(1, 'still open'))).toMatchObject({ expectedSequenceId: 2 });
  });

  it('of a connection are so many (GW-48)', async () => {
    const client = await open();
    for (const streamId of ['1', '2', '3']) await client.ask({ ...start, stream: { streamId } });
    expect(await client.ask({ ...start, stream: { streamId: '4' } })).toMatchObject({
      type: 'streamClosed',
      streamId: '4',
      error: { name: 'BadRequest' },
    });
  });

  it('end when nothing comes for the time that was agreed; a sign of life is enough (GW-51)', async () => {
    const client = await open(['g']);
    await client.ask({ ...start, stream: { streamId: 's', idleTimeoutMs: 5_000 } });
    rig.clock.advanceBy(4_999);
    client.send({ type: 'streamData', streamId: 's' });
    await client.ask({ type: 'ping' });
    rig.clock.advanceBy(4_999);
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'pong' });
    rig.clock.advanceBy(1);
    expect(await client.nextJson()).toMatchObject({
      stream: { endOfStream: true, streamSequenceId: 1, error: { name: 'IdleTimeout' } },
    });
    expect(await client.nextJson()).toMatchObject({ type: 'streamClosed', error: { name: 'IdleTimeout' } });
  });

  it('end for subscribers when the publisher is gone, or may not send any more (GW-51)', async () => {
    const subscriber = await open(['g']);
    const gone = await open();
    await gone.ask(start);
    gone.socket.close(1000);
    expect(await subscriber.nextJson()).toMatchObject({ stream: { endOfStream: true, error: { name: 'Cancelled' } } });
    const revoked = await open();
    await revoked.ask(start);
    await rig.hub.revokePermission(revoked.hello.connectionId ?? '', 'sendToGroup');
    expect(await revoked.ask(fragment(1, 'x'))).toMatchObject({ type: 'streamClosed', error: { name: 'Forbidden' } });
    expect(await subscriber.nextJson()).toMatchObject({
      data: '',
      stream: { endOfStream: true, error: { name: 'Forbidden' } },
    });
  });
});

describe('invocations (GW-52)', () => {
  it("are answered with data of every kind, or none, to Azure's client", async () => {
    const { client } = await startAzure();
    expect(await client.invokeEvent('echo', 'ü', 'text')).toMatchObject({ dataType: 'text', data: 'ü' });
    expect(await client.invokeEvent('echo', { a: 1 }, 'json')).toMatchObject({ dataType: 'json', data: { a: 1 } });
    const binary = await client.invokeEvent('echo', new Uint8Array([7]).buffer, 'binary');
    expect(new Uint8Array(binary.data as ArrayBuffer)).toEqual(new Uint8Array([7]));
    answer = async () => undefined;
    expect((await client.invokeEvent('quiet', 'x', 'text')).data).toBeUndefined();
  });

  it('tell onEvent what they are', async () => {
    const seen: ClientEvent[] = [];
    answer = async (event) => {
      seen.push(event);
      return undefined;
    };
    const { client } = await startAzure();
    await client.invokeEvent('one', 'x', 'text');
    await client.sendEvent('two', 'x', 'text');
    expect(seen).toMatchObject([
      { name: 'one', isInvocation: true },
      { name: 'two', isInvocation: false },
    ]);
  });

  it('that are refused or fail say so', async () => {
    const { client } = await startAzure();
    const errorOf = (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        (error: InvocationError) => error.errorDetail,
      );
    answer = async () => {
      throw new DomainError('notFound', 'No such thing.');
    };
    expect(await errorOf(client.invokeEvent('e', 'x', 'text'))).toEqual({
      name: 'NotFound',
      message: 'No such thing.',
    });
    answer = async () => {
      throw new TypeError('inner detail');
    };
    expect(await errorOf(client.invokeEvent('e', 'x', 'text'))).toMatchObject({ name: 'InternalServerError' });
    const raw = await open();
    for (const wrong of [
      { target: 'group', event: 'e' },
      { target: 'event', event: '' },
    ]) {
      expect(await raw.ask({ type: 'invoke', invocationId: '9', ...wrong, dataType: 'text', data: 'x' })).toMatchObject(
        {
          type: 'invokeResponse',
          invocationId: '9',
          success: false,
          error: { name: 'BadRequest' },
        },
      );
    }
  });

  it('that are cancelled are not answered', async () => {
    let finish: () => void = () => undefined;
    answer = ({ payload }) => new Promise((resolve) => (finish = () => resolve(payload)));
    const raw = await open();
    raw.send({ type: 'invoke', invocationId: '1', target: 'event', event: 'e', dataType: 'text', data: 'x' });
    raw.send({ type: 'cancelInvocation', invocationId: '1' });
    await raw.ask({ type: 'ping' });
    finish();
    await new Promise(setImmediate);
    expect(await raw.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  });
});
