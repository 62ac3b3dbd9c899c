/** Mints tokens at the operator's console, with the server running or stopped. */
import { randomUUID } from 'node:crypto';
import { DomainError } from '../errors.ts';
import { accessTokenClaims, signAccessToken, type TokenSubject } from './access-token.ts';
import { findUser, scopesOf, type User } from './accounts.ts';
import { openFirstAdmin } from './first-admin.ts';
import type { Identity } from './identity-model.ts';
import { isPermissionName } from './known-permissions.ts';
import { openTenant } from './tenants.ts';
import { tokenAudit } from './token-audit.ts';
import { LONGEST_TOKEN_S } from './token-revocations.ts';

/** Which token an operator asks for. */
export interface MintRequest {
  /** Names the embedded issuer; without trailing slash. */
  readonly publicUrl: string;
  /** A GUID or name; made when there is none. The default tenant when left out. */
  readonly tenant?: string;
  /** Delegated permissions, for a token that speaks for a user. Either these or `roles`. */
  readonly scopes?: readonly string[];
  /** Application permissions, for a token that speaks for an application. */
  readonly roles?: readonly string[];
  /** The `oid` or user principal name; the first admin when left out. */
  readonly user?: string;
  /** An hour when left out. */
  readonly expiresInSeconds?: number;
}

/** The client id of tokens minted at the console, and the `oid` of application tokens among them. */
export const CONSOLE_CLIENT = '6a1f0c0e-6c5b-4a57-9d0b-0b1e6f0d5a10';

const AN_HOUR_S = 3_600;

/**
 * Mints an access token; each is one audit record.
 * @throws DomainError `badRequest`, `notFound` for an unknown user, `forbidden` for scopes that the user may not hold
 */
export async function mintToken(identity: Identity, request: MintRequest): Promise<string> {
  const { store, clock, keyRing } = identity;
  const { publicUrl, expiresInSeconds = AN_HOUR_S } = request;
  assertRequest(request, expiresInSeconds);
  const { id: tenantId } = await openTenant({ store, clock }, request.tenant);
  const subject = await subjectOf(identity, tenantId, request);
  await keyRing.freshen();
  const now = clock.now();
  const tokenId = randomUUID();
  const frame = { publicUrl, tenantId, clientId: CONSOLE_CLIENT };
  const token = await signAccessToken(keyRing, accessTokenClaims(subject, frame), {
    id: tokenId,
    now,
    expiresInSeconds,
  });
  const record = tokenAudit({ ...frame, tokenId, subject, now, expiresInSeconds, ipAddress: null });
  await store.transact({ reads: [], decide: () => ({ writes: [record], value: undefined }) });
  return token;
}

function assertRequest({ scopes, roles, user }: MintRequest, expiresInSeconds: number): void {
  const permissions = scopes ?? roles;
  if (!permissions || (scopes && roles)) throw new DomainError('badRequest', 'Name either scopes or roles.');
  if (roles && user !== undefined) throw new DomainError('badRequest', 'A token with roles speaks for no user.');
  const odd = permissions.find((permission) => !isPermissionName(permission));
  if (odd !== undefined) throw new DomainError('badRequest', `${JSON.stringify(odd)} is no name of a permission.`);
  if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > LONGEST_TOKEN_S) {
    throw new DomainError('badRequest', 'A token lives from one second to 366 days.', { target: 'expires' });
  }
}

async function subjectOf(
  { store, clock }: Identity,
  tenantId: string,
  { scopes, roles = [], user: nameOrId }: MintRequest,
): Promise<TokenSubject> {
  if (!scopes) return { kind: 'application', objectId: CONSOLE_CLIENT, name: 'Console', roles };
  const user =
    nameOrId === undefined
      ? await openFirstAdmin({ store, clock }, tenantId)
      : await findUser(store, { tenantId, nameOrId });
  if (!user) throw new DomainError('notFound', `There is no user ${nameOrId}.`);
  assertMayHold(user, scopes);
  return { kind: 'user', user, scopes };
}

/** An admin may hold permissions that nothing asks for yet. */
function assertMayHold(user: User, scopes: readonly string[]): void {
  if (user.isDisabled) throw new DomainError('forbidden', `The user ${user.userPrincipalName} is disabled.`);
  const allowed = new Set(scopesOf(user));
  const excess = user.isAdmin ? [] : scopes.filter((scope) => !allowed.has(scope));
  if (excess.length === 0) return;
  const may = allowed.size === 0 ? 'none' : [...allowed].join(' ');
  throw new DomainError('forbidden', `${user.userPrincipalName} may not hold ${excess.join(' ')}, but: ${may}`);
}
