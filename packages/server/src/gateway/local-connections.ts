/** The connections of a hub on this node: who they are, in which groups, and what becomes of them. */
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { Connection, type ConnectionFacts, type Home } from './connection.ts';
import { CLOSE } from './error-frames.ts';
import type { ClosedBecause, GatewayMetrics } from './gateway-metrics.ts';
import { Groups } from './groups.ts';
import type { HubOptions, Presence } from './hub-options.ts';
import type { GatewayLimits } from './limits.ts';
import { Message, type MessageFacts } from './message.ts';
import type { ConnectionInfo, Question, Target } from './operations.ts';
import { ReconnectionTokens } from './reconnection-token.ts';
import { perform, type Scene } from './requests.ts';
import type { Request } from './subprotocols/request.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface LocalConnectionsOptions extends Pick<HubOptions, 'name' | 'clock' | 'log' | 'metrics'> {
  readonly limits: GatewayLimits;
  readonly onEvent: HubOptions['onEvent'] | undefined;
  readonly presence: HubOptions['presence'] | undefined;
  /** Hears what other nodes send to a group, until what it returns is called. */
  readonly listenToGroup: (group: string) => () => void;
  /** Sends what a client here sends to a group on to its members on every node, here too. */
  readonly publish: Scene['publish'];
}

export class LocalConnections implements Home, Scene {
  readonly name: string;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: HubOptions['log'];
  readonly onEvent: HubOptions['onEvent'] | undefined;
  readonly publish: Scene['publish'];
  readonly tokens = new ReconnectionTokens();
  readonly #presence: HubOptions['presence'] | undefined;
  readonly #connections = new Map<string, Connection>();
  readonly #users = new Map<string, Set<Connection>>();
  readonly #groups: Groups<Connection>;
  readonly #waiting: WaitingRoom<Connection>;
  #cancelSweep: (() => void) | undefined;

  constructor(options: LocalConnectionsOptions) {
    this.name = options.name;
    this.clock = options.clock;
    this.limits = options.limits;
    this.metrics = options.metrics;
    this.log = options.log;
    this.onEvent = options.onEvent;
    this.publish = options.publish;
    this.#presence = options.presence;
    this.#groups = new Groups(options.listenToGroup);
    this.#waiting = new WaitingRoom(options.clock, options.limits.recoveryMs);
  }

  get size(): number {
    return this.#connections.size;
  }

  get(connectionId: string): Connection | undefined {
    return this.#connections.get(connectionId);
  }

  values(): Iterable<Connection> {
    return this.#connections.values();
  }

  sizeOfUser(userId: string): number {
    return this.#users.get(userId)?.size ?? 0;
  }

  /** A new connection; the caller gives it its first socket. */
  open(facts: ConnectionFacts, groups: readonly string[]): Connection {
    const connection = new Connection(facts, this);
    this.#connections.set(connection.id, connection);
    if (facts.userId !== undefined) {
      const connections = this.#users.get(facts.userId) ?? new Set();
      this.#users.set(facts.userId, connections.add(connection));
    }
    for (const group of groups) this.#groups.add(connection, group);
    this.metrics.connections += 1;
    this.#sweepLater();
    return connection;
  }

  opened(connection: Connection): void {
    this.#tell((presence) => presence.opened(this.infoOf(connection)));
  }

  lost(connection: Connection): void {
    this.#waiting.enter(connection);
    this.#tell((presence) => presence.lost(this.infoOf(connection)));
  }

  recovered(connection: Connection): void {
    this.#waiting.leave(connection);
    this.metrics.countRecovered();
    this.#tell((presence) => presence.recovered(this.infoOf(connection)));
  }

  closed(connection: Connection, because: ClosedBecause): void {
    const info = this.infoOf(connection);
    const { id, userId } = connection.facts;
    this.#waiting.leave(connection);
    connection.streams?.cancel();
    this.#groups.removeFromAll(connection);
    this.#connections.delete(id);
    if (userId !== undefined) {
      const connections = this.#users.get(userId);
      connections?.delete(connection);
      if (connections?.size === 0) this.#users.delete(userId);
    }
    this.metrics.connections -= 1;
    this.metrics.countClosed(because);
    this.#tell((presence) => presence.closed(info, because));
  }

