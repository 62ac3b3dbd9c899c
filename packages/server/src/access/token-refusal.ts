/** Why a bearer token was refused; each reason has its text for the caller, most of them Graph's own. */
import { DomainError } from '../errors.ts';

const VALIDATION = 'Access token validation failure.';

const TEXTS = {
  empty: 'Access token is empty.',
  tooLarge: 'Access token is larger than 16 KiB.',
  malformed: `${VALIDATION} It is not a JSON Web Token.`,
  algorithm: `${VALIDATION} The signature algorithm is not allowed.`,
  issuer: `${VALIDATION} Invalid issuer.`,
  signingKey: `${VALIDATION} The signing key is not known.`,
  signature: `${VALIDATION} Invalid signature.`,
  audience: `${VALIDATION} Invalid audience.`,
  lifetime: `${VALIDATION} Its lifetime is missing or no number.`,
  revoked: `${VALIDATION} The account it was issued to is disabled or removed.`,
  expired: 'Lifetime validation failed, the token is expired.',
  notYetValid: 'Access token has expired or is not yet valid.',
  tenant: `${VALIDATION} Its issuer is not trusted for this tenant.`,
  personalAccount: 'Personal Microsoft accounts are not supported.',
  subject: `${VALIDATION} It names no subject.`,
  kind: `${VALIDATION} It is no bearer access token: it holds neither delegated nor application permissions.`,
} as const;

/** Why a token is refused; also a label of metrics. */
export type RefusalReason = keyof typeof TEXTS;

/** A refused token: 401, with the text of its reason. */
export class TokenRefusal extends DomainError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, cause?: unknown) {
    super('unauthenticated', TEXTS[reason], cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}
