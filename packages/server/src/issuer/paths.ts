/** Where the embedded issuer answers, in the shape of Entra ID: everything below `/{tenant}`. */
import { isGuid } from '@open-remote-help/protocol';

const TENANT_PATH = /^\/([^/?]+)(\/[^?]*)(?:\?(.*))?$/;

/** OpenID Connect Discovery, 4. */
export const DISCOVERY = '/v2.0/.well-known/openid-configuration';
/** RFC 6749, 3.1. */
export const AUTHORIZE = '/oauth2/v2.0/authorize';
/** RFC 6749, 3.2. */
export const TOKEN = '/oauth2/v2.0/token';
/** RFC 7009. */
export const REVOKE = '/oauth2/v2.0/revoke';
/** OpenID Connect RP-Initiated Logout, 2. */
export const SIGN_OUT = '/oauth2/v2.0/logout';
/** The JWKS (RFC 7517, 5). */
export const KEYS = '/discovery/v2.0/keys';
/** OpenID Connect Core, 5.3. */
export const USER_INFO = '/openid/userinfo';

/** oidc-provider serves discovery at the root of its issuer alone. */
export const PROVIDER_DISCOVERY = '/.well-known/openid-configuration';

const PROVIDER_PATHS = [
  new RegExp(`^${AUTHORIZE}(/[\\w-]+)?$`),
  new RegExp(`^${TOKEN}$`),
  new RegExp(`^${REVOKE}$`),
  new RegExp(`^${SIGN_OUT}(/confirm|/success)?$`),
  new RegExp(`^${KEYS}$`),
];

/** A request's target, taken apart. */
export interface IssuerPath {
  /** Lower case. */
  readonly tenantId: string;
  /** What follows the tenant. */
  readonly path: string;
  /** Without question mark; empty where there is none. */
  readonly query: string;
}

/** Reads a request's target; undefined when it does not begin with a tenant's GUID. */
export function parseIssuerPath(url: string): IssuerPath | undefined {
  const [, tenantId = '', path = '', query = ''] = TENANT_PATH.exec(url) ?? [];
  if (!isGuid(tenantId)) return undefined;
  return { tenantId: tenantId.toLowerCase(), path, query };
}

/** Whether oidc-provider itself answers below this path. */
export function isProviderPath(path: string): boolean {
  return PROVIDER_PATHS.some((pattern) => pattern.test(path));
}

/** Where a person signs in during an interaction. */
export function signInPath(tenantId: string, uid: string): string {
  return `/${tenantId}/sign-in/${uid}`;
}

/** Below the address of a sign-in, each step but the first has a name of its own. */
const STEPS = {
  '': 'password',
  '/code': 'code',
  '/new-password': 'newPassword',
  '/set-up': 'setUp',
  '/continue': 'continue',
} as const;

/**
 * The steps of a sign-in: name and password, the code of a second factor, a new password and a second factor where they
 * are due; `continue` leads to whichever is next.
 */
export type SignInStep = (typeof STEPS)[keyof typeof STEPS];

/** The step at a path; undefined where there is none. */
export function signInStep(path: string): SignInStep | undefined {
  const match = /^\/sign-in\/[\w-]+(\/[a-z-]+)?$/.exec(path);
  const name = match?.[1] ?? '';
  return match && Object.hasOwn(STEPS, name) ? STEPS[name as keyof typeof STEPS] : undefined;
}

/** Where a person takes a step of a sign-in. */
export function stepPath(tenantId: string, uid: string, step: SignInStep): string {
  const [name = ''] = Object.entries(STEPS).find(([, known]) => known === step) ?? [];
  return `${signInPath(tenantId, uid)}${name}`;
}
