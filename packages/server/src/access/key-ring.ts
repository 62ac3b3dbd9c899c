/**
 * The keys of the server. They lie in the store, wrapped by the master key, so that every node and every command uses
 * the same ones; the ring holds them unwrapped in memory.
 */
import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { type Clock, elapsedMs, type Instant, toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { Sealed, type Sealer, type Store, type StoredEntity, type Write } from '../store/store.ts';
import { type AuditActor, auditWrite, SYSTEM_ACTOR } from './audit-record.ts';
import { DataKeys } from './data-keys.ts';
import { keys, SYSTEM_TENANT } from './identity-model.ts';
import { newId } from './ids.ts';
import { KEY_KINDS, type KeyKind, type LoadedKey, loadKey, newKey } from './key-material.ts';

export interface KeyRingOptions {
  readonly store: Store;
  /** 32 bytes; see `master-key.ts`. */
  readonly masterKey: KeyObject;
  readonly clock: Clock;
  /** The tenant whose audit log says what happens to keys; by default the system's own. */
  readonly auditTenantId?: string;
}

export interface Rotation {
  readonly kinds: readonly KeyKind[];
  /** Tokens signed with older keys are refused from now on. Needs a new signing key: `kinds` must name `signing`. */
  readonly revokeOldSigningKey?: boolean;
  readonly actor?: AuditActor;
  /** The request that caused it; a fresh GUID when left out. */
  readonly correlationId?: string;
}

/** The key with which tokens are signed now (EdDSA, Ed25519). */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

const FRESH_MS = 1_000;
const MOST_KEYS = 10_000;
const MOST_ATTEMPTS = 10;

export class KeyRing implements Sealer {
  readonly #store: Store;
  readonly #masterKey: KeyObject;
  readonly #clock: Clock;
  readonly #auditTenantId: string;
  #loaded: readonly LoadedKey[] = [];
  #fingerprint = '';
  #revision = 0;
  #loadedAt: Instant = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  #dataKeys = new DataKeys([]);

  private constructor(options: KeyRingOptions) {
    this.#store = options.store;
    this.#masterKey = options.masterKey;
    this.#clock = options.clock;
    this.#auditTenantId = options.auditTenantId ?? SYSTEM_TENANT;
  }

  /**
   * Loads the keys and makes what is missing. Servers that start at once end up with the same keys: the slot of a key
   * is unique, who comes second takes what is there.
   * @throws Error when the master key does not fit; DomainError `unavailable`.
   */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    const ring = new KeyRing(options);
    await ring.#add({ kinds: KEY_KINDS, onlyMissing: true });
    return ring;
  }

  /** Grows when keys came or went: what was derived from them is out of date. */
  get revision(): number {
    return this.#revision;
  }

  /** The newest signing key. */
  get signingKey(): SigningKey {
    const current = this.#newest('signing');
    return { kid: current.id, privateKey: current.material };
  }

  /** The public key that verifies tokens with this `kid`; undefined when unknown or revoked. */
  verificationKey(kid: string): KeyObject | undefined {
    return this.#valid('signing').find((key) => key.id === kid)?.publicKey;
  }

  /** The public signing keys, newest first (RFC 7517). */
  jwks(): { keys: JWK[] } {
    return { keys: this.#valid('signing').map((key) => toJwk(key, key.publicKey)) };
  }

  /** The signing keys with their private parts, newest first; for the issuer's library alone. */
  privateJwks(): { keys: JWK[] } {
    return { keys: this.#valid('signing').map((key) => toJwk(key, key.material)) };
  }

  /** Newest first; two, so that a rotation signs nobody out. */
  cookieKeys(): string[] {
    return this.#valid('cookie')
      .slice(0, 2)
      .map((key) => key.material.export().toString('base64url'));
  }

  /** The keys of the session hub, newest first; two, so that a rotation closes no URI that was given out before it. */
  gatewayKeys(): readonly [KeyObject, ...KeyObject[]] {
    return this.#lastTwo('gateway');
  }

  /** With which codes of invitations are hashed, newest first; two, so that codes that were read aloud stay good. */
  codeKeys(): readonly [KeyObject, ...KeyObject[]] {
    return this.#lastTwo('code');
  }

  /** Under one key at most 2^32 values may be sealed (NIST SP 800-38D, 8.3): rotate `data` well before. */
  seal(plaintext: string, context: string): Uint8Array {
    return this.#dataKeys.seal(plaintext, context);
  }

  open(sealed: Sealed): string {
    return this.#dataKeys.open(sealed);
  }

  /** Whether `open` would fail for want of the key: `reload` may bring it. */
  missingKey(sealed: Sealed): boolean {
    return !this.#dataKeys.canOpen(sealed);
  }

  /** Opens a secret property as read, reloading the keys when it was sealed with a newer one. */
  async reveal(value: unknown): Promise<string> {
    if (typeof value === 'string') return value;
    if (!(value instanceof Sealed)) throw new Error('Not a secret property.');
    if (this.missingKey(value)) await this.reload();
    return this.open(value);
  }

  /**
   * Sees to it that the keys were compared with the store within the last second, so that a key revoked on another node
   * or by a command dies everywhere; undefined when they were. Costs a comparison, and one small query a second.
   */
  freshen(): Promise<void> | undefined {
    return elapsedMs(this.#loadedAt, this.#clock.now()) < FRESH_MS ? undefined : this.reload();
  }

  /** Takes over keys that another process made or revoked. Concurrent calls share one query. */
  reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** Makes new current keys. Older data keys keep opening, older signing keys keep verifying unless revoked. */
  async rotate(rotation: Rotation): Promise<void> {
    if (rotation.revokeOldSigningKey && !rotation.kinds.includes('signing')) {
      throw new DomainError('badRequest', 'Revoking the old signing key needs a new one.', { target: 'kinds' });
    }
    await this.#add(rotation);
  }

  async #load(): Promise<void> {
    const startedAt = this.#clock.now();
    const { entities } = await this.#store.query({ set: keys, tenantId: SYSTEM_TENANT, top: MOST_KEYS });
    this.#loadedAt = startedAt;
    const fingerprint = entities.map((row) => `${row.id}/${row.version}`).join();
    if (fingerprint !== this.#fingerprint) this.#take(entities, fingerprint);
  }

  #take(rows: readonly StoredEntity[], fingerprint: string): void {
    const loaded = rows.map((row) => loadKey(row, this.#masterKey)).sort((a, b) => b.generation - a.generation);
    this.#loaded = loaded;
    this.#fingerprint = fingerprint;
    this.#revision++;
    this.#dataKeys = new DataKeys(loaded.filter((key) => key.kind === 'data'));
  }

  async #add(rotation: Rotation & { readonly onlyMissing?: boolean }): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.#load();
      const kinds = rotation.onlyMissing
        ? rotation.kinds.filter((kind) => this.#valid(kind).length === 0)
        : rotation.kinds;
      if (kinds.length === 0) return;
      try {
        await this.#write(kinds, rotation);
        return await this.#load();
      } catch (error) {
        const isTaken = error instanceof DomainError && error.code === 'conflict';
        if (!isTaken || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  async #write(kinds: readonly KeyKind[], rotation: Rotation): Promise<void> {
    const now = this.#clock.now();
    const inserts = kinds.map((kind) => newKey(kind, this.#highest(kind) + 1, this.#masterKey, now));
    const revoked = rotation.revokeOldSigningKey ? this.#valid('signing') : [];
    const record = this.#recorder(rotation, now);
    const records = [
      ...inserts.map(({ id, values }) => record('Create', id, String(values.slot))),
      ...revoked.map(({ id, kind, generation }) => record('Delete', id, `${kind}-${generation}`)),
    ];
    await this.#store.transact({
      reads: revoked.map(({ id }) => ({ set: keys, tenantId: SYSTEM_TENANT, id })),
      decide: (rows) => {
        const updates = rows.filter((row) => row !== undefined).map((row) => revocation(row, now));
        return { writes: [...inserts, ...updates, ...records], value: undefined };
      },
    });
  }

  #recorder(rotation: Rotation, now: Instant) {
    const { actor = SYSTEM_ACTOR, correlationId = newId(now) } = rotation;
    return (operationType: 'Create' | 'Delete', id: string, slot: string): Write => {
      const isCreation = operationType === 'Create';
      return auditWrite({
        tenantId: this.#auditTenantId,
        id: newId(now),
        now,
        correlationId,
        actor,
        activity: isCreation ? 'Create key' : 'Revoke key',
        activityType: isCreation ? 'createKey' : 'revokeKey',
        operationType,
        category: 'Settings',
        resources: [{ displayName: slot, auditResourceType: 'Key', resourceId: id, modifiedProperties: [] }],
      });
    };
  }

  #valid(kind: KeyKind): readonly LoadedKey[] {
    return this.#loaded.filter((key) => key.kind === kind && !key.isRevoked);
  }

  #lastTwo(kind: KeyKind): readonly [KeyObject, ...KeyObject[]] {
    const [, previous] = this.#valid(kind);
    return [this.#newest(kind).material, ...(previous ? [previous.material] : [])];
  }

  #newest(kind: KeyKind): LoadedKey {
    const [newest] = this.#valid(kind);
    if (!newest) throw new Error(`The key ring has no ${kind} key.`);
    return newest;
  }

  #highest(kind: KeyKind): number {
    return this.#loaded.find((key) => key.kind === kind)?.generation ?? 0;
  }
}

function revocation(before: StoredEntity, now: Instant): Extract<Write, { kind: 'update' }> {
  const changes = { revokedDateTime: toIsoText(now) };
  return { kind: 'update', set: keys, tenantId: SYSTEM_TENANT, before, changes };
}

function toJwk(key: LoadedKey, part: KeyObject | undefined): JWK {
  return { ...(part?.export({ format: 'jwk' }) as JWK), kid: key.id, use: 'sig', alg: 'EdDSA' };
}
