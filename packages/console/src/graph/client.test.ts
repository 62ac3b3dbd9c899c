import { describe, expect, it } from 'vitest';
import { GraphClient, literal, quoted } from './client.ts';
import { GraphError } from './graph-error.ts';

const BASE = 'https://help.example.org/beta/';

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** A client over answers given in turn. */
function clientOver(...answers: (Response | Error)[]) {
  const sent: Sent[] = [];
  const refused: string[] = [];
  let tokens = 0;
  const client = new GraphClient({
    baseUrl: BASE,
    tokens: {
      accessToken: async () => {
        tokens += 1;
        return `token-${tokens}`;
      },
      refused: (token) => refused.push(token),
    },
    fetch: async (input, init) => {
      const { method = 'GET', headers, body } = init ?? {};
      sent.push({ method, url: String(input), headers: new Headers(headers), body: body as string | undefined });
      const answer = answers.shift();
      if (!(answer instanceof Response)) throw answer ?? new Error('Asked too often.');
      return answer;
    },
  });
  return { client, sent, refused };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

async function failureOf(promise: Promise<unknown>): Promise<GraphError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(GraphError);
  return error as GraphError;
}

describe('the client of the API', () => {
  it('sends token, query and body, and gives the answer', async () => {
    const { client, sent } = clientOver(json({ id: '1' }), new Response(null, { status: 204 }));
    const query = { filter: "deviceName eq 'a&b'", top: 5, search: '', skip: undefined };
    expect(await client.get('deviceManagement/managedDevices', { query })).toEqual({ id: '1' });
    expect(await client.post('a/b', { x: 1 })).toBeUndefined();
    expect(sent[0]?.url).toBe(`${BASE}deviceManagement/managedDevices?filter=deviceName+eq+%27a%26b%27&top=5`);
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer token-1');
    expect(sent[1]).toMatchObject({ method: 'POST', body: '{"x":1}' });
  });

  it('asks once more with another token when one is refused', async () => {
    const { client, sent, refused } = clientOver(json({}, 401), json({ id: '1' }));
    expect(await client.get('a')).toEqual({ id: '1' });
    expect(refused).toEqual(['token-1']);
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('tells what the server says is wrong', async () => {
    const body = { error: { code: 'BadRequest', message: 'reason is too long.', target: 'reason' } };
    const { client } = clientOver(json(body, 400, { 'request-id': 'r1' }));
    const error = await failureOf(client.patch('a', {}));
    expect(error).toMatchObject({
      kind: 'refused',
      status: 400,
      code: 'BadRequest',
      target: 'reason',
      requestId: 'r1',
    });
    expect(error.message).toBe('reason is too long.');
  });

  it.each([
    [403, 'forbidden'],
    [404, 'notFound'],
    [409, 'conflict'],
    [412, 'conflict'],
    [429, 'tooMany'],
    [503, 'unavailable'],
    [500, 'unexpected'],
  ] as const)('knows %i as %s, also without a body that it can read', async (status, kind) => {
    const { client } = clientOver(new Response('<html>', { status, headers: { 'retry-after': '7' } }));
    expect(await failureOf(client.get('a'))).toMatchObject({ kind, retryAfterSeconds: 7 });
  });

  it('knows a server that does not answer', async () => {
    const { client } = clientOver(new TypeError('fetch failed'));
    expect(await failureOf(client.get('a'))).toMatchObject({ kind: 'offline', status: 0 });
  });

  it('goes through pages, and takes its token to no other server', async () => {
    const next = (link: string) => ({ value: [1], '@odata.count': 9, '@odata.nextLink': link });
    const { client, sent } = clientOver(json(next(`${BASE}a?$skiptoken=x`)), json({ value: [2] }));
    const pages: (readonly number[])[] = [];
    for await (const page of client.pages<number>('a', { query: { count: true } })) pages.push(page);
    expect(pages).toEqual([[1], [2]]);
    expect(sent[1]?.url).toBe(`${BASE}a?$skiptoken=x`);
    for (const link of ['https://evil.example/beta/a', '//evil.example/beta/', 'https://help.example.org/other']) {
      await expect(client.next(link)).rejects.toThrow('another server');
    }
    expect(sent).toHaveLength(2);
  });

  it('escapes values in paths and filters', () => {
    expect(quoted("a'b/c")).toBe("'a''b%2Fc'");
    expect(literal("a'b/c")).toBe("'a''b/c'");
  });
});
