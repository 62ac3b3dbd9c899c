/**
 * Client access URLs: the address at which a connection is opened, with a token in its query (Web PubSub, "client
 * protocols"). The token is a JWT, HS256 over the hub's key, which is taken as UTF-8 text and not decoded.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { type Instant, toDate } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { requireGroupName } from './names.ts';

/** Clocks of signer and verifier may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 300;
const SHORTEST_KEY_BYTES = 32;
const STANDARD_CLAIMS = new Set(['aud', 'exp', 'iat', 'nbf', 'iss', 'sub', 'nameid', 'role', 'webpubsub.group']);

/** What a client access token says of its bearer. */
export interface ClientAccess {
  /** Undefined: anonymous. */
  readonly userId: string | undefined;
  readonly roles: readonly string[];
  /** Groups that the connection is in from the start. */
  readonly groups: readonly string[];
  /** Every claim that Web PubSub gives no meaning. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface ClientAccessGrant {
  readonly userId?: string;
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
  /** Claims of the caller's own, carried through to `admit`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly expiresAt: Instant;
}

/** Where connections to a hub are opened. */
export interface HubAddress {
  /** `https://host:port` or `http://host:port`, as clients see it. */
  readonly endpoint: string;
  readonly hub: string;
}

/** A hub's access key as it signs. @throws Error when it has fewer than 32 bytes */
export function signingKey(accessKey: string): KeyObject {
  if (Buffer.byteLength(accessKey) < SHORTEST_KEY_BYTES) {
    throw new Error(`The access key of a hub has at least ${SHORTEST_KEY_BYTES} bytes.`);
  }
  return createSecretKey(Buffer.from(accessKey));
}

/** A URL that opens connections until the grant expires: `wss://host:port/client/hubs/{hub}?access_token=…`. */
export async function clientAccessUrl(
  { endpoint, hub }: HubAddress,
  key: KeyObject,
  grant: ClientAccessGrant,
  now: Instant,
): Promise<string> {
  const { userId, roles, groups, claims, expiresAt } = grant;
  const { origin } = new URL(endpoint);
  const path = `/client/hubs/${hub}`;
  const token = await new SignJWT({
    ...claims,
    ...(roles?.length ? { role: [...roles] } : {}),
    ...(groups?.length ? { 'webpubsub.group': [...groups] } : {}),
    ...(userId === undefined ? {} : { sub: userId }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setAudience(`${origin}${path}`)
    .setIssuedAt(toDate(now))
    .setExpirationTime(toDate(expiresAt))
    .sign(key);
  return `${origin.replace(/^http/, 'ws')}${path}?access_token=${token}`;
}

export interface TokenRules {
  /** Primary and secondary. */
  readonly keys: readonly KeyObject[];
  readonly hub: string;
  /** Whether an origin such as `https://help.example` is one of this service's. */
  readonly isOwnOrigin: (origin: string) => boolean;
}

/**
 * @throws DomainError unauthenticated for a token that is altered, expired or meant for another hub, badRequest for a
 * group name in it that is none
 */
export async function verifyAccessToken(token: string, rules: TokenRules, now: Instant): Promise<ClientAccess> {
  const payload = await verifiedPayload(token, rules.keys, now);
  const audiences = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud ?? []);
  if (!audiences.some((audience) => isMeantFor(audience, rules))) throw refusal('It is meant for another hub.');
  const userId = payload.sub ?? payload.nameid;
  if (userId !== undefined && (typeof userId !== 'string' || userId === '')) throw refusal('Its user is no text.');
  const groups = textsOf(payload['webpubsub.group']);
  for (const group of groups) requireGroupName(group, 'webpubsub.group');
  const claims = Object.entries(payload).filter(([name]) => !STANDARD_CLAIMS.has(name));
  return { userId, roles: textsOf(payload.role), groups, claims: Object.fromEntries(claims) };
}

async function verifiedPayload(token: string, keys: readonly KeyObject[], now: Instant) {
  let cause: unknown;
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        requiredClaims: ['exp', 'aud'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: toDate(now),
      });
      return payload;
    } catch (error) {
      cause = error;
    }
  }
  throw refusal('It is altered, expired or signed with another key.', cause);
}

/** The query is cut off: some signers sign the whole URL. Hub names are compared without case. */
function isMeantFor(audience: string, { hub, isOwnOrigin }: TokenRules): boolean {
  const [, origin = '', named] = /^(https?:\/\/[^/?#]+)\/client\/hubs\/([^/?#]+)\/?(?:\?.*)?$/i.exec(audience) ?? [];
  if (named?.toLowerCase() !== hub.toLowerCase() || !URL.canParse(origin)) return false;
  return isOwnOrigin(new URL(origin).origin);
}

/** JWT libraries make one text of a list with one member. */
function textsOf(claim: unknown): readonly string[] {
  if (claim === undefined) return [];
  if (typeof claim === 'string') return [claim];
  if (Array.isArray(claim) && claim.every((item) => typeof item === 'string')) return claim;
  throw refusal('Its roles and groups are lists of texts.');
}

function refusal(reason: string, cause?: unknown): DomainError {
  return new DomainError('unauthenticated', `The access token does not open this hub. ${reason}`, {
    target: 'access_token',
    cause,
  });
}
