/** The agent's client against the server: what is lost on the way, what is copied, what a server might try. */
import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceClient, type DeviceError } from '@open-remote-help/agent';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, openApi } from '../api/harness.ts';

const SERVER = 'http://localhost:8080';
const FACTS = { deviceName: 'Front desk', operatingSystem: 'Linux' };

let api: Api;
let folder: string;
let file: string;
let client: DeviceClient;
beforeEach(async () => {
  api = await openApi({ strangersPer10s: 20 });
  folder = await mkdtemp(join(tmpdir(), 'device-'));
  file = join(folder, 'device.json');
  client = clientOf(file);
});
afterEach(async () => {
  expect(api.errors).toEqual([]);
  await api.close();
  await rm(folder, { recursive: true });
});

/** Bodies sent, in order. */
const sent: string[] = [];

/** Answers from the server in this process, or what `meddle` makes of them. */
function clientOf(
  path: string,
  meddle: (answer: Response) => Response | Promise<Response> = (answer) => answer,
  skewMs = 0,
) {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, host } = new URL(String(input));
    const body = String(init?.body);
    sent.push(body);
    const type = init?.body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json';
    const { status, text, headers } = await api.ask('POST', pathname, {
      token: '',
      body,
      headers: { host, 'content-type': type },
    });
    return meddle(new Response(text, { status, headers: headers as Record<string, string> }));
  };
  return new DeviceClient({ file: path, fetch, now: () => api.clock.now() + skewMs });
}

const lose = (): Response => {
  throw new TypeError('fetch failed');
};
const newToken = async (body: object = {}): Promise<string> =>
  (await api.ask('POST', '/beta/remoteHelp/enrollmentTokens', { body })).body.token;
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'none',
    ({ code }: DeviceError) => code,
  );

