/** An OpenID Connect issuer without a network: its documents come through the `fetch` that it offers. */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

interface Published {
  readonly kid: string;
  readonly alg: string;
  readonly pair: Pair;
  /** Members put over those of the published JWK. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** Signs whatever claims a test writes down. */
export class FakeIssuer {
  readonly name: string;
  /** URLs asked for, in order. */
  readonly requests: string[] = [];
  /** While set, `fetch` fails. */
  isDown = false;
  /** Members put over those of the discovery document. */
  discovery: Record<string, unknown> = {};
  #published: Published[] = [];

  private constructor(name: string) {
    this.name = name;
  }

  /** An issuer with one key. */
  static async create(name: string, alg = 'ES256'): Promise<FakeIssuer> {
    const issuer = new FakeIssuer(name);
    await issuer.addKey(alg);
    return issuer;
  }

  /** Adds a key, from then on the one that signs; gives its `kid`. */
  async addKey(alg: string, jwk: Record<string, unknown> = {}): Promise<string> {
    const kid = `key-${this.#published.length + 1}`;
    this.#published.push({ kid, alg, pair: await generateKeyPair(alg, { extractable: true }), jwk });
    return kid;
  }

  /** Publishes from then on only the newest key. */
  dropOldKeys(): void {
    this.#published = this.#published.slice(-1);
  }

  /** The public key that verifies now. */
  async publicJwk(): Promise<Record<string, unknown>> {
    const { kid, alg, pair, jwk } = this.#newest();
    return { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig', ...jwk };
  }

  /** Signs claims as they are; header members may be overridden. */
  sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
    const { kid, alg, pair } = this.#newest();
    return new SignJWT(claims as JWTPayload)
      .setProtectedHeader({ alg, kid, typ: 'JWT', ...header })
      .sign(pair.privateKey);
  }

  readonly fetch: typeof globalThis.fetch = async (input) => {
    const url = String(input);
    this.requests.push(url);
    if (this.isDown) throw new TypeError('fetch failed');
    const base = this.name.replace(/\/$/, '');
    if (url === `${base}/.well-known/openid-configuration`) {
      return Response.json({ issuer: this.name, jwks_uri: `${base}/keys`, ...this.discovery });
    }
    if (url !== `${base}/keys`) return new Response('not found', { status: 404 });
    const published = this.#published.map(async ({ kid, alg, pair, jwk }) => {
      return { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig', ...jwk };
    });
    return Response.json({ keys: await Promise.all(published) });
  };

  #newest(): Published {
    const newest = this.#published.at(-1);
    if (!newest) throw new Error('The issuer has no key.');
    return newest;
  }
}
