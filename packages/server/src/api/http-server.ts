/**
 * HTTP around the Graph service: bodies, request ids, headers, errors in Graph's form for everything that goes wrong,
 * also before a request is a request.
 */

import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Log } from '../log.ts';
import { errorAnswer, type RequestIds } from '../odata/error-body.ts';
import {
  clientRequestId,
  type GraphRequest,
  type GraphResponse,
  type RequestFacts,
  requireJson,
} from './graph-request.ts';
import type { GraphService } from './graph-service.ts';
import type { HttpMetrics } from './metrics.ts';
import { type OriginRules, originOf, sourceAddressOf } from './origin.ts';

/** Largest body, in bytes, after decompression. */
const LARGEST_BODY = 1_048_576;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

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
  readonly issuer?: (request: IncomingMessage, response: ServerResponse, origin: string) => Promise<void>;
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

const gunzipBody = promisify(gunzip);

/** Builds the server; the caller listens. */
export function createHttpServer(collaborators: HttpCollaborators): FastifyInstance {
  const { clock, log, metrics } = collaborators;
  const server = Fastify({
    bodyLimit: LARGEST_BODY,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => refuseUnparsed(error, socket, clock.now()),
    frameworkErrors: (error, request, reply) => sendError(error, request, reply),
  });
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
      .headers({ 'content-type': 'application/json;charset=utf-8', 'cache-control': 'no-store', ...headers })
      .send(JSON.stringify(body));
  }

  server.addHook('onRequest', async (request, reply) => {
    const { ids } = exchangeOf(request);
    reply.headers({
      'request-id': ids.requestId,
      'client-request-id': ids.clientRequestId,
      'x-content-type-options': 'nosniff',
      'odata-version': '4.0',
      ...(isEncrypted(request.raw) ? HSTS : {}),
      ...(request.headers.origin === undefined ? {} : CORS),
    });
  });
  server.addHook('onResponse', async (request, reply) => {
    const { ids, facts, now } = exchangeOf(request);
    const ms = Math.round(reply.elapsedTime * 100) / 100;
    metrics.observe(request.method, facts.route, reply.statusCode, ms / 1_000);
    log.info({ at: now, method: request.method, status: reply.statusCode, ms, ...ids, ...facts }, 'request');
  });
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
    await issuer(request.raw, reply.raw, origin);
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
  const url = request.raw.url ?? '';
  const at = url.indexOf('?');
  return {
    method: request.method,
    path: (at < 0 ? url : url.slice(0, at)).slice('/beta'.length),
    query: at < 0 ? '' : url.slice(at + 1),
    header: (name) => headerOf(request, name),
    readBody: () => readJson(request),
    serviceRoot: `${origin}/beta`,
    remoteAddress: sourceAddressOf(addressed(request), originRules),
    ...given,
  };
}

async function readJson(request: FastifyRequest): Promise<unknown> {
  requireJson(headerOf(request, 'content-type'));
  const bytes = await decompress(request);
  if (bytes.length === 0) throw new DomainError('badRequest', 'The request needs a JSON body.');
  if (!isUtf8(bytes)) throw new DomainError('badRequest', 'The body is not UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new DomainError('badRequest', 'The body is not well-formed JSON.', { cause: error });
  }
}

async function decompress(request: FastifyRequest): Promise<Buffer> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const encoding = headerOf(request, 'content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new DomainError('unsupportedMediaType', 'Bodies may be compressed with gzip only.', {
      target: 'Content-Encoding',
    });
  }
  try {
    return await gunzipBody(body, { maxOutputLength: LARGEST_BODY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new DomainError('badRequest', 'The body is not what gzip makes.', {
      target: 'Content-Encoding',
      cause: error,
    });
  }
}

function tooLarge(): DomainError {
  return new DomainError('payloadTooLarge', 'The body is larger than 1 MB.');
}

/** Fastify's own refusals, by their status. */
function asRefusal(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const { statusCode, code } = error as Error & { statusCode?: number; code?: string };
  if (!code?.startsWith('FST_') || statusCode === undefined || statusCode >= 500) return error;
  if (statusCode === 413) return tooLarge();
  if (statusCode === 415) return new DomainError('unsupportedMediaType', 'Send the body as application/json.');
  return new DomainError('badRequest', 'The request is malformed.', { cause: error });
}

/** What Node's parser refuses never becomes a request; it still gets an answer in Graph's form. */
export function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket, now: number): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const ids = { requestId, clientRequestId: requestId };
  const { status, body } = errorAnswer(parserRefusal(error.code), ids, now);
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` +
      `request-id: ${requestId}\r\nclient-request-id: ${requestId}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${text}`,
  );
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function parserRefusal(code: string | undefined): DomainError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new DomainError('requestTimeout', 'The request took too long to arrive.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') return new DomainError('headersTooLarge', 'The header fields are too large.');
  return new DomainError('badRequest', 'This is no HTTP request.');
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
