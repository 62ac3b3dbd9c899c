/** One oidc-provider for each tenant and origin. */
import type { Provider } from 'oidc-provider';
import { secretMatches } from '../access/applications.ts';
import { embeddedIssuerName } from '../access/issuers.ts';
import type { RefusalLog } from '../access/refusal-log.ts';
import { addressOf } from './http.ts';
import { configurationOf, type Library, type TenantIssuer } from './provider-configuration.ts';

/** What one provider works with. */
export interface ProviderOptions extends TenantIssuer {
  readonly refusals: RefusalLog;
  /** Told where a token request came from that was refused. */
  readonly onRefusedClient: (source: string | undefined) => void;
  /** Told of what went wrong on our side. */
  readonly onError: (error: unknown) => void;
}

let library: Promise<Library> | undefined;

/** Loads oidc-provider when it is first needed: it costs memory and start time. */
function loadLibrary(): Promise<Library> {
  library ??= withoutNotices(() => import('oidc-provider'));
  return library;
}

/** The library remarks on standard error about each Node that it has not heard of; ours is pinned and tested. */
async function withoutNotices<T>(load: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('oidc-provider')) warn(...words);
  };
  try {
    return await load();
  } finally {
    console.warn = warn;
  }
}

/** Makes a provider with the keys that are current now. */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const loaded = await loadLibrary();
  const { origin, tenantId, refusals, onRefusedClient, onError } = options;
  const provider = new loaded.Provider(embeddedIssuerName(origin, tenantId), configurationOf(options, loaded));
  // Scheme and host are those that `readdressed` puts into the forwarded headers.
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = function compare(this: { clientSecret?: string }, actual: string) {
    return secretMatches(actual, this.clientSecret ?? '');
  };
  provider.use((ctx, next) => {
    // Pages of the library submit a form by a script whose hash it adds itself.
    ctx.set('content-security-policy', "default-src 'none'; script-src; base-uri 'none'; frame-ancestors 'none'");
    ctx.set('x-content-type-options', 'nosniff');
    return next();
  });
  provider.on('server_error', (_ctx, error) => onError(error));
  provider.on('grant.error', (ctx, error) => {
    const source = addressOf(ctx.req);
    onRefusedClient(source);
    refusals.note({
      tenantId,
      activity: 'Refuse sign-in',
      reason: error.error,
      source,
      subject: ctx.oidc?.client?.clientId,
    });
  });
  return provider;
}
