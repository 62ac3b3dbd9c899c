/**
 * The API on `node:http`, past Fastify's own request and reply: those would take as long as serving an entity does.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { RequestIds } from '../odata/error-body.ts';
import { addressed, asRefusal, beginExchange, CORS, type Exchange, refusalOf, usualHeaders } from './exchange.ts';
import type { GraphRequest, GraphResponse } from './graph-request.ts';
import type { GraphService } from './graph-service.ts';
import { type OriginRules, originOf, requireOneHost, sourceAddressOf } from './origin.ts';
import { readJson } from './request-body.ts';

/** What the listener works with. */
export interface GraphListenerOptions {
  readonly graph: Pick<GraphService, 'handle'>;
  readonly clock: Clock;
  readonly originRules: OriginRules;
  /** Logs what went wrong unless it is a refusal. */
  readonly report: (error: unknown, ids: RequestIds) => void;
  /** Told of each request once it is answered. */
  readonly observe: (exchange: Exchange, method: string, status: number) => void;
}

/** Answers every request below `/beta`. */
export function graphListener(
  options: GraphListenerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { clock, originRules, report, observe } = options;
  return async (request, response) => {
    const exchange = beginExchange(request, clock);
    exchange.facts.route = '/beta/unknown';
    let answer: GraphResponse;
    try {
      answer = await answerTo(request, exchange, options);
      send(response, answer, usualHeaders(request, exchange, originRules));
    } catch (error) {
      const refusal = asRefusal(error);
      report(refusal, exchange.ids);
      answer = refusalOf(refusal, exchange);
      send(response, answer, usualHeaders(request, exchange, originRules));
    }
    observe(exchange, request.method ?? '', answer.status);
  };
}

function answerTo(
  request: IncomingMessage,
  { ids, now, facts }: Exchange,
  { graph, originRules, report }: GraphListenerOptions,
): GraphResponse | Promise<GraphResponse> {
  requireOneHost(request.headers.host, request.httpVersion);
  if (request.method === 'OPTIONS') return { status: 204, headers: PREFLIGHT };
  const address = addressed(request);
  const graphRequest: GraphRequest = {
    method: request.method ?? '',
    ...targetOf(request.url ?? ''),
    header: address.header,
    readBody: () => readJson(request),
    serviceRoot: `${originOf(address, originRules)}/beta`,
    ids,
    remoteAddress: sourceAddressOf(address, originRules),
    now,
    report,
  };
  return graph.handle(graphRequest, facts);
}

function textOf({ body }: GraphResponse): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

/** Adds the answer's own headers to the usual ones. */
function send(response: ServerResponse, answer: GraphResponse, usual: Record<string, string>): void {
  const { status } = answer;
  const text = textOf(answer);
  const headers = Object.assign(usual, answer.headers);
  // What is left of a body that is too large is not read: the connection can carry no other request.
  if (status === PAYLOAD_TOO_LARGE) headers.connection = 'close';
  if (text === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const length = Buffer.byteLength(text);
  headers['content-length'] = String(length);
  // As Latin-1, text of ASCII characters alone is the same bytes in half the time.
  response.writeHead(status, headers).end(text, length === text.length ? 'latin1' : 'utf8');
}

const PAYLOAD_TOO_LARGE = 413;

/** Path below the service root, and query, of a request target, which may be an absolute URL (RFC 9112, 3.2.2). */
function targetOf(target: string): Pick<GraphRequest, 'path' | 'query'> {
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const below = path.indexOf('/', 1);
  return { path: below < 0 ? '' : path.slice(below), query: at < 0 ? '' : url.slice(at + 1) };
}

const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers':
    'authorization, content-type, content-encoding, accept, prefer, if-match, if-none-match, consistencylevel, client-request-id, sdkversion, retry-attempt, x-ms-throttle-priority',
  'access-control-max-age': '600',
};
