/** Microsoft's JavaScript Graph client 3.0.7, unmodified, over TLS. */
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  GraphError,
  PageIterator,
} from '@microsoft/microsoft-graph-client';
import { extendExample } from '@open-remote-help/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startOnFreePorts } from './running-service.ts';

const SET = '/ExtendRemoteHelpSessionResponse';
let running: RunningService;
let client: Client;

beforeAll(async () => {
  running = await startOnFreePorts();
  const token = await running.token('DeviceManagementServiceConfig.ReadWrite.All');
  client = Client.init({
    baseUrl: `${running.origin}/`,
    defaultVersion: 'beta',
    customHosts: new Set(['localhost']),
    authProvider: (done) => done(null, token),
  });
});
afterAll(() => running.close());

describe('microsoft-graph-client', () => {
  it('creates, patches, reads and deletes', async () => {
    const created = await client.api(SET).post(extendExample);
    expect(created).toMatchObject(extendExample);
    const path = `${SET}/${created.id}`;
    const patched = await client.api(path).patch({ ...extendExample, sessionKey: 'patched' });
    expect(patched).toMatchObject({ ...extendExample, sessionKey: 'patched', id: created.id });
    expect(await client.api(path).select(['sessionKey']).get()).toMatchObject({ sessionKey: 'patched' });
    await client.api(path).delete();
    const error = await client
      .api(path)
      .get()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GraphError);
    expect(error).toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('iterates over the pages of a list', async () => {
    for (let i = 0; i < 25; i++) await client.api(SET).post({ ...extendExample, sessionKey: `page ${i}` });
    const first = await client.api(SET).top(7).filter("startswith(sessionKey,'page')").orderby('sessionKey desc').get();
    const keys: string[] = [];
    await new PageIterator(client, first, (item: { sessionKey: string }) => keys.push(item.sessionKey) > 0).iterate();
    expect(keys).toEqual(
      Array.from({ length: 25 }, (_, i) => `page ${i}`)
        .sort()
        .reverse(),
    );
  });

  it('sends a batch whose items depend on each other', async () => {
    const body = (sessionKey: string) => JSON.stringify({ ...extendExample, sessionKey });
    const request = (method: string, path: string, sessionKey: string) =>
      new Request(`${running.origin}${path}`, {
        method,
        headers: { 'Content-Type': 'application/json' },
        body: body(sessionKey),
      });
    const content = new BatchRequestContent([
      { id: '1', request: request('POST', `/beta${SET}`, 'batched') },
      { id: '2', request: request('PATCH', `/beta${SET}(sessionKey='batched')`, 'batched again'), dependsOn: ['1'] },
      {
        id: '3',
        request: request('PATCH', `/beta${SET}(sessionKey='batched again')`, 'batched at last'),
        dependsOn: ['2'],
      },
    ]);
    const responses = new BatchResponseContent(await client.api('/$batch').post(await content.getContent()));
    expect(responses.getResponseById('1').status).toBe(201);
    const last = responses.getResponseById('3');
    expect(last.status).toBe(200);
    expect(await last.json()).toMatchObject({ ...extendExample, sessionKey: 'batched at last' });
  });
});
