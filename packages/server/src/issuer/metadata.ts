/** What a client beside the embedded issuer is told of it without asking: what discovery says, as far as sign-ins need it. */
import { embeddedIssuerName } from '../access/issuers.ts';
import type { IssuerMetadata } from '../access/web-console.ts';
import { AUTHORIZE, REVOKE, SIGN_OUT, TOKEN } from './paths.ts';

/** @param origin scheme and host at which the issuer is reached */
export function issuerMetadata(origin: string, tenantId: string): IssuerMetadata {
  const at = (path: string) => `${origin}/${tenantId}${path}`;
  return {
    issuer: embeddedIssuerName(origin, tenantId),
    authorization_endpoint: at(AUTHORIZE),
    token_endpoint: at(TOKEN),
    revocation_endpoint: at(REVOKE),
    end_session_endpoint: at(SIGN_OUT),
    id_token_signing_alg_values_supported: ['EdDSA'],
    authorization_response_iss_parameter_supported: true,
  };
}
