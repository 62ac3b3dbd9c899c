/** The web console as a client of an issuer. */
import { expand, parseIssuers } from './issuers.ts';

/** Its client id at the embedded issuer, where it is known without being registered. */
export const CONSOLE_CLIENT_ID = '7d0c6c1e-4c5a-4f0e-9a3b-2f4b8f1f6c20';

/** All that the account may hold; oidc-provider gives refresh tokens by the client, others by `offline_access`. */
const EMBEDDED_SCOPE = 'openid profile email offline_access .default';

/** What an issuer says about itself (RFC 8414, 2), as far as the console needs it. */
export type IssuerMetadata = { readonly issuer: string } & Readonly<Record<string, string | boolean | string[]>>;

/** Where and how people sign in to the console. */
export interface ConsoleSignIn {
  /** Null where no issuer is set up for the console. */
  readonly issuer: string | null;
  readonly clientId: string;
  /** What to ask for, separated by spaces. */
  readonly scope: string;
  /** Of the embedded issuer, which need not be asked then. */
  readonly metadata?: IssuerMetadata;
}

/** An issuer of others, as the operator set it up. */
export interface ConsoleIssuerSettings {
  readonly consoleIssuer: string | undefined;
  readonly consoleClientId: string | undefined;
  readonly consoleScopes: string;
  /** `REMOTE_HELP_ISSUERS`. */
  readonly issuers: string | undefined;
}

/**
 * Tells where people sign in, by the origin at which they reached the console.
 * @param own what the embedded issuer says about itself at an origin; undefined where it is off
 * @throws Error that names the setting where the issuer's tokens would not count
 */
export function consoleSignIn(
  settings: ConsoleIssuerSettings,
  own: ((origin: string) => IssuerMetadata) | undefined,
): (origin: string) => ConsoleSignIn {
  const { consoleIssuer: issuer, consoleClientId: clientId, consoleScopes: scope, issuers } = settings;
  if (issuer !== undefined && clientId !== undefined) {
    const trusted = issuers === undefined ? [] : parseIssuers(issuers).flatMap(expand);
    if (!trusted.some(({ name }) => name === issuer)) {
      throw new Error(`REMOTE_HELP_CONSOLE_ISSUER is ${issuer}, which REMOTE_HELP_ISSUERS does not trust.`);
    }
    return () => ({ issuer, clientId, scope });
  }
  const here = { clientId: CONSOLE_CLIENT_ID, scope: EMBEDDED_SCOPE };
  return (origin) => {
    const metadata = own?.(origin);
    return metadata ? { ...here, issuer: metadata.issuer, metadata } : { ...here, issuer: null };
  };
}
