/** What is counted of relays. Nothing says whose they are. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** Why a relay is over. */
export type RelayCut =
  /** One of its ends closed it. */
  | 'left'
  /** A socket broke, or was silent. */
  | 'lost'
  /** The other end did not come. */
  | 'notPaired'
  /** The helper's connection has a newer one. */
  | 'replaced'
  /** The session ended, its lease is past, or who had a part in it has none any more. */
  | 'sessionOver'
  /** A message was too long. */
  | 'oversize'
  /** Text, or bytes before the other end was there, or no WebSocket traffic. */
  | 'malformed'
  | 'slowReader'
  | 'stopping';

export class RelayMetrics {
  /** Plain numbers: these are counted for each message. */
  readonly bytes = { toSharer: 0, toHelper: 0 };
  /** Of this node, with both ends there. */
  open = 0;
  readonly #cut: Counter<'reason'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const { bytes } = this;
    const open = () => this.open;
    this.#cut = new Counter({
      name: 'remote_help_relay_cuts_total',
      help: 'Relays that are over, by reason.',
      labelNames: ['reason'],
      registers,
    });
    new Gauge({
      name: 'remote_help_relays',
      help: 'Relays with both ends there.',
      registers,
      collect() {
        this.set(open());
      },
    });
    new Counter({
      name: 'remote_help_relay_bytes_total',
      help: 'Sealed bytes passed on, by direction.',
      labelNames: ['direction'],
      registers,
      collect() {
        this.reset();
        this.inc({ direction: 'toSharer' }, bytes.toSharer);
        this.inc({ direction: 'toHelper' }, bytes.toHelper);
      },
    });
  }

  countCut(reason: RelayCut): void {
    this.#cut.inc({ reason });
  }
}
