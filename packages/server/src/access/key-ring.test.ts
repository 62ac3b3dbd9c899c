import { createSecretKey, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { auditEvents } from '@open-remote-help/protocol';
import { ManualClock, MemoryStore } from '@open-remote-help/testkit';
import { compactVerify, importJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { Sealed } from '../store/store.ts';
import { keys, SYSTEM_TENANT } from './identity-model.ts';
import { KeyRing } from './key-ring.ts';

const CONTEXT = 'tenant|set|id|property';

function fixture() {
  const store = new MemoryStore();
  const clock = new ManualClock();
  const masterKey = createSecretKey(randomBytes(32));
  return { store, clock, masterKey, open: () => KeyRing.open({ store, clock, masterKey }) };
}

async function auditOf(store: MemoryStore, tenantId = SYSTEM_TENANT) {
  const { entities } = await store.query({ set: auditEvents, tenantId, top: 1000 });
  return entities.map(({ values }) => {
    const [resource] = values.resources as { displayName: string }[];
    return `${values.activityType} ${resource?.displayName}`;
  });
}

describe('KeyRing', () => {
  it('makes a key of each kind once, with an audit record each', async () => {
    const { store, open } = fixture();
    const first = await open();
    const second = await open();
    expect(second.jwks()).toEqual(first.jwks());
    expect(second.cookieKeys()).toEqual(first.cookieKeys());
    expect((await auditOf(store)).sort()).toEqual([
      'createKey code-1',
      'createKey cookie-1',
      'createKey data-1',
      'createKey gateway-1',
      'createKey signing-1',
    ]);
  });

  // ID-29
  it('gives servers that start at once one consistent set', async () => {
    const { store, open } = fixture();
    const rings = await Promise.all(Array.from({ length: 5 }, open));
    expect(new Set(rings.map((ring) => JSON.stringify([ring.jwks(), ring.cookieKeys()]))).size).toBe(1);
    const sealed = new Sealed(rings[0]?.seal('secret', CONTEXT) ?? new Uint8Array(), CONTEXT);
    expect(rings.map((ring) => ring.open(sealed))).toEqual(rings.map(() => 'secret'));
    expect(await auditOf(store)).toHaveLength(5);
  });

  it('puts audit records where it is told', async () => {
    const { store, clock, masterKey } = fixture();
    await KeyRing.open({ store, clock, masterKey, auditTenantId: 'operators' });
    expect(await auditOf(store, 'operators')).toHaveLength(5);
    expect(await auditOf(store)).toEqual([]);
  });

  // ID-30
  it('refuses another master key, saying so', async () => {
    const { store, clock, open } = fixture();
    await open();
    const other = KeyRing.open({ store, clock, masterKey: createSecretKey(randomBytes(32)) });
    await expect(other).rejects.toThrow('The master key does not open the keys');
  });

  // ID-29
  it('refuses a wrapped key put into the slot of another', async () => {
    const { store, open } = fixture();
    await open();
    const slot = (value: string) => ({ set: keys, tenantId: SYSTEM_TENANT, alternateKey: 'slot', value });
    await store.transact({
      reads: [slot('cookie-1'), slot('data-1')],
      decide: ([cookie, data]) => {
        if (!cookie || !data) throw new Error('no keys');
        const changes = { wrapped: data.values.wrapped };
        return {
          writes: [{ kind: 'update', set: keys, tenantId: SYSTEM_TENANT, before: cookie, changes }],
          value: undefined,
        };
      },
    });
    await expect(open()).rejects.toThrow('The master key does not open');
  });

  it('shows no key in the store, when inspected, or in errors', async () => {
    const { store, masterKey, open } = fixture();
    const ring = await open();
    const secrets = [
      ...ring.privateJwks().keys.map((jwk) => String(jwk.d)),
      ...ring.cookieKeys(),
      ...ring.gatewayKeys().map((key) => key.export().toString('base64')),
      masterKey.export().toString('base64'),
    ];
    const shown = [store.dump(), inspect(ring, { depth: 9 }), JSON.stringify(ring), JSON.stringify(ring.jwks())].join();
    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(shown).not.toContain(Buffer.from(secrets[0] ?? '', 'base64url').toString('base64'));
  });
});

describe('gatewayKeys', () => {
  it('gives the newest and the one before it', async () => {
    const ring = await fixture().open();
    const [first, none] = ring.gatewayKeys();
    expect(none).toBeUndefined();
    await ring.rotate({ kinds: ['gateway'] });
    await ring.rotate({ kinds: ['gateway'] });
    const [newest, previous, ...more] = ring.gatewayKeys();
    expect(more).toEqual([]);
    expect([newest, previous].some((key) => key && first.equals(key))).toBe(false);
  });
});

describe('sealing', () => {
  it('opens what it sealed, every time with another ciphertext', async () => {
    const ring = await fixture().open();
    for (const text of ['', 'wss://host/?token=1', 'smörgåsbord 🔑']) {
      const [one, two] = [ring.seal(text, CONTEXT), ring.seal(text, CONTEXT)];
      expect(Buffer.compare(one, two)).not.toBe(0);
      if (text) expect(Buffer.from(one).includes(text)).toBe(false);
      expect(ring.open(new Sealed(one, CONTEXT))).toBe(text);
    }
  });

  it('lays out version, key generation, IV, tag and ciphertext', async () => {
    const ring = await fixture().open();
    const bytes = Buffer.from(ring.seal('abc', CONTEXT));
    expect(bytes.length).toBe(1 + 4 + 12 + 16 + 3);
    expect([...bytes.subarray(0, 5)]).toEqual([1, 0, 0, 0, 1]);
  });

  // ID-31
  it('refuses an altered byte, another context and a cut', async () => {
    const ring = await fixture().open();
    const bytes = ring.seal('secret', CONTEXT);
    for (let index = 0; index < bytes.length; index++) {
      const altered = Uint8Array.from(bytes);
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(() => ring.open(new Sealed(altered, CONTEXT)), `byte ${index}`).toThrow();
    }
    expect(() => ring.open(new Sealed(bytes, `${CONTEXT}2`))).toThrow();
    for (const length of [0, 4, 5, 20, bytes.length - 1]) {
      expect(() => ring.open(new Sealed(bytes.subarray(0, length), CONTEXT)), `cut to ${length}`).toThrow();
    }
  });

  // ID-32
  it('opens older ciphertext after a rotation, and newer ciphertext after a reload', async () => {
    const { open } = fixture();
    const [server, command] = [await open(), await open()];
    const older = new Sealed(server.seal('old', CONTEXT), CONTEXT);
    await command.rotate({ kinds: ['data'] });
    const newer = new Sealed(command.seal('new', CONTEXT), CONTEXT);
    expect(command.open(older)).toBe('old');
    expect(server.missingKey(older)).toBe(false);
    expect(server.missingKey(newer)).toBe(true);
    expect(() => server.open(newer)).toThrow('not known here');
    expect(await server.reveal(newer)).toBe('new');
    expect(server.seal('x', CONTEXT)[4]).toBe(2);
  });
});

describe('rotation', () => {
  it('signs with the new key and still verifies with the old one', async () => {
    const ring = await fixture().open();
    const before = ring.signingKey.kid;
    await ring.rotate({ kinds: ['signing'] });
    expect(ring.signingKey.kid).not.toBe(before);
    expect(ring.jwks().keys.map((jwk) => jwk.kid)).toEqual([ring.signingKey.kid, before]);
    expect(ring.verificationKey(before)).toBeDefined();
  });

  // ID-32
  it('revokes the old signing key at once here, and within a second elsewhere', async () => {
    const { store, clock, open } = fixture();
    const [server, command] = [await open(), await open()];
    const old = server.signingKey.kid;
    await command.rotate({ kinds: ['signing'], revokeOldSigningKey: true });
    expect(command.verificationKey(old)).toBeUndefined();
    expect(command.jwks().keys).toHaveLength(1);
    clock.advanceBy(999);
    expect(server.freshen()).toBeUndefined();
    clock.advanceBy(1);
    const revision = server.revision;
    await server.freshen();
    expect(server.revision).toBe(revision + 1);
    expect(server.verificationKey(old)).toBeUndefined();
    expect(server.signingKey.kid).toBe(command.signingKey.kid);
    const audit = await auditOf(store);
    expect(audit).toHaveLength(7);
    expect(audit).toEqual(expect.arrayContaining(['createKey signing-2', 'revokeKey signing-1']));
    expect(await open().then((ring) => ring.jwks())).toEqual(command.jwks());
  });

  it('refuses to revoke without a new signing key', async () => {
    const ring = await fixture().open();
    const refusal = ring.rotate({ kinds: ['data'], revokeOldSigningKey: true });
    await expect(refusal).rejects.toBeInstanceOf(DomainError);
    expect(ring.jwks().keys).toHaveLength(1);
  });

  it('survives two rotations at once: both keys exist, all agree on the current one', async () => {
    const { open } = fixture();
    const rings = [await open(), await open()];
    await Promise.all(rings.map((ring) => ring.rotate({ kinds: ['signing', 'data'] })));
    await Promise.all(rings.map((ring) => ring.reload()));
    expect(rings.map((ring) => ring.jwks().keys.length)).toEqual([3, 3]);
    expect(rings[0]?.signingKey.kid).toBe(rings[1]?.signingKey.kid);
  });

  it('keeps the two newest cookie keys', async () => {
    const ring = await fixture().open();
    const [first] = ring.cookieKeys();
    await ring.rotate({ kinds: ['cookie'] });
    const [second] = ring.cookieKeys();
    expect(ring.cookieKeys()).toEqual([second, first]);
    await ring.rotate({ kinds: ['cookie'] });
    expect(ring.cookieKeys().slice(1)).toEqual([second]);
  });

  it('does not change its revision when nothing changed', async () => {
    const { clock, open } = fixture();
    const ring = await open();
    const { revision } = ring;
    clock.advanceBy(5_000);
    await ring.freshen();
    expect(ring.revision).toBe(revision);
  });
});

describe('signing keys', () => {
  it('are Ed25519 keys that verify as the published JWKS says', async () => {
    const ring = await fixture().open();
    const { kid, privateKey } = ring.signingKey;
    const token = await new SignJWT({ sub: 'x' }).setProtectedHeader({ alg: 'EdDSA', kid }).sign(privateKey);
    const [jwk] = ring.jwks().keys;
    expect(jwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid, use: 'sig', alg: 'EdDSA' });
    expect(jwk).not.toHaveProperty('d');
    const { payload } = await compactVerify(token, await importJWK(jwk ?? {}));
    expect(new TextDecoder().decode(payload)).toBe('{"sub":"x"}');
  });
});
