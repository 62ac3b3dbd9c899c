/** What a device and the server say to each other about who the device is: enrolment (ours) and sign-in (RFC 7523). */

/** The public half of a device's key (RFC 7518, 6.2.1): coordinates in base64url. */
export interface DevicePublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** What a device says about itself; what its enrolment token says stands over it. */
export interface DeviceFacts {
  readonly deviceName: string;
  readonly operatingSystem?: string;
  readonly osVersion?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serialNumber?: string;
  readonly userPrincipalName?: string;
}

/** The body of `POST /device/{tenantId}/enroll`. */
export interface EnrollmentRequest extends DeviceFacts {
  /** The text of an enrolment token. */
  readonly token: string;
  readonly publicKey: DevicePublicKey;
  /** A JWS by the key: header `{alg: 'ES256', typ: ENROLLMENT_PROOF_TYPE}`, payload `EnrollmentProof`. */
  readonly proof: string;
}

/** Binds a key to one token of one tenant. */
export interface EnrollmentProof {
  /** `deviceAudience(tenantId)` */
  readonly aud: string;
  /** SHA-256 of the token's text, base64url. */
  readonly token_hash: string;
}

/** The answer to an enrolment, 201. */
export interface EnrollmentAnswer {
  readonly deviceId: string;
  readonly tenantId: string;
  /** `aud` of the device's assertions. */
  readonly audience: string;
  /** URL at which the device signs in. */
  readonly signInEndpoint: string;
  /** The secret that the first sign-in needs. */
  readonly generation: string;
}

/** What a device signs to sign in, with header `{alg: 'ES256'}` (RFC 7523, 3). */
export interface DeviceAssertion {
  /** `iss` and `sub` are the device id. */
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  /** Never used before. */
  readonly jti: string;
  /** Epoch seconds. */
  readonly iat: number;
  /** At most `LONGEST_ASSERTION_S` after `iat`. */
  readonly exp: number;
  /** The secret that the last sign-in, or the enrolment, gave. */
  readonly generation: string;
}

/** The answer of the sign-in endpoint (RFC 6749, 5.1). */
export interface DeviceTokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  /** The secret that the next sign-in needs: to be kept before the token is used. */
  readonly generation: string;
}

/** The refusal of the sign-in endpoint (RFC 6749, 5.2). */
export interface DeviceTokenError {
  readonly error: string;
  readonly error_description: string;
  /** `clock`: the `Date` header tells the time to go by. `parked`: the device has to be enrolled anew. */
  readonly reason?: 'clock' | 'parked';
}

/** `aud` of a device's assertions and access tokens. A name, so that it survives another public URL. */
export function deviceAudience(tenantId: string): string {
  return `urn:open-remote-help:device:${tenantId}`;
}

export const ENROLLMENT_PROOF_TYPE = 'enrollment-proof+jwt';
/** RFC 7523, 2.2. */
export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
export const LONGEST_ASSERTION_S = 300;

/** A token's text taken apart. */
export interface EnrollmentTokenParts {
  readonly tenantId: string;
  readonly tokenId: string;
  /** 43 characters of base64url. */
  readonly secret: string;
}

const GUID = '([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})';
/** Scanners for leaked secrets know it by its beginning. */
const TOKEN_TEXT = new RegExp(`^orh_enroll_${GUID}_${GUID}_([A-Za-z0-9_-]{43})$`);

/** The text of an enrolment token: server and token are all that a device needs to be told. */
export function enrollmentTokenText({ tenantId, tokenId, secret }: EnrollmentTokenParts): string {
  return `orh_enroll_${tenantId.replaceAll('-', '')}_${tokenId.replaceAll('-', '')}_${secret}`;
}

/** Undefined for what is no such text. */
export function readEnrollmentTokenText(text: string): EnrollmentTokenParts | undefined {
  const parts = TOKEN_TEXT.exec(text)?.slice(1);
  const secret = parts?.pop();
  if (!parts || secret === undefined) return undefined;
  return { tenantId: parts.slice(0, 5).join('-'), tokenId: parts.slice(5).join('-'), secret };
}
