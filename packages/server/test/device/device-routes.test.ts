/** The device's routes over HTTP: the way in, and every way to be refused. */
import type { IncomingMessage } from 'node:http';
import { CLIENT_ASSERTION_TYPE, type EnrollmentAnswer } from '@open-remote-help/protocol';
import { DeviceHand } from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerDevice } from '../../src/api/device-routes.ts';
import { Throttle } from '../../src/api/throttle.ts';
import { toHttpDate } from '../../src/clock.ts';
import { deviceCredentials, deviceGenerations } from '../../src/device/device-model.ts';
import { DomainError, type ErrorCode } from '../../src/errors.ts';
import { type Api, type Ask, OTHER_TENANT, openApi, TENANT } from '../api/harness.ts';

const TOKENS = '/beta/remoteHelp/enrollmentTokens';
const DEVICES = '/beta/deviceManagement/managedDevices';
const ENROLL = `/device/${TENANT}/enroll`;
const TOKEN = `/device/${TENANT}/token`;
const SELF = `/device/${TENANT}/self`;
const LEAVE = `/device/${TENANT}/leave`;
const AUDIT = '/beta/deviceManagement/auditEvents';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const LIMIT = 20;

let api: Api;
let hand: DeviceHand;
beforeEach(async () => {
  api = await openApi({ strangersPer10s: LIMIT });
  hand = new DeviceHand(TENANT);
});
afterEach(async () => {
  expect(api.errors).toEqual([]);
  await api.close();
});

const newToken = async (body: object = {}) => (await api.ask('POST', TOKENS, { body })).body.token as string;
const post = (path: string, ask: Ask) => api.ask('POST', path, { token: '', ...ask });
const enroll = async (token: string, members: object = {}) =>
  post(ENROLL, { body: await hand.enrollment(token, members) });

function present(assertion: string, ask: Ask & { path?: string } = {}) {
  const form = { grant_type: 'client_credentials', client_assertion_type: CLIENT_ASSERTION_TYPE };
  const body = new URLSearchParams({ ...form, client_assertion: assertion }).toString();
  return post(ask.path ?? TOKEN, { headers: FORM, body, ...ask });
}

async function signIn(
  { deviceId, generation }: Pick<EnrollmentAnswer, 'deviceId' | 'generation'>,
  claims: object = {},
) {
  return present(await hand.assertion(deviceId, generation, api.clock.now(), claims));
}

async function enrolled(): Promise<EnrollmentAnswer> {
  const { status, body } = await enroll(await newToken());
  expect(status).toBe(201);
  return body;
}

