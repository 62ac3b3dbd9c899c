/** The request that opens a connection (RFC 6455, 4.2.1; Web PubSub, "client protocols"). */
import type { IncomingMessage } from 'node:http';
import { DomainError } from '../errors.ts';

export interface HandshakeRequest {
  /** As the URL spells it. */
  readonly hub: string;
  /** From the query or, without one there, from `Authorization: Bearer`. */
  readonly accessToken: string | undefined;
  /** Present when a connection is to be recovered: nothing else of the URL counts then. */
  readonly recovery: { readonly connectionId: string; readonly token: string } | undefined;
  readonly offered: readonly string[];
}

const PATH = /^\/client(?:\/hubs\/([^/]+))?\/?$/i;
/** RFC 9110, 5.6.2. */
const WORD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** Whether the gateway answers for the path of a request target. */
export function isGatewayPath(target: string): boolean {
  return PATH.test(target.split('?', 1)[0] ?? '');
}

/**
 * @throws DomainError badRequest when it is no WebSocket handshake or names no hub, notFound for a path that is not the
 * gateway's
 */
export function readHandshake(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): HandshakeRequest {
  const { url: target = '', headers } = request;
  const [path = '', query = ''] = target.split('?', 2);
  const match = PATH.exec(path);
  if (!match) throw new DomainError('notFound', 'Connections are opened at /client/hubs/{hub}.');
  requireWebSocket(request);
  const parameters = new URLSearchParams(query);
  const hub = match[1] === undefined ? parameters.get('hub') : decoded(match[1]);
  if (!hub) throw new DomainError('badRequest', 'The URL names no hub.', { target: 'hub' });
  const connectionId = parameters.get('awps_connection_id');
  const token = parameters.get('awps_reconnection_token') ?? '';
  return {
    hub,
    accessToken: parameters.get('access_token') ?? bearer(headers.authorization),
    recovery: connectionId === null ? undefined : { connectionId, token },
    offered: offeredIn(headers['sec-websocket-protocol']),
  };
}

export function requireWebSocket({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): void {
  const isHandshake =
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    KEY.test(headers['sec-websocket-key'] ?? '') &&
    headers['sec-websocket-version'] === '13';
  if (!isHandshake) throw new DomainError('badRequest', 'This is no WebSocket handshake of version 13.');
}

export function offeredIn(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  const names = header.split(',').map((name) => name.trim());
  if (names.every((name) => WORD.test(name)) && new Set(names).size === names.length) return names;
  throw new DomainError('badRequest', 'Subprotocols are words, each named once.', { target: 'Sec-WebSocket-Protocol' });
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new DomainError('badRequest', 'The URL is not encoded as URLs are.', { target: 'hub', cause });
  }
}
