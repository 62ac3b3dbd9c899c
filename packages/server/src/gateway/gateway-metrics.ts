/** What the gateway counts. Labels are words of this code, never names that clients choose. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { RelayMetrics } from './relay-metrics.ts';

/** Why a handshake or a recovery was not let through. */
export type RefusedHandshake =
  | 'malformed'
  | 'unknownHub'
  | 'foreignOrigin'
  | 'tooManyHandshakes'
  | 'tooManyRefusals'
  | 'timeout'
  | 'token'
  | 'notAdmitted'
  | 'capacity'
  | 'recovery'
  /** Of a relay. */
  | 'grant';

/** Why a connection is gone for good. */
export type ClosedBecause =
  | 'client'
  | 'server'
  | 'malformed'
  | 'tooLarge'
  | 'slowReader'
  | 'notRecovered'
  | 'lost'
  | 'handlerFailed'
  | 'fault'
  | 'stopping';

export class GatewayMetrics {
  /** Plain numbers: these are counted for each message. */
  received = 0;
  delivered = 0;
  /** Of this node, those that wait for recovery included. */
  connections = 0;
  readonly relays: RelayMetrics;
  readonly #refused: Counter<'reason'>;
  readonly #closed: Counter<'reason'>;
  readonly #recovered: Counter;
  readonly #held: Counter;
  readonly #refusedRequests: Counter<'name'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.relays = new RelayMetrics(registry);
    this.#refused = new Counter({
      name: 'remote_help_gateway_refused_handshakes_total',
      help: 'Handshakes and recoveries refused, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#closed = new Counter({
      name: 'remote_help_gateway_closed_connections_total',
      help: 'Connections gone for good, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#recovered = new Counter({
      name: 'remote_help_gateway_recovered_connections_total',
      help: 'Connections taken over by another socket.',
      registers,
    });
    this.#held = new Counter({
      name: 'remote_help_gateway_held_back_total',
      help: 'Times a client was read more slowly because it sent too fast.',
      registers,
    });
    this.#refusedRequests = new Counter({
      name: 'remote_help_gateway_refused_requests_total',
      help: 'Requests of connections that were refused, by error name.',
      labelNames: ['name'],
      registers,
    });
    const current = () => this.connections;
    new Gauge({
      name: 'remote_help_gateway_connections',
      help: 'Connections, those that wait for recovery included.',
      registers,
      collect() {
        this.set(current());
      },
    });
    this.#plain(registry, 'received', 'Messages from clients.');
    this.#plain(registry, 'delivered', 'Messages to clients, each member of a group counted.');
  }

  countRefusedHandshake(reason: RefusedHandshake): void {
    this.#refused.inc({ reason });
  }

  countClosed(reason: ClosedBecause): void {
    this.#closed.inc({ reason });
  }

  countRecovered(): void {
    this.#recovered.inc();
  }

  countHeldBack(): void {
    this.#held.inc();
  }

  countRefusedRequest(name: string): void {
    this.#refusedRequests.inc({ name });
  }

  #plain(registry: Registry, name: 'received' | 'delivered', help: string): void {
    const current = () => this[name];
    new Counter({
      name: `remote_help_gateway_${name}_messages_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(current());
      },
    });
  }
}