describe('the device client', () => {
  // DEV-23
  it('enrols, signs in again and again, also after a restart', async () => {
    const { deviceId } = await client.enroll(SERVER, await newToken(), FACTS);
    const { accessToken, expiresAt } = await client.signIn();
    expect(expiresAt).toBe(api.clock.now() + 3_600_000);
    const self = await api.ask('GET', `/device/11111111-1111-4111-8111-111111111111/self`, { token: accessToken });
    expect(self.body).toMatchObject({ deviceId, deviceName: 'Front desk' });
    for (let i = 0; i < 3; i++) expect(await clientOf(file).signIn()).toMatchObject({ deviceId });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  // DEV-23
  it('keeps its private key to itself, and no token', async () => {
    sent.length = 0;
    const token = await newToken();
    await client.enroll(SERVER, token, FACTS);
    await client.signIn();
    const { enrolled } = JSON.parse(await readFile(file, 'utf8'));
    expect(enrolled.privateKey.d).toMatch(/^[\w-]{43}$/);
    expect(sent).toHaveLength(2);
    for (const body of sent) expect(body).not.toContain(enrolled.privateKey.d);
    expect(await readFile(file, 'utf8')).not.toContain(token);
  });

  // DEV-15, DEV-23
  it('survives an answer that was lost, and the next sign-in is an ordinary one', async () => {
    await client.enroll(SERVER, await newToken(), FACTS);
    await client.signIn();
    expect(await codeOf(clientOf(file, lose).signIn())).toBe('unavailable');
    for (let i = 0; i < 3; i++) await client.signIn();
  });

  // DEV-8, DEV-23
  it('goes on with the enrolment whose answer was lost, with the same key', async () => {
    const token = await newToken();
    expect(await codeOf(clientOf(file, lose).enroll(SERVER, token, FACTS))).toBe('unavailable');
    const { pending } = JSON.parse(await readFile(file, 'utf8'));
    await clientOf(file).enroll(SERVER, token, FACTS);
    const { enrolled } = JSON.parse(await readFile(file, 'utf8'));
    expect(enrolled.privateKey).toEqual(pending.privateKey);
    await client.signIn();
    const { body } = await api.ask('GET', '/beta/deviceManagement/managedDevices');
    expect(body.value).toHaveLength(1);
  });

  // DEV-11, DEV-23
  it.each([-86_400_000, 86_400_000])('signs in with a clock that is %i ms off', async (skewMs) => {
    await client.enroll(SERVER, await newToken(), FACTS);
    sent.length = 0;
    const skewed = clientOf(file, undefined, skewMs);
    await skewed.signIn();
    await skewed.signIn();
    expect(sent).toHaveLength(3);
  });

  // DEV-11
  it('asks no third time when the server goes on about the clock', async () => {
    await client.enroll(SERVER, await newToken(), FACTS);
    sent.length = 0;
    const grumble = () =>
      Response.json(
        { error: 'invalid_client', reason: 'clock' },
        { status: 401, headers: { date: 'Thu, 01 Jan 1970 00:00:00 GMT' } },
      );
    expect(await codeOf(clientOf(file, grumble).signIn())).toBe('refused');
    expect(sent).toHaveLength(2);
  });

  // DEV-16
  it('and a copy of its file are parked, and the one that is enrolled anew goes on', async () => {
    const { deviceId } = await client.enroll(SERVER, await newToken(), FACTS);
    const copied = join(folder, 'copy.json');
    await cp(file, copied);
    const copy = clientOf(copied);
    await client.signIn();
    await copy.signIn();
    expect(await codeOf(client.signIn())).toBe('parked');
    expect(await codeOf(copy.signIn())).toBe('parked');
    await client.enroll(SERVER, await newToken({ managedDeviceId: deviceId }), FACTS);
    expect(await client.signIn()).toMatchObject({ deviceId });
    expect(await codeOf(copy.signIn())).toBe('refused');
  });

  // DEV-23
  it('signs in one after the other, however it is called', async () => {
    await client.enroll(SERVER, await newToken(), FACTS);
    await Promise.all(Array.from({ length: 6 }, () => client.signIn()));
    expect(await codeOf(client.signIn())).toBe('none');
  });

  // DEV-23
  it('stays the device that it is when enrolling anew is refused', async () => {
    const { deviceId } = await client.enroll(SERVER, await newToken(), FACTS);
    const used = await newToken();
    await clientOf(join(folder, 'other.json')).enroll(SERVER, used, FACTS);
    expect(await codeOf(client.enroll(SERVER, used, FACTS))).toBe('refused');
    expect(await codeOf(client.enroll(SERVER, 'nonsense', FACTS))).toBe('refused');
    expect(await client.signIn()).toMatchObject({ deviceId });
  });

  // DEV-23
  it.each(['http://help.example', 'ftp://localhost', 'help.example', 'javascript:0', ''])(
    'does not show its token to %j',
    async (server) => {
      sent.length = 0;
      expect(await codeOf(client.enroll(server, await newToken(), FACTS))).toBe('untrusted');
      expect(sent).toEqual([]);
    },
  );

  it('says that it is not enrolled', async () => expect(await codeOf(client.signIn())).toBe('notEnrolled'));

  // DEV-21
  it('passes on when to come back', async () => {
    await client.enroll(SERVER, await newToken(), FACTS);
    const busy = () => Response.json({ error: { message: 'later' } }, { status: 429, headers: { 'retry-after': '7' } });
    await expect(clientOf(file, busy).signIn()).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 7 });
  });

  // DEV-23
  it.each<[string, object | string]>([
    ['leads elsewhere to sign in', { signInEndpoint: 'http://evil.example/device/x/token' }],
    ['leads to no URL', { signInEndpoint: 'javascript:alert(1)' }],
    ['lacks the generation', { generation: undefined }],
    ['is no object', 'text'],
  ])('does not take an answer to its enrolment that %s', async (_, members) => {
    const meddle = async (answer: Response) => {
      const body = typeof members === 'string' ? members : { ...((await answer.json()) as object), ...members };
      return Response.json(body, { status: 201 });
    };
    expect(await codeOf(clientOf(file, meddle).enroll(SERVER, await newToken(), FACTS))).toBe('untrusted');
    expect(await codeOf(client.signIn())).toBe('notEnrolled');
  });

  // DEV-23
  it.each<[string, () => Response]>([
    ['untrusted', () => Response.json({ access_token: 'a', expires_in: 1 })],
    ['unavailable', () => new Response('<html>', { status: 502 })],
  ])('keeps its generation over an answer that is %s', async (code, meddle) => {
    await client.enroll(SERVER, await newToken(), FACTS);
    const before = await readFile(file, 'utf8');
    expect(await codeOf(clientOf(file, meddle).signIn())).toBe(code);
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});
