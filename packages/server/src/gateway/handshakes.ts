/**
 * Sockets that have not finished a request or a handshake: each may take only so long, and they are only so many, for
 * each source and overall. When there are too many the oldest goes, so that a flood crowds out itself: who means it
 * is done within milliseconds.
 */
import type { Clock, Instant } from '../clock.ts';

export interface HandshakeLimits {
  readonly handshakeMs: number;
  readonly handshakes: number;
  readonly handshakesPerSource: number;
}

interface Waiting<S> {
  readonly socket: S;
  readonly source: string;
  readonly deadline: Instant;
}

export class Handshakes<S extends object> {
  readonly #clock: Clock;
  readonly #limits: HandshakeLimits;
  readonly #cut: (socket: S, because: 'timeout' | 'tooManyHandshakes') => void;
  /** In the order of their deadlines. */
  readonly #waiting = new Map<S, Waiting<S>>();
  readonly #bySource = new Map<string, Set<S>>();
  #cancel: (() => void) | undefined;

  /** @param cut is to destroy a socket; it is not counted any more */
  constructor(
    clock: Clock,
    limits: HandshakeLimits,
    cut: (socket: S, because: 'timeout' | 'tooManyHandshakes') => void,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#cut = cut;
  }

  get size(): number {
    return this.#waiting.size;
  }

  begin(socket: S, source: string): void {
    if (this.#waiting.has(socket)) return;
    const sockets = this.#bySource.get(source) ?? new Set();
    this.#bySource.set(source, sockets.add(socket));
    this.#waiting.set(socket, { socket, source, deadline: this.#clock.now() + this.#limits.handshakeMs });
    if (sockets.size > this.#limits.handshakesPerSource) this.#cutFirst(sockets);
    else if (this.#waiting.size > this.#limits.handshakes) this.#cutFirst(this.#waiting.keys());
    this.#arm();
  }

  /** The socket has done what it came for, or is gone. */
  end(socket: S): void {
    const waiting = this.#waiting.get(socket);
    if (!waiting) return;
    this.#waiting.delete(socket);
    const sockets = this.#bySource.get(waiting.source);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#bySource.delete(waiting.source);
    if (this.#waiting.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #cutFirst(sockets: Iterable<S>): void {
    for (const socket of sockets) {
      this.end(socket);
      this.#cut(socket, 'tooManyHandshakes');
      return;
    }
  }

  #arm(): void {
    if (this.#cancel) return;
    for (const { deadline } of this.#waiting.values()) {
      this.#cancel = this.#clock.at(deadline, () => this.#cutOverdue());
      return;
    }
  }

  #cutOverdue(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const { socket, deadline } of this.#waiting.values()) {
      if (deadline > now) break;
      this.end(socket);
      this.#cut(socket, 'timeout');
    }
    this.#arm();
  }
}
