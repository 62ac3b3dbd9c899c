/** What a sharer's page asks of the server: the claim of a code, then the routes of devices, with a token that it renews. */
import {
  CLAIM_PROOF_TYPE,
  CLIENT_ASSERTION_TYPE,
  type ClaimAnswer,
  type ClaimProof,
  type ClaimRequest,
  type DeviceAssertion,
  type DeviceTokenAnswer,
  type IceServers,
  SHARE_AUDIENCE,
} from '@open-remote-help/protocol';
import type { SessionGrants } from '@open-remote-help/protocol/events';
import { type Clock, type Instant, instantOf } from '../clock.ts';
import { PageError } from './page-error.ts';
import { base64url, type PageKey } from './page-key.ts';

/** What a page needs to take part in its session. */
export interface JoinedSession {
  readonly state: 'requested' | 'active';
  readonly pubSubGroupId: string;
  readonly pubSubSharerAccessUri: string;
  readonly sessionExpirationDateTime: string;
  readonly isChatBlocked: boolean;
  /** Helpers' connections that are in, with the keys of the pair that each is with this page's latest one. */
  readonly connections: readonly { readonly connectionId: string; readonly key: string; readonly iv: string }[];
}

export interface PageServerOptions {
  /** Scheme and host. */
  readonly origin: string;
  readonly clock: Clock;
  readonly key: PageKey;
  readonly fetch: typeof fetch;
  readonly newId: () => string;
}

type Answer = Readonly<Record<string, unknown>>;

const LONGEST_ANSWER_MS = 15_000;
const ASSERTION_SECONDS = 60;
/** `Date` headers tell whole seconds, of a moment ago. */
const NOTICEABLE_MS = 3_000;

/**
 * Claims a code.
 * @param deviceName what the page says it is
 * @throws PageError `code`, `slowed`, `unavailable`, `refused`
 */
export async function claim(options: PageServerOptions, code: string, deviceName: string): Promise<PageServer> {
  const { key, origin } = options;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code));
  const payload: ClaimProof = { aud: SHARE_AUDIENCE, code_hash: base64url(new Uint8Array(hash)) };
  const proof = await key.signJws({ typ: CLAIM_PROOF_TYPE }, payload);
  const request: ClaimRequest = { code, publicKey: key.publicKey, proof, deviceName };
  const response = await post(options, `${origin}/share/claim`, JSON.stringify(request));
  if (response.status !== 201) throw await refusalOf(response, 'code');
  return new PageServer(options, (await bodyOf(response)) as unknown as ClaimAnswer, dateOf(response));
}

/** The server as this page's session has it. */
export class PageServer {
  readonly claimed: ClaimAnswer;
  readonly #options: PageServerOptions;
  #accessToken: string;
  #generation: string;
  #aheadMs = 0;
  #renewal: Promise<void> | undefined;
  #cancelRenewal: () => void = () => undefined;

  constructor(options: PageServerOptions, claimed: ClaimAnswer, date: Instant | undefined) {
    this.#options = options;
    this.claimed = claimed;
    this.#accessToken = claimed.accessToken;
    this.#generation = claimed.generation;
    this.#sync(date);
    this.#renewLater(claimed.expiresIn);
  }

  /** An instant of the server, by this machine's clock. */
  local(instant: Instant): Instant {
    return instant - this.#aheadMs;
  }

  /** @throws PageError `gone` when the session is over */
  join(): Promise<JoinedSession> {
    return this.#call('join') as Promise<unknown> as Promise<JoinedSession>;
  }

  async accept(grants: SessionGrants, promptId?: string): Promise<void> {
    await this.#call('accept', { grants, promptId });
  }

  async decline(isReported: boolean, promptId?: string): Promise<void> {
    await this.#call('decline', { isReported, promptId });
  }

  /** @throws PageError */
  iceServers(): Promise<IceServers> {
    return this.#call('ice') as Promise<unknown> as Promise<IceServers>;
  }

  /** What is being asked now, as control events. */
  async requests(): Promise<readonly unknown[]> {
    const response = await this.#fetch('requests', undefined);
    if (response.status !== 200) throw await refusalOf(response, 'gone');
    return (await bodyOf(response)).value as readonly unknown[];
  }

  /** Goes on though the page is being closed; it is sent before this returns. */
  async stop(): Promise<void> {
    await this.#call('stop', {}, true);
  }

