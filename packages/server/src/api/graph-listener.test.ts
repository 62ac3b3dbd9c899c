import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '@open-remote-help/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { graphListener } from './graph-listener.ts';
import type { GraphResponse } from './graph-request.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** What comes back for an answer of the service, and what was reported and observed. */
async function answered(answer: GraphResponse) {
  const reported: unknown[] = [];
  const observed: number[] = [];
  const listener = graphListener({
    graph: { handle: async () => answer },
    clock: new ManualClock(),
    originRules: { hostNames: [], isBehindProxy: false },
    report: (error) => reported.push(error),
    observe: (_exchange, _method, status) => observed.push(status),
  });
  server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/beta/x`);
  return { response, text: await response.text(), reported, observed };
}

describe('graphListener', () => {
  it('sends an object as JSON, text as it is', async () => {
    const object = await answered({ status: 201, headers: { etag: 'W/"1"' }, body: { a: 'ü' } });
    expect([object.response.status, object.text, object.response.headers.get('etag')]).toEqual([
      201,
      '{"a":"ü"}',
      'W/"1"',
    ]);
    expect(object).toMatchObject({ reported: [], observed: [201] });
  });

  it.each<[string, GraphResponse]>([
    ['a header that HTTP cannot carry', { status: 200, headers: { location: 'a\nb' }, body: {} }],
    ['a body that JSON cannot carry', { status: 200, headers: {}, body: { ticks: 1n } }],
    ['a status that is none', { status: 0, headers: {}, body: {} }],
  ])('answers 500 for %s, and reports it once', async (_, answer) => {
    const { response, text, reported, observed } = await answered(answer);
    expect([response.status, JSON.parse(text).error.code]).toEqual([500, 'InternalServerError']);
    expect(response.headers.has('location')).toBe(false);
    expect(reported).toHaveLength(1);
    expect(observed).toEqual([500]);
  });
});
