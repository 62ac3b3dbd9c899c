/**
 * A person's sign-in: authorization code with PKCE (RFC 7636, RFC 9700), tokens in memory alone, renewed by rotating
 * refresh tokens. The library holds answers to state, nonce, issuer and audience.
 */
import * as oauth from 'oauth4webapi';
import type { Clock, Instant } from '../clock.ts';
import type { TokenSource } from '../graph/client.ts';
import { GraphError } from '../graph/graph-error.ts';
import type { ConsoleSettings } from './console-settings.ts';
import type { PendingSignIn } from './pending-sign-in.ts';

/** Who signed in, as the ID token says. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly userName: string | undefined;
  /** The organisation by its `tid`, where the issuer tells it. */
  readonly tenantId: string | undefined;
  /** Permissions that the access token carries, by their names in the API. */
  readonly scopes: ReadonlySet<string>;
}

/** The library asks fewer questions about plain HTTP: that is for a server on this machine alone. */
type Relaxed = { [oauth.allowInsecureRequests]: boolean };

interface Tokens {
  readonly accessToken: string;
  readonly expiresAt: Instant;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
}

/** A token is renewed this long before it expires, so that none expires on its way. */
const RENEW_BEFORE_MS = 60_000;
/** Where an issuer does not say how long a token lives (RFC 6749, 5.1). */
const USUAL_LIFE_S = 300;

/** One issuer as this page sees it, and the tokens that it gave. */
export class SignInSession implements TokenSource {
  readonly #settings: ConsoleSettings;
  readonly #server: oauth.AuthorizationServer;
  readonly #clock: Clock;
  readonly #redirectUri: string;
  readonly #relaxed: Relaxed;
  #tokens: Tokens | undefined;
  #person: Person | undefined;
  #renewal: Promise<string> | undefined;
  readonly #listeners = new Set<() => void>();
  #hasExpired = false;

  private constructor(settings: ConsoleSettings, server: oauth.AuthorizationServer, clock: Clock, origin: string) {
    this.#settings = settings;
    this.#server = server;
    this.#clock = clock;
    this.#redirectUri = `${origin}/signed-in`;
    this.#relaxed = relaxedFor(settings.issuer);
  }

