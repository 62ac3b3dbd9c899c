/** Who signs in, what an application is granted for them, and what the access token then says. */
import type {
  AccessToken,
  Account,
  ClientCredentials,
  Grant,
  interactionPolicy,
  JWTStructured,
  KoaContextWithOIDC,
} from 'oidc-provider';
import { accessTokenClaims, type TokenSubject } from '../access/access-token.ts';
import { findUser, scopesOf, type User } from '../access/accounts.ts';
import { findSecondFactor } from '../access/second-factor.ts';
import { tokenAudit } from '../access/token-audit.ts';
import { addressOf } from './http.ts';
import type { TenantIssuer } from './provider-configuration.ts';
import { signedInBy, wantsMultiFactor } from './sign-in-progress.ts';

/**
 * The account of a local user; undefined, which ends every flow, when it is gone or disabled.
 * @param token what speaks for the account: once everybody needs a second factor, one from before is none
 */
export async function accountOf(
  { store, tenantId, isTotpRequired }: TenantIssuer,
  id: string,
  token?: unknown,
): Promise<Account | undefined> {
  const user = await findUser(store, { tenantId, nameOrId: id });
  if (!user || user.isDisabled) return undefined;
  if (token && isTotpRequired && !methodsOf(token).includes('mfa')) return undefined;
  return {
    accountId: user.id,
    user,
    claims: () => ({
      sub: user.id,
      oid: user.id,
      tid: tenantId,
      ver: '2.0',
      name: user.displayName,
      preferred_username: user.userPrincipalName,
      ...(user.mail === null ? {} : { email: user.mail }),
    }),
  };
}

/** The local user of the request, once it is known. */
export function userOf({ oidc }: KoaContextWithOIDC): User | undefined {
  return oidc.entities.Account?.user as User | undefined;
}

/**
 * Sign-in with a password and, where it is due, a second factor; and no question of consent: the admin who registered the
 * application gave it.
 */
export function signInPolicy(issuer: TenantIssuer, { base, Check }: typeof interactionPolicy) {
  const policy = base();
  policy.remove('consent');
  const secondFactor = new Check('second_factor', 'a second factor is due', async ({ oidc }) => {
    const { session } = oidc;
    if (session?.accountId === undefined || session.amr?.includes('mfa')) return false;
    return (
      issuer.isTotpRequired ||
      wantsMultiFactor(oidc.params) ||
      (await findSecondFactor(issuer.store, { tenantId: issuer.tenantId, userId: session.accountId })) !== undefined
    );
  });
  const gone = new Check('account_gone', 'the account is gone or disabled', ({ oidc }) => {
    return oidc.session?.accountId !== undefined && oidc.entities.Account === undefined;
  });
  policy.get('login')?.checks.add(gone);
  policy.get('login')?.checks.add(secondFactor);
  return policy;
}

/** The grant of a signed-in user to the application: of what it asks for, what the account may hold. */
export async function grantOf(ctx: KoaContextWithOIDC, resource: string): Promise<Grant | undefined> {
  const { client, session, provider, params } = ctx.oidc;
  const user = userOf(ctx);
  if (!user || !client || !session) return undefined;
  const id = session.grantIdFor(client.clientId);
  const known = id === undefined ? undefined : await provider.Grant.find(id);
  const grant =
    known?.accountId === user.id ? known : new provider.Grant({ accountId: user.id, clientId: client.clientId });
  const requested = String(params?.scope ?? '').split(' ');
  const allowed = new Set(scopesOf(user));
  grant.addOIDCScope(requested.filter((scope) => OIDC_SCOPES.has(scope)).join(' '));
  grant.addResourceScope(resource, requested.filter((scope) => allowed.has(scope)).join(' '));
  await grant.save();
  return grant;
}

const OIDC_SCOPES = new Set(['openid', 'profile', 'email']);

/** Gives an access token its claims and records it, before it is signed. */
export async function completeToken(
  issuer: TenantIssuer,
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
  jwt: JWTStructured,
): Promise<void> {
  const { store, clock, publicUrl, tenantId } = issuer;
  const { jti, iat, exp } = jwt.payload;
  const clientId = String(token.clientId);
  const subject = subjectOf(ctx, token);
  const claims = accessTokenClaims(subject, { publicUrl, tenantId, clientId });
  jwt.payload = { ...claims, jti, iat, nbf: iat, exp };
  const record = tokenAudit({
    tenantId,
    clientId,
    tokenId: String(jti),
    subject,
    now: clock.now(),
    expiresInSeconds: Number(exp) - Number(iat),
    ipAddress: addressOf(ctx.req) ?? null,
  });
  await store.transact({ reads: [], decide: () => ({ writes: [record], value: undefined }) });
}

function subjectOf(ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials): TokenSubject {
  const user = userOf(ctx);
  if (user) {
    const { AuthorizationCode, RefreshToken } = ctx.oidc.entities;
    const scopes = (token.scope ?? '').split(' ').filter((scope) => scope !== '');
    return { kind: 'user', user, scopes, ...signedInBy(methodsOf(AuthorizationCode ?? RefreshToken)) };
  }
  const { client } = ctx.oidc;
  if (!client || token.kind !== 'ClientCredentials') throw new Error('An access token speaks for nobody.');
  return {
    kind: 'application',
    objectId: String(client.objectId),
    name: String(client.clientName),
    roles: client.allowedRoles as string[],
  };
}

/** How whoever the token speaks for signed in (RFC 8176). */
function methodsOf(token: unknown): readonly string[] {
  const { amr } = (token ?? {}) as { readonly amr?: readonly string[] };
  return amr ?? [];
}
