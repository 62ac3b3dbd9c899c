/** Joins what live sessions need: the engine, the session hub of the gateway, and the devices' side of both. */

import { AcsTokens, newAcsIdentity } from './access/acs-identity.ts';
import type { DeviceRights } from './access/device-rights.ts';
import type { KeyRing } from './access/key-ring.ts';
import { sourceOf } from './access/source.ts';
import { MemoryNetwork } from './broker/memory-broker.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { deviceCredentials } from './device/device-model.ts';
import { type DeviceName, DevicePresence } from './device/device-presence.ts';
import { DomainError } from './errors.ts';
import { Gateway, type StrangerLimit } from './gateway/gateway.ts';
import type { GatewayMetrics } from './gateway/gateway-metrics.ts';
import { Hub } from './gateway/hub.ts';
import { RelayRegistry } from './gateway/relay-registry.ts';
import {
  type DevicePlane,
  SESSION_HUB,
  SessionChannel,
  type StandingRight,
  sessionAdmission,
  sessionPresence,
} from './gateway/session-channel.ts';
import type { Log } from './log.ts';
import { DEFAULT_SETTINGS, type SessionSettings } from './session/session.ts';
import { SessionEngine } from './session/session-engine.ts';
import type { Store } from './store/store.ts';

export interface SessionCollaborators {
  readonly store: Store;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: GatewayMetrics;
  readonly strangers: StrangerLimit;
  /** Whether an origin such as `https://help.example` is one under which this service is reached. */
  readonly isOwnOrigin: (origin: string) => boolean;
  /** The address that a handshake came from. */
  readonly addressOf: ConstructorParameters<typeof Gateway>[0]['sourceOf'];
  /** Refuses both copies of a device from now on, durably. */
  readonly parkDevice: (device: DeviceName) => Promise<void>;
  readonly rights: DeviceRights;
  readonly settings: SessionSettings;
}

export interface Sessions {
  readonly engine: SessionEngine;
  readonly gateway: Gateway;
  /** The URI with which a device opens the connection on which it hears of sessions. */
  standingUri(device: StandingRight, origin: string): Promise<string>;
  /** Ends at once what a device that was parked, or has another key now, takes part in. */
  deviceRefused(device: DeviceName): void;
  /** Does what fell due while nothing ran, then goes on by itself. */
  start(): Promise<void>;
  /** Closes every connection, so that servers can close. */
  stopConnections(): void;
}

/** What an operator may set about sessions (SES-3, SES-12, SES-13). */
export function sessionSettingsOf(config: Config): SessionSettings {
  return {
    ...DEFAULT_SETTINGS,
    leaseMs: config.sessionLeaseMs,
    capMs: config.sessionCapMs,
    consentMs: config.sessionConsentMs,
    awayMs: config.sessionAwayMs,
    backOffMs: config.sessionBackOffMs,
    longestBackOffMs: config.sessionLongestBackOffMs,
    promptsPerHour: config.sessionPromptsPerHour,
  };
}

/** To be used at once; the connection stays open for as long as both want it. */
const STANDING_URI_MS = 5 * 60_000;

export function createSessions(collaborators: SessionCollaborators): Sessions {
  const { store, keyRing, clock, log, metrics, strangers, isOwnOrigin, addressOf, parkDevice, rights, settings } =
    collaborators;
  const onFault = (err: unknown) => log.warn({ err }, 'a session could not be seen to; it is tried again');
  // The hub asks the engine and the devices, and they act through the hub: what they need of each other is there before
  // the first connection is.
  const hub: Hub = new Hub({
    name: SESSION_HUB,
    accessKeys: () => keyRing.gatewayKeys(),
    isOwnOrigin,
    admit: (request) => admit(request),
    presence: {
      opened: (connection) => told.opened(connection),
      lost: (connection) => told.lost(connection),
      recovered: (connection) => told.recovered(connection),
      closed: (connection, because) => {
        relays.cutConnection(connection.connectionId);
        told.closed(connection, because);
      },
    },
    broker: new MemoryNetwork().join(),
    ...{ clock, log, metrics },
  });
  const channel = new SessionChannel(hub);
  const relays = new RelayRegistry({ clock, metrics: metrics.relays });
  const acs = new AcsTokens({ keyRing, clock });
  const engine = new SessionEngine({
    ...{ store, opener: keyRing, clock, channel, relays, onFault },
    tokens: {
      newIdentity: newAcsIdentity,
      issue: (whose, expiresAt) => acs.issue(whose, expiresAt),
      // A token is good as long as its session is live and knows its holder: there is nothing to be withdrawn.
      revoke: async () => undefined,
    },
    ...{ rights, settings },
  });
  const closeDevice = (device: DeviceName, except?: string) => {
    channel.closeDevice(device, except).catch(onFault);
  };
  const presence = new DevicePresence({
    ...{ clock, store },
    connections: {
      earlierAnswers: (device, { connectionId }) => channel.answers(device, connectionId),
      closeEarlier: (device, { connectionId }) => closeDevice(device, connectionId),
      closeAll: (device) => closeDevice(device),
    },
    park: parkDevice,
    onError: onFault,
  });
  const devices = devicePlane({ store, engine, presence });
  const admit = sessionAdmission(engine, devices);
  const told = sessionPresence({ sessions: engine, devices, channel, onFault });
  const gateway = new Gateway({
    ...{ hubs: [hub], clock, log, metrics, strangers, relays },
    isAllowedOrigin: isOwnOrigin,
    sourceOf: (request) => sourceOf(addressOf(request)),
  });
  return {
    ...{ engine, gateway },
    standingUri: (device, origin) => channel.standingUri(device, clock.now() + STANDING_URI_MS, origin),
    deviceRefused: (device) => {
      closeDevice(device);
      // What it began ends by what was written with its parking or new key; no need to wait for that.
      engine.recheck(device.tenantId).catch(onFault);
    },
    start: () => engine.start(),
    stopConnections: () => {
      relays.stop();
      hub.stop();
    },
  };
}

interface DeviceSide {
  readonly store: Store;
  readonly engine: SessionEngine;
  readonly presence: DevicePresence;
}

/** Standing connections of devices: who may open one, and what it is told first. */
function devicePlane({ store, engine, presence }: DeviceSide): DevicePlane {
  const refused = () => new DomainError('forbidden', 'The device has to be enrolled anew.');
  const assertGood = async ({ tenantId, deviceId: id, keyThumbprint }: StandingRight) => {
    const credential = await store.get({ set: deviceCredentials, tenantId, id });
    const hasKey = credential?.values.keyThumbprint === keyThumbprint;
    if (!hasKey || credential?.values.parkedDateTime !== null) throw refused();
  };
  return {
    admit: async (device, connectionId, how) => {
      await assertGood(device);
      if (how === 'recover') return;
      if (!(await presence.admits(device, connectionId))) throw refused();
      // What was asked of other connections took its time.
      await assertGood(device);
    },
    opened: async (device, connectionId) => {
      presence.entered(device, connectionId);
      const ipAddress = null;
      const correlationId = '';
      return engine.messagesFor({ ...device, ipAddress, correlationId, origin: '' });
    },
    gone: (device, connectionId) => presence.closed(device, connectionId),
  };
}
