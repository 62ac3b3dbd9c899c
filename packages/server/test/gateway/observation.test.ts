/** What the service is told of connections, and what operators see. */
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { textPayload } from '../../src/gateway/payload.ts';
import { JSON_PROTOCOL, RawClient, RELIABLE_PROTOCOL, recoveryUrl, refusalOf } from './raw-client.ts';
import { startRig } from './rig.ts';

it('presence tells of each connection once, in order, with its context (GW-34)', async () => {
  const rig = await startRig({ admit: async ({ userId }) => ({ userId, roles: [], groups: ['g'], context: 7 }) });
  const url = await rig.url({ userId: 'ada', claims: { right: 'r' } });
  const reliable = await RawClient.open(url, RELIABLE_PROTOCOL);
  reliable.socket.terminate();
  await rig.presence.seen('lost');
  const again = await RawClient.open(recoveryUrl(url, reliable.hello), RELIABLE_PROTOCOL);
  await rig.presence.seen('recovered');
  again.socket.close(1000);
  await rig.presence.seen('closed');
  const plain = await RawClient.open(url, JSON_PROTOCOL);
  rig.hub.closeUserConnections('ada', 'Ended.');
  await plain.closed;
  expect(
    rig.presence.events.map(({ what, because = '', connection }) => [what, because, connection.isAttached]),
  ).toEqual([
    ['opened', '', true],
    ['lost', '', false],
    ['recovered', '', true],
    ['closed', 'client', false],
    ['opened', '', true],
    ['closed', 'server', false],
  ]);
  const ids = rig.presence.events.map(({ connection }) => connection.connectionId);
  expect(new Set(ids.slice(0, 4))).toEqual(new Set([reliable.hello.connectionId]));
  for (const { connection } of rig.presence.events) {
    expect(connection).toMatchObject({ userId: 'ada', groups: ['g'], claims: { right: 'r' }, context: 7 });
  }
  await rig.close();
});

it('metrics count, and neither they nor the log hold what clients chose or must keep secret (GW-46)', async () => {
  const lines: string[] = [];
  const rig = await startRig({
    log: pino({ level: 'trace' }, { write: (line) => lines.push(line) }),
    onEvent: async () => {
      throw new Error('the handler broke');
    },
    admit: async ({ userId, roles, groups }) => {
      if (userId === 'nobody') throw new Error('the store broke');
      return { userId, roles, groups };
    },
  });
  const url = await rig.url({ userId: 'secret-user', roles: ['webpubsub.sendToGroup'], groups: ['secret-group'] });
  const client = await RawClient.open(url, RELIABLE_PROTOCOL);
  await client.ask({ type: 'event', event: 'secret-event', ackId: 1, data: 'secret-data' });
  await client.ask({ type: 'sendToGroup', group: 'secret-group', data: 'secret-data' });
  rig.hub.sendToAll(textPayload('secret-data'));
  await client.next();
  await refusalOf(await rig.url({ userId: 'nobody' }));
  await refusalOf(`${url}x`);
  const metrics = await rig.metrics();
  for (const series of [
    'remote_help_gateway_connections 1',
    'remote_help_gateway_received_messages_total 2',
    'remote_help_gateway_delivered_messages_total 2',
    'remote_help_gateway_refused_requests_total{name="InternalServerError"} 1',
    'remote_help_gateway_refused_handshakes_total{reason="notAdmitted"} 1',
    'remote_help_gateway_refused_handshakes_total{reason="token"} 1',
  ]) {
    expect(metrics.split('\n')).toContain(series);
  }
  expect(lines.join('')).toContain('the handler broke');
  expect(lines.join('')).toContain('the store broke');
  const token = new URL(url).searchParams.get('access_token') ?? '';
  for (const secret of ['secret-', token.split('.')[2] ?? '', client.hello.reconnectionToken ?? '', 'access_token=']) {
    expect(secret).not.toBe('');
    expect(`${metrics}${lines.join('')}`).not.toContain(secret);
  }
  await rig.close();
});

it('a listener that fails is logged, and connections notice nothing (GW-53)', async () => {
  const lines: string[] = [];
  const rig = await startRig({ log: pino({ level: 'error' }, { write: (line) => lines.push(line) }) });
  const fail = () => {
    throw new Error('the listener broke');
  };
  Object.assign(rig.presence, { opened: fail, closed: fail });
  const url = await rig.url({ userId: 'ada', groups: ['g'] });
  const [first, second] = [await RawClient.open(url, JSON_PROTOCOL), await RawClient.open(url, JSON_PROTOCOL)];
  first.socket.close(1000);
  await first.closed;
  rig.hub.sendToGroup('g', textPayload('x'));
  expect(await second.nextJson()).toMatchObject({ data: 'x' });
  expect(await rig.metric('remote_help_gateway_connections')).toBe(1);
  expect(lines.filter((line) => line.includes('the listener broke'))).toHaveLength(3);
  await rig.close();
});
