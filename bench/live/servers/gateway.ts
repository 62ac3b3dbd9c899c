/** The product's gateway with a hub that lets in whom a token names, every limit as by default. Argument: port. */
import { createServer } from 'node:http';
import { Registry } from 'prom-client';
import { sourceOf } from '../../../packages/server/src/access/source.ts';
import { Throttle } from '../../../packages/server/src/api/throttle.ts';
import { MemoryNetwork } from '../../../packages/server/src/broker/memory-broker.ts';
import { systemClock as clock } from '../../../packages/server/src/clock.ts';
import { Gateway } from '../../../packages/server/src/gateway/gateway.ts';
import { GatewayMetrics } from '../../../packages/server/src/gateway/gateway-metrics.ts';
import { Hub } from '../../../packages/server/src/gateway/hub.ts';
import { createLog } from '../../../packages/server/src/log.ts';
import { ACCESS_KEY, HUB } from '../dialects.ts';

const [port] = process.argv.slice(2);
const isOwnOrigin = (origin: string) => origin === `http://127.0.0.1:${port}`;
const log = createLog('info', true);
const metrics = new GatewayMetrics(new Registry());
const hub = new Hub({
  name: HUB,
  accessKeys: [ACCESS_KEY],
  admit: async ({ userId, roles, groups }) => ({ userId, roles, groups }),
  broker: new MemoryNetwork().join(),
  ...{ isOwnOrigin, clock, log, metrics },
});
const gateway = new Gateway({
  ...{ hubs: [hub], clock, log, metrics },
  strangers: new Throttle(100),
  isAllowedOrigin: isOwnOrigin,
  sourceOf: (request) => sourceOf(request.socket.remoteAddress),
});
const server = createServer((_, response) => response.end());
gateway.attach(server);
server.listen(Number(port), '127.0.0.1');

// For memory: what is no longer used is not to be counted.
process.on('SIGUSR2', () => globalThis.gc?.());
