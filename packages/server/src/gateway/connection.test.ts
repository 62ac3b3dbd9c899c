import { ManualClock } from '@open-remote-help/testkit';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { Connection, type Home } from './connection.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { GroupPermissions } from './roles.ts';
import { json } from './subprotocols/json.ts';

it('a fault while a request is carried out ends the connection, and is not thrown on (GW-53)', () => {
  const closed: string[] = [];
  const home: Home = {
    clock: new ManualClock(),
    limits: DEFAULT_LIMITS,
    metrics: new GatewayMetrics(new Registry()),
    log: createLog('silent', false),
    perform: () => {
      throw new TypeError('a bug');
    },
    reconnectionToken: () => '',
    lost: () => closed.push('lost'),
    closed: (_, because) => closed.push(because),
  };
  const permissions = new GroupPermissions([]);
  const facts = { id: 'c', userId: undefined, permissions, claims: {}, context: undefined, subprotocol: json };
  const connection = new Connection(facts, home);
  connection.received(Buffer.from('{"type":"ping"}'), false);
  connection.received(Buffer.from('{"type":"ping"}'), false);
  expect(closed).toEqual(['fault']);
  expect(connection.isEnded).toBe(true);
});
