/** Servers by which two browsers find each other, as the settings name them, with credentials for those that relay. */
import { createHmac } from 'node:crypto';
import type { IceServers } from '@open-remote-help/protocol';
import { type Instant, toIsoText } from '../clock.ts';

export interface IceSettings {
  /** URLs of STUN (RFC 7064) and TURN (RFC 7065) servers. */
  readonly urls: readonly string[];
  /** What is shared with the TURN servers; there is one where any of them relays. */
  readonly turnSecret: string | undefined;
}

/** Whom credentials are for, and how long. */
export interface IceLease {
  readonly sessionId: string;
  readonly expiresAt: Instant;
}

/**
 * Credentials as coturn's `use-auth-secret` checks them (draft-uberti-behave-turn-rest-00, 2.2): anybody who knows the
 * secret can make them, and nothing has to be told to the TURN server.
 */
export function iceServersFor({ urls, turnSecret }: IceSettings, { sessionId, expiresAt }: IceLease): IceServers {
  const username = `${Math.floor(expiresAt / 1_000)}:${sessionId}`;
  const credential = createHmac('sha1', turnSecret ?? '')
    .update(username)
    .digest('base64');
  return {
    iceServers: urls.map((url) => (url.startsWith('turn') ? { urls: url, username, credential } : { urls: url })),
    expirationDateTime: toIsoText(expiresAt),
  };
}
