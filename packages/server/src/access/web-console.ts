/** The web console as a client of an issuer. */
import { embeddedIssuerName, expand, parseIssuers } from './issuers.ts';

/** Its client id at the embedded issuer, where it is known without being registered. */
export const CONSOLE_CLIENT_ID = '7d0c6c1e-4c5a-4f0e-9a3b-2f4b8f1f6c20';

/** All that the account may hold; oidc-provider gives refresh tokens by the client, others by `offline_access`. */
const EMBEDDED_SCOPE = 'openid profile email offline_access .default';

/** Where and how people sign in to the console. */
export interface ConsoleSignIn {
  /** Null where no issuer is set up for the console. */
  readonly issuer: string | null;
  readonly clientId: string;
  /** What to ask for, separated by spaces. */
  readonly scope: string;
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
 * @param ownTenantId the tenant of the embedded issuer, where that is on
 * @throws Error that names the setting where the issuer's tokens would not count
 */
export function consoleSignIn(
  settings: ConsoleIssuerSettings,
  ownTenantId: string | undefined,
): (origin: string) => ConsoleSignIn {
  const { consoleIssuer: issuer, consoleClientId: clientId, consoleScopes: scope, issuers } = settings;
  if (issuer !== undefined && clientId !== undefined) {
    const trusted = issuers === undefined ? [] : parseIssuers(issuers).flatMap(expand);
    if (!trusted.some(({ name }) => name === issuer)) {
      throw new Error(`REMOTE_HELP_CONSOLE_ISSUER is ${issuer}, which REMOTE_HELP_ISSUERS does not trust.`);
    }
    return () => ({ issuer, clientId, scope });
  }
  return (origin) => ({
    issuer: ownTenantId === undefined ? null : embeddedIssuerName(origin, ownTenantId),
    clientId: CONSOLE_CLIENT_ID,
    scope: EMBEDDED_SCOPE,
  });
}
