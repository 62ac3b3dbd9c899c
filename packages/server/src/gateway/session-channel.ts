/** The real-time plane of sessions on the embedded gateway: a hub of its own, whose connections are parties or devices. */
import { type ControlEvent, encodeControlEvent } from '@open-remote-help/protocol/events';
import type { Instant } from '../clock.ts';
import type { DeviceName } from '../device/device-presence.ts';
import { DomainError } from '../errors.ts';
import type { ConnectionRight, RealtimeChannel } from '../session/realtime-channel.ts';
import type { ConnectionId, DeviceId, PartyName, SessionId } from '../session/session.ts';
import type { Hub } from './hub.ts';
import type { Admission, AdmissionRequest, Presence } from './hub-options.ts';
import type { ConnectionInfo } from './operations.ts';
import { jsonPayload, type Payload } from './payload.ts';

/** The hub of sessions. Its keys are its own, and nothing but sessions and devices connects to it. */
export const SESSION_HUB = 'remoteHelp';

/** A device's standing connection: it hears of sessions before it takes part in one. */
export interface StandingRight extends DeviceName {
  /** Of the key with which it signed in: another key ends what this one began. */
  readonly keyThumbprint: string;
}

/** What a connection of the hub is for: its token's one claim of our own, and its context. */
type Purpose =
  | { readonly kind: 'party'; readonly right: ConnectionRight }
  | ({ readonly kind: 'device' } & StandingRight);

/** Who is told of connections and decides on them: the session engine, and the devices' presence. */
export interface SessionPlane {
  /** @throws DomainError `unavailable` */
  mayConnect(right: ConnectionRight, how: 'open' | 'recover'): Promise<boolean>;
  connectionOpened(right: ConnectionRight, connectionId: string, isMember: boolean): Promise<void>;
  connectionLost(right: ConnectionRight, connectionId: string): Promise<void>;
}

export interface DevicePlane {
  /** @throws DomainError to refuse: the device is gone, parked, has another key, or a second one with its key has come */
  admit(device: StandingRight, connectionId: string, how: 'open' | 'recover'): Promise<void>;
  /** What the device is asked now is to be told on this connection. */
  opened(device: StandingRight, connectionId: string): Promise<readonly ControlEvent[]>;
  gone(device: StandingRight, connectionId: string): void;
}

const PURPOSE = 'orh';

export class SessionChannel implements RealtimeChannel {
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  accessUri(right: ConnectionRight, expiresAt: Instant, origin: string): Promise<string> {
    const purpose: Purpose = { kind: 'party', right };
    const userId = partyUser(right.sessionId, right.party);
    return this.#hub.clientAccessUrl(origin, { userId, claims: { [PURPOSE]: purpose }, expiresAt });
  }

  /** The URI of a device's standing connection. */
  standingUri({ tenantId, deviceId, keyThumbprint }: StandingRight, expiresAt: Instant, origin: string) {
    const device: StandingRight = { tenantId, deviceId, keyThumbprint };
    const purpose: Purpose = { kind: 'device', ...device };
    return this.#hub.clientAccessUrl(origin, { userId: deviceUser(device), claims: { [PURPOSE]: purpose }, expiresAt });
  }

  async isOpenedWith(connectionId: ConnectionId, { sessionId, party }: Pick<ConnectionRight, 'sessionId' | 'party'>) {
    const connection = await this.#hub.connection(connectionId);
    return connection?.userId === partyUser(sessionId, party);
  }

  async admit(connectionId: ConnectionId, groupId: string): Promise<void> {
    await this.#hub.addToGroup(connectionId, groupId);
    await this.#hub.grantPermission(connectionId, 'sendToGroup', groupId);
  }

  async tell(sessionId: SessionId, parties: readonly PartyName[] | 'all', event: ControlEvent): Promise<void> {
    const payload = payloadOf(event);
    if (parties === 'all') this.#hub.sendToMembers(everybody(sessionId), payload);
    else for (const party of parties) this.#hub.sendToUser(partyUser(sessionId, party), payload);
  }

  async tellConnection(connectionId: ConnectionId, event: ControlEvent): Promise<void> {
    this.#hub.sendToConnection(connectionId, payloadOf(event));
  }

