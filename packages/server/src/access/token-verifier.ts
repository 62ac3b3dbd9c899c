/** Verifies bearer tokens (RFC 7519, RFC 9068) of the embedded issuer, with local keys, and of external ones. */
import { isGuid } from '@open-remote-help/protocol';
import type { CompactVerifyGetKey, JWTPayload } from 'jose';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { compactVerify } from 'jose/jws/compact/verify';
import { decodeJwt } from 'jose/jwt/decode';
import { type Clock, elapsedMs } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Caller, TokenVerifier } from './caller.ts';
import { CLOCK_TOLERANCE_MS, callerOf, notBeforeOf } from './claims.ts';
import {
  embeddedIssuerName,
  expand,
  type IssuerSettings,
  isEmbeddedIssuer,
  STANDARD_CLAIMS,
  type TrustedIssuer,
} from './issuers.ts';
import type { KeyRing } from './key-ring.ts';
import { RemoteKeys } from './remote-keys.ts';
import { TokenCache } from './token-cache.ts';
import { type RefusalReason, TokenRefusal } from './token-refusal.ts';
import type { TokenRevocations } from './token-revocations.ts';

/** What a refused token claimed. Believe it only where the signature was good. */
export interface RefusalFacts {
  readonly source: string | undefined;
  readonly isSignatureGood: boolean;
  /** The tenant, where the signature proves it and the issuer is trusted for it. */
  readonly provenTenantId: string | undefined;
  readonly issuer: string | undefined;
  readonly objectId: string | undefined;
  readonly applicationId: string | undefined;
}

/** What a verifier believes, and what it works with. */
export interface TokenVerifierOptions {
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  /** Without trailing slash; names the embedded issuer and its audience. */
  readonly publicUrl: string;
  /** Which tokens of the embedded issuer count no more; left out, none. */
  readonly revocations?: TokenRevocations;
  /** From `parseIssuers`; left out, the embedded issuer alone is trusted. */
  readonly issuers?: readonly IssuerSettings[];
  /**
   * The name of a tenant's organisation, for the embedded issuer where its setting gives none; by default its own name.
   * @throws DomainError `unavailable`
   */
  readonly organizationOf?: (tenantId: string) => Promise<string | undefined>;
  readonly onRefused?: (reason: RefusalReason, facts: RefusalFacts) => void;
  /** How documents of issuers are fetched. */
  readonly fetch?: typeof fetch;
}

/** What was learnt of a token before it was refused. */
interface Seen {
  readonly source: string | undefined;
  claimed?: JWTPayload;
  /** Its issuer, once the signature was found good. */
  proven?: TrustedIssuer;
}

interface Source {
  readonly issuer: TrustedIssuer;
  readonly key: CompactVerifyGetKey;
  readonly algorithms: readonly string[];
  readonly types: readonly (string | undefined)[];
  readonly isEmbedded: boolean;
  /** How long a verified token is believed without another look at the keys. */
  readonly trustMs: number;
}

const LARGEST_TOKEN = 16 * 1024;
/** Asymmetric ones only: `none` and HS* would let anybody sign. */
const ALGORITHMS = [
  ...['RS', 'PS', 'ES'].flatMap((family) => [256, 384, 512].map((n) => `${family}${n}`)),
  'EdDSA',
  'Ed25519',
];
const EMBEDDED_ALGORITHMS = ['EdDSA', 'Ed25519'];
/** Entra's access tokens say JWT; RFC 9068's at+jwt. */
const TYPES = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];
const EMBEDDED_TYPES = ['at+jwt'];
const EXTERNAL_TRUST_MS = 600_000;
const UNKNOWN_KEY_MS = 2_000;

