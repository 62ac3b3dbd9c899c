/** Prometheus metrics. Labels are route templates, never URLs, so that no key or secret becomes a label. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** A registry of its own, with Node's own metrics in it. */
export class HttpMetrics {
  readonly #registry = new Registry();
  readonly #duration: Histogram<'method' | 'route' | 'status'>;
  /** By labels, of which there are only so many: to look one up takes prom-client as long as to count. */
  readonly #series = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>();
  readonly #refused: Counter<'reason'>;

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    this.#duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from a request to its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [this.#registry],
    });
    this.#refused = new Counter({
      name: 'remote_help_refused_sign_ins_total',
      help: 'Bearer tokens refused, by reason.',
      labelNames: ['reason'],
      registers: [this.#registry],
    });
  }

  /** For what else is counted in this process. */
  get registry(): Registry {
    return this.#registry;
  }

  observe(method: string, route: string, status: number, seconds: number): void {
    const name = `${method} ${route} ${status}`;
    let series = this.#series.get(name);
    if (!series) {
      series = this.#duration.labels(method, route, String(status));
      this.#series.set(name, series);
    }
    series.observe(seconds);
  }

  countRefusedSignIn(reason: string): void {
    this.#refused.inc({ reason });
  }

  /** Text in Prometheus' exposition format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
