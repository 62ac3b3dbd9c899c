/** The product's relays, every limit as by default; grants are had by HTTP, one for each end. Argument: port. */
import { createServer } from 'node:http';
import { Registry } from 'prom-client';
import { sourceOf } from '../../packages/server/src/access/source.ts';
import { Throttle } from '../../packages/server/src/api/throttle.ts';
import { systemClock as clock } from '../../packages/server/src/clock.ts';
import { Gateway } from '../../packages/server/src/gateway/gateway.ts';
import { GatewayMetrics } from '../../packages/server/src/gateway/gateway-metrics.ts';
import { RelayRegistry } from '../../packages/server/src/gateway/relay-registry.ts';
import { createLog } from '../../packages/server/src/log.ts';

const [port] = process.argv.slice(2);
const metrics = new GatewayMetrics(new Registry());
const relays = new RelayRegistry({ clock, metrics: metrics.relays });
const gateway = new Gateway({
  ...{ hubs: [], clock, log: createLog('info', true), metrics, relays },
  strangers: new Throttle(100),
  isAllowedOrigin: () => false,
  sourceOf: (request) => sourceOf(request.socket.remoteAddress),
});
let made = 0;
const server = createServer((_, response) => {
  const relayId = relays.newRelayId();
  const sessionId = `session-${++made}`;
  const helper = relays.open(relayId, {
    ...{ sessionId, helperConnectionId: `helper-${made}`, sharerConnectionId: `sharer-${made}` },
  });
  response.end(JSON.stringify({ helper, sharer: relays.join(relayId, sessionId) }));
});
gateway.attach(server);
server.listen(Number(port), '127.0.0.1');