  perform(connection: Connection, request: Request): void {
    perform(this, connection, request);
  }

  reconnectionToken({ id, recoveries }: Connection): string {
    return this.tokens.sign(id, recoveries);
  }

  join(connection: Connection, group: string): void {
    const isFull = (connection.groups?.size ?? 0) >= this.limits.groupsPerConnection;
    if (isFull && !this.#groups.members(group).has(connection)) {
      const message = `A connection is in ${this.limits.groupsPerConnection} groups at most.`;
      throw new DomainError('tooManyRequests', message);
    }
    this.#groups.add(connection, group);
  }

  leave(connection: Connection, group: string): void {
    this.#groups.remove(connection, group);
  }

  infoOf({ facts, groups, isAttached }: Connection): ConnectionInfo {
    const { id, userId, claims, context } = facts;
    return {
      connectionId: id,
      ...(userId === undefined ? {} : { userId }),
      groups: [...(groups ?? [])].map(({ name }) => name),
      claims,
      context,
      isAttached,
    };
  }

  send(to: Target, facts: MessageFacts, excluded: readonly string[]): void {
    const message = new Message(facts);
    const isForAll = excluded.length === 0;
    for (const connection of this.#targets(to)) {
      if (isForAll || !excluded.includes(connection.id)) connection.deliver(message);
    }
  }

  close(to: Target, reason: string, excluded: readonly string[]): void {
    for (const connection of [...this.#targets(to)]) {
      if (!excluded.includes(connection.id)) connection.end('server', CLOSE.policy, reason);
    }
  }

  /** Asks every connection of a user but one for a sign of life: true with the first that answers, false where none can. */
  signOfLife(userId: string, excluded: string): Promise<boolean> {
    const asked = [...(this.#users.get(userId) ?? [])].filter(({ id, isAttached }) => id !== excluded && isAttached);
    if (asked.length === 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      for (const connection of asked) connection.ping(() => resolve(true));
    });
  }

  /** @returns the connection as it is then; undefined when this node holds no such connection */
  answer(question: Question): ConnectionInfo | undefined {
    const connection = this.#connections.get(question.connectionId);
    if (!connection) return undefined;
    const { permissions } = connection.facts;
    if (question.kind === 'addToGroup') this.#groups.add(connection, question.group);
    else if (question.kind === 'removeFromGroup') this.#groups.remove(connection, question.group);
    else if (question.kind === 'grant') permissions.grant(question.permission, question.group);
    else if (question.kind === 'revoke') permissions.revoke(question.permission, question.group);
    return this.infoOf(connection);
  }

  /** The service stops: clients are told, and may try another node. */
  stop(): void {
    for (const connection of [...this.#connections.values()]) {
      connection.end('stopping', CLOSE.goingAway, 'The service is stopping.');
    }
    this.#cancelSweep?.();
  }

  /** A listener's fault must not keep the gateway from its own bookkeeping, nor end the process. */
  #tell(tell: (presence: Presence) => void): void {
    if (!this.#presence) return;
    try {
      tell(this.#presence);
    } catch (error) {
      this.log.error({ err: error, hub: this.name }, 'a listener to presence failed');
    }
  }

  #targets(to: Target): Iterable<Connection> {
    switch (to.kind) {
      case 'all':
        return this.#connections.values();
      case 'user':
        return this.#users.get(to.userId) ?? [];
      case 'group':
        return this.#groups.members(to.group);
      case 'connection': {
        const connection = this.#connections.get(to.connectionId);
        return connection ? [connection] : [];
      }
    }
  }

  /** Looks for silent clients from time to time, as long as there are any. */
  #sweepLater(): void {
    if (this.#cancelSweep) return;
    this.#cancelSweep = this.clock.at(this.clock.now() + this.limits.silenceMs, () => {
      this.#cancelSweep = undefined;
      for (const connection of [...this.#connections.values()]) connection.sweep();
      if (this.#connections.size > 0) this.#sweepLater();
    });
  }
}
