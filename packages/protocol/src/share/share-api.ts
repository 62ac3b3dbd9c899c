/** What a sharer's page and the server say to each other before the page is a device (`docs/spec/share.md`). */
import type { DevicePublicKey } from '../device/device-api.ts';

/** The body of `POST /share/claim`. */
export interface ClaimRequest {
  /** As typed; see `readInvitationCode`. */
  readonly code: string;
  /** Of the key that the page made; the private half never leaves the browser. */
  readonly publicKey: DevicePublicKey;
  /** A JWS by the key: header `{alg: 'ES256', typ: CLAIM_PROOF_TYPE}`, payload `ClaimProof`. */
  readonly proof: string;
  /** What the page says it is: `Firefox on Windows`. At most 64 characters. */
  readonly deviceName?: string;
}

/** Binds a key to one code. */
export interface ClaimProof {
  readonly aud: typeof SHARE_AUDIENCE;
  /** SHA-256 of the code as `readInvitationCode` gives it, base64url. */
  readonly code_hash: string;
}

/** The answer to a claim, 201: the page is a device for this one session. */
export interface ClaimAnswer {
  readonly tenantId: string;
  readonly deviceId: string;
  /** `aud` of the assertions with which it renews its token at `/device/{tenantId}/token`. */
  readonly audience: string;
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** The secret that the first renewal needs. */
  readonly generation: string;
  readonly sessionKey: string;
  /** Who asks for what: the control event `requested`. */
  readonly requested: object;
}

/** A server for connections between browsers (W3C WebRTC, RTCIceServer). */
export interface IceServer {
  readonly urls: string;
  /** Of TURN servers alone. */
  readonly username?: string;
  readonly credential?: string;
}

/** How two browsers may find each other. */
export interface IceServers {
  readonly iceServers: readonly IceServer[];
  /** When credentials in it end: that of the lease as it was. */
  readonly expirationDateTime: string;
}

export const SHARE_AUDIENCE = 'urn:open-remote-help:share';
export const CLAIM_PROOF_TYPE = 'claim-proof+jwt';
export const LONGEST_PAGE_NAME = 64;
