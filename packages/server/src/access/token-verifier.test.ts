import {
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { FakeIssuer, ManualClock, MemoryStore } from '@open-remote-help/testkit';
import { SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { parseIssuers } from './issuers.ts';
import { KeyRing } from './key-ring.ts';
import { TokenRefusal } from './token-refusal.ts';
import { JwtVerifier, type RefusalFacts } from './token-verifier.ts';

const PUBLIC_URL = 'https://help.example';
const AUDIENCE = 'api://help';
const TENANT = '11111111-1111-4111-8111-111111111111';
const OTHER_TENANT = '22222222-2222-4222-8222-222222222222';
const USER = '33333333-3333-4333-8333-333333333333';
const CLIENT = '44444444-4444-4444-8444-444444444444';
const V2 = `https://login.microsoftonline.com/${TENANT}/v2.0`;
const V1 = `https://sts.windows.net/${TENANT}/`;

type Claims = Record<string, unknown>;

let clock: ManualClock;
let store: MemoryStore;
let masterKey: KeyObject;
let keyRing: KeyRing;
let issuer: FakeIssuer;
let refusals: [string, RefusalFacts][];

beforeEach(async () => {
  clock = new ManualClock();
  store = new MemoryStore();
  masterKey = createSecretKey(randomBytes(32));
  keyRing = await KeyRing.open({ store, clock, masterKey });
  issuer = await FakeIssuer.create(V2);
  refusals = [];
});

function verifier(entry: object = {}, trusted: FakeIssuer = issuer): JwtVerifier {
  const settings = [{ issuer: trusted.name, audiences: [AUDIENCE], tenants: [TENANT], ...entry }];
  return new JwtVerifier({
    keyRing,
    clock,
    publicUrl: PUBLIC_URL,
    issuers: parseIssuers(JSON.stringify(settings)),
    onRefused: (reason, facts) => refusals.push([reason, facts]),
    fetch: trusted.fetch,
  });
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** A delegated token of Entra ID, v2. */
function v2Claims(changes: Claims = {}): Claims {
  const now = seconds(clock.now());
  return {
    iss: V2,
    aud: AUDIENCE,
    tid: TENANT,
    oid: USER,
    sub: 'pairwise',
    azp: CLIENT,
    ver: '2.0',
    scp: 'A.Read.All B.ReadWrite.All',
    roles: ['C.ReadWrite.All'],
    groups: ['g1'],
    wids: ['w1'],
    name: 'Adele Vance',
    preferred_username: 'adele@contoso.com',
    iat: now,
    nbf: now,
    exp: now + 3600,
    ...changes,
  };
}

/** An application token of Entra ID, v2. */
function appClaims(changes: Claims = {}): Claims {
  const { scp, groups, wids, name, preferred_username, ...rest } = v2Claims();
  return { ...rest, oid: USER, sub: USER, roles: ['A.Read.All'], ...changes };
}

/** A token of the embedded issuer. */
function embedded(changes: Claims = {}, header: Record<string, unknown> = {}): Promise<string> {
  const { kid, privateKey } = keyRing.signingKey;
  const iss = `${PUBLIC_URL}/${TENANT}/v2.0`;
  return new SignJWT(v2Claims({ iss, aud: PUBLIC_URL, ...changes }))
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt', ...header })
    .sign(privateKey);
}

async function reasonOf(verification: Promise<unknown>): Promise<string> {
  const error = await verification.then(
    () => 'verified',
    (reason: unknown) => reason,
  );
  if (error instanceof TokenRefusal) return error.reason;
  if (error instanceof DomainError) return error.code;
  return String(error);
}

describe('delegated tokens', () => {
  // ID-8, ID-9
  it('are read as Entra v2 writes them; their roles add no permission', async () => {
    const caller = await verifier().verify(await issuer.sign(v2Claims()));
    expect(caller).toEqual({
      tenantId: TENANT,
      objectId: USER,
      kind: 'delegated',
      permissions: new Set(['A.Read.All', 'B.ReadWrite.All']),
      groups: ['g1'],
      directoryRoles: ['w1'],
      name: 'Adele Vance',
      userPrincipalName: 'adele@contoso.com',
      applicationId: CLIENT,
      issuer: V2,
      organization: V2,
      expiresAt: seconds(clock.now()) * 1000 + 3_600_000,
    });
  });

  // ID-9
  it('are read as Entra v1 writes them', async () => {
    const v1 = await FakeIssuer.create(V1);
    const { azp, preferred_username, ...rest } = v2Claims();
    const claims = { ...rest, iss: V1, appid: CLIENT, upn: 'adele@contoso.com', unique_name: 'x', ver: '1.0' };
    const caller = await verifier({ issuer: 'https://sts.windows.net/{tenantid}/' }, v1).verify(await v1.sign(claims));
    expect(caller).toMatchObject({ applicationId: CLIENT, userPrincipalName: 'adele@contoso.com', tenantId: TENANT });
  });
});

describe('the organisation of a caller', () => {
  /** Whatever a token might say of it. */
  const boasts: Claims = {
    organization: 'Evil',
    organisation: 'Evil',
    org: 'Evil',
    company: 'Evil',
    companyName: 'Evil',
    tenant_display_name: 'Evil',
    issuer: 'Evil',
  };

  // ID-46, EV-6
  it("is the setting's of the issuer, else the issuer's name, and no claim's", async () => {
    const token = await issuer.sign(v2Claims(boasts));
    expect((await verifier({ organization: 'Contoso' }).verify(token)).organization).toBe('Contoso');
    expect((await verifier().verify(token)).organization).toBe(V2);
  });

  // ID-46
  it("is for a local account the setting's, else that of the tenant", async () => {
    const asked: string[] = [];
    const organizationOf = async (tenantId: string) => {
      asked.push(tenantId);
      return 'Tenant One';
    };
    const token = await embedded(boasts);
    const options = { keyRing, clock, publicUrl: PUBLIC_URL };
    expect((await new JwtVerifier(options).verify(token)).organization).toBe(`${PUBLIC_URL}/${TENANT}/v2.0`);
    const named = new JwtVerifier({ ...options, organizationOf });
    await named.verify(token);
    expect((await named.verify(token)).organization).toBe('Tenant One');
    expect(asked).toEqual([TENANT]);
    const [entry] = parseIssuers(
      JSON.stringify([
        {
          issuer: `${PUBLIC_URL}/{tenantid}/v2.0`,
          audiences: [PUBLIC_URL],
          tenants: [TENANT],
          organization: 'Fabrikam',
        },
      ]),
    );
    const listed = new JwtVerifier({ ...options, organizationOf, issuers: entry ? [entry] : [] });
    expect((await listed.verify(token)).organization).toBe('Fabrikam');
  });
});

describe('application tokens', () => {
  it.each([
    ['without idtyp, subject and object id equal', {}],
    ['with idtyp app', { idtyp: 'app', sub: 'other' }],
    ['of RFC 9068, subject and client id equal', { oid: undefined, azp: undefined, sub: CLIENT, client_id: CLIENT }],
  ])('%s', async (_what, changes) => {
    const caller = await verifier().verify(await issuer.sign(appClaims(changes)));
    expect(caller.kind).toBe('application');
    expect([...caller.permissions]).toEqual(['A.Read.All']);
  });

  it('without roles hold no permission', async () => {
    const caller = await verifier().verify(await issuer.sign(appClaims({ roles: undefined })));
    expect(caller).toMatchObject({ kind: 'application', permissions: new Set() });
  });
});

describe('an issuer without tid', () => {
  const KEYCLOAK = 'https://sso.example/realms/help';
  const claims = { roles: 'realm_access.roles', applicationOnly: 'client_id' };
  const tokenOf = (keycloak: FakeIssuer, changes: Claims) =>
    keycloak.sign(
      v2Claims({ iss: KEYCLOAK, tid: undefined, oid: undefined, scp: undefined, typ: 'Bearer', ...changes }),
    );

  // ID-6
  it('has exactly one tenant', async () => {
    const keycloak = await FakeIssuer.create(KEYCLOAK);
    const token = await tokenOf(keycloak, { sub: USER, scope: 'openid A.Read.All' });
    expect(await verifier({ claims }, keycloak).verify(token)).toMatchObject({
      tenantId: TENANT,
      objectId: USER,
      kind: 'delegated',
      permissions: new Set(['openid', 'A.Read.All']),
    });
    const ambiguous = verifier({ claims, tenants: [TENANT, OTHER_TENANT] }, keycloak);
    expect(await reasonOf(ambiguous.verify(token))).toBe('tenant');
  });

  it('may keep roles deep down and mark applications in its own way', async () => {
    const keycloak = await FakeIssuer.create(KEYCLOAK);
    const service = { client_id: CLIENT, scope: 'email', realm_access: { roles: ['A.Read.All'] } };
    expect(await verifier({ claims }, keycloak).verify(await tokenOf(keycloak, service))).toMatchObject({
      kind: 'application',
      permissions: new Set(['A.Read.All']),
    });
  });

  it.each(['ID', 'Refresh'])('does not pass a token of its type %s', async (typ) => {
    const keycloak = await FakeIssuer.create(KEYCLOAK);
    const token = await tokenOf(keycloak, { scope: 'A.Read.All', typ });
    expect(await reasonOf(verifier({ claims }, keycloak).verify(token))).toBe('kind');
  });
});

describe('claims', () => {
  // ID-2, ID-4, ID-6, ID-7, ID-8
  it.each<[string, Claims]>([
    ['audience', { aud: 'api://other' }],
    ['audience', { aud: undefined }],
    ['audience', { aud: `${AUDIENCE}/` }],
    ['issuer', { iss: 'https://login.microsoftonline.com/evil/v2.0' }],
    ['issuer', { iss: `${V2}/` }],
    ['issuer', { iss: undefined }],
    ['tenant', { tid: OTHER_TENANT }],
    ['personalAccount', { tid: '9188040d-6c67-4c5b-b112-36a304b66dad' }],
    ['personalAccount', { idp: 'live.com' }],
    ['personalAccount', { idp: 'https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/' }],
    ['lifetime', { exp: undefined }],
    ['subject', { oid: undefined, sub: undefined }],
    ['kind', { scp: undefined }],
    ['kind', { scp: undefined, roles: undefined, sub: USER, nonce: 'n' }],
    ['kind', { at_hash: 'x' }],
    ['kind', { cnf: { jkt: 'x' } }],
    ['kind', { idtyp: 'device' }],
  ])('refused for %s: %j', async (reason, changes) => {
    expect(await reasonOf(verifier().verify(await issuer.sign(v2Claims(changes))))).toBe(reason);
  });

  // ID-4
  it('take any one audience of several', async () => {
    const token = await issuer.sign(v2Claims({ aud: ['api://other', AUDIENCE] }));
    expect(await reasonOf(verifier().verify(token))).toBe('verified');
  });

  // ID-5
  it.each([
    [-1, 'verified'],
    [0, 'expired'],
  ])('expire 60 s after exp; at that instant %i ms: %s', async (offset, outcome) => {
    const claims = v2Claims();
    const token = await issuer.sign(claims);
    const subject = verifier();
    clock.advanceTo(Number(claims.exp) * 1000 + 60_000 + offset);
    expect(await reasonOf(subject.verify(token))).toBe(outcome);
  });

  // ID-5
  it.each([
    [60, 'verified'],
    [61, 'notYetValid'],
  ])('hold from 60 s before nbf: nbf %i s ahead: %s', async (ahead, outcome) => {
    const nbf = seconds(clock.now()) + ahead;
    expect(await reasonOf(verifier().verify(await issuer.sign(v2Claims({ nbf }))))).toBe(outcome);
  });
});

// ID-3
describe('signatures', () => {
  function forged(header: object, claims: Claims, sign: (input: string) => string): string {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${encode(header)}.${encode(claims)}`;
    return `${input}.${sign(input)}`;
  }

  it('are required: alg none', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      expect(await reasonOf(verifier().verify(forged({ alg }, v2Claims(), () => '')))).toBe('algorithm');
    }
  });

  it('by HMAC with the public key as secret are refused', async () => {
    const rsa = await FakeIssuer.create(V2, 'RS256');
    const jwk = await rsa.publicJwk();
    const pem = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    for (const secret of [JSON.stringify(jwk), String(jwk.n), pem]) {
      const token = forged({ alg: 'HS256', kid: 'key-1' }, v2Claims(), (input) =>
        createHmac('sha256', secret).update(input).digest('base64url'),
      );
      expect(await reasonOf(verifier({}, rsa).verify(token))).toBe('algorithm');
    }
  });

  it('by another key with a known kid are refused', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const token = await new SignJWT(v2Claims()).setProtectedHeader({ alg: 'ES256', kid: 'key-1' }).sign(privateKey);
    expect(await reasonOf(verifier().verify(token))).toBe('signature');
  });

  it('do not cover an altered payload', async () => {
    const [header, , signature] = (await issuer.sign(v2Claims())).split('.');
    const payload = Buffer.from(JSON.stringify(v2Claims({ scp: 'Everything' }))).toString('base64url');
    expect(await reasonOf(verifier().verify(`${header}.${payload}.${signature}`))).toBe('signature');
  });

  it.each(['RS256', 'PS256', 'ES384', 'ES512', 'EdDSA'])('by %s are verified', async (alg) => {
    await issuer.addKey(alg);
    expect(await reasonOf(verifier().verify(await issuer.sign(v2Claims())))).toBe('verified');
  });

  it("honour a key's own alg and use", async () => {
    await issuer.addKey('ES256', { use: 'enc' });
    expect(await reasonOf(verifier().verify(await issuer.sign(v2Claims())))).toBe('signingKey');
    await issuer.addKey('ES256', { alg: 'ES384' });
    expect(await reasonOf(verifier().verify(await issuer.sign(v2Claims())))).toBe('signingKey');
  });

  it('with unknown critical header members are refused', async () => {
    const token = forged({ alg: 'ES256', kid: 'key-1', crit: ['x'], x: 1 }, v2Claims(), () => 'AA');
    expect(await reasonOf(verifier().verify(token))).toBe('signature');
  });

  // ID-1
  it.each([
    ['empty', ''],
    ['malformed', 'abc'],
    ['malformed', 'a.b.c'],
    ['malformed', '..'],
    ['malformed', `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.W10.AA`],
    ['tooLarge', 'a'.repeat(16 * 1024 + 1)],
  ])('%s: %.20s', async (reason, token) => {
    expect(await reasonOf(verifier().verify(token))).toBe(reason);
  });

  it('of a type that is no access token are refused', async () => {
    for (const typ of ['logout+jwt', 'dpop+jwt', 'secevent+jwt']) {
      expect(await reasonOf(verifier().verify(await issuer.sign(v2Claims(), { typ })))).toBe('kind');
    }
  });
});

describe('keys of an issuer', () => {
  it('are fetched once for concurrent tokens and then remembered', async () => {
    const subject = verifier();
    const tokens = await Promise.all(['a', 'b', 'c'].map((jti) => issuer.sign(v2Claims({ jti }))));
    await Promise.all(tokens.map((token) => subject.verify(token)));
    await subject.verify(await issuer.sign(v2Claims({ jti: 'd' })));
    expect(issuer.requests).toEqual([`${V2}/.well-known/openid-configuration`, `${V2}/keys`]);
  });

  // ID-12
  it('may rotate without restart: an unknown kid fetches them, once in 30 s', async () => {
    const subject = verifier();
    await subject.verify(await issuer.sign(v2Claims()));
    await issuer.addKey('ES256');
    const token = await issuer.sign(v2Claims());
    expect(await reasonOf(subject.verify(token))).toBe('signingKey');
    clock.advanceBy(29_999);
    expect(await reasonOf(subject.verify(token))).toBe('signingKey');
    expect(issuer.requests).toHaveLength(2);
    clock.advanceBy(1);
    expect(await reasonOf(subject.verify(token))).toBe('verified');
    expect(issuer.requests).toHaveLength(4);
  });

  it('are not fetched more often by a flood of unknown kids', async () => {
    const subject = verifier();
    await subject.verify(await issuer.sign(v2Claims()));
    clock.advanceBy(30_000);
    const flood = Array.from({ length: 50 }, async (_, index) =>
      reasonOf(subject.verify(await issuer.sign(v2Claims(), { kid: `made-up-${index}` }))),
    );
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['signingKey']));
    expect(issuer.requests).toHaveLength(4);
  });

  // ID-13
  it('that cannot be fetched make tokens unavailable, with a time to come back, and not asked for each time', async () => {
    issuer.isDown = true;
    const subject = verifier();
    const token = await issuer.sign(v2Claims());
    await expect(subject.verify(token)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    clock.advanceBy(2_000);
    await expect(subject.verify(token)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 3 });
    expect(issuer.requests).toHaveLength(1);
    expect(refusals).toEqual([]);
    issuer.isDown = false;
    clock.advanceBy(3_000);
    expect(await reasonOf(subject.verify(token))).toBe('verified');
  });

  // ID-13
  it('already known keep working while the issuer is down; an unknown one is then unavailable', async () => {
    const subject = verifier();
    await subject.verify(await issuer.sign(v2Claims()));
    issuer.isDown = true;
    clock.advanceBy(700_000);
    expect(await reasonOf(subject.verify(await issuer.sign(v2Claims({ jti: 'other' }))))).toBe('verified');
    expect(await reasonOf(subject.verify(await issuer.sign(v2Claims(), { kid: 'new' })))).toBe('unavailable');
  });

  // ID-12
  it('that were withdrawn stop working within 20 minutes', async () => {
    const subject = verifier();
    const token = await issuer.sign(v2Claims({ exp: seconds(clock.now()) + 86_400 }));
    await subject.verify(token);
    await issuer.addKey('ES256');
    issuer.dropOldKeys();
    clock.advanceBy(600_000);
    await subject.verify(token);
    clock.advanceBy(600_000);
    expect(await reasonOf(subject.verify(token))).toBe('signingKey');
  });

  it('are asked for again after the clock was set back', async () => {
    issuer.isDown = true;
    const subject = verifier();
    const claims = v2Claims({ nbf: undefined });
    await expect(subject.verify(await issuer.sign(claims))).rejects.toMatchObject({ code: 'unavailable' });
    issuer.isDown = false;
    clock.advanceBy(-3_600_000);
    expect(await reasonOf(subject.verify(await issuer.sign(claims)))).toBe('verified');
    await issuer.addKey('ES256');
    const rotated = await issuer.sign(claims);
    clock.advanceBy(-3_600_000);
    expect(await reasonOf(subject.verify(rotated))).toBe('verified');
  });

  // ID-11
  it.each([
    ['another issuer', { issuer: 'https://login.microsoftonline.com/evil/v2.0' }],
    ['no issuer', { issuer: undefined }],
    ['an unprotected JWKS', { jwks_uri: 'http://sso.example/keys' }],
    ['no JWKS', { jwks_uri: undefined }],
  ])('are not taken from a document that names %s', async (_what, discovery) => {
    issuer.discovery = discovery;
    expect(await reasonOf(verifier().verify(await issuer.sign(v2Claims())))).toBe('unavailable');
    expect(issuer.requests).toHaveLength(1);
  });
});

// ID-10
describe('the cache', () => {
  it('answers a known token without the issuer, until it expires', async () => {
    const subject = verifier();
    const claims = v2Claims({ exp: seconds(clock.now()) + 300 });
    const token = await issuer.sign(claims);
    const first = await subject.verify(token);
    expect(await subject.verify(token)).toBe(first);
    clock.advanceTo(Number(claims.exp) * 1000 + 59_999);
    expect(await subject.verify(token)).toBe(first);
    clock.advanceBy(1);
    expect(await reasonOf(subject.verify(token))).toBe('expired');
  });

  it('honours nbf should the clock be set back', async () => {
    const subject = verifier();
    const token = await issuer.sign(v2Claims());
    await subject.verify(token);
    clock.advanceTo(clock.now() - 61_000);
    expect(await reasonOf(subject.verify(token))).toBe('notYetValid');
  });
});

describe('the embedded issuer', () => {
  const own = () =>
    new JwtVerifier({
      keyRing,
      clock,
      publicUrl: PUBLIC_URL,
      onRefused: (reason, facts) => refusals.push([reason, facts]),
      fetch: () => {
        throw new Error('nothing may be fetched');
      },
    });

  // ID-19
  it('is trusted by name, with local keys', async () => {
    expect(await own().verify(await embedded())).toMatchObject({ tenantId: TENANT, objectId: USER, kind: 'delegated' });
  });

  it.each<[string, Claims, Record<string, unknown>]>([
    ['kind', {}, { typ: 'JWT' }],
    ['issuer', { tid: OTHER_TENANT }, {}],
    ['issuer', { iss: `https://evil.example/${TENANT}/v2.0` }, {}],
    ['audience', { aud: 'https://other.example' }, {}],
    ['signingKey', {}, { kid: 'other' }],
    ['signingKey', {}, { kid: undefined }],
  ])('refuses for %s: %j %j', async (reason, changes, header) => {
    expect(await reasonOf(own().verify(await embedded(changes, header)))).toBe(reason);
  });

  it('does not lend its name to another key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const header = { alg: 'EdDSA', kid: keyRing.signingKey.kid, typ: 'at+jwt' };
    const claims = v2Claims({ iss: `${PUBLIC_URL}/${TENANT}/v2.0`, aud: PUBLIC_URL });
    const token = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    expect(await reasonOf(own().verify(token))).toBe('signature');
  });

  // ID-14
  it('is off when issuers are given without it, on when one of them is it', async () => {
    const token = await embedded();
    expect(await reasonOf(verifier().verify(token))).toBe('issuer');
    const entry = { issuer: `${PUBLIC_URL}/{tenantid}/v2.0`, audiences: [PUBLIC_URL] };
    expect(await reasonOf(verifier(entry).verify(token))).toBe('verified');
    expect(await reasonOf(verifier({ ...entry, tenants: [OTHER_TENANT] }).verify(token))).toBe('issuer');
  });

  it('hears of a key that another process made or revoked, also after the clock was set back', async () => {
    const subject = own();
    const older = await embedded({ nbf: undefined });
    await subject.verify(older);
    const server = keyRing;
    keyRing = await KeyRing.open({ store, clock, masterKey });
    await keyRing.rotate({ kinds: ['signing'], revokeOldSigningKey: true });
    clock.advanceBy(-3_600_000);
    expect(await reasonOf(subject.verify(older))).toBe('signingKey');
    expect(server.signingKey.kid).toBe(keyRing.signingKey.kid);
  });

  it('takes a rotation without restart, and forgets tokens of a revoked key', async () => {
    const subject = own();
    const older = await embedded();
    await subject.verify(older);
    await keyRing.rotate({ kinds: ['signing'] });
    const newer = await embedded();
    expect(await reasonOf(subject.verify(newer))).toBe('verified');
    expect(await reasonOf(subject.verify(older))).toBe('verified');
    await keyRing.rotate({ kinds: ['signing'], revokeOldSigningKey: true });
    expect(await reasonOf(subject.verify(newer))).toBe('signingKey');
    expect(await reasonOf(subject.verify(older))).toBe('signingKey');
  });

  it('has no room for an ID token or a key of its own in a header', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    const claims = v2Claims({ iss: `${PUBLIC_URL}/${TENANT}/v2.0`, aud: PUBLIC_URL });
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', jwk: jwk as never, kid: keyRing.signingKey.kid, typ: 'at+jwt' })
      .sign(privateKey);
    expect(await reasonOf(own().verify(token))).toBe('signature');
    expect(await reasonOf(own().verify(await embedded({ at_hash: 'x' })))).toBe('kind');
  });
});

describe('refusals', () => {
  it('are reported with their source, and whether what they claim is proven', async () => {
    const subject = verifier();
    await reasonOf(subject.verify(await issuer.sign(v2Claims({ aud: 'other' })), '192.0.2.1'));
    await reasonOf(subject.verify(`${await issuer.sign(v2Claims({ sub: 'x' }))}AA`, '192.0.2.2'));
    await reasonOf(subject.verify('', undefined));
    const facts = { issuer: V2, objectId: USER, applicationId: CLIENT };
    expect(refusals).toEqual([
      ['audience', { source: '192.0.2.1', isSignatureGood: true, provenTenantId: TENANT, ...facts }],
      ['signature', { source: '192.0.2.2', isSignatureGood: false, provenTenantId: undefined, ...facts }],
      ['empty', expect.objectContaining({ source: undefined, isSignatureGood: false, issuer: undefined })],
    ]);
  });

  // ID-1
  it('never show the token', async () => {
    const token = await issuer.sign(v2Claims({ aud: 'other' }));
    const error = await verifier()
      .verify(token)
      .catch((reason: Error) => reason);
    expect(`${String(error)} ${JSON.stringify(refusals)}`).not.toContain(token.slice(0, 30));
  });
});
