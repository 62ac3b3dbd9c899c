/** The command as a client of the service: the API over HTTP, with a token that was given or minted. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { foreign } from '@open-remote-help/agent/terminal';
import { isLoopback } from '../access/loopback.ts';
import { mintToken } from '../access/mint-token.ts';
import { type Instant, readHttpDate, systemClock } from '../clock.ts';
import { type Config, readConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { type Arguments, type Option, textOf } from './command.ts';
import { withData } from './with-data.ts';

/** The options that say whom to call, and as whom. */
export const SERVICE_OPTIONS: Readonly<Record<'server' | 'token', Option>> = {
  server: { value: 'URL', doc: 'Where the service is; this machine when left out.' },
  token: {
    value: 'TOKEN',
    doc: 'Bearer token; else REMOTE_HELP_TOKEN, else one is minted from the data folder as `remote-help token` does.',
  },
};

/** A JSON object as the service answered it; nothing in it is to be shown unseen. */
// biome-ignore lint/suspicious/noExplicitAny: every entity has members of its own
export type Entity = Readonly<Record<string, any>>;

/** A refusal of the service, or that it could not be asked: `status` 0. */
export class ServiceError extends OperatorError {
  override readonly name = 'ServiceError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
    this.code = code;
  }

  /** Whether the same may succeed in a moment. */
  get isPassing(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

const LONGEST_ANSWER_MS = 30_000;
/** Permissions of the minted token: sessions and devices, and the tenant's switch. */
const SCOPES = ['DeviceManagementManagedDevices.ReadWrite.All', 'DeviceManagementServiceConfig.ReadWrite.All'];
/** A minted token lives an hour; a new one is minted before. */
const MINT_AGAIN_MS = 50 * 60_000;
const NOTICEABLE_MS = 3_000;

export class ServiceClient {
  readonly server: string;
  /** How long a device may take to answer, by the settings here: the service does not tell its own. */
  readonly consentMs: number;
  readonly #token: () => Promise<string>;
  #aheadMs = 0;

  /** @param server scheme and host */
  constructor(server: string, token: () => Promise<string>, consentMs: number) {
    this.server = server;
    this.#token = token;
    this.consentMs = consentMs;
  }

  /** The present by the service's clock, as far as its `Date` headers tell. */
  now(): Instant {
    return systemClock.now() + this.#aheadMs;
  }

  /** What times are told by. */
  get reckoning(): { readonly now: Instant; readonly consentMs: number } {
    return { now: this.now(), consentMs: this.consentMs };
  }

  /** @param path below `/beta/`, with its values encoded. @throws ServiceError */
  get(path: string): Promise<Entity> {
    return this.#ask('GET', path);
  }

  post(path: string, body: object): Promise<Entity> {
    return this.#ask('POST', path, body);
  }

  patch(path: string, body: object): Promise<Entity> {
    return this.#ask('PATCH', path, body);
  }

  /** `Date` headers tell whole seconds, of a moment ago: clocks that differ by less agree, as far as can be told. */
  #compareClocks(serverNow: Instant): void {
    const ahead = serverNow - systemClock.now();
    this.#aheadMs = Math.abs(ahead) < NOTICEABLE_MS ? 0 : ahead;
  }

  async #ask(method: string, path: string, body?: object): Promise<Entity> {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${await this.#token()}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    };
    const request = {
      ...{ method, headers, signal: AbortSignal.timeout(LONGEST_ANSWER_MS), redirect: 'error' as const },
      ...(body ? { body: JSON.stringify(body) } : {}),
    };
    const { response, text } = await exchange(`${this.server}/beta/${path}`, request).catch((cause: unknown) => {
      throw unreachable(this.server, cause);
    });
    const serverNow = readHttpDate(response.headers.get('date'));
    if (serverNow !== undefined) this.#compareClocks(serverNow);
    const answer = text === '' ? {} : entityIn(text);
    if (response.ok && answer) return answer;
    throw refusal(response, answer);
  }
}

async function exchange(url: string, request: RequestInit): Promise<{ response: Response; text: string }> {
  const response = await fetch(url, request);
  return { response, text: await response.text() };
}

/** Undefined where the text is no JSON object. */
function entityIn(text: string): Entity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function unreachable(server: string, cause: unknown): ServiceError {
  const { code = '' } = ((cause as Error).cause ?? {}) as { code?: string };
  const way = /CERT|SELF_SIGNED/.test(code)
    ? 'Its certificate is not trusted here: for the one that the service made, set NODE_EXTRA_CA_CERTS=data/tls.crt.'
    : 'Start it with `npm start`, or say where it is with --server URL.';
  return new ServiceError(0, 'unreachable', `Nobody answers at ${server}. ${way}`, cause);
}

function refusal({ status, headers }: Response, answer: Entity | undefined): ServiceError {
  const code = foreign(answer?.error?.code, 'unknown');
  const message = foreign(answer?.error?.message, 'What answered is no Open Remote Help.');
  const way = wayOut(status, code, message, headers.get('retry-after'));
  return new ServiceError(status, code, [message, way].filter(Boolean).join(' '));
}

/** What to do about a refusal; empty where its message says all. */
function wayOut(status: number, code: string, message: string, retryAfter: string | null): string {
  if (status === 401) return 'Give a good token with --token or REMOTE_HELP_TOKEN; `remote-help token` mints one.';
  if (code === 'sessionInProgress') return '`remote-help session list` shows it.';
  if (message.includes('remoteAssistanceState')) return 'Switch it on with `remote-help session enable`.';
  return retryAfter === null ? '' : `Try again in ${retryAfter} seconds.`;
}

/** The client that the options of a command ask for. @throws OperatorError when there is no way to a token */
export function serviceClient(args: Arguments, config: Config = readConfig()): ServiceClient {
  const server = serverOf(textOf(args, 'server') ?? ownServer(config));
  const given = textOf(args, 'token') ?? config.token;
  const token = given === undefined ? mintedToken(server, config) : async () => given;
  return new ServiceClient(server, token, config.sessionConsentMs);
}

function ownServer({ port, publicUrl }: Config): string {
  return typeof port === 'number' && port > 0 ? `http://127.0.0.1:${port}` : publicUrl;
}

/** A bearer token is not for everybody on the way to read. */
function serverOf(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url.origin;
  throw new OperatorError(`--server ${text} must be an https URL, or an http one on this machine.`);
}

/** Minted here it speaks for an admin of this installation: it is shown to this installation alone. */
function mintedToken(server: string, config: Config): () => Promise<string> {
  const isOurs = isLoopback(new URL(server).hostname) || server === config.publicUrl;
  const hasData = config.databaseUrl !== undefined || existsSync(join(config.dataDir, 'remote-help.sqlite'));
  if (!isOurs || !hasData) {
    const why = isOurs ? `there is no data in ${config.dataDir} to mint one from` : `${server} is not this machine`;
    throw new OperatorError(`A token is needed, as ${why}. Give one with --token or REMOTE_HELP_TOKEN.`);
  }
  let minted: { readonly at: Instant; readonly token: Promise<string> } | undefined;
  return () => {
    const now = systemClock.now();
    if (!minted || now - minted.at > MINT_AGAIN_MS) {
      const token = withData((identity) => mintToken(identity, { publicUrl: config.publicUrl, scopes: SCOPES }));
      minted = { at: now, token };
    }
    return minted.token;
  };
}
