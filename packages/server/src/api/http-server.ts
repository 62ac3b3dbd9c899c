/**
 * HTTP around the Graph service: routes, pages, health, the embedded issuer; errors in Graph's form for everything that
 * goes wrong, also before a request is a request.
 */
import { createServer, type IncomingMessage, METHODS, type RequestListener, type ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { sourceOf } from '../access/source.ts';
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RequestIds } from '../odata/error-body.ts';
import { answerConsole, type ConsoleEdge, nothingHere } from './console-routes.ts';
import { answerDevice, type DeviceEdge } from './device-routes.ts';
import {
  addressed,
  asRefusal,
  beginExchange,
  commonHeaders,
  type Exchange,
  refusalOf,
  usualHeaders,
} from './exchange.ts';
import { graphListener } from './graph-listener.ts';
import type { GraphService } from './graph-service.ts';
import type { HttpMetrics } from './metrics.ts';
import { refuseUnparsed, SERVER_OPTIONS } from './node-server.ts';
import { type OriginRules, originOf, requireOneHost, sourceAddressOf } from './origin.ts';
import { LARGEST_BODY } from './request-body.ts';
import { logRequest } from './request-line.ts';
import { answerClaim, type ShareEdge } from './share-routes.ts';
import type { Throttle } from './throttle.ts';

/** What the HTTP server works with. */
export interface HttpCollaborators {
  readonly graph: GraphService;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HttpMetrics;
  readonly originRules: OriginRules;
  /** Counts, by source, what is served to anybody. */
  readonly strangers: Throttle;
  /** Rejects while requests can't be served. */
  readonly checkReady: () => Promise<void>;
  /** Text documents outside the API, by path: the readable page, OpenAPI. */
  readonly pages: Readonly<Record<string, (origin: string) => Page>>;
  /** The console, which answers whatever nothing else does. */
  readonly console?: ConsoleEdge;
  /** The device's own routes, below `/device/{tenantId}/`, and which devices are known there. */
  readonly devices?: Pick<DeviceEdge, 'routes' | 'isKnown'>;
  /** Who takes codes from sharers' pages. */
  readonly claims?: ShareEdge['claims'];
  /** The embedded issuer: answers everything below `/{tenant}/` by itself; false, having done nothing, for what is not. */
  readonly issuer?: (
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
    source: string,
  ) => Promise<boolean>;
}

/** A document that is answered as it is. */
export interface Page {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Builds the server; the caller listens. */
export function createHttpServer(collaborators: HttpCollaborators): FastifyInstance {
  const { clock, log, metrics, originRules } = collaborators;
  const onGraph = graphListener({ graph: collaborators.graph, clock, originRules, report, observe });
  const server = Fastify({
    bodyLimit: LARGEST_BODY,
    // The API is most of all requests: finding its route and making Fastify's request would be a twentieth of each.
    serverFactory: (route) =>
      createServer(SERVER_OPTIONS, (request, response) => {
        if (API.test(request.url ?? '')) void onGraph(request, response);
        else route(request, response);
      }),
    exposeHeadRoutes: false,
    routerOptions: { caseSensitive: false },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // No route has a schema: without these, what compiles schemas is loaded, a tenth of the time to start.
    schemaController: { compilersFactory: { buildValidator: unreachable, buildSerializer: unreachable } },
    clientErrorHandler: (error, socket) => refuseUnparsed(error, socket, clock.now()),
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply);
      observeReply(request, reply);
    },
  });
  // RFC 9110, 10.1.1 lets a server pass over an expectation that it does not know; Node would refuse without a body.
  server.server.on('checkExpectation', listenerOf(server));
  for (const method of METHODS) if (!server.supportedMethods.includes(method)) server.addHttpMethod(method);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const exchanges = new WeakMap<IncomingMessage, Exchange>();

  const exchangeOf = ({ raw }: FastifyRequest): Exchange => {
    let exchange = exchanges.get(raw);
    if (!exchange) {
      exchange = beginExchange(raw, clock);
      exchanges.set(raw, exchange);
    }
    return exchange;
  };

  function report(error: unknown, { requestId }: RequestIds): void {
    if (!(error instanceof DomainError)) log.error({ err: error, requestId }, 'unexpected error');
    else if (error.code === 'unavailable') log.warn({ err: error, requestId }, 'unavailable');
  }

  function observe(exchange: Exchange, method: string, status: number): void {
    const ms = Math.round((performance.now() - exchange.startedAt) * 100) / 100;
    metrics.observe(method, exchange.facts.route, status, ms / 1_000);
    logRequest(log, exchange, { method, status, ms }, clock.now());
  }

  const observeReply = (request: FastifyRequest, reply: FastifyReply) =>
    observe(exchangeOf(request), request.method, reply.statusCode);

  function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const exchange = exchangeOf(request);
    const refusal = asRefusal(error);
    report(refusal, exchange.ids);
    const { status, headers, body } = refusalOf(refusal, exchange);
    // What is left of a body that is too large is not read: the connection can carry no other request.
    if (status === 413) reply.header('connection', 'close');
    return reply
      .code(status)
      .headers({ ...usualHeaders(request.raw, exchange, originRules), ...headers })
      .send(body);
  }

  server.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  // Whatever else of the API's targets gets here: absolute URLs, and requests that were injected.
  void server.register(async (scope) => {
    scope.addHook('onRequest', (request, reply) => {
      reply.hijack();
      void onGraph(request.raw, reply.raw);
    });
    for (const path of ['/beta', '/beta/*']) scope.all(path, unreachable);
  });
  void server.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      const { headers, httpVersion } = request.raw;
      requireOneHost(headers.host, httpVersion);
      reply.headers(usualHeaders(request.raw, exchangeOf(request), originRules));
    });
    scope.addHook('onResponse', async (request, reply) => observeReply(request, reply));
    scope.setNotFoundHandler((request, reply) => sendError(nothingHere(), request, reply));
    mountHealth(scope, collaborators.checkReady, exchangeOf);
    mountPages(scope, collaborators, exchangeOf);
    mountDevices(scope, collaborators, exchangeOf);
    mountShare(scope, collaborators, exchangeOf);
    mountIssuer(scope, collaborators, exchangeOf);
  });
  mountConsole(server, collaborators, exchangeOf, observeReply);
  return server;
}

