/** A connection: joins what was read, what is to be sent and the socket of the moment, which a reliable one outlives. */
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Log } from '../log.ts';
import { AckLog } from './acks.ts';
import type { ClientAccess } from './client-access-url.ts';
import { gatewayError } from './error-frames.ts';
import type { ClosedBecause, GatewayMetrics } from './gateway-metrics.ts';
import type { Group, Member } from './groups.ts';
import { Intake, type IntakeOwner } from './intake.ts';
import type { GatewayLimits } from './limits.ts';
import { type Message, reliableStart } from './message.ts';
import { ReliableStream } from './reliable-stream.ts';
import type { GroupPermissions } from './roles.ts';
import type { GroupStreams } from './streams.ts';
import type { Request } from './subprotocols/request.ts';
import type { ServerNotice, Subprotocol } from './subprotocols/subprotocol.ts';
import type { Transport, TransportOwner } from './transport.ts';

/** What is known of a connection from the handshake on. */
export interface ConnectionFacts {
  readonly id: string;
  readonly userId: string | undefined;
  readonly permissions: GroupPermissions;
  readonly claims: ClientAccess['claims'];
  /** What `admit` gave. */
  readonly context: unknown;
  readonly subprotocol: Subprotocol;
}

/** What a connection needs of its hub. */
export interface Home {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  perform(connection: Connection, request: Request): void;
  /** The token with which a connection can be recovered for the n-th time. */
  reconnectionToken(connection: Connection): string;
  lost(connection: Connection): void;
  closed(connection: Connection, because: ClosedBecause): void;
}

/** Reliable messages beyond this stay in the replay buffer until the socket has taken the others. */
const HIGH_WATER = 256 * 1_024;

export class Connection implements TransportOwner, IntakeOwner, Member {
  readonly facts: ConnectionFacts;
  groups: Set<Group<this>> | undefined;
  /** Made with the first stream that the client opens. */
  streams: GroupStreams | undefined;
  /** Sweeps since the client was last heard. */
  silentSweeps = 0;
  /** How often it was recovered. */
  recoveries = 0;
  isEnded = false;
  readonly #home: Home;
  readonly #stream: ReliableStream | undefined;
  readonly #intake: Intake;
  #acks: AckLog | undefined;
  #invocations: Set<string> | undefined;
  #transport: Transport | undefined;
  /** Told with the next sign of life. */
  #listeners: (() => void)[] | undefined;

  constructor(facts: ConnectionFacts, home: Home) {
    this.facts = facts;
    this.#home = home;
    this.#stream = facts.subprotocol.isReliable ? new ReliableStream(home.limits) : undefined;
    this.#intake = new Intake(this, home);
  }

  get id(): string {
    return this.facts.id;
  }

  get isAttached(): boolean {
    return this.#transport !== undefined;
  }

  /** Ack ids used with success. */
  get acks(): AckLog {
    this.#acks ??= new AckLog();
    return this.#acks;
  }

  /** Ids of invocations that wait for their answer. */
  get invocations(): Set<string> {
    this.#invocations ??= new Set();
    return this.#invocations;
  }

