/** The real-time plane, communication tokens and helpers' rights in plain objects: what the engine did can be read off. */
import type { ControlEvent } from '@open-remote-help/protocol/events';
import type { HelperRights } from '../../server/src/session/helper-rights.ts';
import type {
  CommunicationTokens,
  ConnectionRight,
  RealtimeChannel,
} from '../../server/src/session/realtime-channel.ts';
import type { ConnectionId, DeviceId, PartyName, SessionId } from '../../server/src/session/session.ts';

interface OpenConnection {
  readonly right: ConnectionRight;
  readonly heard: ControlEvent[];
  group: string | undefined;
}

/** Connections open with `open`; what they hear, and where they are let in, is kept. */
export class FakeChannel implements RealtimeChannel {
  readonly connections = new Map<ConnectionId, OpenConnection>();
  /** What each device heard on its standing connection, by device id. */
  readonly devices = new Map<DeviceId, ControlEvent[]>();
  /** Sessions that were closed for good, each time. */
  readonly closed: SessionId[] = [];
  /** While set, every method but `accessUri` rejects with it. */
  failure: Error | undefined;
  #opened = 0;

  /** Opens a connection by an access URI that `accessUri` gave. */
  open(uri: string): { readonly id: ConnectionId; readonly right: ConnectionRight } {
    const right: ConnectionRight = JSON.parse(decodeURIComponent(uri.slice(uri.indexOf('#') + 1)));
    const id = `connection-${++this.#opened}` as ConnectionId;
    this.connections.set(id, { right, heard: [], group: undefined });
    return { id, right };
  }

  /** Names of the events that a connection heard. */
  heard(id: ConnectionId): string[] {
    return this.connections.get(id)?.heard.map(({ event }) => event) ?? [];
  }

  /** Names of the events that a device heard. */
  heardByDevice(id: string): string[] {
    return this.devices.get(id as DeviceId)?.map(({ event }) => event) ?? [];
  }

  async accessUri(right: ConnectionRight): Promise<string> {
    return `wss://fake/#${encodeURIComponent(JSON.stringify(right))}`;
  }

  async isOpenedWith(id: ConnectionId, right: Pick<ConnectionRight, 'sessionId' | 'party'>): Promise<boolean> {
    this.#work();
    const open = this.connections.get(id)?.right;
    return open?.sessionId === right.sessionId && open.party === right.party;
  }

  async admit(id: ConnectionId, groupId: string): Promise<void> {
    this.#work();
    const connection = this.connections.get(id);
    if (connection) connection.group = groupId;
  }

  async tell(sessionId: SessionId, parties: readonly PartyName[] | 'all', event: ControlEvent): Promise<void> {
    this.#work();
    for (const { right, heard } of this.connections.values()) {
      if (right.sessionId === sessionId && (parties === 'all' || parties.includes(right.party))) heard.push(event);
    }
  }

  async tellConnection(id: ConnectionId, event: ControlEvent): Promise<void> {
    this.#work();
    this.connections.get(id)?.heard.push(event);
  }

  async tellDevice(_tenantId: string, deviceId: DeviceId, event: ControlEvent): Promise<void> {
    this.#work();
    this.devices.set(deviceId, [...(this.devices.get(deviceId) ?? []), event]);
  }

  async closeDevice({ deviceId }: { readonly deviceId: DeviceId }): Promise<void> {
    this.#work();
    this.devices.delete(deviceId);
  }

  async closeConnection(id: ConnectionId): Promise<void> {
    this.#work();
    this.connections.delete(id);
  }

  async closeSession(sessionId: SessionId): Promise<void> {
    this.#work();
    this.closed.push(sessionId);
    for (const [id, { right }] of this.connections) if (right.sessionId === sessionId) this.connections.delete(id);
  }

  #work(): void {
    if (this.failure) throw this.failure;
  }
}

/** Identities are numbered; a token names its identity. */
export class FakeTokens implements CommunicationTokens {
  readonly revoked = new Set<string>();
  #identities = 0;
  #tokens = 0;

  newIdentity(): string {
    const number = String(++this.#identities).padStart(12, '0');
    return `8:acs:1b5cc06b-f352-4571-b1e6-d9b259b7c776_00000000-0000-0000-0000-${number}`;
  }

  async issue({ identity }: { readonly identity: string }): Promise<string> {
    return `token-${++this.#tokens} of ${identity}`;
  }

  async revoke(identities: readonly string[]): Promise<void> {
    for (const identity of identities) this.revoked.add(identity);
  }
}

/** Everybody may do what `actions` says, but those in `without`. */
export class FakeRights implements HelperRights {
  actions: ReadonlySet<string>;
  readonly without = new Set<string>();

  constructor(actions: readonly string[]) {
    this.actions = new Set(actions);
  }

  async actionsOn(_tenantId: string, { objectId }: { readonly objectId: string }): Promise<ReadonlySet<string>> {
    return this.without.has(objectId) ? new Set() : this.actions;
  }

  readOnce(): this {
    return this;
  }
}
