/**
 * What holds for every server of ours that Node's parser reads for, with TLS or without: limits, and an answer in
 * Graph's form where the parser refuses what never becomes a request.
 */
import { randomUUID } from 'node:crypto';
import type { RequestListener, ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { errorAnswer } from '../odata/error-body.ts';

/** How long a client may take to shake hands, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** How long a refused client may take to read the answer and close. */
const LINGER_MS = 1_000;

/** Limits of every server, in milliseconds. */
export const SERVER_OPTIONS = {
  // Without a Host header Node would answer by itself and without a body; the check of the origin refuses it too.
  requireHostHeader: false,
  // Otherwise the first Host of two would be taken, and a proxy in front may take the other.
  joinDuplicateHeaders: true,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  // Both timeouts above are only looked at this often.
  connectionsCheckingInterval: 1_000,
} as const satisfies ServerOptions;

/** The HTTPS server; the caller listens. */
export function createSecureServer(
  certificate: { readonly cert: string; readonly key: string },
  handle: RequestListener,
  clock: Clock,
  handshakeTimeout = HANDSHAKE_TIMEOUT_MS,
): Server {
  const { cert, key } = certificate;
  const server = createServer({ cert, key, minVersion: 'TLSv1.2', handshakeTimeout, ...SERVER_OPTIONS }, handle);
  server.on('clientError', (error, socket) => refuseUnparsed(error, socket as Socket, clock.now()));
  server.on('checkExpectation', handle);
  return server;
}

/** For `clientError`: answers and closes the connection. */
export function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket, now: number): void {
  // Without a handshake no answer can be read either.
  if (error.code === 'ECONNRESET' || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const { status, body } = errorAnswer(parserRefusal(error.code), { requestId, clientRequestId: requestId }, now);
  const text = JSON.stringify(body);
  // To destroy it at once could take the answer away from a client that is still sending.
  socket.setTimeout(LINGER_MS, () => socket.destroy());
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
