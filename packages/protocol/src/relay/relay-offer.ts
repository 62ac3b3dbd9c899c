/** The first frames of a relay's sockets, in clear: the grant, and that both ends are there. */
import { integer, jsonIn, membersOf, object, oneOf, type TypeOf, token } from '../events/shape.ts';

/** What the server gives an end that may open a relay: `openRelay` to a helper's, `relay` to a device's. */
export const relayOfferShape = object({
  relayId: token(128),
  /** `ws:` or `wss:`. Holds no secret. */
  relayUri: token(2_048),
  /** Good once, for 30 seconds, for this relay and this end. */
  relayGrant: token(128),
});
export type RelayOffer = TypeOf<typeof relayOfferShape>;

export const RELAY_VERSION = 1;

const version = integer(RELAY_VERSION, RELAY_VERSION);
const grantFrame = object({ version, grant: token(128) });
const pairedFrame = object({ version, event: oneOf(['paired']) });

/** @throws EventRefusal `malformed` */
export function readRelayOffer(value: unknown): RelayOffer {
  return relayOfferShape(value, '');
}

export function encodeGrantFrame(grant: string): string {
  return JSON.stringify({ version: RELAY_VERSION, grant });
}

/** The grant in a socket's first frame. @throws EventRefusal `malformed` */
export function decodeGrantFrame(text: string): string {
  return grantFrame(jsonOf(text), '').grant;
}

export const PAIRED_FRAME = JSON.stringify({ version: RELAY_VERSION, event: 'paired' });

/** Reads the one frame that the server sends. @throws EventRefusal `malformed` */
export function assertPairedFrame(text: string): void {
  pairedFrame(jsonOf(text), '');
}

function jsonOf(text: string): unknown {
  return membersOf(jsonIn(text, 'frame'), 'frame');
}
