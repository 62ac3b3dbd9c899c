/** What the engine asks of the real-time plane. The embedded gateway and Azure Web PubSub implement it. */
import type { ControlEvent } from '@open-remote-help/protocol/events';
import type { Instant } from '../clock.ts';

import type { ConnectionId, DeviceId, PartyName, SessionId } from './session.ts';

/** What a client access URI is good for. It carries no role and no group: its connection can ping and hear the server. */
export interface ConnectionRight {
  readonly tenantId: string;
  readonly sessionId: SessionId;
  readonly party: PartyName;
  /** That of the lease under which it was given out; see `SessionEngine.mayConnect`. */
  readonly generation: number;
}

/**
 * Every method may be called twice with the same outcome, and rejects when it cannot say that its work is done on every
 * node: it is then called again.
 *
 * Presence comes the other way: the plane calls `SessionEngine.mayConnect` before a connection opens or recovers, then
 * `connectionOpened` and `connectionLost`, in this order for each connection.
 */
export interface RealtimeChannel {
  /**
   * The URI with which a party opens connections.
   * @param expiresAt end of its life, whatever becomes of the lease
   * @param origin scheme and host as the party reaches this service
   */
  accessUri(right: ConnectionRight, expiresAt: Instant, origin: string): Promise<string>;
  /** Whether the connection is open, here or on another node, and was opened as this party of this session. */
  isOpenedWith(connectionId: ConnectionId, right: Pick<ConnectionRight, 'sessionId' | 'party'>): Promise<boolean>;
  /** Adds the connection to the group and lets it send there. */
  admit(connectionId: ConnectionId, groupId: string): Promise<void>;
  /** To all connections of the parties, those that wait included. */
  tell(sessionId: SessionId, parties: readonly PartyName[] | 'all', event: ControlEvent): Promise<void>;
  tellConnection(connectionId: ConnectionId, event: ControlEvent): Promise<void>;
  /** To the device's standing connection, where it has one: it hears of a session before it takes part. */
  tellDevice(tenantId: string, deviceId: DeviceId, event: ControlEvent): Promise<void>;
  /** Closes the device's standing connections for good. */
  closeDevice(device: { readonly tenantId: string; readonly deviceId: DeviceId }): Promise<void>;
  /** For good: `disconnected`, then 1008, and no recovery. */
  closeConnection(connectionId: ConnectionId): Promise<void>;
  /** Closes for good every connection of the session: those held here at once, even when other nodes can't be reached. */
  closeSession(sessionId: SessionId): Promise<void>;
}

/** A party of a session, as communication services know it. */
export interface CommunicationParty {
  readonly tenantId: string;
  readonly sessionId: SessionId;
  readonly identity: string;
}

/** Communication identities in the shape of Azure Communication Services, and their tokens. */
export interface CommunicationTokens {
  /** A fresh identity: `8:acs:{guid}_{guid}`. */
  newIdentity(tenantId: string): string;
  issue(whose: CommunicationParty, expiresAt: Instant): Promise<string>;
  /** From now on their tokens are refused. */
  revoke(identities: readonly string[]): Promise<void>;
}
