/** Names and bounds of relays, which both ends and the server keep (`docs/spec/relay.md`). */

/** Path of the server's WebSockets that are relays. */
export const RELAY_PATH = '/relay';
export const RELAY_SUBPROTOCOL = 'relay.open-remote-help.v1';

/** Data that may be unacknowledged in one direction. */
export const RELAY_CREDIT_BYTES = 512 * 1024;
/** Most data in one record. */
export const RELAY_DATA_BYTES = 64 * 1024;
/** Most bytes of a control's JSON. */
export const RELAY_CONTROL_BYTES = 16 * 1024;
/** The server passes on no greater message. */
export const RELAY_MESSAGE_BYTES = 128 * 1024;

/** Codes with which a relay's sockets are closed (RFC 6455, 7.4; those from 4000 on are ours). */
export const RELAY_CLOSE = {
  otherLeft: 1000,
  /** The grant is not good, the session is over, or a newer relay took this one's place. */
  refused: 1008,
  oversize: 1009,
  overrun: 4000,
} as const;