  /** Takes a socket, the first or, after a loss, the next; a former one that still looks alive is cut. */
  attach(transport: Transport): void {
    this.#transport?.abort();
    this.#transport = transport;
    this.silentSweeps = 0;
    if (this.#intake.isHeld) transport.pause();
    const { id, userId = null } = this.facts;
    const token = this.#stream ? { reconnectionToken: this.#home.reconnectionToken(this) } : {};
    this.notify({ type: 'system', event: 'connected', userId, connectionId: id, ...token });
    this.#stream?.rewind();
    this.#sendUnsent();
  }

  /** Sends a message, or keeps it for when the client is back. */
  deliver(message: Message): void {
    if (this.isEnded) return;
    this.#home.metrics.delivered += 1;
    if (this.#stream) {
      if (this.#stream.append(message.body(this.#stream.endId))) this.#sendUnsent(message);
      else this.#cutOff('slowReader');
      return;
    }
    this.#transport?.push(this.facts.subprotocol.messageFrame(message));
    this.#boundBacklog();
  }

  /** Sends what is not kept: acks, pongs, notices. Lost without a socket. */
  notify(notice: ServerNotice): void {
    const frame = this.facts.subprotocol.serverFrame(notice);
    if (frame) this.sendFrame(frame);
  }

  sendFrame(frame: Buffer): void {
    this.#transport?.push(frame);
    this.#boundBacklog();
  }

  acknowledgeMessages(sequenceId: number): void {
    this.#stream?.acknowledge(sequenceId);
  }

  /** Counts something that the service works on for the client; too much at once holds back reading. */
  beginWork(): void {
    this.#intake.beginWork();
  }

  endWork(): void {
    this.#intake.endWork();
  }

  /** Asks the client for a sign of life, and tells once of the next. Of one without a socket nothing is told. */
  ping(listener: () => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
    this.#transport?.pushPing();
  }

  /** Pings a silent client; gives up the socket of one that does not answer. */
  sweep(): void {
    this.silentSweeps += 1;
    if (!this.#transport || this.silentSweeps < 2) return;
    if (this.silentSweeps === 2) this.#transport.pushPing();
    else {
      const transport = this.#transport;
      this.gone(1006);
      transport.abort();
    }
  }

  /** Ends it for good, and tells the client why. */
  end(because: ClosedBecause, code: number, reason: string): void {
    if (this.isEnded) return;
    this.notify({ type: 'system', event: 'disconnected', message: reason });
    const transport = this.#transport;
    this.#forget(because);
    transport?.finish(code, reason);
  }

  received(data: Buffer, isBinary: boolean): void {
    this.#tellHeard();
    this.#home.metrics.received += 1;
    this.#intake.receive(data, isBinary);
  }

  take(data: Buffer, isBinary: boolean): void {
    if (this.isEnded) return;
    try {
      this.#home.perform(this, this.facts.subprotocol.decode(data, isBinary));
    } catch (error) {
      const isFault = !(error instanceof DomainError);
      if (isFault) this.#home.log.error({ err: error }, 'a request failed');
      const { closeCode, message } = gatewayError(error);
      this.end(isFault ? 'fault' : 'malformed', closeCode, message);
    }
  }

  pauseReading(): void {
    this.#transport?.pause();
  }

  resumeReading(): void {
    this.#transport?.resume();
  }

  heard(): void {
    this.#tellHeard();
    this.#intake.count(0);
    this.#boundBacklog();
  }

  drained(): void {
    this.#sendUnsent();
  }

  violated(isTooLarge: boolean): void {
    this.#forget(isTooLarge ? 'tooLarge' : 'malformed');
  }

  gone(code: number): void {
    if (this.isEnded) return;
    this.#transport = undefined;
    if (this.#stream && code !== NORMAL_CLOSURE) this.#home.lost(this);
    else this.#forget(code === NO_CLOSE_FRAME ? 'lost' : 'client');
  }

  /** Time is up for the next socket. */
  expire(): void {
    this.#forget('notRecovered');
  }

  /**
   * Sends reliable messages up to the high-water mark; the rest when the socket has taken them.
   * @param latest the one that was kept last
   */
  #sendUnsent(latest?: Message): void {
    const stream = this.#stream;
    const transport = this.#transport;
    if (!stream || !transport) return;
    for (let id = stream.nextId; id !== undefined; id = stream.nextId) {
      if (transport.backlog > HIGH_WATER) {
        transport.awaitDrain();
        return;
      }
      const body = stream.next();
      // Others with the same sequence id may be another message.
      const message = stream.nextId === undefined ? latest : undefined;
      const frame = message?.reliableFrame(id);
      if (frame) transport.push(frame);
      else {
        transport.push(message?.reliableStart(id) ?? reliableStart(id, body));
        transport.push(body);
      }
    }
  }

  #boundBacklog(): void {
    if (this.#transport && this.#transport.backlog > this.#home.limits.outboundBytes) this.#cutOff('slowReader');
  }

  /** Without a close frame: it would wait behind what the client does not read. */
  #cutOff(because: ClosedBecause): void {
    const transport = this.#transport;
    this.#forget(because);
    transport?.abort();
  }

  #forget(because: ClosedBecause): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#transport = undefined;
    this.#intake.stop();
    this.#home.closed(this, because);
  }

  #tellHeard(): void {
    this.silentSweeps = 0;
    if (!this.#listeners) return;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners) listener();
  }
}

const NORMAL_CLOSURE = 1000;
const NO_CLOSE_FRAME = 1006;
