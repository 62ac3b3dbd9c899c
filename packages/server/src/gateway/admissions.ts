/** Who may open or recover a connection of a hub: token, capacity, and what `admit` says. */
import type { KeyObject } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { DomainError } from '../errors.ts';
import { type ClientAccess, verifyAccessToken } from './client-access-url.ts';
import type { Connection, ConnectionFacts } from './connection.ts';
import { newConnectionId } from './connection-id.ts';
import type { HubOptions } from './hub-options.ts';
import type { LocalConnections } from './local-connections.ts';
import { requireGroupName } from './names.ts';
import type { Target } from './operations.ts';
import { GroupPermissions } from './roles.ts';
import type { Subprotocol } from './subprotocols/subprotocol.ts';
import type { Transport } from './transport.ts';

/** A client that is let in and whose handshake is not finished. */
export interface Arrival {
  readonly facts: ConnectionFacts;
  readonly groups: readonly string[];
}

/** When capacity is short, clients may come back after this. */
const RETRY = { retryAfterSeconds: 10 };

export interface AdmissionsOptions extends Pick<HubOptions, 'admit' | 'isOwnOrigin'> {
  readonly nodeId: string;
  readonly keys: () => readonly KeyObject[];
  readonly connections: LocalConnections;
}

export class Admissions {
  readonly #options: AdmissionsOptions;
  /** Clients on their way in, by the connection id that they will have: what was closed since they came. */
  readonly #arriving = new Map<string, Target[]>();

  constructor(options: AdmissionsOptions) {
    this.#options = options;
  }

  /** @throws DomainError as `verifyAccessToken` */
  verify(token: string, hubInUrl: string): Promise<ClientAccess> {
    const { keys, isOwnOrigin, connections } = this.#options;
    return verifyAccessToken(token, { keys: keys(), hub: hubInUrl, isOwnOrigin }, connections.clock.now());
  }

  /** Asks `admit`. @throws DomainError its refusal, or that there are too many connections */
  async admit(access: ClientAccess, subprotocol: Subprotocol, source: string): Promise<Arrival> {
    const { admit, connections, nodeId } = this.#options;
    if (connections.size + this.#arriving.size >= connections.limits.connections) {
      throw new DomainError('unavailable', 'The gateway holds as many connections as it may.', RETRY);
    }
    const id = newConnectionId(nodeId);
    this.#arriving.set(id, []);
    try {
      const request = { hub: connections.name, connectionId: id, ...access, source, isRecovery: false };
      const { userId, roles, groups, context } = await admit(request);
      for (const group of groups) requireGroupName(group, 'groups');
      const permissions = new GroupPermissions(roles);
      return { facts: { id, userId, permissions, claims: access.claims, context, subprotocol }, groups };
    } catch (error) {
      this.#arriving.delete(id);
      throw error;
    }
  }

  /** To be called in the turn of `open`. @throws DomainError when the connection was closed while it was admitted */
  check({ facts: { id, userId }, groups }: Arrival): void {
    const { connections } = this.#options;
    const isClosed = this.#arriving.get(id)?.some((to) => {
      // Only now is it known who it is and in which groups.
      return reaches(to, { connectionId: id, userId, groups });
    });
    if (isClosed) throw new DomainError('forbidden', 'The connection was closed before it was opened.');
    if (userId === undefined || connections.sizeOfUser(userId) < connections.limits.connectionsPerUser) return;
    throw new DomainError('tooManyRequests', 'This user has as many connections as one may.', RETRY);
  }

  /** The handshake of an arrival is finished. */
  open({ facts, groups }: Arrival, transport: Transport, socket: Duplex): void {
    const connection = this.#options.connections.open(facts, groups);
    transport.wire(socket, connection);
    connection.attach(transport);
    this.#options.connections.opened(connection);
  }

  /** The handshake of an arrival is finished or has failed. */
  forget({ facts }: Arrival): void {
    this.#arriving.delete(facts.id);
  }

  /** Closes what is on its way in. */
  close(to: Target, excluded: readonly string[]): void {
    for (const [id, closed] of this.#arriving) {
      if (!excluded.includes(id)) closed.push(to);
    }
  }

  /**
   * The connection that a recovery is for, once `admit` agrees.
   * @throws DomainError for an unknown connection or token, or as `admit` refuses; none of this harms the connection
   */
  async findForRecovery(connectionId: string, token: string, source: string): Promise<Connection> {
    const { admit, connections } = this.#options;
    const connection = this.#recoverable(connectionId, token);
    const { userId, claims, context } = connection.facts;
    const facts = { connectionId, userId, claims, context, source };
    await admit({ hub: connections.name, ...facts, roles: [], groups: [], isRecovery: true });
    return connection;
  }

  /** The handshake of a recovery is finished. @returns false when its right to it has ended meanwhile */
  recover(connection: Connection, token: string, transport: Transport, socket: Duplex): boolean {
    const { connections } = this.#options;
    const used = this.#usedToken(connection, token);
    if (connection.isEnded || used === undefined) return false;
    connection.recoveries = used + 1;
    transport.wire(socket, connection);
    connection.attach(transport);
    connections.recovered(connection);
    return true;
  }

  #recoverable(connectionId: string, token: string): Connection {
    const connection = this.#options.connections.get(connectionId);
    if (connection?.facts.subprotocol.isReliable && this.#usedToken(connection, token) !== undefined) return connection;
    throw new DomainError('notFound', 'There is no such connection to recover.');
  }

  /** Which recovery gave this token; undefined for one that is forged or too old. */
  #usedToken({ id, recoveries }: Connection, token: string): number | undefined {
    const used = this.#options.connections.tokens.recoveriesOf(token, id);
    return used === recoveries || used === recoveries - 1 ? used : undefined;
  }
}

interface Reached {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly groups: readonly string[];
}

function reaches(to: Target, { connectionId, userId, groups }: Reached): boolean {
  switch (to.kind) {
    case 'all':
      return true;
    case 'user':
      return to.userId === userId;
    case 'group':
      return groups.includes(to.group);
    case 'connection':
      return to.connectionId === connectionId;
  }
}
