/** What a verified token says: checks of its claims, and the caller that it makes. Pure. */
import type { JWTPayload } from 'jose';
import type { Instant } from '../clock.ts';
import type { Caller } from './caller.ts';
import type { TrustedIssuer } from './issuers.ts';
import { TokenRefusal } from './token-refusal.ts';

/** How far the clocks of issuer and server may be apart. */
export const CLOCK_TOLERANCE_MS = 60_000;

/** Microsoft's tenant of personal accounts. */
const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';
/** Claims that only ID tokens carry (OpenID Connect Core 3.1.3.6, 3.3.2.11). */
const ID_TOKEN_CLAIMS = ['at_hash', 'c_hash', 's_hash'];

/**
 * Checks audience, lifetime, tenant and kind.
 * @throws TokenRefusal
 */
export function callerOf(payload: JWTPayload, issuer: TrustedIssuer, now: Instant): Caller {
  assertAudience(payload, issuer);
  const expiresAt = assertLifetime(payload, now);
  const tenantId = tenantOf(payload, issuer);
  assertWorkAccount(payload, tenantId);
  const { claims } = issuer;
  const objectId = textAt(payload, claims.objectId);
  if (objectId === undefined) throw new TokenRefusal('subject');
  const kind = kindOf(payload, issuer);
  return {
    tenantId,
    objectId,
    kind,
    permissions: new Set(kind === 'delegated' ? wordsAt(payload, claims.scopes) : listAt(payload, claims.roles)),
    groups: listAt(payload, claims.groups),
    directoryRoles: kind === 'delegated' ? listAt(payload, claims.directoryRoles) : [],
    name: textAt(payload, claims.name),
    userPrincipalName: kind === 'delegated' ? textAt(payload, claims.userPrincipalName) : undefined,
    applicationId: textAt(payload, claims.applicationId),
    issuer: issuer.name,
    organization: issuer.organization ?? issuer.name,
    expiresAt,
  };
}

function assertAudience({ aud }: JWTPayload, { audiences }: TrustedIssuer): void {
  const given: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!given.some((audience) => typeof audience === 'string' && audiences.has(audience))) {
    throw new TokenRefusal('audience');
  }
}

/** When the token may first be used, epoch milliseconds. */
export function notBeforeOf({ nbf }: JWTPayload): Instant {
  return nbf === undefined ? 0 : nbf * 1000 - CLOCK_TOLERANCE_MS;
}

function assertLifetime(payload: JWTPayload, now: Instant): Instant {
  const { exp, nbf } = payload;
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw new TokenRefusal('lifetime');
  if (nbf !== undefined && !Number.isFinite(nbf)) throw new TokenRefusal('lifetime');
  if (now >= exp * 1000 + CLOCK_TOLERANCE_MS) throw new TokenRefusal('expired');
  if (now < notBeforeOf(payload)) throw new TokenRefusal('notYetValid');
  return exp * 1000;
}

/** The token's own tenant, if the issuer is listed for it; an issuer that names none has exactly one. */
function tenantOf(payload: JWTPayload, { claims, tenants }: TrustedIssuer): string {
  const named = firstOf(payload, claims.tenantId);
  if (named === undefined) {
    const [only] = tenants;
    if (only === undefined || tenants.size > 1) throw new TokenRefusal('tenant');
    return only;
  }
  const tenantId = String(named).toLowerCase();
  if (tenantId === PERSONAL_TENANT) throw new TokenRefusal('personalAccount');
  if (!tenants.has(tenantId)) throw new TokenRefusal('tenant');
  return tenantId;
}

/** A guest whose home is a personal account signs in to a work tenant with `idp` naming it. */
function assertWorkAccount({ idp }: JWTPayload, tenantId: string): void {
  const isPersonal = typeof idp === 'string' && (idp === 'live.com' || idp.includes(PERSONAL_TENANT));
  if (isPersonal || tenantId === PERSONAL_TENANT) throw new TokenRefusal('personalAccount');
}

/**
 * Entra's rules: `idtyp` says it where present; else scopes make a token delegated; else it is an application's when its
 * subject is the application itself. A token that is neither, such as an ID token, opens nothing, and neither does one
 * bound to a key (RFC 7800) that is presented as a plain bearer token.
 */
function kindOf(payload: JWTPayload, { claims }: TrustedIssuer): Caller['kind'] {
  const isOther = payload.typ !== undefined && payload.typ !== 'Bearer';
  if (isOther || payload.cnf !== undefined || ID_TOKEN_CLAIMS.some((name) => name in payload)) {
    throw new TokenRefusal('kind');
  }
  const { idtyp } = payload;
  if (idtyp === 'app' || firstOf(payload, claims.applicationOnly) !== undefined) return 'application';
  if (idtyp !== undefined && idtyp !== 'user') throw new TokenRefusal('kind');
  if (firstOf(payload, claims.scopes) !== undefined) return 'delegated';
  const isApplication =
    idtyp === undefined && payload.nonce === undefined && isOwnSubject(payload, claims.applicationId);
  if (!isApplication) throw new TokenRefusal('kind');
  return 'application';
}

/** `sub` equals `oid` in Entra's application tokens, the client id in those of RFC 9068 (section 2.2). */
function isOwnSubject(payload: JWTPayload, applicationId: readonly string[]): boolean {
  const { sub, oid } = payload;
  return sub !== undefined && (sub === oid || sub === textAt(payload, applicationId));
}

/** The first claim of the list that is there. A name is tried whole, then as a path (`realm_access.roles`). */
function firstOf(payload: JWTPayload, names: readonly string[]): unknown {
  for (const name of names) {
    const value = Object.hasOwn(payload, name) ? payload[name] : valueAt(payload, name.split('.'));
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return valueAt((value as Record<string, unknown>)[name], rest);
}

function textAt(payload: JWTPayload, names: readonly string[]): string | undefined {
  const value = firstOf(payload, names);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function listAt(payload: JWTPayload, names: readonly string[]): string[] {
  const value = firstOf(payload, names);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function wordsAt(payload: JWTPayload, names: readonly string[]): string[] {
  const value = firstOf(payload, names);
  return typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : listAt(payload, names);
}
