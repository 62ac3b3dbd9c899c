/** What the engine asks of relays. The embedded gateway implements it; a relay lives on one node, and is never resumed. */
import type { ConnectionId, SessionId } from './session.ts';

/** Whose relay it is: one connection of a helper, and the one of the sharer that it is paired with. */
export interface RelayPlace {
  readonly sessionId: SessionId;
  readonly helperConnectionId: ConnectionId;
  readonly sharerConnectionId: ConnectionId;
}

/** Every method works at once and on this node; cutting what is not there changes nothing. */
export interface Relays {
  newRelayId(): string;
  /** Milliseconds until this helper's connection may have another relay in this session; 0: now. */
  waitMs(place: Pick<RelayPlace, 'sessionId' | 'helperConnectionId'>): number;
  /**
   * Makes a relay ready. The one that the helper's connection had before goes when the new one is entered.
   * @returns the helper's grant; a second call for the same id makes it anew
   */
  open(relayId: string, place: RelayPlace): string;
  /** Where such a relay is entered: `wss:`, under the origin at which the end reaches this service. */
  uri(origin: string): string;
  /** Whether the session has a relay with this id that waits for its sharer. */
  awaitsSharer(relayId: string, sessionId: SessionId): boolean;
  /** @returns the sharer's grant; undefined when there is no such relay (any more) */
  join(relayId: string, sessionId: SessionId): string | undefined;
  /** It was not to be. */
  cut(relayId: string): void;
  cutSession(sessionId: SessionId): void;
  /** The connection is gone for good. */
  cutConnection(connectionId: ConnectionId): void;
}
