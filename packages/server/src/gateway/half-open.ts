/** Bounds the sockets of an HTTP or HTTPS server that have not sent a request yet, TLS handshake included. */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sourceOf } from '../access/source.ts';
import type { Handshakes } from './handshakes.ts';

/** @returns ends watching */
export function watchHalfOpen(server: Server | TlsServer, handshakes: Handshakes<Duplex>): () => void {
  // A request over TLS comes on another object than the socket that was accepted; the client's port joins the two.
  const accepted = new Map<string, Socket>();
  const ports = new Map<Socket, string>();
  const opened = (socket: Socket) => {
    const port = portOf(socket);
    accepted.set(port, socket);
    ports.set(socket, port);
    handshakes.begin(socket, sourceOf(socket.remoteAddress));
    socket.once('close', closed);
  };
  // One function for all sockets: each of ten thousand would hold its own.
  function closed(this: Socket) {
    forget(this);
  }
  const forget = (socket: Socket) => {
    // A closed socket does not know its port any more.
    const port = ports.get(socket) ?? '';
    if (accepted.get(port) === socket) accepted.delete(port);
    ports.delete(socket);
    handshakes.end(socket);
  };
  const requested = ({ socket }: IncomingMessage) => {
    if (ports.size === 0) return;
    const first = accepted.get(portOf(socket));
    if (!first) return;
    first.off('close', closed);
    forget(first);
  };
  server.on('connection', opened);
  server.on('request', requested);
  server.on('upgrade', requested);
  return () => {
    server.off('connection', opened);
    server.off('request', requested);
    server.off('upgrade', requested);
  };
}

function portOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
