/** The answer to a handshake that is refused before it is completed. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError } from '../errors.ts';
import { gatewayError } from './error-frames.ts';

/** Answers with a status and `{"code":…,"message":…}`, and closes. */
export function endWithRefusal(socket: Duplex, error: unknown): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, message } = gatewayError(error);
  const body = JSON.stringify({ code, message });
  const retryAfter = error instanceof DomainError ? error.retryAfterSeconds : undefined;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json;charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    ...(status === 401 ? ['WWW-Authenticate: Bearer realm=""'] : []),
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
