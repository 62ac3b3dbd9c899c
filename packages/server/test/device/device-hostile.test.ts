/** Whatever is sent to the routes of devices: a refusal, never a fault of the server. */
import { CLIENT_ASSERTION_TYPE } from '@open-remote-help/protocol';
import { DeviceHand } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, openApi, TENANT } from '../api/harness.ts';

const RUNS = { seed: 28, numRuns: 150 };
const hand = new DeviceHand(TENANT);
let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  expect(api.errors).toEqual([]);
  await api.close();
});

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', 'a'.repeat(3_000), -1, 1e308, [], {}, null),
);
const refused = ({ status }: { status: number }) => {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
};

// DEV-5, DEV-6, DEV-10
describe('the routes of devices refuse', () => {
  it('an enrolment with any member replaced', async () => {
    const { body: token } = await api.ask('POST', '/beta/remoteHelp/enrollmentTokens', { body: {} });
    const sound = await hand.enrollment(token.token);
    const member = fc.constantFrom('token', 'publicKey', 'proof', 'kid');
    const property = fc.asyncProperty(member, odd, async (name, value) => {
      refused(await api.ask('POST', `/device/${TENANT}/enroll`, { token: '', body: { ...sound, [name]: value } }));
    });
    await fc.assert(property, RUNS);
  });

  it('a public key with any member replaced', async () => {
    const member = fc.constantFrom('kty', 'crv', 'x', 'y', 'd');
    const property = fc.asyncProperty(member, odd, async (name, value) => {
      const body = await hand.enrollment('t', { publicKey: { ...hand.publicKey, [name]: value } });
      refused(await api.ask('POST', `/device/${TENANT}/enroll`, { token: '', body }));
    });
    await fc.assert(property, RUNS);
  });

  it('an assertion with any claim or header member replaced', async () => {
    const claim = fc.constantFrom('iss', 'sub', 'aud', 'jti', 'iat', 'exp', 'generation', 'nbf');
    const property = fc.asyncProperty(claim, odd, fc.option(odd), async (name, value, typ) => {
      const header = typeof typ === 'string' ? { typ } : {};
      const assertion = await hand.assertion('nobody', 'g', api.clock.now(), { [name]: value }, header);
      refused(await present(assertion));
    });
    await fc.assert(property, RUNS);
  });

  it('any text for an assertion or an access token, and any path', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.base64String().map((part) => `${part}.${part}.${part}`),
    );
    const property = fc.asyncProperty(text, async (sent) => {
      refused(await present(sent));
      const headers = { authorization: `Bearer ${Buffer.from(sent).toString('base64url')}` };
      refused(await api.ask('GET', `/device/${TENANT}/self`, { token: '', headers }));
      refused(await api.ask('POST', `/device/${encodeURIComponent(sent.toWellFormed())}/token`, { token: '' }));
      refused(await api.ask('POST', `/device/${TENANT}/${encodeURIComponent(sent.toWellFormed())}`, { token: '' }));
    });
    await fc.assert(property, RUNS);
  });
});

function present(assertion: string) {
  const form = { grant_type: 'client_credentials', client_assertion_type: CLIENT_ASSERTION_TYPE };
  return api.ask('POST', `/device/${TENANT}/token`, {
    token: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...form, client_assertion: assertion }).toString(),
  });
}
