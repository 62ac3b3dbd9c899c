/** A gateway with one hub on a real listener; its time stands still unless a test moves it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '@open-remote-help/testkit';
import { Registry } from 'prom-client';
import { sourceOf } from '../../src/access/source.ts';
import { Throttle } from '../../src/api/throttle.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { MemoryNetwork } from '../../src/broker/memory-broker.ts';
import type { ClientAccessGrant } from '../../src/gateway/client-access-url.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { GatewayMetrics } from '../../src/gateway/gateway-metrics.ts';
import { Hub } from '../../src/gateway/hub.ts';
import type { Admit, HubOptions, Presence } from '../../src/gateway/hub-options.ts';
import type { GatewayLimits } from '../../src/gateway/limits.ts';
import type { ConnectionInfo } from '../../src/gateway/operations.ts';
import { RelayRegistry } from '../../src/gateway/relay-registry.ts';
import { createLog, type Log } from '../../src/log.ts';

export const ACCESS_KEY = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH';
export const OWN_PAGE = 'https://console.example';

/** What presence told, and what waits for it. */
export class Witness implements Presence {
  readonly events: { readonly what: keyof Presence; readonly connection: ConnectionInfo; readonly because?: string }[] =
    [];
  #waiting: (() => void)[] = [];

  opened = (connection: ConnectionInfo) => this.#note({ what: 'opened', connection });
  lost = (connection: ConnectionInfo) => this.#note({ what: 'lost', connection });
  recovered = (connection: ConnectionInfo) => this.#note({ what: 'recovered', connection });
  closed = (connection: ConnectionInfo, because: string) => this.#note({ what: 'closed', connection, because });

  /** The first event of a kind, past or to come; `count` for the n-th. */
  async seen(what: keyof Presence, count = 1): Promise<(typeof this.events)[number]> {
    for (;;) {
      const event = this.events.filter((known) => known.what === what)[count - 1];
      if (event) return event;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #note(event: (typeof this.events)[number]): void {
    this.events.push(event);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

export interface RigOptions {
  readonly admit?: Admit;
  readonly onEvent?: HubOptions['onEvent'];
  readonly limits?: Partial<GatewayLimits>;
  /** Refused handshakes that one source may make in ten seconds. */
  readonly strangers?: number;
  readonly broker?: Broker;
  readonly accessKeys?: HubOptions['accessKeys'];
  readonly log?: Log;
}

export interface Rig {
  readonly hub: Hub;
  readonly gateway: Gateway;
  readonly relays: RelayRegistry;
  readonly clock: ManualClock;
  readonly presence: Witness;
  readonly server: Server;
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  /** A client access URL; good for an hour where the grant does not say. */
  url(grant?: Partial<ClientAccessGrant>): Promise<string>;
  /** All metrics, as Prometheus would read them. */
  metrics(): Promise<string>;
  /** A metric with its labels as Prometheus would read it; 0 when there is none. */
  metric(series: string): Promise<number>;
  close(): Promise<void>;
}

const admitAll: Admit = async ({ userId, roles, groups }) => ({ userId, roles, groups });

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const { admit = admitAll, onEvent, limits = {}, strangers = 1_000, broker = new MemoryNetwork().join() } = options;
  const clock = new ManualClock();
  const registry = new Registry();
  const metrics = new GatewayMetrics(registry);
  const { log = createLog('silent', false) } = options;
  const presence = new Witness();
  const server = createServer((_, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const hub = new Hub({
    name: 'hub1',
    accessKeys: options.accessKeys ?? [ACCESS_KEY],
    isOwnOrigin: (origin) => origin === endpoint,
    admit,
    ...(onEvent ? { onEvent } : {}),
    ...{ presence, broker, clock, log, metrics, limits },
  });
  const relays = new RelayRegistry({ clock, metrics: metrics.relays });
  const gateway = new Gateway({
    ...{ hubs: [hub], clock, log, metrics, limits, relays },
    strangers: new Throttle(strangers),
    isAllowedOrigin: (origin) => origin === OWN_PAGE,
    sourceOf: (request) => sourceOf(request.socket.remoteAddress),
  });
  gateway.attach(server);
  return {
    ...{ hub, gateway, relays, clock, presence, server, port, endpoint },
    url: (grant = {}) => hub.clientAccessUrl(endpoint, { expiresAt: clock.now() + 3_600_000, ...grant }),
    metrics: () => registry.metrics(),
    metric: async (series) => {
      const line = (await registry.metrics()).split('\n').find((text) => text.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    },
    close: async () => {
      relays.stop();
      hub.stop();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