  /** Asks the issuer about itself (OpenID Connect Discovery) where the server did not tell. @throws Error where it can't be reached */
  static async open(settings: ConsoleSettings, clock: Clock, origin: string): Promise<SignInSession> {
    if (settings.metadata) return new SignInSession(settings, settings.metadata, clock, origin);
    const issuer = new URL(settings.issuer);
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...relaxedFor(settings.issuer) });
    return new SignInSession(settings, await oauth.processDiscoveryResponse(issuer, response), clock, origin);
  }

  /** Who signed in; undefined before. */
  get person(): Person | undefined {
    return this.#person;
  }

  /** Whether the person has to sign in again: nothing renews the tokens any more. */
  get hasExpired(): boolean {
    return this.#hasExpired;
  }

  /** Told when person or expiry change. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Begins a sign-in.
   * @param statePrefix tells the page that is returned to who waits for the answer
   * @returns what to remember, and where to send the browser
   */
  async begin(returnTo: string, statePrefix = ''): Promise<{ readonly pending: PendingSignIn; readonly url: URL }> {
    const endpoint = this.#server.authorization_endpoint;
    if (!endpoint) throw new Error('The issuer names no authorization endpoint.');
    const pending: PendingSignIn = {
      state: `${statePrefix}${oauth.generateRandomState()}`,
      nonce: oauth.generateRandomNonce(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
      returnTo,
    };
    const url = new URL(endpoint);
    url.search = new URLSearchParams({
      client_id: this.#settings.clientId,
      redirect_uri: this.#redirectUri,
      response_type: 'code',
      scope: this.#settings.scope,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(pending.codeVerifier),
      code_challenge_method: 'S256',
    }).toString();
    return { pending, url };
  }

  /**
   * Finishes a sign-in with the query that the issuer sent the browser back with.
   * @throws Error that says what was wrong with the answer; of the library's kinds where the issuer refused
   */
  async finish(query: string, pending: PendingSignIn): Promise<void> {
    const client = { client_id: this.#settings.clientId };
    const answer = oauth.validateAuthResponse(this.#server, client, new URLSearchParams(query), pending.state);
    const response = await oauth.authorizationCodeGrantRequest(
      this.#server,
      client,
      oauth.None(),
      answer,
      this.#redirectUri,
      pending.codeVerifier,
      this.#relaxed,
    );
    const given = await oauth.processAuthorizationCodeResponse(this.#server, client, response, {
      expectedNonce: pending.nonce,
      requireIdToken: true,
    });
    const who = personOf(given, this.#settings.scope);
    if (this.#person && who.id !== this.#person.id) {
      throw new Error('Somebody else signed in. Sign out first.');
    }
    this.#person = who;
    this.#accept(given);
  }

  /** Whether the issuer can be asked without leaving the page: its redirects stay at this origin. */
  get isIssuerHere(): boolean {
    const { authorization_endpoint: endpoint } = this.#server;
    return endpoint !== undefined && new URL(endpoint).origin === new URL(this.#redirectUri).origin;
  }

  /**
   * Signs in whom the issuer knows, without showing anything (`prompt=none`, OpenID Connect Core, 3.1.2.1).
   * @param ask follows redirects, and tells where they ended
   * @throws Error where the person has to be asked
   */
  async signInQuietly(ask: (url: URL) => Promise<{ readonly url: string }> = askForAddress): Promise<void> {
    const { pending, url } = await this.begin('/');
    url.searchParams.set('prompt', 'none');
    const { url: end } = await ask(url);
    await this.finish(new URL(end).search, pending);
  }

  async accessToken(): Promise<string> {
    const tokens = this.#tokens;
    if (tokens && this.#clock.now() < tokens.expiresAt - RENEW_BEFORE_MS) return tokens.accessToken;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  refused(token: string): void {
    if (this.#tokens?.accessToken === token) this.#tokens = { ...this.#tokens, expiresAt: 0 };
  }

  /** Forgets everything and withdraws the refresh token. @returns where the issuer ends its own session */
  async end(): Promise<URL | undefined> {
    const tokens = this.#tokens;
    this.#tokens = undefined;
    this.#person = undefined;
    this.#hasExpired = false;
    if (tokens?.refreshToken && this.#server.revocation_endpoint) {
      const client = { client_id: this.#settings.clientId };
      const options = this.#relaxed;
      // The session at the issuer ends anyway: whether this was heard changes nothing for the person.
      await oauth
        .revocationRequest(this.#server, client, oauth.None(), tokens.refreshToken, options)
        .catch(() => undefined);
    }
    const endpoint = this.#server.end_session_endpoint;
    if (!endpoint) return undefined;
    const url = new URL(endpoint);
    url.searchParams.set('client_id', this.#settings.clientId);
    url.searchParams.set('post_logout_redirect_uri', this.#redirectUri.replace(/signed-in$/, 'signed-out'));
    if (tokens?.idToken) url.searchParams.set('id_token_hint', tokens.idToken);
    return url;
  }

  async #renew(): Promise<string> {
    const { refreshToken, idToken } = this.#tokens ?? {};
    if (!refreshToken) throw this.#expire();
    const client = { client_id: this.#settings.clientId };
    let response: Response;
    try {
      response = await oauth.refreshTokenGrantRequest(this.#server, client, oauth.None(), refreshToken, this.#relaxed);
    } catch (cause) {
      throw new GraphError({ status: 0, code: 'offline', message: 'The issuer did not answer.', cause });
    }
    if (response.status === 429 || response.status >= 500) {
      throw new GraphError({ status: 503, code: 'unavailable', message: 'The issuer cannot answer now.' });
    }
    try {
      const given = await oauth.processRefreshTokenResponse(this.#server, client, response);
      return this.#accept({ ...(idToken ? { id_token: idToken } : {}), refresh_token: refreshToken, ...given });
    } catch (cause) {
      throw this.#expire(cause);
    }
  }

  #accept(given: oauth.TokenEndpointResponse): string {
    const life = given.expires_in ?? USUAL_LIFE_S;
    this.#tokens = {
      accessToken: given.access_token,
      // A token that lives shorter than that would be renewed at every request.
      expiresAt: this.#clock.now() + Math.max(life * 1_000, 2 * RENEW_BEFORE_MS),
      refreshToken: given.refresh_token,
      idToken: given.id_token,
    };
    this.#hasExpired = false;
    this.#changed();
    return given.access_token;
  }

  #expire(cause?: unknown): GraphError {
    this.#tokens = undefined;
    this.#hasExpired = true;
    this.#changed();
    return new GraphError({ status: 401, code: 'signedOut', message: 'The sign-in has ended.', cause });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The page at the end is this one; nobody reads it. */
async function askForAddress(url: URL): Promise<Response> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response;
}

function relaxedFor(issuer: string): Relaxed {
  return { [oauth.allowInsecureRequests]: new URL(issuer).protocol === 'http:' };
}

function personOf(given: oauth.TokenEndpointResponse, asked: string): Person {
  const claims = oauth.getValidatedIdTokenClaims(given);
  if (!claims) throw new Error('The issuer sent no ID token.');
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : undefined);
  const userName = text('preferred_username') ?? text('email');
  // Left out where it is what was asked for (RFC 6749, 5.1).
  const scopes = (given.scope ?? asked).split(' ').map((scope) => scope.slice(scope.lastIndexOf('/') + 1));
  return {
    id: text('oid') ?? claims.sub,
    name: text('name') ?? userName ?? claims.sub,
    userName,
    tenantId: text('tid'),
    scopes: new Set(scopes),
  };
}
