/** The signing keys of one external issuer: discovery (OpenID Connect Discovery 1.0, 4) and JWKS (RFC 7517), fetched as needed. */
import type { CompactVerifyGetKey, JSONWebKeySet, JWK } from 'jose';
import * as errors from 'jose/errors';
import { createLocalJWKSet } from 'jose/jwks/local';
import { type Clock, elapsedMs, type Instant } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { fetchJson } from './fetch-json.ts';
import { isLoopback } from './loopback.ts';
import { TokenRefusal } from './token-refusal.ts';

/** An unknown `kid` asks the issuer at most this often, so that a flood of made-up ones does not. */
const UNKNOWN_KEY_MS = 30_000;
/** While no key is known at all, a token asks the issuer at most this often. */
const NO_KEYS_MS = 5_000;
/** Keys older than this are fetched anew beside the work, so that a withdrawn key is noticed. */
const STALE_MS = 600_000;
const MOST_KEYS = 100;

type Header = Parameters<CompactVerifyGetKey>[0];
type Key = Awaited<ReturnType<ReturnType<typeof createLocalJWKSet>>>;

interface RemoteKeysOptions {
  /** As in `iss`. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

/** The published keys of one issuer: fetched when first needed, when a `kid` is unknown, and in the background when old. */
export class RemoteKeys {
  readonly #issuer: string;
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  #resolve: ReturnType<typeof createLocalJWKSet> | undefined;
  #fetching: Promise<void> | undefined;
  #attemptedAt: Instant = Number.NEGATIVE_INFINITY;
  #failure: unknown;

  constructor({ issuer, clock, fetch }: RemoteKeysOptions) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#fetch = fetch;
  }

  /**
   * The key that a token's header names.
   * @throws TokenRefusal when the issuer has no such key; DomainError `unavailable` when it can't be asked
   */
  async keyFor(header: Header): Promise<Key> {
    if (!this.#resolve) await this.#refetch(NO_KEYS_MS);
    else if (this.#age() >= (this.#failure === undefined ? STALE_MS : UNKNOWN_KEY_MS)) this.#refetchBeside();
    const known = await this.#find(header);
    if (known) return known;
    if (this.#fetching || this.#age() >= UNKNOWN_KEY_MS) await this.#refetch(UNKNOWN_KEY_MS);
    const key = await this.#find(header);
    if (key) return key;
    // Whether the key exists can't be said while the issuer does not answer.
    if (this.#failure !== undefined) throw this.#unavailable(UNKNOWN_KEY_MS);
    throw new TokenRefusal('signingKey');
  }

  #age(): number {
    return elapsedMs(this.#attemptedAt, this.#clock.now());
  }

  async #find(header: Header): Promise<Key | undefined> {
    try {
      return await this.#resolve?.(header);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        return undefined;
      throw new TokenRefusal('signingKey', error);
    }
  }

  /** @throws DomainError `unavailable` when it fails, or failed less than `cooldownMs` ago */
  async #refetch(cooldownMs: number): Promise<void> {
    if (!this.#fetching && this.#failure !== undefined && this.#age() < cooldownMs) throw this.#unavailable(cooldownMs);
    await this.#fetchOnce();
    if (this.#failure !== undefined) throw this.#unavailable(cooldownMs);
  }

  #refetchBeside(): void {
    void this.#fetchOnce();
  }

  /** One fetch at a time; never rejects, `#failure` says how it went. */
  #fetchOnce(): Promise<void> {
    this.#fetching ??= this.#fetchKeys().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchKeys(): Promise<void> {
    this.#attemptedAt = this.#clock.now();
    try {
      this.#resolve = createLocalJWKSet(await this.#download());
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
    }
  }

  async #download(): Promise<JSONWebKeySet> {
    const wellKnown = `${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = (await this.#get(wellKnown)) as { issuer?: unknown; jwks_uri?: unknown } | null;
    if (document?.issuer !== this.#issuer) throw new Error(`${wellKnown} names another issuer.`);
    const uri = URL.parse(String(document.jwks_uri));
    const isSafe = uri?.protocol === 'https:' || (uri && isLoopback(uri.hostname) && this.#issuer.startsWith('http:'));
    if (!uri || !isSafe) throw new Error(`${wellKnown} names no https jwks_uri.`);
    const set = (await this.#get(uri.href)) as { keys?: unknown } | null;
    if (!Array.isArray(set?.keys)) throw new Error(`${uri.href} holds no keys.`);
    return { keys: set.keys.filter(isPublicKey).slice(0, MOST_KEYS) };
  }

  #get(url: string): Promise<unknown> {
    return fetchJson(url, { fetch: this.#fetch, clock: this.#clock });
  }

  #unavailable(cooldownMs: number): DomainError {
    const waitMs = Math.max(1, cooldownMs - this.#age());
    return new DomainError('unavailable', 'The keys of the token issuer cannot be fetched now.', {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
      cause: this.#failure,
    });
  }
}

function isPublicKey(key: unknown): key is JWK {
  return typeof key === 'object' && key !== null && 'kty' in key && key.kty !== 'oct';
}
