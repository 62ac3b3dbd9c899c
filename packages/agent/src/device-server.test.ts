import { ManualClock } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { toHttpDate as httpDate } from '../../server/src/clock.ts';
import { DeviceServer } from './device-server.ts';

const HOUR = 3_600_000;

let clock: ManualClock;
let signIns: number;
let routes: string;
let asked: string[];
/** Answers in the order in which they are asked for; then 204. */
let answers: Response[];
let server: DeviceServer;
beforeEach(() => {
  clock = new ManualClock();
  [signIns, asked, answers] = [0, [], []];
  routes = 'https://help.example.org/device/tenant/';
  server = new DeviceServer({
    clock,
    client: {
      signIn: async () => {
        signIns += 1;
        return { deviceId: 'd', routes, accessToken: `token-${signIns}`, expiresAt: clock.now() + HOUR };
      },
    },
    fetch: async (input, init) => {
      const { authorization } = (init?.headers ?? {}) as Record<string, string>;
      asked.push(`${authorization} ${new URL(String(input)).pathname}`);
      return answers.shift() ?? new Response(null, { status: 204 });
    },
  });
});

const json = (status: number, body: object, headers = {}) => Response.json(body, { status, headers });
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'none',
    ({ code }: { code: string }) => code,
  );

describe('a device and its server', () => {
  it('sign in once for many calls, and anew before the token expires', async () => {
    await Promise.all([server.stop('k'), server.stop('k'), server.stop('k')]);
    clock.advanceBy(HOUR - 60_001);
    await server.stop('k');
    expect(signIns).toBe(1);
    clock.advanceBy(1);
    await Promise.all([server.stop('k'), server.stop('k')]);
    expect(signIns).toBe(2);
    expect(asked.at(-1)).toBe('Bearer token-2 /device/tenant/stop');
  });

  it('sign in anew when the token is refused, once', async () => {
    answers = [json(401, {}), json(401, { error: { message: 'no' } })];
    expect(await codeOf(server.stop('k'))).toBe('refused');
    expect([signIns, asked.length]).toEqual([2, 2]);
  });

  it.each([
    [404, 'gone'],
    [409, 'refused'],
    [429, 'unavailable'],
    [503, 'unavailable'],
  ])('take %d for %s', async (status, code) => {
    answers = [json(status, { error: { message: 'why' } })];
    expect(await codeOf(server.join('k'))).toBe(code);
  });

  it.each([
    ...['ws://help.example.org/client', 'https://help.example.org', 'no URL', undefined],
    // DEV-41
    ...['ws://127.0.0.1:9222/', 'wss://localhost:8443/', 'ws://[::1]:80/', 'ws://127.1/', 'wss://2130706433/'],
  ])('open no connection at %s', async (pubSubAccessUri) => {
    answers = [json(200, { pubSubAccessUri })];
    expect(await codeOf(server.standingUri())).toBe('untrusted');
  });

  it.each([
    ['wss://help.example.org/client?t=1', 'https://help.example.org/device/tenant/'],
    ['wss://node-2.example.org/client?t=1', 'https://help.example.org/device/tenant/'],
    ['ws://127.0.0.1:8080/client?t=1', 'http://localhost:8080/device/tenant/'],
  ])('open one at %s when %s is the server', async (uri, at) => {
    routes = at;
    answers = [json(200, { pubSubAccessUri: uri })];
    expect(await server.standingUri()).toBe(uri);
  });

  // DEV-41
  it('take no answer that is larger than any, and read it no further', async () => {
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        sent += 1;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    answers = [new Response(body, { status: 200 })];
    expect(await codeOf(server.join('k'))).toBe('unavailable');
    expect(sent).toBeLessThan(32);
  });

  it.each([
    ['an address that is none of a relay', { relayId: 'r', relayUri: 'ws://help.example.org/relay', relayGrant: 'g' }],
    ['no grant', { relayId: 'r', relayUri: 'wss://help.example.org/relay' }],
    ['nothing', {}],
  ])('open no relay with %s', async (_, answer) => {
    answers = [json(200, answer)];
    expect(await codeOf(server.openRelay('k', 'r'))).toBe('untrusted');
  });

  it('open a relay with what the server gives for it', async () => {
    const offer = { relayId: 'r', relayUri: 'wss://help.example.org/relay', relayGrant: 'g' };
    answers = [json(200, offer)];
    expect([await server.openRelay('k', 'r'), asked.at(-1)]).toEqual([offer, 'Bearer token-1 /device/tenant/relay']);
  });

  it('go by the clock of the server where it differs, and not for less than it tells', async () => {
    const date = (ms: number) => ({ date: httpDate(clock.now() + ms) });
    answers = [new Response(null, { status: 204, headers: date(-1_000) })];
    await server.stop('k');
    expect(server.local(clock.now())).toBe(clock.now());
    answers = [new Response(null, { status: 204, headers: date(HOUR) })];
    await server.stop('k');
    expect(server.local(clock.now() + HOUR)).toBe(clock.now());
  });
});
