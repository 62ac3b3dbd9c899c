/**
 * HTTP around the Graph service: bodies, request ids, headers, errors in Graph's form for everything that goes wrong,
 * also before a request is a request.
 */

import { randomUUID } from 'node:crypto';
import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Log } from '../log.ts';
import { errorAnswer, type RequestIds } from '../odata/error-body.ts';
import { clientRequestId, type GraphRequest, type GraphResponse, type RequestFacts } from './graph-request.ts';
import type { GraphService } from './graph-service.ts';
import type { HttpMetrics } from './metrics.ts';
import { refuseUnparsed, SERVER_OPTIONS } from './node-server.ts';
import { type OriginRules, originOf, sourceAddressOf } from './origin.ts';
import { LARGEST_BODY, readJson, tooLarge } from './request-body.ts';

export interface HttpCollaborators {
  readonly graph: GraphService;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HttpMetrics;
  readonly originRules: OriginRules;
  /** Rejects while requests can't be served. */
  readonly checkReady: () => Promise<void>;
  /** Text documents outside the API, by path: the readable page, OpenAPI. */
  readonly pages: Readonly<Record<string, (origin: string) => Page>>;
  /** The embedded issuer: answers everything below `/{tenant}/` by itself. */
  readonly issuer?: (
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
    source: string,
  ) => Promise<unknown>;
}

export interface Page {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request as far as it is known, for the answer's headers and the log line. */
interface Exchange {
  readonly ids: RequestIds;
  readonly now: number;
  readonly facts: RequestFacts;
}

/** Builds the server; the caller listens. */
export function createHttpServer(collaborators: HttpCollaborators): FastifyInstance {
  const { clock, log, metrics } = collaborators;
  const server = Fastify({
    bodyLimit: LARGEST_BODY,
    requestTimeout: SERVER_OPTIONS.requestTimeout,
    keepAliveTimeout: SERVER_OPTIONS.keepAliveTimeout,
    http: SERVER_OPTIONS,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => refuseUnparsed(error, socket, clock.now()),
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply);
      observe(request, reply);
    },
  });
  // RFC 9110, 10.1.1 lets a server pass over an expectation that it does not know; Node would refuse without a body.
  server.server.on('checkExpectation', server.routing);
  for (const method of METHODS) if (!server.supportedMethods.includes(method)) server.addHttpMethod(method);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const exchanges = new WeakMap<IncomingMessage, Exchange>();

  const exchangeOf = (request: FastifyRequest): Exchange => {
    let exchange = exchanges.get(request.raw);
    if (!exchange) {
      const requestId = randomUUID();
      exchange = {
        ids: { requestId, clientRequestId: clientRequestId(headerOf(request, 'client-request-id'), requestId) },
        now: clock.now(),
        facts: { route: 'unknown' },
      };
      exchanges.set(request.raw, exchange);
    }
    return exchange;
  };

  function report(error: unknown, { requestId }: RequestIds): void {
    if (!(error instanceof DomainError)) log.error({ err: error, requestId }, 'unexpected error');
    else if (error.code === 'unavailable') log.warn({ err: error, requestId }, 'unavailable');
  }

  function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { ids, now } = exchangeOf(request);
    const refusal = asRefusal(error);
    report(refusal, ids);
    const { status, headers, body } = errorAnswer(refusal, ids, now);
    return reply
      .code(status)
      .headers({
        ...usualHeaders(request, ids),
        'content-type': 'application/json;charset=utf-8',
        'cache-control': 'no-store',
        ...headers,
      })
      .send(JSON.stringify(body));
  }

  server.addHook('onRequest', async (request, reply) => {
    reply.headers(usualHeaders(request, exchangeOf(request).ids));
  });
  function observe(request: FastifyRequest, reply: FastifyReply): void {
    const { ids, facts, now } = exchangeOf(request);
    const ms = Math.round(reply.elapsedTime * 100) / 100;
    metrics.observe(request.method, facts.route, reply.statusCode, ms / 1_000);
    log.info({ at: now, method: request.method, status: reply.statusCode, ms, ...ids, ...facts }, 'request');
  }
  server.addHook('onResponse', async (request, reply) => observe(request, reply));
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    sendError(new DomainError('notFound', 'Nothing is served here. The API lies below /beta.'), request, reply),
  );

  const onGraph = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { ids, now, facts } = exchangeOf(request);
    facts.route = '/beta/unknown';
    if (request.method === 'OPTIONS') return reply.code(204).headers(PREFLIGHT).send();
    const origin = originOf(addressed(request), collaborators.originRules);
    const graphRequest = readGraphRequest(request, {
      ids,
      now,
      origin,
      originRules: collaborators.originRules,
      report,
    });
    return sendAnswer(reply, await collaborators.graph.handle(graphRequest, facts));
  };
  server.all('/beta', onGraph);
  server.all('/beta/*', onGraph);

  server.get('/healthz', async (request, reply) => {
    exchangeOf(request).facts.route = '/healthz';
    return reply.header('cache-control', 'no-store').type('text/plain').send('ok\n');
  });
  server.get('/readyz', async (request, reply) => {
    exchangeOf(request).facts.route = '/readyz';
    const reason = await collaborators.checkReady().then(
      () => undefined,
      () => 'the database cannot be used now',
    );
    return reply
      .code(reason ? 503 : 200)
      .header('cache-control', 'no-store')
      .type('text/plain')
      .send(reason ? `not ready: ${reason}\n` : 'ready\n');
  });
  for (const [path, page] of Object.entries(collaborators.pages)) {
    server.get(path, async (request, reply) => {
      exchangeOf(request).facts.route = path;
      const { contentType, headers, body } = page(originOf(addressed(request), collaborators.originRules));
      return reply.headers({ 'content-type': contentType, ...headers }).send(body);
    });
  }
  mountIssuer(server, collaborators, exchangeOf);
  return server;
}