describe('a device', () => {
  // DEV-7, DEV-10, DEV-14
  it('enrols, signs in and reads of itself', async () => {
    const { status, headers, body } = await enroll(await newToken(), { userPrincipalName: 'anne@example.org' });
    expect([status, headers['cache-control']]).toEqual([201, 'no-store']);
    expect(body.signInEndpoint).toBe(`http://localhost:8080${TOKEN}`);
    const signedIn = await signIn(body);
    expect([signedIn.status, signedIn.headers['cache-control']]).toEqual([200, 'no-store']);
    const self = await api.ask('GET', SELF, { token: signedIn.body.access_token });
    expect(self.body).toMatchObject({
      deviceId: body.deviceId,
      deviceName: 'Front desk',
      userPrincipalName: 'anne@example.org',
    });
    expect((await api.ask('GET', `${DEVICES}/${body.deviceId}`)).body.deviceName).toBe('Front desk');
  });

  // DEV-14
  it('has no way below /beta with its token, and nobody else a way below /device', async () => {
    const { body } = await signIn(await enrolled());
    expect((await api.ask('GET', DEVICES, { token: body.access_token })).status).toBe(401);
    for (const token of ['full', 'nobody', '']) expect((await api.ask('GET', SELF, { token })).status).toBe(401);
    const elsewhere = await api.ask('GET', `/device/${OTHER_TENANT}/self`, { token: body.access_token });
    expect(elsewhere.status).toBe(401);
  });

  // DEV-19
  it('that is deleted has no key any more, and its token opens nothing', async () => {
    const device = await enrolled();
    const { body } = await signIn(device);
    expect((await api.ask('DELETE', `${DEVICES}/${device.deviceId}`)).status).toBe(204);
    const key = { set: deviceCredentials, tenantId: TENANT, id: device.deviceId };
    expect(await api.store.get(key)).toBeUndefined();
    expect(await api.store.get({ ...key, set: deviceGenerations })).toBeUndefined();
    expect((await api.ask('GET', SELF, { token: body.access_token })).status).toBe(401);
    const refused = await signIn({ ...device, generation: body.generation });
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client']);
  });

  // DEV-19
  it('stays as it is when another tenant tries to delete it', async () => {
    const device = await enrolled();
    expect((await api.ask('DELETE', `${DEVICES}/${device.deviceId}`, { token: 'other' })).status).toBe(404);
    expect((await signIn(device)).status).toBe(200);
  });

  // DEV-16, DEV-18
  it('that was copied is parked, which its admin sees, until it is enrolled anew', async () => {
    const device = await enrolled();
    const { body } = await signIn(device);
    await signIn({ ...device, generation: body.generation });
    const copy = await signIn(device);
    expect(copy).toMatchObject({ status: 400, body: { error: 'unauthorized_client', reason: 'parked' } });
    const shown = await api.ask('GET', `${DEVICES}/${device.deviceId}`);
    expect(shown.body).toMatchObject({
      managementState: 'unhealthy',
      remoteAssistanceSessionErrorDetails: expect.any(String),
    });
    hand = new DeviceHand(TENANT);
    const anew = await enroll(await newToken({ managedDeviceId: device.deviceId }));
    expect((await signIn(anew.body)).status).toBe(200);
    const { body: audit } = await api.ask('GET', '/beta/deviceManagement/auditEvents?$orderby=id');
    const records = audit.value.map(({ activityType }: { activityType: string }) => activityType);
    expect(records.filter((type: string) => type.endsWith('ManagedDevice'))).toEqual([
      'enrollManagedDevice',
      'parkManagedDevice',
      'reenrollManagedDevice',
    ]);
  });

  // DEV-38
  it('that leaves has no key any more, its record says so, and it may enrol anew', async () => {
    const device = await enrolled();
    const { access_token: token, generation } = (await signIn(device)).body;
    expect((await post(LEAVE, { token, body: {} })).status).toBe(204);
    const key = { set: deviceCredentials, tenantId: TENANT, id: device.deviceId };
    expect(await api.store.get(key)).toBeUndefined();
    expect(await api.store.get({ ...key, set: deviceGenerations })).toBeUndefined();
    expect((await signIn({ ...device, generation })).status).toBe(401);
    const shown = async () => (await api.ask('GET', `${DEVICES}/${device.deviceId}`)).body;
    expect(await shown()).toMatchObject({
      managementState: 'discovered',
      remoteAssistanceSessionErrorDetails: expect.stringContaining('unenrolled'),
    });
    const { body: audit } = await api.ask('GET', `${AUDIT}?$filter=activityType eq 'unenrollManagedDevice'`);
    expect(audit.value).toMatchObject([{ actor: { applicationId: device.deviceId }, category: 'Device' }]);
    hand = new DeviceHand(TENANT);
    const anew = await enroll(await newToken({ managedDeviceId: device.deviceId }));
    expect((await signIn(anew.body)).status).toBe(200);
    expect(await shown()).toMatchObject({ managementState: 'managed', remoteAssistanceSessionErrorDetails: null });
  });

  // DEV-38
  it('is made to leave by nobody else, nor by the key that it had before', async () => {
    const device = await enrolled();
    const { access_token: former } = (await signIn(device)).body;
    for (const token of ['full', 'nobody', '']) expect((await post(LEAVE, { token, body: {} })).status).toBe(401);
    expect((await post(`/device/${OTHER_TENANT}/leave`, { token: former, body: {} })).status).toBe(401);
    hand = new DeviceHand(TENANT);
    const anew = (await enroll(await newToken({ managedDeviceId: device.deviceId }))).body;
    expect((await post(LEAVE, { token: former, body: {} })).status).toBe(401);
    expect((await signIn(anew)).status).toBe(200);
  });

  // DEV-11
  it('whose clock is wrong is told the time, and signs in by it', async () => {
    const device = await enrolled();
    const iat = Math.floor(api.clock.now() / 1_000) - 86_400;
    const { status, headers, body } = await signIn(device, { iat, exp: iat + 60 });
    expect([status, body.error, body.reason]).toEqual([401, 'invalid_client', 'clock']);
    expect(headers.date).toBe(toHttpDate(api.clock.now()));
    expect((await signIn(device)).status).toBe(200);
  });
});