/** What answers the requests of a server: for one more on another port. */
export function listenerOf({ server }: Pick<FastifyInstance, 'server'>): RequestListener {
  return (request, response) => server.emit('request', request, response);
}

/** Targets below the API's root, in any case. */
const API = /^\/beta(?:[/?]|$)/i;

type ExchangeOf = (request: FastifyRequest) => Exchange;

/** Never called: a hook takes requests of the API away from Fastify, and no route has a schema. */
function unreachable(): never {
  throw new Error('This is not to be reached.');
}

function mountHealth(scope: FastifyInstance, checkReady: () => Promise<void>, exchangeOf: ExchangeOf): void {
  scope.get('/healthz', async (request, reply) => {
    exchangeOf(request).facts.route = '/healthz';
    return reply.header('cache-control', 'no-store').type('text/plain').send('ok\n');
  });
  scope.get('/readyz', async (request, reply) => {
    exchangeOf(request).facts.route = '/readyz';
    const reason = await checkReady().then(
      () => undefined,
      () => 'the database cannot be used now',
    );
    return reply
      .code(reason ? 503 : 200)
      .header('cache-control', 'no-store')
      .type('text/plain')
      .send(reason ? `not ready: ${reason}\n` : 'ready\n');
  });
}

function mountPages(scope: FastifyInstance, collaborators: HttpCollaborators, exchangeOf: ExchangeOf): void {
  const { pages, originRules, strangers } = collaborators;
  for (const [path, page] of Object.entries(pages)) {
    scope.get(path, async (request, reply) => {
      const { facts, now } = exchangeOf(request);
      facts.route = path;
      const address = addressed(request.raw);
      strangers.count(sourceOf(sourceAddressOf(address, originRules)), now);
      const { contentType, headers, body } = page(originOf(address, originRules));
      return reply.headers({ 'content-type': contentType, ...headers }).send(body);
    });
  }
}

function mountDevices(scope: FastifyInstance, collaborators: HttpCollaborators, exchangeOf: ExchangeOf): void {
  const { originRules, strangers, devices } = collaborators;
  if (!devices) return;
  unparsed(scope, '/device/*', async (request, reply) => {
    const at = addressed(request.raw);
    const origin = originOf(at, originRules);
    const address = sourceAddressOf(at, originRules);
    const answer = await answerDevice({ ...devices, strangers }, request.raw, exchangeOf(request), { origin, address });
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
}

function mountShare(scope: FastifyInstance, collaborators: HttpCollaborators, exchangeOf: ExchangeOf): void {
  const { originRules, strangers, claims } = collaborators;
  if (!claims) return;
  unparsed(scope, '/share/claim', async (request, reply) => {
    const answer = await answerClaim({ claims, strangers, originRules }, request.raw, exchangeOf(request));
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
}

/** A route that reads the body itself. */
function unparsed(
  scope: FastifyInstance,
  path: string,
  handle: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
): void {
  void scope.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('*', (_request, _payload, done) => done(null));
    inner.all(path, handle);
  });
}

/** The issuer writes its own answers: OAuth's errors, not Graph's. */
function mountIssuer(scope: FastifyInstance, { issuer, originRules }: HttpCollaborators, exchangeOf: ExchangeOf): void {
  if (!issuer) return;
  const onIssuer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const exchange = exchangeOf(request);
    exchange.facts.route = '/{tenant}/…';
    const address = addressed(request.raw);
    const origin = originOf(address, originRules);
    for (const [name, value] of Object.entries(commonHeaders(request.raw, exchange, originRules)))
      reply.raw.setHeader(name, value);
    const isAnswered = await issuer(request.raw, reply.raw, origin, sourceAddressOf(address, originRules));
    if (!isAnswered) throw nothingHere();
    return reply.hijack();
  };
  unparsed(scope, '/:tenant(^[0-9a-fA-F-]{36}$)/*', onIssuer);
}

/** Pages and assets are nobody's data: they are read by this origin alone, and say nothing of OData. */
function mountConsole(
  server: FastifyInstance,
  { console, originRules }: HttpCollaborators,
  exchangeOf: ExchangeOf,
  observeReply: (request: FastifyRequest, reply: FastifyReply) => void,
): void {
  if (!console) return;
  void server.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      requireOneHost(request.raw.headers.host, request.raw.httpVersion);
      reply.headers(commonHeaders(request.raw, exchangeOf(request), originRules));
    });
    scope.addHook('onResponse', async (request, reply) => observeReply(request, reply));
    scope.route({
      method: ['GET', 'HEAD'],
      url: '/*',
      handler: async (request, reply) => {
        const { raw, method } = request;
        const { accept = '', 'accept-encoding': encodings } = raw.headers;
        const answer = await answerConsole(console, {
          path: (raw.url ?? '').split('?', 1)[0] ?? '',
          origin: originOf(addressed(raw), originRules),
          accept,
          acceptEncoding: String(encodings ?? ''),
        });
        exchangeOf(request).facts.route = answer.route;
        reply.code(answer.status).headers(answer.headers);
        if (method !== 'HEAD') return reply.send(answer.body);
        return reply.header('content-length', Buffer.byteLength(answer.body)).send();
      },
    });
  });
}
