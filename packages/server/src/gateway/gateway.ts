/** Where connections come in: takes upgrades of HTTP servers, and hands those that are let in to their hub. */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock, Instant } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Admissions, Arrival } from './admissions.ts';
import { CLOSE, gatewayError } from './error-frames.ts';
import type { GatewayMetrics, RefusedHandshake } from './gateway-metrics.ts';
import { watchHalfOpen } from './half-open.ts';
import { endWithRefusal } from './handshake-refusal.ts';
import { type HandshakeRequest, isGatewayPath, readHandshake } from './handshake-request.ts';
import { Handshakes } from './handshakes.ts';
import type { Hub } from './hub.ts';
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.ts';
import { isRelayPath, RelayDoor } from './relay-door.ts';
import type { RelayRegistry } from './relay-registry.ts';
import { chooseSubprotocol } from './subprotocols/subprotocol.ts';
import { Transport } from './transport.ts';

/** Counts refusals for each source; a source with too many is told so instead. */
export interface StrangerLimit {
  isExhausted(source: string, now: Instant): boolean;
  /** @throws DomainError tooManyRequests past the limit */
  count(source: string, now: Instant): void;
  refusal(now: Instant): DomainError;
}

export interface GatewayOptions {
  readonly hubs: readonly Hub[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: GatewayMetrics;
  readonly strangers: StrangerLimit;
  /** Whether pages of this origin (`https://help.example`) may open connections. Other programs send no origin. */
  readonly isAllowedOrigin: (origin: string) => boolean;
  /** What counts as a request's source; `sourceOf` makes one of an address. */
  readonly sourceOf: (request: IncomingMessage) => string;
  readonly limits?: Partial<GatewayLimits>;
  /** Absent: there are no relays here. */
  readonly relays?: RelayRegistry;
}

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** One handshake on its way. */
interface Candidate {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly source: string;
}

type TransportServer = InstanceType<typeof WebSocketServer<typeof Transport>>;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #handshakes: Handshakes<Duplex>;
  readonly #webSockets: TransportServer;
  readonly #relayDoor: RelayDoor | undefined;