describe('a refusal of a device', () => {
  // DEV-13
  it('is the same, byte for byte, for an unknown device and a bad signature', async () => {
    const device = await enrolled();
    const stranger = new DeviceHand(TENANT);
    const answers = [];
    for (const deviceId of [device.deviceId, 'nobody']) {
      answers.push(await present(await stranger.assertion(deviceId, device.generation, api.clock.now())));
    }
    const [known, unknown] = answers.map(({ status, text }) => ({ status, text }));
    expect(known).toEqual(unknown);
    expect(known?.status).toBe(401);
  });

  // DEV-13
  it('is the same for an unknown token, a wrong secret and one of another tenant, request ids apart', async () => {
    const token = await newToken();
    const { body } = await api.ask('POST', TOKENS, { body: {}, token: 'other' });
    const answers = [];
    for (const sent of ['nonsense', `${token.slice(0, -43)}${'A'.repeat(43)}`, body.token])
      answers.push(await enroll(sent));
    const shapes = answers.map(({ status, body: { error } }) =>
      JSON.stringify({ status, ...error, innerError: undefined }),
    );
    expect(new Set(shapes).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
  });

  // DEV-10, DEV-13
  it.each<[string, () => Promise<Awaited<ReturnType<typeof post>>>, number, string]>([
    ['a body that is no form', () => post(TOKEN, { body: { grant_type: 'x' } }), 415, 'UnsupportedMediaType'],
    [
      'no assertion',
      () => post(TOKEN, { headers: FORM, body: 'grant_type=client_credentials' }),
      400,
      'invalid_request',
    ],
    ['a parameter twice', () => post(TOKEN, { headers: FORM, body: 'grant_type=a&grant_type=b' }), 400, 'BadRequest'],
    ['no JSON', () => post(ENROLL, { body: '{' }), 400, 'BadRequest'],
    ['another route', () => post(`/device/${TENANT}/x`, {}), 404, 'ResourceNotFound'],
    ['a name from the prototype', () => post(`/device/${TENANT}/constructor`, {}), 404, 'ResourceNotFound'],
    ['no tenant', () => post(`/device/${'-'.repeat(36)}/token`, {}), 404, 'ResourceNotFound'],
    ['another method', () => api.ask('GET', ENROLL, { token: '' }), 405, 'Request_BadRequest'],
  ])('for %s has a status and a body', async (_, ask, status, code) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.body.error.code ?? answer.body.error).toBe(code);
  });

  // DEV-5
  it('names the member', async () => {
    const { status, body } = await enroll(await newToken(), { publicKey: hand.privateKey });
    expect([status, body.error.target]).toEqual([400, 'publicKey/d']);
  });

  // DEV-21
  it.each([
    ['declared', {}],
    ['compressed', { 'content-encoding': 'gzip' }],
  ])('meets a body of more than 16 KiB, %s', async (_, headers) => {
    const { gzipSync } = await import('node:zlib');
    const large = JSON.stringify(await hand.enrollment('t', { model: 'x'.repeat(16_384) }));
    const body = 'content-encoding' in headers ? gzipSync(large) : large;
    const answer = await post(ENROLL, { body, headers });
    expect([answer.status, answer.headers.connection]).toEqual([413, 'close']);
    expect(answer.body.error.message).toContain('16 KiB');
  });
});

