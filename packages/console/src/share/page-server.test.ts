// @vitest-environment node
import { createHash, createPublicKey, verify } from 'node:crypto';
import { ManualClock } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { newPageKey } from './page-key.ts';
import { claim, type PageServerOptions } from './page-server.ts';

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

const CLAIMED = {
  ...{ tenantId: 'tenant', deviceId: 'page', audience: 'aud', accessToken: 'token-1', expiresIn: 600 },
  ...{ generation: 'generation-1', sessionKey: 'rh_key', requested: {} },
};

let clock: ManualClock;
let asked: Asked[];
/** What is answered, in this order; then 204. */
let answers: Response[];
let options: PageServerOptions;

const json = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const tokenIn = ({ init }: Asked) => (init.headers as Record<string, string>).authorization;
const bodyIn = ({ init }: Asked) => JSON.parse(String(init.body));
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const last = () => asked.at(-1) as Asked;

beforeEach(async () => {
  clock = new ManualClock(1_767_225_600_000);
  asked = [];
  answers = [json(201, CLAIMED)];
  options = {
    ...{ origin: 'https://help.example', clock, key: await newPageKey(crypto), newId: () => 'id' },
    fetch: async (url, init = {}) => {
      asked.push({ url: String(url), init });
      return answers.shift() ?? new Response(null, { status: 204 });
    },
  };
});

/** Whether the page's key signed a compact JWS. */
function isSigned(jws: string): boolean {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const key = createPublicKey({ key: { ...options.key.publicKey }, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}

const payloadOf = (jws: string) => JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());

describe('the claim of a code', () => {
  // SHR-7
  it('is proven by a key that cannot leave the browser', async () => {
    await claim(options, '7K3MQ9TD', 'Firefox on Linux');
    const { code, publicKey, proof, deviceName } = bodyIn(last());
    expect(last().url).toBe('https://help.example/share/claim');
    expect([code, deviceName, publicKey]).toEqual(['7K3MQ9TD', 'Firefox on Linux', options.key.publicKey]);
    expect(Object.keys(publicKey).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    expect(isSigned(proof)).toBe(true);
    const codeHash = createHash('sha256').update('7K3MQ9TD').digest('base64url');
    expect(payloadOf(proof)).toEqual({ aud: 'urn:open-remote-help:share', code_hash: codeHash });
    expect(last().init).toMatchObject({ credentials: 'omit', cache: 'no-store', redirect: 'error' });
  });

  // SHR-8, SHR-10
  it.each<[string, () => Response | never, object]>([
    ['is not good', () => json(404, {}), { code: 'code' }],
    ['has to wait', () => json(429, {}, { 'retry-after': '8' }), { code: 'slowed', retryAfterSeconds: 8 }],
    ['meets a server that is busy', () => json(503, {}), { code: 'unavailable' }],
    ['is refused', () => json(400, { error: { message: 'why' } }), { code: 'refused', message: 'why' }],
    ['meets nonsense', () => new Response('<html>', { status: 201 }), { code: 'unavailable' }],
  ])('that %s says so', async (_what, answer, expected) => {
    answers = [answer()];
    await expect(claim(options, '7K3MQ9TD', '')).rejects.toMatchObject(expected);
  });

  it('says that nobody answers', async () => {
    const fetch = async () => Promise.reject(new TypeError('offline'));
    await expect(claim({ ...options, fetch }, '7K3MQ9TD', '')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a page and its server', () => {
  // SHR-12
  it('renews its token at half its life, by its key and the latest generation', async () => {
    const server = await claim(options, '7K3MQ9TD', '');
    answers = [json(200, { access_token: 'token-2', expires_in: 600, generation: 'generation-2' })];
    clock.advanceBy(300_000);
    await expect.poll(() => asked.length).toBe(2);
    const form = last().init.body as URLSearchParams;
    expect(last().url).toBe('https://help.example/device/tenant/token');
    expect(form.get('grant_type')).toBe('client_credentials');
    const assertion = form.get('client_assertion') ?? '';
    expect(isSigned(assertion)).toBe(true);
    expect(payloadOf(assertion)).toMatchObject({ iss: 'page', sub: 'page', aud: 'aud', generation: 'generation-1' });
    await settle();
    await server.stop();
    expect(tokenIn(last())).toBe('Bearer token-2');
    server.close();
    expect(clock.pending).toBe(0);
  });

  // SHR-12
  it('renews a token that is refused, once, and is over when that is refused too', async () => {
    const server = await claim(options, '7K3MQ9TD', '');
    answers = [json(401, {}), json(200, { access_token: 'token-2', expires_in: 600, generation: 'g' }), json(200, {})];
    await server.join();
    expect(asked.map(tokenIn)).toEqual([undefined, 'Bearer token-1', undefined, 'Bearer token-2']);
    answers = [json(401, {}), json(401, {})];
    await expect(server.join()).rejects.toMatchObject({ code: 'gone' });
  });

  // SHR-23
  it('sends a stop at once, so that it outlives the page', async () => {
    const server = await claim(options, '7K3MQ9TD', '');
    const stopped = server.stop();
    expect(last().url).toBe('https://help.example/device/tenant/stop');
    expect(last().init).toMatchObject({ method: 'POST', keepalive: true });
    expect(bodyIn(last())).toEqual({ sessionKey: 'rh_key' });
    await stopped;
  });

  it('goes by the clock of the server, as far as it differs', async () => {
    answers = [json(201, CLAIMED, { date: 'Thu, 01 Jan 2026 00:01:00 GMT' })];
    const server = await claim(options, '7K3MQ9TD', '');
    expect(server.local(clock.now() + 60_000)).toBe(clock.now());
  });
});
