/**
 * Identities and access tokens in the shape of Azure Communication Services, each made for one party of one session.
 * `AzureCommunicationTokenCredential` reads the tokens; Microsoft's calling and chat services do not know them.
 */
import { randomUUID } from 'node:crypto';
import { GUID_PATTERN } from '@open-remote-help/protocol';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { compactVerify } from 'jose/jws/compact/verify';
import { decodeJwt } from 'jose/jwt/decode';
import { SignJWT } from 'jose/jwt/sign';
import type { Clock, Instant } from '../clock.ts';
import type { KeyRing } from './key-ring.ts';

/** Whose token it is. */
export interface AcsSubject {
  readonly tenantId: string;
  readonly sessionId: string;
  /** `8:acs:{tenant id}_{guid}`, within the session and in no other. */
  readonly identity: string;
}

/** Whether a session has ended, or no longer knows the identity: its tokens are refused from then on. */
export type IsRevoked = (subject: AcsSubject) => boolean | Promise<boolean>;

/** Says that a token is of this kind: the same keys sign access tokens of people, applications and devices. */
const ISSUER = 'urn:open-remote-help:communication';
const IDENTITY = new RegExp(`^8:acs:${GUID_PATTERN}_${GUID_PATTERN}$`, 'i');
const SCOPE = 'chat';
/** The number that Azure's tokens carry for the scope `chat`. */
const SCOPE_NUMBER = 1792;
const LARGEST = 4_096;

/** @param tenantId a GUID, in the place of Azure's id of the resource */
export function newAcsIdentity(tenantId: string): string {
  return `8:acs:${tenantId}_${randomUUID()}`;
}

export class AcsTokens {
  readonly #keyRing: KeyRing;
  readonly #clock: Clock;

  constructor({ keyRing, clock }: { readonly keyRing: KeyRing; readonly clock: Clock }) {
    this.#keyRing = keyRing;
    this.#clock = clock;
  }

  /** @param expiresAt the most that the session may last: clients that refresh early would ask again and again */
  async issue({ tenantId, sessionId, identity }: AcsSubject, expiresAt: Instant): Promise<string> {
    await this.#keyRing.freshen();
    const { kid, privateKey } = this.#keyRing.signingKey;
    const issuedAt = Math.floor(this.#clock.now() / 1_000);
    const claims = {
      skypeid: identity.slice('8:'.length),
      scp: SCOPE_NUMBER,
      csi: String(issuedAt),
      iat: issuedAt,
      exp: Math.floor(expiresAt / 1_000),
      acsScope: SCOPE,
      resourceId: tenantId,
      iss: ISSUER,
      sid: sessionId,
      // Two tokens of one second differ.
      jti: randomUUID(),
    };
    return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' }).sign(privateKey);
  }

  /**
   * Whether a token is ours, unaltered, unexpired and of a session that still knows its holder.
   * @returns whose it is; undefined when it is none, for whatever reason
   */
  async subjectOf(token: string, now: Instant, isRevoked: IsRevoked): Promise<AcsSubject | undefined> {
    const read = readToken(token);
    if (!read || now >= read.expiresAt || !(await this.#isSigned(token, read.kid))) return undefined;
    return (await isRevoked(read.subject)) ? undefined : read.subject;
  }

  async #isSigned(token: string, kid: string): Promise<boolean> {
    await this.#keyRing.freshen();
    // Another node may have signed with a key that it made a moment ago.
    if (!this.#keyRing.verificationKey(kid)) await this.#keyRing.reload();
    const key = this.#keyRing.verificationKey(kid);
    if (!key) return false;
    return compactVerify(token, key, { algorithms: ['EdDSA', 'Ed25519'] }).then(
      () => true,
      () => false,
    );
  }
}

interface ReadToken {
  readonly subject: AcsSubject;
  readonly kid: string;
  readonly expiresAt: Instant;
}

/** What a token claims, before anything proves it. */
function readToken(token: string): ReadToken | undefined {
  const parts = token.length <= LARGEST ? decode(token) : undefined;
  if (!parts) return undefined;
  const { kid, typ, claims } = parts;
  const { iss, skypeid, resourceId, sid, exp } = claims;
  const identity = `8:${skypeid}`;
  const isOurs = typ === 'JWT' && iss === ISSUER && typeof kid === 'string' && typeof exp === 'number';
  if (!isOurs || !IDENTITY.test(identity)) return undefined;
  if (typeof resourceId !== 'string' || typeof sid !== 'string') return undefined;
  return { subject: { tenantId: resourceId, sessionId: sid, identity }, kid, expiresAt: exp * 1_000 };
}

function decode(token: string) {
  try {
    const { kid, typ } = decodeProtectedHeader(token);
    return { kid, typ, claims: decodeJwt(token) };
  } catch (error) {
    // What jose throws for text that is no token.
    if (error instanceof TypeError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}
