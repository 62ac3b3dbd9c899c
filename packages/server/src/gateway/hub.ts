/** A hub, as the service uses it: operations on its connections, wherever they are. It knows nothing of help sessions. */
import type { KeyObject } from 'node:crypto';
import { Admissions } from './admissions.ts';
import { type ClientAccessGrant, clientAccessUrl, signingKey } from './client-access-url.ts';
import { isConnectionId, newNodeId, nodeIdOf } from './connection-id.ts';
import type { HubOptions } from './hub-options.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { LocalConnections } from './local-connections.ts';
import type { MessageFacts } from './message.ts';
import { isHubName, requireGroupName } from './names.ts';
import type { ConnectionInfo, Operation, Question, Target } from './operations.ts';
import { OtherNodes } from './other-nodes.ts';
import type { Payload } from './payload.ts';
import type { Permission } from './roles.ts';

/** Whom a sending or closing passes over. */
export interface Excluding {
  /** Connection ids. */
  readonly excluded?: readonly string[];
}

export class Hub {
  readonly name: string;
  /** For the handshake. */
  readonly admissions: Admissions;
  readonly #options: HubOptions;
  readonly #keys: () => readonly [KeyObject, ...KeyObject[]];
  readonly #nodeId = newNodeId();
  readonly #connections: LocalConnections;
  readonly #others: OtherNodes;

