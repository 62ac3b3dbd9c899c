/** How oidc-provider is set up for a tenant. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { scopesOf } from '../access/accounts.ts';
import type { Identity } from '../access/identity-model.ts';
import { KNOWN_PERMISSIONS } from '../access/known-permissions.ts';
import { Html } from '../html.ts';
import { ArtifactAdapter } from './artifact-adapter.ts';
import { ClientAdapter, EXTRA_METADATA } from './client-adapter.ts';
import { accountOf, completeToken, grantOf, signInPolicy, userOf } from './grants.ts';
import { formTargetOf, renderPage } from './http.ts';
import { AUTHORIZE, KEYS, REVOKE, SIGN_OUT, signInPath, TOKEN, USER_INFO } from './paths.ts';
import { errorNote, signedOutNote, signOutForm } from './sign-in-forms.ts';
import { MULTI_FACTOR } from './sign-in-progress.ts';

/** The module of oidc-provider, which is loaded late. */
export type Library = typeof import('oidc-provider');

/** The issuer of one tenant. */
export interface TenantIssuer extends Identity {
  /** Without trailing slash; names issuer and audience of access tokens. */
  readonly publicUrl: string;
  readonly tenantId: string;
  /** Whether everybody needs a second factor. */
  readonly isTotpRequired: boolean;
  /**
   * Scheme and host that requests are addressed to. Clients hold discovery, ID token and authorization response to the
   * URL that they asked (RFC 8414, 3.3), so these name it, whatever the port; access tokens, which are for the API, name
   * the public URL. The console is reached there too.
   */
  readonly origin: string;
}

const TOKEN_S = 3_600;
const CODE_S = 60;
const INTERACTION_S = 15 * 60;
/** A working day: then a person signs in again, whatever happened meanwhile. */
const SIGN_IN_S = 12 * 3_600;

/** The configuration with the keys that are current now. */
export function configurationOf(options: TenantIssuer, { errors, interactionPolicy }: Library): Configuration {
  const { keyRing, publicUrl, tenantId } = options;
  const alreadyUsed = () => new errors.InvalidGrant('it was used before');
  return {
    adapter: (model: string) =>
      model === 'Client'
        ? (new ClientAdapter(options) as unknown as ArtifactAdapter)
        : new ArtifactAdapter({ ...options, model, alreadyUsed }),
    jwks: keyRing.privateJwks(),
    cookies: {
      names: { session: 'sign_in', interaction: 'sign_in_step', resume: 'sign_in_resume' },
      keys: keyRing.cookieKeys(),
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: `/${tenantId}` },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    routes: {
      authorization: `/${tenantId}${AUTHORIZE}`,
      token: `/${tenantId}${TOKEN}`,
      revocation: `/${tenantId}${REVOKE}`,
      end_session: `/${tenantId}${SIGN_OUT}`,
      jwks: `/${tenantId}${KEYS}`,
      userinfo: `/${tenantId}${USER_INFO}`,
    },
    scopes: ['openid', 'profile', 'email'],
    acrValues: [MULTI_FACTOR],
    claims: {
      openid: ['sub', 'oid', 'tid', 'ver', 'amr', 'acr'],
      profile: ['name', 'preferred_username'],
      email: ['email'],
    },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientDefaults: { id_token_signed_response_alg: 'EdDSA' },
    enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
    extraClientMetadata: { properties: EXTRA_METADATA, validator: () => undefined },
    pkce: { required: () => true },
    clientBasedCORS: (_ctx, origin, client) =>
      client.clientAuthMethod === 'none' &&
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    features: features(options),
    formats: { customizers: { jwt: (ctx, token, jwt) => completeToken(options, ctx, token, jwt) } },
    findAccount: async (_ctx, id, token) => accountOf(options, id, token),
    interactions: {
      policy: signInPolicy(options, interactionPolicy),
      url: (_ctx, { uid }) => signInPath(tenantId, uid),
    },
    loadExistingGrant: (ctx) => grantOf(ctx, publicUrl),
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // Signing out, a new password or a disabled account ends refresh tokens too.
    expiresWithSession: async () => true,
    rotateRefreshToken: () => true,
    ttl: {
      AccessToken: () => TOKEN_S,
      AuthorizationCode: () => CODE_S,
      ClientCredentials: () => TOKEN_S,
      Grant: () => SIGN_IN_S,
      IdToken: () => TOKEN_S,
      Interaction: () => INTERACTION_S,
      RefreshToken: () => SIGN_IN_S,
      Session: () => SIGN_IN_S,
    },
    renderError: async (ctx, { error, error_description }) => {
      showPage(ctx, 'This did not work', errorNote(error, error_description));
    },
  };
}

function features({ keyRing, publicUrl }: TenantIssuer): NonNullable<Configuration['features']> {
  return {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    // A token bound to a key is refused by the API, which knows bearer tokens alone.
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
    // Answered by `user-info.ts`, since access tokens are meant for the API.
    userinfo: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => publicUrl,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (ctx) => {
        // What the account may hold now, whatever was granted before.
        const user = userOf(ctx);
        return {
          audience: publicUrl,
          scope: (user ? scopesOf(user) : KNOWN_PERMISSIONS).join(' '),
          accessTokenFormat: 'jwt',
          accessTokenTTL: TOKEN_S,
          jwt: { sign: { alg: 'EdDSA', kid: keyRing.signingKey.kid } },
        };
      },
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => {
        showPage(ctx, 'Sign out', signOutForm(new Html(String(form))), afterSignOut(ctx));
      },
      postLogoutSuccessSource: async (ctx) => showPage(ctx, 'Signed out', signedOutNote()),
    },
  };
}

function afterSignOut({ oidc }: KoaContextWithOIDC): string[] {
  const uri = oidc.params?.post_logout_redirect_uri;
  return typeof uri === 'string' ? [formTargetOf(uri)] : [];
}

function showPage(ctx: KoaContextWithOIDC, title: string, body: Html, formTargets: readonly string[] = []): void {
  const { headers, text } = renderPage({ title, body, formTargets });
  ctx.set(headers);
  ctx.body = text;
}