/** Checks signature and claims, and remembers what it has checked (ID-1 to ID-15). */
export class JwtVerifier implements TokenVerifier {
  readonly #keyRing: KeyRing;
  readonly #revocations: TokenRevocations | undefined;
  readonly #clock: Clock;
  readonly #publicUrl: string;
  readonly #onRefused: TokenVerifierOptions['onRefused'];
  readonly #organizationOf: TokenVerifierOptions['organizationOf'];
  readonly #cache = new TokenCache();
  readonly #external = new Map<string, Source>();
  /** Embedded issuers by name; undefined: whichever tenant the ring's keys vouch for. */
  readonly #embedded: ReadonlyMap<string, TrustedIssuer> | undefined;
  #revision: number;
  #askedForKeyAt = Number.NEGATIVE_INFINITY;

  constructor(options: TokenVerifierOptions) {
    this.#keyRing = options.keyRing;
    this.#revocations = options.revocations;
    this.#clock = options.clock;
    this.#publicUrl = options.publicUrl;
    this.#onRefused = options.onRefused;
    this.#organizationOf = options.organizationOf;
    this.#revision = this.#presentRevision();
    const isEmbedded = ({ issuer }: IssuerSettings) => isEmbeddedIssuer(issuer, options.publicUrl);
    const trusted = options.issuers?.filter(isEmbedded).flatMap(expand);
    this.#embedded = trusted && new Map(trusted.map((issuer) => [issuer.name, issuer]));
    for (const issuer of options.issuers?.filter((entry) => !isEmbedded(entry)).flatMap(expand) ?? []) {
      this.#external.set(issuer.name, externalSource(issuer, options));
    }
  }

  /** A token seen before costs a lookup and comparisons; once a second keys and revocations are read from the store. */
  verify(token: string, source?: string): Promise<Caller> {
    const keys = this.#keyRing.freshen();
    const revocations = this.#revocations?.freshen();
    if (!keys && !revocations) return this.#verify(token, source);
    return Promise.all([keys, revocations]).then(() => this.#verify(token, source));
  }

  isKnown(token: string): boolean {
    return this.#cache.get(token, this.#clock.now()) !== undefined;
  }

  #verify(token: string, source: string | undefined): Promise<Caller> {
    const revision = this.#presentRevision();
    if (this.#revision !== revision) {
      this.#revision = revision;
      this.#cache.clear();
    }
    const caller = this.#cache.get(token, this.#clock.now());
    return caller ? Promise.resolve(caller) : this.#verifyAnew(token, source);
  }

  async #verifyAnew(token: string, source: string | undefined): Promise<Caller> {
    const revision = this.#presentRevision();
    const seen: Seen = { source };
    try {
      const { header, payload } = decode(token);
      seen.claimed = payload;
      const issued = this.#sourceOf(payload);
      assertHeader(header, issued);
      await assertSignature(token, issued);
      seen.proven = issued.issuer;
      const caller = await this.#named(callerOf(payload, issued.issuer, this.#clock.now()), issued);
      if (issued.isEmbedded) this.#assertNotRevoked(caller, payload);
      // What was revoked meanwhile has emptied the cache: nothing that was verified before may enter.
      if (revision === this.#presentRevision()) this.#remember(token, caller, notBeforeOf(payload), issued.trustMs);
      return caller;
    } catch (error) {
      if (error instanceof TokenRefusal) this.#onRefused?.(error.reason, factsOf(seen));
      throw error;
    }
  }

