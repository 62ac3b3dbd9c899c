/** A typed client of the API below `/beta`: the one way in which the console reads and changes server data. */
import { type Clock, type Instant, readHttpDate, systemClock } from '../clock.ts';
import { GraphError, graphErrorOf } from './graph-error.ts';

/** OData's query options, `$`-less (`/beta` takes them so): `{ filter: "…", top: 50, count: true }`. Undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** How many there are in all, where `count: true` asked for it. */
  readonly count: number | undefined;
  /** Gives the next page; undefined on the last. */
  readonly nextLink: string | undefined;
}

/** What gives access tokens. */
export interface TokenSource {
  /** A token that is good now. @throws GraphError of kind `signedOut` where the person has to sign in again */
  accessToken(): Promise<string>;
  /** Told that a token was refused all the same: the next is to be another. */
  refused(token: string): void;
}

/** What a request may carry besides its path. */
export interface RequestOptions {
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Clocks that differ by less are taken for equal. */
const NOTICEABLE_MS = 3_000;

/** Speaks to the API. Every method throws a GraphError for any failure, and passes an AbortError on. */
export class GraphClient {
  readonly #baseUrl: string;
  readonly #tokens: TokenSource;
  readonly #fetch: typeof fetch;
  readonly #clock: Pick<Clock, 'now'>;
  #aheadMs = 0;

  /** @param baseUrl with trailing slash: `https://help.example.org/beta/` */
  constructor(options: {
    readonly baseUrl: string;
    readonly tokens: TokenSource;
    readonly fetch?: typeof fetch;
    readonly clock?: Pick<Clock, 'now'>;
  }) {
    this.#baseUrl = options.baseUrl;
    this.#tokens = options.tokens;
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
    this.#clock = options.clock ?? systemClock;
  }

  /** The present by the server's clock, as far as its `Date` headers tell. */
  now(): Instant {
    return this.#clock.now() + this.#aheadMs;
  }

  /** Reads an entity, or calls a function. @param path below `/beta/`, its values escaped by `key` */
  async get<T>(path: string, options?: RequestOptions): Promise<T> {
    return (await this.#send('GET', this.#url(path, options?.query), options)) as T;
  }

  /** Creates an entity, or calls an action; undefined where the answer is empty (204). */
  async post<T = void>(path: string, body?: object, options?: RequestOptions): Promise<T> {
    return (await this.#send('POST', this.#url(path, options?.query), options, body)) as T;
  }

  /** Changes the properties given. */
  async patch<T>(path: string, body: object, options?: RequestOptions): Promise<T> {
    return (await this.#send('PATCH', this.#url(path, options?.query), options, body)) as T;
  }

  /** Deletes an entity. */
  async delete(path: string, options?: RequestOptions): Promise<void> {
    await this.#send('DELETE', this.#url(path, options?.query), options);
  }

  /** The first page of a list. */
  async list<T>(path: string, options?: RequestOptions): Promise<Page<T>> {
    return pageOf<T>(await this.#send('GET', this.#url(path, options?.query), options));
  }

  /** The page that a `nextLink` leads to. @throws Error where it leads elsewhere than to this server: the token must not */
  async next<T>(nextLink: string, options?: Omit<RequestOptions, 'query'>): Promise<Page<T>> {
    const url = new URL(nextLink, this.#baseUrl);
    if (!url.href.startsWith(this.#baseUrl)) throw new Error('The next link leads to another server.');
    return pageOf<T>(await this.#send('GET', url, options));
  }

  /** Every page, one after the other. */
  async *pages<T>(path: string, options?: RequestOptions): AsyncGenerator<readonly T[]> {
    let page = await this.list<T>(path, options);
    yield page.items;
    while (page.nextLink !== undefined) {
      page = await this.next<T>(page.nextLink, options);
      yield page.items;
    }
  }

  #url(path: string, query: Query = {}): URL {
    const url = new URL(path, this.#baseUrl);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    }
    return url;
  }

  async #send(method: string, url: URL, options: RequestOptions = {}, body?: object): Promise<unknown> {
    const token = await this.#tokens.accessToken();
    const response = await this.#request(method, url, token, options, body);
    if (response.status !== 401) return answerOf(response);
    // Revoked before its time, say: once more with another.
    this.#tokens.refused(token);
    const renewed = await this.#tokens.accessToken();
    return answerOf(await this.#request(method, url, renewed, options, body));
  }

  /** `Date` tells whole seconds, of a moment ago: clocks that differ by less agree, as far as can be told. */
  #compareClocks(date: string | null): void {
    const instant = readHttpDate(date);
    if (instant === undefined) return;
    const ahead = instant - this.#clock.now();
    this.#aheadMs = Math.abs(ahead) < NOTICEABLE_MS ? 0 : ahead;
  }

  async #request(
    method: string,
    url: URL,
    token: string,
    { headers, signal }: RequestOptions,
    body?: object,
  ): Promise<Response> {
    try {
      const response = await this.#fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        // No cookie of the issuer, which may live at the same origin.
        credentials: 'omit',
        cache: 'no-store',
        ...(signal ? { signal } : {}),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      this.#compareClocks(response.headers.get('date'));
      return response;
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new GraphError({ status: 0, code: 'offline', message: 'The server did not answer.', cause });
    }
  }
}

/** A value as a key or in a function call of a path: quoted, escaped (OData URL conventions, 2 and 4.3.1). */
export function quoted(value: string): string {
  return `'${encodeURIComponent(value.replaceAll("'", "''"))}'`;
}

/** A value within `$filter`: quoted, not yet escaped for a URL. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) throw await graphErrorOf(response);
  if (response.status === 204) return undefined;
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

function pageOf<T>(answer: unknown): Page<T> {
  const { value, '@odata.count': count, '@odata.nextLink': nextLink } = answer as ListBody<T>;
  return { items: value, count, nextLink };
}

interface ListBody<T> {
  readonly value: readonly T[];
  readonly '@odata.count'?: number;
  readonly '@odata.nextLink'?: string;
}