  constructor(options: GatewayOptions) {
    const { clock, metrics } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#options = options;
    this.#handshakes = new Handshakes(clock, limits, (socket, because) => {
      metrics.countRefusedHandshake(because);
      socket.destroy();
    });
    this.#webSockets = new WebSocketServer(webSocketOptions(limits));
    this.#relayDoor = options.relays && new RelayDoor(options.relays, clock);
  }

  /**
   * Takes the upgrades of an HTTP or HTTPS server, and bounds its sockets that have not sent a request yet.
   * @param otherwise takes upgrades of paths that are not the gateway's; absent: to these the offer to speak something
   * else is passed over (RFC 9110, 7.8), where Node can be told so (from 24.9 on; before, they are answered 404)
   * @returns detaches again; connections stay
   */
  attach(server: Server | TlsServer, otherwise?: Upgrade): () => void {
    const upgrade: Upgrade = (request, socket, head) => {
      if (otherwise && !isForGateway(request)) otherwise(request, socket, head);
      else this.handleUpgrade(request, socket, head);
    };
    if (!otherwise) Object.assign(server, { shouldUpgradeCallback: isForGateway });
    const stopWatching = watchHalfOpen(server, this.#handshakes);
    server.on('upgrade', upgrade);
    return () => {
      server.off('upgrade', upgrade);
      stopWatching();
    };
  }

  /** Answers one handshake. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const candidate = { request, socket, head, source: this.#options.sourceOf(request) };
    const done = () => this.#handshakes.end(socket);
    // Without a listener an error of the socket would end the process.
    socket.on('error', destroyThis);
    socket.once('close', done);
    this.#handshakes.begin(socket, candidate.source);
    this.#answer(candidate)
      .then(
        () => socket.off('error', destroyThis),
        (error: unknown) => endWithRefusal(socket, error),
      )
      .finally(() => {
        socket.off('close', done);
        done();
      });
  }

  async #answer(candidate: Candidate): Promise<void> {
    const { request } = candidate;
    if (this.#relayDoor && isRelayPath(request.url ?? '')) {
      await this.#relay(candidate, this.#relayDoor);
      return;
    }
    const handshake = this.#read(candidate, readHandshake);
    this.#assertOrigin(candidate);
    if (handshake.recovery) await this.#recover(candidate, handshake.hub, handshake.recovery);
    else await this.#open(candidate, handshake);
  }

  /** Counts as half open until its grant was good. */
  async #relay(candidate: Candidate, door: RelayDoor): Promise<void> {
    const { request, socket, head, source } = candidate;
    this.#read(candidate, (asked) => door.check(asked));
    this.#assertOrigin(candidate);
    if (!(await door.admit(request, socket, head))) this.#strange('grant', source, undefined);
  }

  #read<T>({ request, source }: Candidate, read: (request: IncomingMessage) => T): T {
    try {
      return read(request);
    } catch (error) {
      throw this.#strange('malformed', source, error);
    }
  }

  #assertOrigin({ request: { headers }, source }: Candidate): void {
    const { origin } = headers;
    if (origin === undefined || this.#options.isAllowedOrigin(origin)) return;
    const refusal = new DomainError('forbidden', 'Pages of this origin may not connect.', { target: 'Origin' });
    throw this.#strange('foreignOrigin', source, refusal);
  }

  async #open(candidate: Candidate, { hub: hubName, accessToken, offered }: HandshakeRequest): Promise<void> {
    const { source } = candidate;
    const hub = this.#hub(hubName);
    if (!hub) {
      throw this.#strange(
        'unknownHub',
        source,
        new DomainError('notFound', 'There is no such hub.', { target: 'hub' }),
      );
    }
    if (accessToken === undefined) {
      const message = 'A client access token is needed.';
      throw this.#strange('token', source, new DomainError('unauthenticated', message, { target: 'access_token' }));
    }
    const access = await hub.admissions.verify(accessToken, hubName).catch((error: unknown) => {
      throw this.#strange('token', source, error);
    });
    const { subprotocol } = chooseSubprotocol(offered);
    const arrival = await hub.admissions.admit(access, subprotocol, source).catch((error: unknown) => {
      throw this.#refused(reasonOf(error), error);
    });
    this.#seat(hub.admissions, arrival, candidate);
  }

  /** All in one turn, so that nobody can close the connection between the last check and its beginning. */
  #seat(admissions: Admissions, arrival: Arrival, candidate: Candidate): void {
    try {
      admissions.check(arrival);
      this.#complete(candidate, (transport) => admissions.open(arrival, transport, candidate.socket));
    } catch (error) {
      throw this.#refused(reasonOf(error), error);
    } finally {
      admissions.forget(arrival);
    }
  }

  /** The handshake of a recovery that cannot be is completed: clients would repeat what gets an HTTP error. */
  async #recover(
    candidate: Candidate,
    hubName: string,
    { connectionId, token }: NonNullable<HandshakeRequest['recovery']>,
  ): Promise<void> {
    const { socket, source } = candidate;
    const { strangers, clock } = this.#options;
    const hub = this.#hub(hubName);
    let reason = 'There is no such connection to recover.';
    const connection = await hub?.admissions.findForRecovery(connectionId, token, source).catch((error: unknown) => {
      // What may be well in a moment is the one case in which clients are to repeat.
      if (!(error instanceof DomainError) || error.code === 'unavailable') throw this.#refused('recovery', error);
      reason = gatewayError(error).message;
      return undefined;
    });
    if (!connection && strangers.isExhausted(source, clock.now())) {
      throw this.#refused('tooManyRefusals', strangers.refusal(clock.now()));
    }
    this.#complete(candidate, (transport) => {
      if (connection && hub?.admissions.recover(connection, token, transport, socket)) return;
      this.#strange('recovery', source, undefined);
      transport.refuse(CLOSE.policy, reason);
    });
  }

  #complete({ request, socket, head }: Candidate, use: (transport: Transport) => void): void {
    this.#webSockets.handleUpgrade(request, socket, head, use);
  }

  #hub(name: string): Hub | undefined {
    return this.#options.hubs.find((hub) => hub.isNamed(name));
  }

  /** @returns the error, or that there were too many of this source */
  #strange(reason: RefusedHandshake, source: string, error: unknown): unknown {
    const { strangers, clock } = this.#options;
    const now = clock.now();
    if (strangers.isExhausted(source, now)) return this.#refused('tooManyRefusals', strangers.refusal(now));
    strangers.count(source, now);
    return this.#refused(reason, error);
  }

  #refused(reason: RefusedHandshake, error: unknown): unknown {
    this.#options.metrics.countRefusedHandshake(reason);
    if (error !== undefined && !(error instanceof DomainError)) {
      this.#options.log.error({ err: error }, 'a handshake failed');
    }
    return error;
  }
}

function isForGateway({ url = '' }: IncomingMessage): boolean {
  return isGatewayPath(url) || isRelayPath(url);
}

function destroyThis(this: Duplex): void {
  this.destroy();
}

function reasonOf(error: unknown): RefusedHandshake {
  const isFull = error instanceof DomainError && (error.code === 'unavailable' || error.code === 'tooManyRequests');
  return isFull ? 'capacity' : 'notAdmitted';
}

/** Chunks and fragments of one message that may wait: each costs memory beside its bytes. */
const MOST_PARTS = 16_384;
/** After a close frame the client has this long to answer it. */
const CLOSE_MS = 2_000;

function webSocketOptions({ messageBytes }: GatewayLimits) {
  return {
    noServer: true,
    clientTracking: false,
    WebSocket: Transport,
    maxPayload: messageBytes,
    maxFragments: MOST_PARTS,
    maxBufferedChunks: MOST_PARTS,
    // Pings are answered through the outbox, so that unread answers count against the client.
    autoPong: false,
    perMessageDeflate: false,
    closeTimeout: CLOSE_MS,
    handleProtocols: (offered: Set<string>) => chooseSubprotocol(offered).as ?? false,
  } as const;
}
