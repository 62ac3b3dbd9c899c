/** The embedded issuer: OAuth 2.0 and OpenID Connect for local accounts, at Entra ID's paths. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { TokenVerifier } from '../access/caller.ts';
import type { Identity } from '../access/identity-model.ts';
import type { RefusalLog } from '../access/refusal-log.ts';
import { sourceOf } from '../access/source.ts';
import { findTenant, type Tenant } from '../access/tenants.ts';
import type { Instant } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { authorizeParameters, tokenParameters } from './entra-parameters.ts';
import { BodyTooLarge, readBody, readdressed, sendJson } from './http.ts';
import {
  AUTHORIZE,
  DISCOVERY,
  type IssuerPath,
  isProviderPath,
  PROVIDER_DISCOVERY,
  parseIssuerPath,
  SIGN_OUT,
  type SignInStep,
  signInStep,
  TOKEN,
  USER_INFO,
} from './paths.ts';
import { createProvider } from './provider.ts';
import { answerSignIn } from './sign-in-flow.ts';
import { answerUserInfo } from './user-info.ts';

/** How many requests a source may make without showing that it is somebody. */
export interface StrangerLimit {
  isExhausted(source: string, now: Instant): boolean;
  /** Counts one request. @throws DomainError `tooManyRequests` past the limit */
  count(source: string, now: Instant): void;
  refusal(now: Instant): DomainError;
}

/** What the issuer works with. */
export interface IssuerOptions extends Identity {
  /** Without trailing slash; names the issuer (`{publicUrl}/{tenant}/v2.0`) and is never fetched. */
  readonly publicUrl: string;
  /** Whether everybody needs a second factor. */
  readonly isTotpRequired: boolean;
  readonly tokens: TokenVerifier;
  readonly refusals: RefusalLog;
  readonly strangers: StrangerLimit;
  /** Told of what went wrong on our side. */
  readonly onError: (error: unknown) => void;
}

/** The embedded issuer, for all tenants. */
export interface Issuer {
  /**
   * Answers a request below `/{tenant}/`; the body must not have been read.
   * @param origin scheme and host that the request was addressed to, checked by the caller
   * @param source the client's address
   * @returns false, having done nothing, when the path begins with no GUID
   */
  handle(request: IncomingMessage, response: ServerResponse, origin: string, source?: string): Promise<boolean>;
}

/** Providers kept in memory. */
const MOST_PROVIDERS = 50;

/** The issuer; oidc-provider is loaded with the first request that needs it. */
export function createIssuer(options: IssuerOptions): Issuer {
  const issuer = new EmbeddedIssuer(options);
  return { handle: (...request) => issuer.handle(...request) };
}

interface Exchange {
  readonly at: IssuerPath;
  readonly tenant: Tenant;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly origin: URL;
  readonly source: string | undefined;
}

class EmbeddedIssuer implements Issuer {
  readonly #options: IssuerOptions;
  readonly #providers = new Map<string, { readonly revision: number; readonly provider: Promise<Provider> }>();

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  async handle(request: IncomingMessage, response: ServerResponse, origin: string, source?: string): Promise<boolean> {
    const at = parseIssuerPath(request.url ?? '');
    if (!at) return false;
    try {
      const tenant = await findTenant(this.#options.store, at.tenantId);
      if (!tenant) {
        sendJson(response, 404, { error: 'invalid_tenant', error_description: 'There is no such tenant.' });
        return true;
      }
      await this.#answer({ at, tenant, request, response, origin: new URL(origin), source });
    } catch (error) {
      this.#refuse(error, response);
    }
    return true;
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { at, tenant, request, response, source } = exchange;
    const step = signInStep(at.path);
    this.#limitStrangers(exchange, step !== undefined);
    if (at.path === USER_INFO) {
      const { store, tokens } = this.#options;
      await answerUserInfo(request, response, { store, tokens, tenantId: tenant.id, source });
    } else if (at.path === DISCOVERY) {
      await this.#forward(exchange, PROVIDER_DISCOVERY);
    } else if (at.path === TOKEN && request.method === 'POST') {
      await this.#answerToken(exchange);
    } else if (at.path === AUTHORIZE) {
      const parameters = authorizeParameters(new URLSearchParams(at.query), this.#rules(exchange));
      await this.#forward(exchange, `/${tenant.id}${AUTHORIZE}?${parameters}`);
    } else if (isProviderPath(at.path)) {
      await this.#forward(exchange, `/${tenant.id}${at.path}${at.query === '' ? '' : `?${at.query}`}`);
    } else if (step && (request.method === 'GET' || request.method === 'POST')) {
      await this.#answerSignIn(exchange, step);
    } else {
      sendJson(response, 404, { error: 'invalid_request', error_description: 'Nothing is served here.' });
    }
  }

  /** Whoever begins a sign-in or sign-out leaves something in the store: that many do so counts, as refused clients do. */
  #limitStrangers({ at, source }: Exchange, isSignIn: boolean): void {
    const { strangers, clock } = this.#options;
    const now = clock.now();
    const counted = sourceOf(source);
    if (at.path === AUTHORIZE || at.path === SIGN_OUT || isSignIn) strangers.count(counted, now);
    else if (at.path === TOKEN && strangers.isExhausted(counted, now)) throw strangers.refusal(now);
  }

  async #answerToken(exchange: Exchange): Promise<void> {
    const { at, request, response } = exchange;
    const body = await readBody(request);
    const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '');
    const parameters = isForm ? tokenParameters(new URLSearchParams(body), this.#rules(exchange)) : body;
    if (typeof parameters === 'object' && 'error' in parameters) sendJson(response, 400, parameters);
    else await this.#forward(exchange, `/${at.tenantId}${TOKEN}`, String(parameters));
  }

