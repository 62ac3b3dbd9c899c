/** Whatever is sent, the answer is no 5xx, no bug is logged, and the connection comes to an end. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { path } from './arbitrary-request.ts';
import { type Api, openApi } from './harness.ts';
import { describeNever500, RUNS } from './never-500.ts';
import { sendRaw } from './raw-socket.ts';

describeNever500('SQLite', () => openApi());

describe('over a socket', () => {
  let api: Api;
  let port: number;

  beforeAll(async () => {
    api = await openApi();
    // What never ends by itself is to end soon.
    Object.assign(api.http.server, { headersTimeout: 30, requestTimeout: 60, connectionsCheckingInterval: 10 });
    port = await api.listen();
  });
  afterAll(() => api.close());

  const latin = (text: string) => Buffer.from(text, 'latin1');
  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1'));
  const line = fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'PATCH', 'CONNECT', 'get', ''),
      fc.oneof(path, bytes),
      fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/9', ''),
    )
    .map((words) => words.join(' '));
  const field = fc.oneof(
    fc.constantFrom(
      'Host: localhost',
      'Authorization: Bearer full',
      'Transfer-Encoding: chunked',
      'Connection: close',
      'Upgrade: x',
      'Expect: x',
    ),
    fc.nat(20).map((length) => `Content-Length: ${length}`),
    fc
      .tuple(fc.constantFrom('Host', 'Prefer', 'Content-Type', 'Accept', 'If-Match', 'X'), bytes)
      .map(([name, value]) => `${name}: ${value}`),
    bytes,
  );
  const message = fc
    .tuple(line, fc.array(field, { maxLength: 5 }), fc.oneof(fc.constant(''), fc.constant('{}'), bytes))
    .map(
      ([first, fields, body]) =>
        `${[first, 'Host: localhost', 'Authorization: Bearer full', ...fields].join('\r\n')}\r\n\r\n${body}`,
    );

  it('nor do any bytes, and each connection comes to an end', async () => {
    const flood = fc.array(fc.oneof(message, bytes), { minLength: 8, maxLength: 8 });
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(flood, async (requests) => {
        const statuses = await Promise.all(requests.map((request) => statusOf(latin(request))));
        expect(statuses.filter((status) => status >= 500)).toEqual([]);
        expect(api.errors).toEqual([]);
        answered += statuses.filter((status) => status > 0).length;
      }),
      { ...RUNS, numRuns: 60 },
    );
    expect(answered).toBeGreaterThan(0);
    expect((await api.ask('GET', '/healthz')).status).toBe(200);
  });

  /** The status of the answer; 0 where the connection was closed without one. */
  function statusOf(request: Buffer): Promise<number> {
    return sendRaw(port, request).then(
      ({ status }) => status,
      () => 0,
    );
  }
});
