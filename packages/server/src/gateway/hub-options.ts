/** What a hub is given: whom it admits, whom it tells, what it lives on. */
import type { KeyObject } from 'node:crypto';
import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { ClosedBecause, GatewayMetrics } from './gateway-metrics.ts';
import type { GatewayLimits } from './limits.ts';
import type { ConnectionInfo } from './operations.ts';
import type { Payload } from './payload.ts';

/** A client that holds a good token, or the reconnection token of a connection, and wants in. */
export interface AdmissionRequest {
  readonly hub: string;
  /** The id that the connection will have, or has. */
  readonly connectionId: string;
  readonly userId: string | undefined;
  /** Of the token; at a recovery empty, since nothing of it is read then. */
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** Claims of the token that Web PubSub gives no meaning; at a recovery those of the connection. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** From `sourceOf`. */
  readonly source: string;
  readonly isRecovery: boolean;
  /** At a recovery: what `admit` gave for this connection at first. */
  readonly context?: unknown;
}

/** What counts for the connection from now on, in place of what the token says. Not read at a recovery. */
export interface Admission {
  readonly userId?: string | undefined;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** Anything that JSON can write; other nodes get it with the connection. */
  readonly context?: unknown;
}

/**
 * Asked before every handshake and every recovery.
 * @throws DomainError what the client is refused with: an HTTP status, or at a recovery 1008 with the message
 */
export type Admit = (request: AdmissionRequest) => Promise<Admission>;

/** An event of a client; for raw clients every message is one, named `message`. */
export interface ClientEvent {
  readonly hub: string;
  readonly name: string;
  /** Undefined only for an invocation without data. */
  readonly payload: Payload | undefined;
  readonly connection: ConnectionInfo;
  /** Whether it is an invocation: then what is returned is its answer, otherwise a message that comes before the ack. */
  readonly isInvocation: boolean;
}

/** @throws DomainError what the client is told in the failed ack */
export type OnEvent = (event: ClientEvent) => Promise<Payload | undefined>;

/** Told at once of what happens to the connections of this node. */
export interface Presence {
  opened(connection: ConnectionInfo): void;
  /** Its socket broke; it may come back. Only for reliable connections. */
  lost(connection: ConnectionInfo): void;
  recovered(connection: ConnectionInfo): void;
  /** Gone for good. */
  closed(connection: ConnectionInfo, because: ClosedBecause): void;
}

export interface HubOptions {
  readonly name: string;
  /**
   * Primary and, while keys change, secondary; the first one signs. Texts have at least 32 bytes each; a function is asked
   * each time.
   */
  readonly accessKeys: readonly [string, ...string[]] | (() => readonly [KeyObject, ...KeyObject[]]);
  /** Whether an origin such as `https://help.example:8443` is one under which this service is reached. */
  readonly isOwnOrigin: (origin: string) => boolean;
  readonly admit: Admit;
  /** Absent: events and invocations are refused. */
  readonly onEvent?: OnEvent;
  readonly presence?: Presence;
  readonly broker: Broker;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: GatewayMetrics;
  readonly limits?: Partial<GatewayLimits>;
}
