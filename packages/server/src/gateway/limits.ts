/** The gateway's bounds, and the rate limit of one connection. */
import type { Instant } from '../clock.ts';

export interface GatewayLimits {
  /** Largest message of a client, bytes (Web PubSub: 1 MB). */
  readonly messageBytes: number;
  /** Kept for one reliable connection until acknowledged. Azure's client acknowledges once a second. */
  readonly replayMessages: number;
  readonly replayBytes: number;
  /** How long a reliable connection without a socket can be recovered. */
  readonly recoveryMs: number;
  /** Waiting for one client that reads slowly, where no replay bounds it. */
  readonly outboundBytes: number;
  /** From one client, averaged over a second; a client that sends faster is read more slowly. */
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** Events and invocations of one client that the service works on at once. */
  readonly pendingEvents: number;
  readonly groupsPerConnection: number;
  readonly streamsPerConnection: number;
  readonly connections: number;
  readonly connectionsPerUser: number;
  /** From the first byte to the end of the handshake. */
  readonly handshakeMs: number;
  /** Sockets that have not finished one request or handshake yet. */
  readonly handshakes: number;
  readonly handshakesPerSource: number;
  /** A client silent for one such span is pinged, for two in a row it counts as lost. */
  readonly silenceMs: number;
}

const MB = 2 ** 20;

export const DEFAULT_LIMITS: GatewayLimits = {
  messageBytes: MB,
  replayMessages: 1_000,
  replayBytes: 16 * MB,
  recoveryMs: 30_000,
  outboundBytes: 4 * MB,
  messagesPerSecond: 5_000,
  bytesPerSecond: 16 * MB,
  pendingEvents: 64,
  groupsPerConnection: 1_000,
  streamsPerConnection: 100,
  connections: 50_000,
  connectionsPerUser: 100,
  handshakeMs: 10_000,
  handshakes: 5_000,
  handshakesPerSource: 2_000,
  silenceMs: 15_000,
};

/** Lets a second's worth through at once, and tells how long to wait after that. */
export class RateLimit {
  readonly #limits: Pick<GatewayLimits, 'messagesPerSecond' | 'bytesPerSecond'>;
  /** Seconds' worth that is used up, from 0 to 1 and beyond. */
  #used = 0;
  #usedAt: Instant = 0;

  constructor(limits: Pick<GatewayLimits, 'messagesPerSecond' | 'bytesPerSecond'>) {
    this.#limits = limits;
  }

  /** Counts one message. @returns milliseconds during which nothing more should be read; 0 within the limit */
  count(bytes: number, now: Instant): number {
    const { messagesPerSecond, bytesPerSecond } = this.#limits;
    const regained = Math.max(0, now - this.#usedAt) / 1_000;
    this.#used = Math.max(0, this.#used - regained) + Math.max(1 / messagesPerSecond, bytes / bytesPerSecond);
    this.#usedAt = now;
    return Math.ceil(Math.max(0, this.#used - 1) * 1_000);
  }
}
