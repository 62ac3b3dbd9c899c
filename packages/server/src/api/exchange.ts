/** A request and its answer as HTTP sees them: ids, instant, headers that every answer has, the answer to a failure. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock, Instant } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { errorAnswer, type RequestIds } from '../odata/error-body.ts';
import { clientRequestId, type GraphResponse, type RequestFacts } from './graph-request.ts';
import { type Addressed, isPinnable, type OriginRules } from './origin.ts';
import { brokenOff, tooLarge } from './request-body.ts';

/** A request as far as it is known, for the answer's headers and the log line. */
export interface Exchange {
  readonly ids: RequestIds;
  readonly now: Instant;
  /** Milliseconds of a clock that is never set, to tell how long the answer took. */
  readonly startedAt: number;
  readonly facts: RequestFacts;
}

/** Gives a request its ids and its instant. */
export function beginExchange(request: IncomingMessage, clock: Clock): Exchange {
  const requestId = randomUUID();
  return {
    ids: { requestId, clientRequestId: clientRequestId(headerOf(request, 'client-request-id'), requestId) },
    now: clock.now(),
    startedAt: performance.now(),
    facts: { route: 'unknown' },
  };
}

/** Headers of every answer. */
export function commonHeaders(request: IncomingMessage, { ids }: Exchange, rules: OriginRules): Record<string, string> {
  const headers: Record<string, string> = {
    'request-id': ids.requestId,
    'client-request-id': ids.clientRequestId,
    'x-content-type-options': 'nosniff',
  };
  if (isPinnable(addressed(request), rules)) Object.assign(headers, HSTS);
  return headers;
}

/** Headers of every answer but the embedded issuer's, which decides by itself which origins may read it. */
export function usualHeaders(request: IncomingMessage, exchange: Exchange, rules: OriginRules): Record<string, string> {
  const headers = commonHeaders(request, exchange, rules);
  headers['odata-version'] = '4.0';
  if (request.headers.origin !== undefined) Object.assign(headers, CORS);
  return headers;
}

/** The answer to whatever was thrown, with a text for a body. */
export function refusalOf(error: unknown, { ids, now }: Exchange): GraphResponse {
  const { status, headers, body } = errorAnswer(error, ids, now);
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** Fastify's own refusals, by their status; and a body that broke off, which is nobody's bug here. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const { statusCode, code } = error as Error & { statusCode?: number; code?: string };
  if (code === 'ECONNRESET') return brokenOff(error);
  if (!code?.startsWith('FST_') || statusCode === undefined || statusCode >= 500) return error;
  if (statusCode === 413) return tooLarge();
  if (statusCode === 415) return new DomainError('unsupportedMediaType', 'Send the body as application/json.');
  return new DomainError('badRequest', 'The request is malformed.', { cause: error });
}

/** What the transport knows of a request, for the rules of `origin.ts`. */
export function addressed(request: IncomingMessage): Addressed {
  return {
    isEncrypted: isEncrypted(request),
    remoteAddress: request.socket.remoteAddress ?? '',
    header: (name) => headerOf(request, name),
  };
}

/** Header value by lower-case name. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

function isEncrypted(request: IncomingMessage): boolean {
  return (request.socket as TLSSocket).encrypted === true;
}

const HSTS = { 'strict-transport-security': 'max-age=31536000' };

/** Any page may read the API: its tokens are no cookies, so a page has only those that it was given. */
export const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'request-id, client-request-id, retry-after, etag, location, odata-version, preference-applied, www-authenticate',
};
