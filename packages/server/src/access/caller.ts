/** Who calls, as a verified token says. */

/** Whom a request speaks for: everything that rights, audit and throttling go by. */
export interface Caller {
  /** `tid`: partitions everything. */
  readonly tenantId: string;
  /** `oid`, or `sub` where the issuer has none. */
  readonly objectId: string;
  readonly kind: 'delegated' | 'application';
  /** Permissions from `scp` (delegated) or `roles` (application). */
  readonly permissions: ReadonlySet<string>;
  /** Object ids of groups, from the `groups` claim. */
  readonly groups: readonly string[];
  /** Template ids of directory roles, from the `wids` claim; see `INTUNE_ADMINISTRATOR` in `rights.ts`. */
  readonly directoryRoles: readonly string[];
  readonly name: string | undefined;
  /** `upn`, `preferred_username` or `email`. */
  readonly userPrincipalName: string | undefined;
  /** The client application: `appid` (v1), `azp` (v2) or `client_id`. */
  readonly applicationId: string | undefined;
  readonly issuer: string;
  /** The name of the organisation that the issuer vouches for, by its setting; of nothing that a token says. */
  readonly organization: string;
  /** End of the token's life, epoch milliseconds. */
  readonly expiresAt: number;
}

/** Verifies bearer tokens. Rejects with `DomainError` `unauthenticated`, or `unavailable` when an issuer can't be asked. */
export interface TokenVerifier {
  /** @param source address of whoever sent it, for the record of a refusal */
  verify(token: string, source?: string): Promise<Caller>;
  /** Whether the token was verified before and is still believed, so that `verify` costs no signature check. */
  isKnown(token: string): boolean;
}