  /** @throws Error for a name or a key that is none */
  constructor(options: HubOptions) {
    const { name, accessKeys, clock, metrics, log, broker, admit, isOwnOrigin, onEvent, presence } = options;
    if (!isHubName(name)) throw new Error(`${name} is no name of a hub.`);
    this.name = name;
    this.#options = options;
    this.#keys = typeof accessKeys === 'function' ? accessKeys : fixedKeys(accessKeys);
    const nodeId = this.#nodeId;
    this.#others = new OtherNodes({ broker, clock, hub: name, nodeId, apply: (operation) => this.#apply(operation) });
    this.#connections = new LocalConnections({
      ...{ name, clock, metrics, log, onEvent, presence },
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      listenToGroup: (group) => this.#others.listenToGroup(group),
      publish: (group, facts, excluded) => this.#send({ kind: 'group', group }, facts, excluded),
    });
    const connections = this.#connections;
    this.admissions = new Admissions({ admit, isOwnOrigin, nodeId, keys: this.#keys, connections });
  }

  /** Whether a name in a URL is this hub's. */
  isNamed(name: string): boolean {
    return name.toLowerCase() === this.name.toLowerCase();
  }

  /**
   * A URL at which connections are opened: `wss://host:port/client/hubs/{hub}?access_token=…`.
   * @param endpoint `https://host:port` as clients see it
   */
  clientAccessUrl(endpoint: string, grant: ClientAccessGrant): Promise<string> {
    return clientAccessUrl({ endpoint, hub: this.name }, this.#keys()[0], grant, this.#options.clock.now());
  }

  /**
   * Needs no role, as all that the server does.
   * @returns whether there is such a connection, on any node
   * @throws DomainError badRequest for a name that is none, unavailable when the connection's node does not answer
   */
  async addToGroup(connectionId: string, group: string): Promise<boolean> {
    requireGroupName(group, 'group');
    return (await this.#ask({ kind: 'addToGroup', connectionId, group })) !== undefined;
  }

  /** @returns whether there is such a connection. @throws DomainError unavailable when its node does not answer */
  async removeFromGroup(connectionId: string, group: string): Promise<boolean> {
    return (await this.#ask({ kind: 'removeFromGroup', connectionId, group })) !== undefined;
  }

  /**
   * @param group absent: any group
   * @returns whether there is such a connection
   * @throws DomainError unavailable when its node does not answer
   */
  async grantPermission(connectionId: string, permission: Permission, group?: string): Promise<boolean> {
    const named = group === undefined ? {} : { group };
    return (await this.#ask({ kind: 'grant', connectionId, permission, ...named })) !== undefined;
  }

  /**
   * @param group absent: everything of this permission
   * @returns whether there is such a connection
   * @throws DomainError unavailable when its node does not answer
   */
  async revokePermission(connectionId: string, permission: Permission, group?: string): Promise<boolean> {
    const named = group === undefined ? {} : { group };
    return (await this.#ask({ kind: 'revoke', connectionId, permission, ...named })) !== undefined;
  }

  /** A connection on any node. @throws DomainError unavailable when its node does not answer */
  connection(connectionId: string): Promise<ConnectionInfo | undefined> {
    return this.#ask({ kind: 'look', connectionId });
  }

  /** Connections that this node holds. */
  *localConnections(): Iterable<ConnectionInfo> {
    for (const connection of this.#connections.values()) yield this.#connections.infoOf(connection);
  }

  /** Sends on any node; nobody hears whether anyone got it. Arrives as `from: "server"`. */
  sendToConnection(connectionId: string, payload: Payload): void {
    this.#send({ kind: 'connection', connectionId }, { from: 'server', payload }, []);
  }

  /** To all connections of a user. */
  sendToUser(userId: string, payload: Payload, { excluded = [] }: Excluding = {}): void {
    this.#send({ kind: 'user', userId }, { from: 'server', payload }, excluded);
  }

  /** Arrives as `from: "group"` without a sender. */
  sendToGroup(group: string, payload: Payload, { excluded = [] }: Excluding = {}): void {
    this.#send({ kind: 'group', group }, { from: 'group', group, payload }, excluded);
  }

  sendToAll(payload: Payload, { excluded = [] }: Excluding = {}): void {
    this.#send({ kind: 'all' }, { from: 'server', payload }, excluded);
  }

  /**
   * Whether a connection of a user on this node, but the one named, answers a ping. Settles with the first answer, with
   * false where there is none to ask, and never where none answers.
   */
  signOfLife(userId: string, excluded: string): Promise<boolean> {
    return this.#connections.signOfLife(userId, excluded);
  }

  /** To the connections in a group, from the server and not from one of them. */
  sendToMembers(group: string, payload: Payload): void {
    this.#send({ kind: 'group', group }, { from: 'server', payload }, []);
  }

  /**
   * Ends a connection for good, on any node: the client gets `disconnected` with the reason, then 1008, and 1008 again
   * when it tries to recover. One that is still being admitted under this id is refused.
   */
  closeConnection(connectionId: string, reason: string): void {
    this.#close({ kind: 'connection', connectionId }, reason, []);
  }

  /** Ends all connections of a user for good, those still being admitted too. */
  closeUserConnections(userId: string, reason: string, { excluded = [] }: Excluding = {}): void {
    this.#close({ kind: 'user', userId }, reason, excluded);
  }

  /** Ends the connections that are in a group now for good. */
  closeGroupConnections(group: string, reason: string, { excluded = [] }: Excluding = {}): void {
    this.#close({ kind: 'group', group }, reason, excluded);
  }

  /** Ends every connection for good, those still being admitted too. */
  closeAllConnections(reason: string, { excluded = [] }: Excluding = {}): void {
    this.#close({ kind: 'all' }, reason, excluded);
  }

  /** Closes the connections of this node with 1001 and leaves the broker. Detach the gateway first. */
  stop(): void {
    this.admissions.close({ kind: 'all' }, []);
    this.#connections.stop();
    this.#others.stop();
  }

  #send(to: Target, facts: MessageFacts, excluded: readonly string[]): void {
    this.#connections.send(to, facts, excluded);
    if (!this.#isOnlyHere(to)) this.#others.tell({ do: 'send', to, facts, excluded });
  }

  #close(to: Target, reason: string, excluded: readonly string[]): void {
    this.#closeHere(to, reason, excluded);
    if (!this.#isOnlyHere(to)) this.#others.tell({ do: 'close', to, reason, excluded });
  }

  #closeHere(to: Target, reason: string, excluded: readonly string[]): void {
    this.admissions.close(to, excluded);
    this.#connections.close(to, reason, excluded);
  }

  #ask(question: Question): Promise<ConnectionInfo | undefined> {
    const { connectionId } = question;
    if (!this.#isOnlyHere({ kind: 'connection', connectionId })) return this.#others.ask(question);
    return Promise.resolve(this.#connections.answer(question));
  }

  /** Whether no other node can hold the target. */
  #isOnlyHere(to: Target): boolean {
    if (to.kind !== 'connection') return false;
    return nodeIdOf(to.connectionId) === this.#nodeId || !isConnectionId(to.connectionId);
  }

  #apply(operation: Operation): ConnectionInfo | undefined {
    if (operation.do === 'ask') return this.#connections.answer(operation.question);
    if (operation.do === 'send') this.#connections.send(operation.to, operation.facts, operation.excluded);
    else if (operation.do === 'close') this.#closeHere(operation.to, operation.reason, operation.excluded);
    return undefined;
  }
}

function fixedKeys([primary, ...others]: readonly [string, ...string[]]) {
  const keys = [signingKey(primary), ...others.map(signingKey)] as const;
  return () => keys;
}
