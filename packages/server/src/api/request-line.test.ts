import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { Exchange } from './exchange.ts';
import { logRequest } from './request-line.ts';

const WRITTEN_AT = 1_790_000_000_123;

function logged(level: string): { readonly log: pino.Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const options = { level, base: null, timestamp: () => `,"time":"2026-09-21T14:13:20.123Z"` };
  return { log: pino(options, { write: (line) => lines.push(line) }), lines };
}

function exchangeOf(clientRequestId: string, facts: Exchange['facts']): Exchange {
  return { ids: { requestId: 'request-1', clientRequestId }, now: 1_790_000_000_000, startedAt: 0, facts };
}

const ANSWERED = { method: 'GET', status: 404, ms: 1.25 };
const ROUTE = '/beta/managedDevices/{id}';

it.each<[string, Exchange]>([
  ['a caller who is known', exchangeOf('client-1', { route: ROUTE, tenantId: 'tenant', objectId: 'object' })],
  ['a caller who is not', exchangeOf('client-1', { route: ROUTE })],
  ['ids that end a text early', exchangeOf('"}\\', { route: ROUTE, tenantId: '"\n', objectId: '\\","msg":"x' })],
  ['ids beyond ASCII', exchangeOf('é', { route: ROUTE, tenantId: '\u2028', objectId: 'Zoë\ud800' })],
])('the line says what pino would say of %s, and is one line', (_, exchange) => {
  const ours = logged('info');
  logRequest(ours.log, exchange, ANSWERED, WRITTEN_AT);
  const pinos = logged('info');
  pinos.log.info({ at: exchange.now, ...ANSWERED, ...exchange.ids, ...exchange.facts }, 'request');
  expect(ours.lines.map((line) => JSON.parse(line))).toEqual(pinos.lines.map((line) => JSON.parse(line)));
  expect(ours.lines.join('').match(/\n/g)).toHaveLength(1);
});

it('nothing is written where the log wants less', () => {
  const { log, lines } = logged('warn');
  logRequest(log, exchangeOf('client-1', { route: ROUTE }), ANSWERED, WRITTEN_AT);
  expect(lines).toEqual([]);
});