  /** Another one when a key or an account was revoked since: both only grow. */
  #presentRevision(): number {
    return this.#keyRing.revision + (this.#revocations?.revision ?? 0);
  }

  #assertNotRevoked({ objectId }: Caller, { iat = 0 }: JWTPayload): void {
    if (this.#revocations?.isRevoked(objectId, iat * 1_000)) throw new TokenRefusal('revoked');
  }

  async #named(caller: Caller, { issuer, isEmbedded }: Source): Promise<Caller> {
    if (!isEmbedded || issuer.organization !== undefined) return caller;
    return { ...caller, organization: (await this.#organizationOf?.(caller.tenantId)) ?? caller.organization };
  }

  #remember(token: string, caller: Caller, notBefore: number, trustMs: number): void {
    const until = Math.min(caller.expiresAt + CLOCK_TOLERANCE_MS, this.#clock.now() + trustMs);
    this.#cache.set(token, caller, notBefore, until);
  }

  #sourceOf({ iss, tid }: JWTPayload): Source {
    const external = this.#external.get(iss ?? '');
    if (external) return external;
    const issuer = this.#embedded ? this.#embedded.get(iss ?? '') : this.#anyTenant(iss, tid);
    if (!issuer) throw new TokenRefusal('issuer');
    return {
      issuer,
      key: ({ kid }) => this.#localKey(kid ?? ''),
      algorithms: EMBEDDED_ALGORITHMS,
      types: EMBEDDED_TYPES,
      isEmbedded: true,
      trustMs: Number.POSITIVE_INFINITY,
    };
  }

  #anyTenant(iss: string | undefined, tid: unknown): TrustedIssuer | undefined {
    if (typeof tid !== 'string' || !isGuid(tid) || iss !== embeddedIssuerName(this.#publicUrl, tid)) return undefined;
    const audiences = new Set([this.#publicUrl]);
    return { name: iss, audiences, tenants: new Set([tid.toLowerCase()]), claims: STANDARD_CLAIMS };
  }

  /** A key that a command made a moment ago is fetched from the store, every two seconds at most. */
  async #localKey(kid: string) {
    const known = this.#keyRing.verificationKey(kid);
    if (known) return known;
    const now = this.#clock.now();
    if (elapsedMs(this.#askedForKeyAt, now) >= UNKNOWN_KEY_MS) {
      this.#askedForKeyAt = now;
      await this.#keyRing.reload();
    }
    const key = this.#keyRing.verificationKey(kid);
    if (!key) throw new TokenRefusal('signingKey');
    return key;
  }
}

function externalSource(issuer: TrustedIssuer, { clock, fetch = globalThis.fetch }: TokenVerifierOptions): Source {
  const keys = new RemoteKeys({ issuer: issuer.name, clock, fetch });
  return {
    issuer,
    key: (header) => keys.keyFor(header),
    algorithms: ALGORITHMS,
    types: TYPES,
    isEmbedded: false,
    trustMs: EXTERNAL_TRUST_MS,
  };
}

type Header = ReturnType<typeof decodeProtectedHeader>;

function decode(token: string): { header: Header; payload: JWTPayload } {
  if (token === '') throw new TokenRefusal('empty');
  if (token.length > LARGEST_TOKEN) throw new TokenRefusal('tooLarge');
  try {
    return { header: decodeProtectedHeader(token), payload: decodeJwt(token) };
  } catch (error) {
    throw new TokenRefusal('malformed', error);
  }
}

function assertHeader({ alg, typ, b64 }: Header, { algorithms, types }: Source): void {
  if (alg === undefined || !algorithms.includes(alg)) throw new TokenRefusal('algorithm');
  if (!types.includes(typ?.toLowerCase())) throw new TokenRefusal('kind');
  if (b64 !== undefined) throw new TokenRefusal('malformed');
}

async function assertSignature(token: string, { key, algorithms }: Source): Promise<void> {
  try {
    await compactVerify(token, key, { algorithms: [...algorithms] });
  } catch (error) {
    // Also what an issuer's unfit key makes the library throw: the token is not proven.
    throw error instanceof DomainError ? error : new TokenRefusal('signature', error);
  }
}

function factsOf({ source, claimed, proven }: Seen): RefusalFacts {
  const text = (name: string) => {
    const value = claimed?.[name];
    return typeof value === 'string' ? value.slice(0, 256) : undefined;
  };
  return {
    source,
    isSignatureGood: proven !== undefined,
    provenTenantId: proven && provenTenantOf(text('tid'), proven.tenants),
    issuer: text('iss'),
    objectId: text('oid') ?? text('sub'),
    applicationId: text('appid') ?? text('azp') ?? text('client_id'),
  };
}

function provenTenantOf(tid: string | undefined, tenants: ReadonlySet<string>): string | undefined {
  const [only] = tenants;
  if (tid === undefined) return tenants.size === 1 ? only : undefined;
  return tenants.has(tid.toLowerCase()) ? tid.toLowerCase() : undefined;
}
