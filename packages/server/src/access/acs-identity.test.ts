import { randomUUID } from 'node:crypto';
import { AzureCommunicationTokenCredential, createIdentifierFromRawId } from '@azure/communication-common';
import { ManualClock, memoryIdentity } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { AcsTokens, newAcsIdentity } from './acs-identity.ts';
import { JwtVerifier } from './token-verifier.ts';

const TENANT = '11111111-2222-4333-8444-555555555555';
const HOUR_MS = 3_600_000;
const live = () => false;

async function fixture(now = 1_790_000_000_500) {
  const { clock, keyRing, store, masterKey } = await memoryIdentity(new ManualClock(now));
  const subject = { tenantId: TENANT, sessionId: randomUUID(), identity: newAcsIdentity(TENANT) };
  const tokens = new AcsTokens({ keyRing, clock });
  const expiresAt = clock.now() + 8 * HOUR_MS;
  return {
    clock,
    keyRing,
    store,
    masterKey,
    subject,
    tokens,
    expiresAt,
    token: await tokens.issue(subject, expiresAt),
  };
}

// ID-43
describe('an identity', () => {
  it('is a communication user to the official library, and no two are alike', () => {
    const identities = Array.from({ length: 100 }, () => newAcsIdentity(TENANT));
    expect(new Set(identities).size).toBe(100);
    for (const identity of identities) {
      expect(createIdentifierFromRawId(identity)).toEqual({ kind: 'communicationUser', communicationUserId: identity });
    }
  });
});

describe('a token', () => {
  // ID-44
  it('is read by the official credential, with the end of the session for its own', async () => {
    const { token, expiresAt } = await fixture();
    const credential = new AzureCommunicationTokenCredential(token);
    const read = await credential.getToken();
    credential.dispose();
    expect(read).toEqual({ token, expiresOnTimestamp: Math.floor(expiresAt / 1_000) * 1_000 });
  });

  // ID-44
  it('lives long enough for the official credential to ask for no other, until it has expired', async () => {
    // The credential looks at the real time.
    const { tokens, subject, clock, token: good } = await fixture(systemClock.now());
    const expired = await tokens.issue(subject, clock.now() - 1_000);
    const asked: string[] = [];
    for (const token of [good, expired]) {
      const tokenRefresher = async () => {
        asked.push(token);
        return good;
      };
      const credential = new AzureCommunicationTokenCredential({ token, tokenRefresher, refreshProactively: true });
      expect((await credential.getToken()).token).toBe(good);
      credential.dispose();
    }
    expect(asked).toEqual([expired]);
  });

  // ID-44
  it('has the claims of Azure’s, and its own session', async () => {
    const { token, subject, clock } = await fixture();
    const now = Math.floor(clock.now() / 1_000);
    expect(decodeJwt(token)).toMatchObject({
      skypeid: subject.identity.replace(/^8:/, ''),
      scp: 1792,
      csi: String(now),
      iat: now,
      exp: now + 8 * 3_600,
      acsScope: 'chat',
      resourceId: TENANT,
      sid: subject.sessionId,
    });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'EdDSA', typ: 'JWT', kid: expect.any(String) });
  });

  // ID-44
  it('is another each time, so that an extension gives a fresh one', async () => {
    const { tokens, subject, expiresAt, token } = await fixture();
    expect(await tokens.issue(subject, expiresAt)).not.toBe(token);
  });

  // ID-45
  it('is good until it expires, to the second', async () => {
    const { tokens, token, subject, expiresAt } = await fixture();
    const end = Math.floor(expiresAt / 1_000) * 1_000;
    expect(await tokens.subjectOf(token, end - 1, live)).toEqual(subject);
    for (const now of [end, end + 1]) expect(await tokens.subjectOf(token, now, live)).toBeUndefined();
  });

  // ID-45
  it('is refused once its session has ended or lost its holder', async () => {
    const { tokens, token, subject, clock } = await fixture();
    const ended = new Set<string>();
    const isRevoked = async ({ sessionId }: { sessionId: string }) => ended.has(sessionId);
    expect(await tokens.subjectOf(token, clock.now(), isRevoked)).toEqual(subject);
    ended.add(subject.sessionId);
    expect(await tokens.subjectOf(token, clock.now(), isRevoked)).toBeUndefined();
  });

  // ID-45
  it('is refused when its key was revoked, and outlives a rotation', async () => {
    const { tokens, token, subject, keyRing, clock } = await fixture();
    await keyRing.rotate({ kinds: ['signing'] });
    expect(await tokens.subjectOf(token, clock.now(), live)).toEqual(subject);
    await keyRing.rotate({ kinds: ['signing'], revokeOldSigningKey: true });
    expect(await tokens.subjectOf(token, clock.now(), live)).toBeUndefined();
  });

  // ID-45
  it('of another service is refused', async () => {
    const { token } = await fixture();
    const { tokens, clock } = await fixture();
    expect(await tokens.subjectOf(token, clock.now(), live)).toBeUndefined();
  });
});

// ID-45
describe('what is no such token', () => {
  it('is refused, and nobody is asked about its session', async () => {
    const { tokens, token, clock } = await fixture();
    const asked: unknown[] = [];
    const isRevoked = (subject: unknown) => asked.push(subject) === 0;
    const [header, payload, signature] = token.split('.');
    const other = Buffer.from(JSON.stringify({ ...decodeJwt(token), sid: 'another' })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ ...decodeProtectedHeader(token), alg: 'none' })).toString('base64url');
    const altered = [
      `${header}.${other}.${signature}`,
      `${none}.${payload}.`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${token}x`,
      `${token}${'x'.repeat(4_096)}`,
      '',
    ];
    for (const text of altered) expect(await tokens.subjectOf(text, clock.now(), isRevoked), text).toBeUndefined();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.tuple(fc.json(), fc.json()).map(asToken)), async (text) => {
        expect(await tokens.subjectOf(text, clock.now(), isRevoked)).toBeUndefined();
      }),
    );
    expect(asked).toEqual([]);
  });

  it('is one that the same key signed for another purpose', async () => {
    const { tokens, token, keyRing, clock } = await fixture();
    const { kid, privateKey } = keyRing.signingKey;
    const good = decodeJwt(token);
    const sign = (claims: object, typ: string) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(privateKey);
    expect(await tokens.subjectOf(await sign(good, 'JWT'), clock.now(), live)).toBeDefined();
    const { iss: _, ...withoutIssuer } = good;
    const { exp: __, ...endless } = good;
    const others = [
      sign(good, 'at+jwt'),
      sign(withoutIssuer, 'JWT'),
      sign(endless, 'JWT'),
      sign({ ...good, skypeid: 'acs:x_y' }, 'JWT'),
      sign({ ...good, sid: 7 }, 'JWT'),
    ];
    for (const text of await Promise.all(others))
      expect(await tokens.subjectOf(text, clock.now(), live)).toBeUndefined();
  });

  it('opens nothing else either: it is no bearer token', async () => {
    const { keyRing, clock, token } = await fixture();
    const verifier = new JwtVerifier({ keyRing, clock, publicUrl: 'https://help.example' });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

function asToken([header, payload]: [string, string]): string {
  return [header, payload, 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}
