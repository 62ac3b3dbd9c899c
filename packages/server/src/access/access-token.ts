/** What the embedded issuer's access tokens say (RFC 9068, with Entra's v2 names). */
import { SignJWT } from 'jose/jwt/sign';
import type { Instant } from '../clock.ts';
import type { User } from './accounts.ts';
import { embeddedIssuerName } from './issuers.ts';
import type { KeyRing } from './key-ring.ts';
import { INTUNE_ADMINISTRATOR } from './rights.ts';

/** Whom a token speaks for. */
export type TokenSubject =
  | {
      readonly kind: 'user';
      readonly user: User;
      readonly scopes: readonly string[];
      /** How the person signed in (RFC 8176), and what that is worth (RFC 9068, 2.2.1); of a sign-in alone. */
      readonly amr?: readonly string[];
      readonly acr?: string;
    }
  | {
      readonly kind: 'application';
      readonly objectId: string;
      readonly name: string;
      readonly roles: readonly string[];
    };

/** What an access token says besides whom it speaks for. */
export interface TokenFrame {
  readonly publicUrl: string;
  readonly tenantId: string;
  /** The client application that gets the token. */
  readonly clientId: string;
}

/** Every claim but `jti` and those that tell time. */
export function accessTokenClaims(subject: TokenSubject, { publicUrl, tenantId, clientId }: TokenFrame) {
  const frame = {
    iss: embeddedIssuerName(publicUrl, tenantId),
    aud: publicUrl,
    tid: tenantId,
    azp: clientId,
    client_id: clientId,
    ver: '2.0',
  };
  if (subject.kind === 'application') {
    const { objectId, name, roles } = subject;
    return { ...frame, oid: objectId, sub: objectId, idtyp: 'app', app_displayname: name, roles };
  }
  const { user, scopes, amr, acr } = subject;
  return {
    ...frame,
    oid: user.id,
    sub: user.id,
    idtyp: 'user',
    scp: scopes.join(' '),
    name: user.displayName,
    preferred_username: user.userPrincipalName,
    ...(amr ? { amr } : {}),
    ...(acr === undefined ? {} : { acr }),
    ...(user.isAdmin ? { wids: [INTUNE_ADMINISTRATOR] } : {}),
  };
}

/** Signs claims as an access token. */
export function signAccessToken(
  keyRing: KeyRing,
  claims: Readonly<Record<string, unknown>>,
  { id, now, expiresInSeconds }: { id: string; now: Instant; expiresInSeconds: number },
): Promise<string> {
  const { kid, privateKey } = keyRing.signingKey;
  const seconds = Math.floor(now / 1000);
  return new SignJWT({ ...claims, jti: id, iat: seconds, nbf: seconds, exp: seconds + expiresInSeconds })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
    .sign(privateKey);
}
