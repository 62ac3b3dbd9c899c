/** A session engine with fakes at its ports, a tenant where remote help is on, and people and a device to play with. */
import { randomUUID } from 'node:crypto';
import { managedDevices, remoteAssistanceSets } from '@open-remote-help/protocol';
import { ALL_GRANTS } from '@open-remote-help/protocol/events';
import type { Caller } from '../../server/src/access/caller.ts';
import {
  INTUNE_ADMINISTRATOR,
  OFFER_REMOTE_ASSISTANCE,
  READ_CONNECTOR,
  TAKE_FULL_CONTROL,
  UNATTENDED,
  VIEW_SCREEN,
} from '../../server/src/access/rights.ts';
import { SINGLETON_ID } from '../../server/src/access/singleton.ts';
import type { ConnectionRight } from '../../server/src/session/realtime-channel.ts';
import { type ConnectionId, DEFAULT_SETTINGS, type SessionSettings } from '../../server/src/session/session.ts';
import { type DeviceRequester, type Requester, SessionEngine } from '../../server/src/session/session-engine.ts';
import { missingValue } from '../../server/src/storage/sql/columns.ts';
import type { Opener, Store, Values } from '../../server/src/store/store.ts';
import { FakeChannel, FakeRights, FakeTokens } from './fake-channel.ts';
import { FakeRelays } from './fake-relays.ts';
import type { ManualClock } from './manual-clock.ts';

export const FULL_GRANTS = ALL_GRANTS;

const ALL_ACTIONS = [OFFER_REMOTE_ASSISTANCE, READ_CONNECTOR, VIEW_SCREEN, TAKE_FULL_CONTROL, UNATTENDED];

export interface RigOptions {
  readonly store: Store;
  readonly opener: Opener;
  readonly clock: ManualClock;
  readonly settings?: Partial<SessionSettings>;
  readonly tenantId?: string;
  readonly nodeId?: string;
  /** Shared by the engines of several nodes. */
  readonly channel?: FakeChannel;
}

const ORIGIN = 'https://help.example';

export class SessionRig {
  readonly tenantId: string;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly channel: FakeChannel;
  readonly tokens = new FakeTokens();
  readonly relays = new FakeRelays();
  readonly rights = new FakeRights(ALL_ACTIONS);
  readonly faults: unknown[] = [];
  readonly engine: SessionEngine;

  constructor(options: RigOptions) {
    const { store, opener, clock, nodeId, settings = {} } = options;
    this.tenantId = options.tenantId ?? randomUUID();
    this.store = store;
    this.clock = clock;
    this.channel = options.channel ?? new FakeChannel();
    this.engine = new SessionEngine({
      store,
      opener,
      clock,
      channel: this.channel,
      tokens: this.tokens,
      relays: this.relays,
      rights: this.rights,
      settings: { ...DEFAULT_SETTINGS, ...settings },
      onFault: (error) => this.faults.push(error),
      ...(nodeId === undefined ? {} : { nodeId }),
    });
  }

  /** Switches remote help on, or says otherwise. */
  async setSettings(values: Values = {}): Promise<void> {
    const [set] = remoteAssistanceSets;
    const wanted = {
      remoteAssistanceState: 'enabled',
      allowSessionsToUnenrolledDevices: false,
      blockChat: false,
      ...values,
    };
    const { tenantId } = this;
    await this.store.transact({
      reads: [{ set, tenantId, id: SINGLETON_ID }],
      decide: ([before]) => ({
        writes: [
          before
            ? { kind: 'update', set, tenantId, before, changes: wanted }
            : { kind: 'insert', set, tenantId, id: SINGLETON_ID, values: wanted },
        ],
        value: undefined,
      }),
    });
  }

  /** Enters a device and gives what it calls with. */
  async addDevice(deviceId: string = randomUUID()): Promise<DeviceRequester> {
    const { tenantId } = this;
    const properties = Object.entries(managedDevices.type.properties).filter(([name]) => name !== 'id');
    const empty = properties.map(([name, property]) => [name, property.isNullable ? null : missingValue(property)]);
    const values = { ...Object.fromEntries(empty), deviceName: `PC of ${deviceId.slice(0, 4)}` };
    await this.store.transact({
      reads: [],
      decide: () => ({
        writes: [{ kind: 'insert', set: managedDevices, tenantId, id: deviceId, values }],
        value: undefined,
      }),
    });
    return { tenantId, deviceId, ipAddress: '192.0.2.7', correlationId: randomUUID(), origin: ORIGIN };
  }

  /** A person with a token of the tenant. */
  person(objectId: string, traits: { readonly isAdmin?: boolean } = {}): Requester {
    return { ...this.#requester(objectId, 'delegated', traits.isAdmin === true ? [INTUNE_ADMINISTRATOR] : []) };
  }

  application(objectId = 'an application'): Requester {
    return this.#requester(objectId, 'application', []);
  }

  #requester(objectId: string, kind: Caller['kind'], directoryRoles: readonly string[]): Requester {
    const caller: Caller = {
      tenantId: this.tenantId,
      objectId,
      kind,
      permissions: new Set(),
      groups: [],
      directoryRoles,
      name: `Name of ${objectId}`,
      userPrincipalName: `${objectId}@example.org`,
      applicationId: undefined,
      issuer: 'https://issuer.example',
      organization: 'Example',
      expiresAt: Number.POSITIVE_INFINITY,
    };
    return { caller, ipAddress: '192.0.2.1', correlationId: randomUUID(), origin: ORIGIN };
  }

  /** Opens a connection by an access URI, as the real-time plane would: asked first, then told. */
  async connect(uri: string): Promise<{ readonly id: ConnectionId; readonly right: ConnectionRight }> {
    const { id, right } = this.channel.open(uri);
    if (!(await this.engine.mayConnect(right, 'open'))) {
      this.channel.connections.delete(id);
      throw new Error('The connection may not open.');
    }
    await this.engine.connectionOpened(right, id);
    return { id, right };
  }

  /** The connection goes, and the engine hears of it. */
  async disconnect({ id, right }: { readonly id: ConnectionId; readonly right: ConnectionRight }): Promise<void> {
    this.channel.connections.delete(id);
    await this.engine.connectionLost(right, id);
  }

  /** Moves the clock; what falls due on the way is done when this settles. */
  async pass(ms: number): Promise<void> {
    this.clock.advanceBy(ms);
    await this.engine.settled();
  }

  /** A session that is active, with both ends connected and in. */
  async activeSession(helper: Requester, device: DeviceRequester, sessionType = 'takeFullControl') {
    const { engine } = this;
    const { id, sessionKey } = await engine.create(helper, { deviceId: device.deviceId, sessionType });
    const { pubSubSharerAccessUri } = await engine.join(device, id);
    const sharer = await this.connect(pubSubSharerAccessUri);
    const { pubSubHelperAccessUri } = await engine.retrieve(helper, sessionKey);
    const helping = await this.connect(pubSubHelperAccessUri);
    await engine.accept(device, id, FULL_GRANTS);
    const access = await engine.requestAccess(helper, sessionKey, helping.id);
    return { id, sessionKey, sharer, helping, access };
  }
}
