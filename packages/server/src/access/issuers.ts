/** Which issuers are trusted, for which tenants, and where their tokens keep what we read: `REMOTE_HELP_ISSUERS`. */
import { isGuid } from '@open-remote-help/protocol';
import { isLoopback } from './loopback.ts';
import { isOrganizationName, ORGANIZATION_NAME } from './organization.ts';

/** Where a token keeps what we read. Each entry lists names to try; a dotted name goes into objects. */
export interface ClaimNames {
  /** The tenant; an issuer without one has exactly one tenant. */
  readonly tenantId: readonly string[];
  readonly objectId: readonly string[];
  readonly name: readonly string[];
  readonly userPrincipalName: readonly string[];
  /** The client application. */
  readonly applicationId: readonly string[];
  readonly groups: readonly string[];
  readonly directoryRoles: readonly string[];
  /** Delegated permissions: text with spaces, or an array. */
  readonly scopes: readonly string[];
  /** Application permissions: an array. */
  readonly roles: readonly string[];
  /** A claim that only application tokens carry, for issuers that mark them in a way of their own. */
  readonly applicationOnly: readonly string[];
}

/** Names as Entra ID (v1 and v2) and RFC 9068 have them. */
export const STANDARD_CLAIMS: ClaimNames = {
  tenantId: ['tid'],
  objectId: ['oid', 'sub'],
  name: ['name', 'app_displayname'],
  userPrincipalName: ['upn', 'preferred_username', 'unique_name', 'email'],
  applicationId: ['appid', 'azp', 'client_id'],
  groups: ['groups'],
  directoryRoles: ['wids'],
  scopes: ['scp', 'scope'],
  roles: ['roles'],
  applicationOnly: [],
};

/** One entry of the setting. */
export interface IssuerSettings {
  /** As in the `iss` claim; `{tenantid}` stands for each of `tenants`. */
  readonly issuer: string;
  /** Any of these in `aud` will do. */
  readonly audiences: readonly string[];
  /** Tenant GUIDs, lower case. */
  readonly tenants: readonly string[];
  readonly claims: ClaimNames;
  /** The name of the organisation that its people belong to. */
  readonly organization?: string;
}

/** One `iss` value and what its tokens may say. */
export interface TrustedIssuer {
  readonly name: string;
  readonly audiences: ReadonlySet<string>;
  readonly tenants: ReadonlySet<string>;
  readonly claims: ClaimNames;
  readonly organization?: string;
}

const SETTING = 'REMOTE_HELP_ISSUERS';
const TENANT_PLACEHOLDER = /\{tenantid\}/i;
const MEMBERS = ['issuer', 'audiences', 'tenants', 'claims', 'organization'];

/**
 * Reads `REMOTE_HELP_ISSUERS`.
 * @throws Error whose message begins with the setting, the index and the member at fault
 */
export function parseIssuers(json: string): IssuerSettings[] {
  const entries = parseJson(json);
  if (!Array.isArray(entries) || entries.length === 0) throw new Error(`${SETTING} must be a JSON array of issuers.`);
  const issuers = entries.map((entry, index) => parseEntry(entry, `${SETTING}[${index}]`));
  const names = issuers.flatMap((issuer) => expand(issuer).map(({ name }) => name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`${SETTING} lists the issuer ${twice} twice.`);
  return issuers;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new Error(`${SETTING} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function parseEntry(entry: unknown, at: string): IssuerSettings {
  if (!isObject(entry))
    throw new Error(`${at} must be an object {issuer, audiences, tenants, claims?, organization?}.`);
  const unknown = Object.keys(entry).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw new Error(`${at}.${unknown} is not known; known are ${MEMBERS.join(', ')}.`);
  const tenants = parseTexts(entry.tenants, `${at}.tenants`).map((tenant) => tenant.toLowerCase());
  const odd = tenants.findIndex((tenant) => !isGuid(tenant));
  if (odd !== -1) throw new Error(`${at}.tenants[${odd}] must be a GUID.`);
  return {
    issuer: parseIssuer(entry.issuer, `${at}.issuer`),
    audiences: parseTexts(entry.audiences, `${at}.audiences`),
    tenants,
    claims: parseClaims(entry.claims, `${at}.claims`),
    ...parseOrganization(entry.organization, `${at}.organization`),
  };
}

function parseIssuer(value: unknown, at: string): string {
  const text = typeof value === 'string' ? value : '';
  const url = URL.parse(text.replace(TENANT_PLACEHOLDER, 'tenant'));
  const isSafe = url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
  if (!isSafe || url.search || url.hash || url.username || url.password) {
    throw new Error(`${at} must be an https URL without query, fragment or user.`);
  }
  return text;
}

function parseTexts(value: unknown, at: string): string[] {
  if (!Array.isArray(value) || value.length === 0) throw new Error(`${at} must be an array with at least one text.`);
  const odd = value.findIndex((item) => typeof item !== 'string' || item === '');
  if (odd !== -1) throw new Error(`${at}[${odd}] must be a text.`);
  return value;
}

function parseClaims(value: unknown, at: string): ClaimNames {
  if (value === undefined) return STANDARD_CLAIMS;
  if (!isObject(value)) throw new Error(`${at} must be an object.`);
  for (const [field, name] of Object.entries(value)) {
    if (!Object.hasOwn(STANDARD_CLAIMS, field)) {
      throw new Error(`${at}.${field} is not known; known are ${Object.keys(STANDARD_CLAIMS).join(', ')}.`);
    }
    if (typeof name !== 'string' || name === '') throw new Error(`${at}.${field} must be the name of a claim.`);
  }
  const given = Object.entries(value).map(([field, name]) => [field, [name]]);
  return { ...STANDARD_CLAIMS, ...Object.fromEntries(given) };
}

function parseOrganization(value: unknown, at: string): { organization?: string } {
  if (value === undefined) return {};
  if (!isOrganizationName(value)) throw new Error(`${at} must be ${ORGANIZATION_NAME}.`);
  return { organization: value };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The `iss` values that an entry stands for: itself, or one for each tenant where it holds `{tenantid}`. */
export function expand({ issuer, audiences, tenants, claims, organization }: IssuerSettings): TrustedIssuer[] {
  const trusted = (name: string, ids: readonly string[]): TrustedIssuer => ({
    name,
    audiences: new Set(audiences),
    tenants: new Set(ids),
    claims,
    ...(organization === undefined ? {} : { organization }),
  });
  if (!TENANT_PLACEHOLDER.test(issuer)) return [trusted(issuer, tenants)];
  return tenants.map((tenant) => trusted(issuer.replace(TENANT_PLACEHOLDER, tenant), [tenant]));
}

/** The name (`iss`) of the embedded issuer for a tenant. */
export function embeddedIssuerName(publicUrl: string, tenantId: string): string {
  return `${publicUrl}/${tenantId}/v2.0`;
}

/** Whether a name, with or without placeholder, is the embedded issuer's. */
export function isEmbeddedIssuer(issuer: string, publicUrl: string): boolean {
  const match = /^(.*)\/([^/]+)\/v2\.0$/.exec(issuer);
  return match?.[1] === publicUrl && (isGuid(match[2] ?? '') || TENANT_PLACEHOLDER.test(match[2] ?? ''));
}