  async #answerSignIn(exchange: Exchange, step: SignInStep): Promise<void> {
    const { at, tenant, request, response, origin } = exchange;
    const from = request.headers.origin;
    if (from !== undefined && from !== origin.origin) {
      throw new DomainError('forbidden', 'The form was sent from another site.');
    }
    const provider = await this.#providerOf(exchange);
    const whose = { tenantId: tenant.id, tenantName: tenant.displayName, origin: origin.origin };
    const options = { ...this.#options, ...whose, provider };
    const body = request.method === 'POST' ? await readBody(request) : '';
    const copy = readdressed(request, { ...exchange, url: `/${tenant.id}${at.path}`, body });
    await answerSignIn(options, step, { request: copy, response, form: new URLSearchParams(body) });
  }

  async #forward(exchange: Exchange, url: string, given?: string): Promise<void> {
    const { request, response } = exchange;
    const provider = await this.#providerOf(exchange);
    const body = given ?? (request.method === 'POST' ? await readBody(request) : '');
    await provider.callback()(readdressed(request, { ...exchange, url, body }), response);
  }

  /** With the keys that are current: a rotation makes a new one. */
  async #providerOf({ tenant, origin }: Exchange): Promise<Provider> {
    const { keyRing } = this.#options;
    await keyRing.freshen();
    const { revision } = keyRing;
    const name = `${tenant.id} ${origin.origin}`;
    const known = this.#providers.get(name);
    if (known?.revision === revision) return known.provider;
    const provider = createProvider({
      ...this.#options,
      tenantId: tenant.id,
      origin: origin.origin,
      onRefusedClient: (source) => this.#countRefusal(source),
    });
    provider.catch(() => this.#providers.delete(name));
    this.#providers.delete(name);
    this.#providers.set(name, { revision, provider });
    const [oldest] = this.#providers.keys();
    if (this.#providers.size > MOST_PROVIDERS && oldest !== undefined) this.#providers.delete(oldest);
    return provider;
  }

  #countRefusal(source: string | undefined): void {
    const { strangers, clock } = this.#options;
    const now = clock.now();
    if (!strangers.isExhausted(sourceOf(source), now)) strangers.count(sourceOf(source), now);
  }

  #rules({ origin }: Exchange) {
    return { publicUrl: this.#options.publicUrl, origin: origin.origin };
  }

  #refuse(error: unknown, response: ServerResponse): void {
    const refusal = refusalOf(error);
    if (refusal.status >= 500) this.#options.onError(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (refusal.retryAfterSeconds !== undefined) response.setHeader('retry-after', refusal.retryAfterSeconds);
    sendJson(response, refusal.status, { error: refusal.error, error_description: refusal.description });
  }
}

function refusalOf(error: unknown): {
  status: number;
  error: string;
  description: string;
  retryAfterSeconds?: number | undefined;
} {
  if (error instanceof BodyTooLarge) return { status: 413, error: 'invalid_request', description: error.message };
  if (!(error instanceof DomainError)) {
    return { status: 500, error: 'server_error', description: 'Something went wrong on the server.' };
  }
  const { message: description, retryAfterSeconds = 5 } = error;
  const busy = { error: 'temporarily_unavailable', description, retryAfterSeconds };
  if (error.code === 'unavailable') return { status: 503, ...busy };
  if (error.code === 'tooManyRequests') return { status: 429, ...busy };
  return { status: 403, error: 'invalid_request', description };
}