  async tellDevice(tenantId: string, deviceId: DeviceId, event: ControlEvent): Promise<void> {
    this.#hub.sendToUser(deviceUser({ tenantId, deviceId }), payloadOf(event));
  }

  async closeConnection(connectionId: ConnectionId): Promise<void> {
    this.#hub.closeConnection(connectionId, 'The session ended for this connection.');
  }

  async closeSession(sessionId: SessionId): Promise<void> {
    this.#hub.closeGroupConnections(everybody(sessionId), 'The session ended.');
  }

  /** Ends a device's standing connections for good; all, or those beside one. */
  async closeDevice(device: DeviceName, except?: string): Promise<void> {
    const reason = except === undefined ? 'The device is refused.' : 'The device has connected anew.';
    this.#hub.closeUserConnections(deviceUser(device), reason, { excluded: except === undefined ? [] : [except] });
  }

  /** Whether another connection of the device answers; may never settle. */
  answers(device: DeviceName, except: string): Promise<boolean> {
    return this.#hub.signOfLife(deviceUser(device), except);
  }
}

function payloadOf(event: ControlEvent): Payload {
  return jsonPayload(encodeControlEvent(event));
}

function partyUser(sessionId: SessionId, party: PartyName): string {
  return `${sessionId}/${party}`;
}

function deviceUser({ tenantId, deviceId }: DeviceName): string {
  return `device/${tenantId}/${deviceId}`;
}

/** All connections of a session, those that wait included; nobody but the server sends here. */
function everybody(sessionId: SessionId): string {
  return `everybody-${sessionId}`;
}

/** Who may open or recover connections of the hub: the store is asked each time. */
export function sessionAdmission(sessions: SessionPlane, devices: DevicePlane) {
  return async (request: AdmissionRequest): Promise<Admission> => {
    const { userId, isRecovery, connectionId } = request;
    const purpose = (isRecovery ? request.context : request.claims[PURPOSE]) as Purpose | undefined;
    const how = isRecovery ? 'recover' : 'open';
    if (purpose?.kind === 'party' && (await sessions.mayConnect(purpose.right, how))) {
      return { userId, roles: [], groups: [everybody(purpose.right.sessionId)], context: purpose };
    }
    if (purpose?.kind === 'device') {
      await devices.admit(purpose, connectionId, how);
      return { userId, roles: [], groups: [], context: purpose };
    }
    throw new DomainError('forbidden', 'This access URI opens no connection any more.', { target: 'access_token' });
  };
}

/** Where the engine and the devices hear of connections. */
export interface SessionPresenceOptions {
  readonly sessions: SessionPlane;
  readonly devices: DevicePlane;
  readonly channel: Pick<SessionChannel, 'tellConnection'>;
  readonly onFault: (error: unknown) => void;
}

/** Tells the engine and the devices' presence of connections, in order for each connection. */
export function sessionPresence({ sessions, devices, channel, onFault }: SessionPresenceOptions): Presence {
  const tails = new Map<string, Promise<void>>();
  const inOrder = (connectionId: string, work: () => Promise<void>) => {
    const tail = (tails.get(connectionId) ?? Promise.resolve()).then(work).catch(onFault);
    tails.set(connectionId, tail);
    void tail.finally(() => {
      if (tails.get(connectionId) === tail) tails.delete(connectionId);
    });
  };
  const isThere = ({ connectionId, context, groups }: ConnectionInfo) => {
    const purpose = context as Purpose;
    inOrder(connectionId, async () => {
      // Beside the group of everybody there is the session's own.
      if (purpose.kind === 'party') return sessions.connectionOpened(purpose.right, connectionId, groups.length > 1);
      for (const event of await devices.opened(purpose, connectionId)) {
        await channel.tellConnection(connectionId as ConnectionId, event);
      }
    });
  };
  const isGone = ({ connectionId, context }: ConnectionInfo) => {
    const purpose = context as Purpose;
    inOrder(connectionId, async () => {
      if (purpose.kind === 'party') await sessions.connectionLost(purpose.right, connectionId);
      else devices.gone(purpose, connectionId);
    });
  };
  return { opened: isThere, lost: isGone, recovered: isThere, closed: isGone };
}