  /** No token is renewed any more. */
  close(): void {
    this.#cancelRenewal();
  }

  async #call(route: string, body: object = {}, isLast = false): Promise<Answer> {
    const sent = JSON.stringify({ sessionKey: this.claimed.sessionKey, ...body });
    let response = await this.#fetch(route, sent, isLast);
    if (response.status === 401) {
      await this.#renew();
      response = await this.#fetch(route, sent, isLast);
    }
    if (response.status === 204) return {};
    if (response.status !== 200) throw await refusalOf(response, 'gone');
    return bodyOf(response);
  }

  async #fetch(route: string, body: string | undefined, isLast = false): Promise<Response> {
    const { origin } = this.#options;
    const url = `${origin}/device/${this.claimed.tenantId}/${route}`;
    const headers = { authorization: `Bearer ${this.#accessToken}` };
    const response = await post(this.#options, url, body, headers, isLast);
    this.#sync(dateOf(response));
    return response;
  }

  /** So that a stop never has to wait for a token. */
  #renewLater(seconds: number): void {
    const { clock } = this.#options;
    this.#cancelRenewal();
    this.#cancelRenewal = clock.at(clock.now() + seconds * 500, () => {
      // The next call that is refused renews it.
      this.#renew().catch(() => undefined);
    });
  }

  /** @throws PageError `gone` where the page is no device any more */
  #renew(): Promise<void> {
    this.#renewal ??= this.#renewNow().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renewNow(): Promise<void> {
    const { origin } = this.#options;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: await this.#assertion(),
    });
    const response = await post(this.#options, `${origin}/device/${this.claimed.tenantId}/token`, form);
    if (response.status === 400 || response.status === 401)
      throw new PageError('gone', 'The page is no device any more.');
    if (response.status !== 200) throw await refusalOf(response, 'gone');
    const answer = (await bodyOf(response)) as unknown as DeviceTokenAnswer;
    this.#accessToken = answer.access_token;
    this.#generation = answer.generation;
    this.#renewLater(answer.expires_in);
  }

  #assertion(): Promise<string> {
    const { clock, key, newId } = this.#options;
    const { deviceId, audience } = this.claimed;
    const iat = Math.floor((clock.now() + this.#aheadMs) / 1_000);
    const claims: DeviceAssertion = {
      ...{ iss: deviceId, sub: deviceId, aud: audience, jti: newId() },
      ...{ iat, exp: iat + ASSERTION_SECONDS, generation: this.#generation },
    };
    return key.signJws({ typ: 'client-authentication+jwt' }, claims);
  }

  #sync(date: Instant | undefined): void {
    if (date === undefined) return;
    const ahead = date - this.#options.clock.now();
    this.#aheadMs = Math.abs(ahead) < NOTICEABLE_MS ? 0 : ahead;
  }
}

async function post(
  { fetch }: Pick<PageServerOptions, 'fetch'>,
  url: string,
  body: string | URLSearchParams | undefined,
  headers: Readonly<Record<string, string>> = {},
  isLast = false,
): Promise<Response> {
  const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  try {
    return await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json', ...type, ...headers },
      // No cookie of the issuer, which may live at the same origin.
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
      ...(isLast ? { keepalive: true } : { signal: AbortSignal.timeout(LONGEST_ANSWER_MS) }),
    });
  } catch (cause) {
    throw new PageError('unavailable', 'The server cannot be reached.', { cause });
  }
}

async function bodyOf(response: Response): Promise<Answer> {
  try {
    return Object(await response.json());
  } catch (cause) {
    throw new PageError('unavailable', `The answer, status ${response.status}, could not be read.`, { cause });
  }
}

/** @param missing what a 404 means */
async function refusalOf(response: Response, missing: 'code' | 'gone'): Promise<PageError> {
  const { status, headers } = response;
  const body = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
  const message = body.error?.message ?? `The server answered ${status}.`;
  const seconds = Number(headers.get('retry-after'));
  const facts = seconds > 0 ? { retryAfterSeconds: seconds } : {};
  if (status === 404) return new PageError(missing, message);
  if (status === 429) return new PageError('slowed', message, facts);
  return new PageError(status >= 500 ? 'unavailable' : 'refused', message, facts);
}

function dateOf({ headers }: Response): Instant | undefined {
  return instantOf(headers.get('date'));
}