describe('a source that is refused often', () => {
  // DEV-21
  it.each<[string, () => Promise<Awaited<ReturnType<typeof post>>>]>([
    ['guesses tokens', () => enroll('nonsense')],
    ['guesses keys', async () => present(await hand.assertion('nobody', 'g', api.clock.now()))],
    ['guesses access tokens', () => api.ask('GET', SELF, { token: 'x.y.z' })],
    ['sends nonsense', () => post(TOKEN, { headers: FORM, body: 'x' })],
  ])('because it %s is not heard for the rest of ten seconds, while others are', async (_, guess) => {
    const device = await enrolled();
    for (let i = 0; i < LIMIT; i++) expect((await guess()).status).toBeLessThan(429);
    const refused = await guess();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await signIn(device)).status).toBe(429);
    const assertion = await hand.assertion(device.deviceId, device.generation, api.clock.now());
    expect((await present(assertion, { from: '192.0.2.77' })).status).toBe(200);
  });

  // DEV-21
  it('does not silence a device behind the same address whose token is known', async () => {
    const device = await enrolled();
    const { access_token: token } = (await signIn(device)).body;
    const self = () => api.ask('GET', SELF, { token });
    expect((await self()).status).toBe(200);
    for (let i = 0; i < LIMIT; i++) await api.ask('GET', SELF, { token: `x.y.${i}` });
    expect((await api.ask('GET', SELF, { token: 'x.y.z' })).status).toBe(429);
    expect((await self()).status).toBe(200);
    await api.ask('DELETE', `/beta/deviceManagement/managedDevices/${device.deviceId}`, { from: '192.0.2.77' });
    for (let i = 0; i < 2; i++) expect((await self()).status).toBe(429);
  });

  // DEV-21
  it('is no device with a good token, whatever it is refused', async () => {
    const strangers = new Throttle(1);
    const refuse = (code: ErrorCode, isOpen: boolean): Promise<unknown> => {
      const answer = () => Promise.reject(new DomainError(code, 'No.'));
      const message = { method: 'GET', url: `/device/${TENANT}/x`, headers: {} } as IncomingMessage;
      const ids = { requestId: 'r', clientRequestId: 'c' };
      const exchange = { ids, now: 0, startedAt: 0, facts: { route: '' } };
      const at = { origin: 'http://localhost', address: '192.0.2.9' };
      const edge = { routes: { x: { method: 'GET', isOpen, answer } as const }, strangers, isKnown: () => false };
      return answerDevice(edge, message, exchange, at).catch((error: DomainError) => error.code);
    };
    expect(await refuse('conflict', false)).toBe('conflict');
    expect(await refuse('unavailable', true)).toBe('unavailable');
    expect(await refuse('conflict', true)).toBe('conflict');
    expect(await refuse('conflict', false)).toBe('tooManyRequests');
  });

  // DEV-22
  it('leaves one audit record for each minute, and none of a device that it only claims to be', async () => {
    const { deviceId } = await enrolled();
    for (let i = 0; i < 5; i++) await present(await new DeviceHand(TENANT).assertion(deviceId, 'g', api.clock.now()));
    const { text, body } = await api.ask(
      'GET',
      "/beta/deviceManagement/auditEvents?$filter=activityType eq 'refuseDeviceSignIn'",
    );
    expect(body.value).toMatchObject([{ activityResult: 'Failure', resources: [{ displayName: null }] }]);
    expect(text).not.toContain(deviceId);
  });
});