/** The issuer writes its own answers: OAuth's errors, not Graph's. */
function mountIssuer(
  server: FastifyInstance,
  { issuer, originRules }: HttpCollaborators,
  exchangeOf: (request: FastifyRequest) => Exchange,
): void {
  if (!issuer) return;
  const onIssuer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    exchangeOf(request).facts.route = '/{tenant}/…';
    const origin = originOf(addressed(request), originRules);
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    await issuer(request.raw, reply.raw, origin, sourceAddressOf(addressed(request), originRules));
    return reply;
  };
  // The issuer reads the body itself.
  void server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.all('/:tenant(^[0-9a-fA-F-]{36}$)/*', onIssuer);
  });
}

function sendAnswer(reply: FastifyReply, { status, headers, body }: GraphResponse): FastifyReply {
  reply.code(status).headers(headers);
  if (body === undefined) return reply.send();
  return reply.send(typeof body === 'string' ? body : JSON.stringify(body));
}

function readGraphRequest(
  request: FastifyRequest,
  {
    origin,
    originRules,
    ...given
  }: Pick<GraphRequest, 'ids' | 'now' | 'report'> & { origin: string; originRules: OriginRules },
): GraphRequest {
  return {
    method: request.method,
    ...targetOf(request.raw.url ?? ''),
    header: (name) => headerOf(request, name),
    readBody: () =>
      readJson(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), {
        type: headerOf(request, 'content-type'),
        encoding: headerOf(request, 'content-encoding'),
      }),
    serviceRoot: `${origin}/beta`,
    remoteAddress: sourceAddressOf(addressed(request), originRules),
    ...given,
  };
}

/** Path below the service root, and query, of a request target, which may be an absolute URL (RFC 9112, 3.2.2). */
function targetOf(target: string): Pick<GraphRequest, 'path' | 'query'> {
  const url = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const below = path.indexOf('/', 1);
  return { path: below < 0 ? '' : path.slice(below), query: at < 0 ? '' : url.slice(at + 1) };
}

/** Fastify's own refusals, by their status; and a body that broke off, which is nobody's bug here. */
function asRefusal(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const { statusCode, code } = error as Error & { statusCode?: number; code?: string };
  if (code === 'ECONNRESET') return new DomainError('badRequest', 'The body broke off.', { cause: error });
  if (!code?.startsWith('FST_') || statusCode === undefined || statusCode >= 500) return error;
  if (statusCode === 413) return tooLarge();
  if (statusCode === 415) return new DomainError('unsupportedMediaType', 'Send the body as application/json.');
  return new DomainError('badRequest', 'The request is malformed.', { cause: error });
}

function usualHeaders(request: FastifyRequest, ids: RequestIds): Record<string, string> {
  return {
    'request-id': ids.requestId,
    'client-request-id': ids.clientRequestId,
    'x-content-type-options': 'nosniff',
    'odata-version': '4.0',
    ...(isEncrypted(request.raw) ? HSTS : {}),
    ...(request.headers.origin === undefined ? {} : CORS),
  };
}

function addressed(request: FastifyRequest) {
  return {
    isEncrypted: isEncrypted(request.raw),
    remoteAddress: request.raw.socket.remoteAddress ?? '',
    header: (name: string) => headerOf(request, name),
  };
}

function isEncrypted(request: IncomingMessage): boolean {
  return (request.socket as TLSSocket).encrypted === true;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

const HSTS = { 'strict-transport-security': 'max-age=31536000' };

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'request-id, client-request-id, retry-after, etag, location, odata-version, preference-applied, www-authenticate',
};

const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers':
    'authorization, content-type, content-encoding, accept, prefer, if-match, if-none-match, consistencylevel, client-request-id, sdkversion, retry-attempt, x-ms-throttle-priority',
  'access-control-max-age': '600',
};
