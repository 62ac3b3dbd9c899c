/** Where sockets of relays come in: below `/relay`, with a subprotocol of their own and a grant in the first frame. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RELAY_MESSAGE_BYTES, RELAY_PATH, RELAY_SUBPROTOCOL } from '@open-remote-help/protocol/relay';
import { WebSocketServer } from 'ws';
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { CLOSE } from './error-frames.ts';
import { offeredIn, requireWebSocket } from './handshake-request.ts';
import type { RelayRegistry } from './relay-registry.ts';
import { RelaySocket } from './relay-socket.ts';
import { Transport } from './transport.ts';

/** From the end of the handshake until the grant is there. */
const GRANT_FRAME_MS = 5_000;
/** After a close frame the end has this long to answer it. */
const CLOSE_MS = 2_000;

const WEB_SOCKET_OPTIONS = {
  noServer: true,
  clientTracking: false,
  WebSocket: Transport,
  maxPayload: RELAY_MESSAGE_BYTES,
  autoPong: false,
  perMessageDeflate: false,
  closeTimeout: CLOSE_MS,
  handleProtocols: () => RELAY_SUBPROTOCOL,
} as const;

/** Whether a request target is where relays are entered. */
export function isRelayPath(target: string): boolean {
  return (target.split('?', 1)[0] ?? '').toLowerCase().replace(/\/$/, '') === RELAY_PATH;
}

export class RelayDoor {
  readonly #clock: Clock;
  readonly #registry: RelayRegistry;
  readonly #webSockets = new WebSocketServer(WEB_SOCKET_OPTIONS);

  constructor(registry: RelayRegistry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /** @throws DomainError badRequest when it is no handshake for a relay */
  check(request: IncomingMessage): void {
    requireWebSocket(request);
    if (offeredIn(request.headers['sec-websocket-protocol']).includes(RELAY_SUBPROTOCOL)) return;
    throw new DomainError('badRequest', `Relays speak ${RELAY_SUBPROTOCOL}.`, { target: 'Sec-WebSocket-Protocol' });
  }

  /** Completes a handshake. @returns whether its grant was good; settles when that is known, or the socket is gone */
  admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean> {
    return new Promise((resolve) => {
      socket.once('close', () => resolve(false));
      this.#webSockets.handleUpgrade(request, socket, head, (transport: Transport) => {
        const settled = (isEntered: boolean) => {
          cancel();
          this.#registry.strangers.delete(end);
          resolve(isEntered);
        };
        const enter = (frame: string, entering: RelaySocket) => this.#registry.enter(frame, entering);
        const end: RelaySocket = new RelaySocket(transport, socket, enter, settled);
        const cancel = this.#clock.at(this.#clock.now() + GRANT_FRAME_MS, () => {
          end.refuse(CLOSE.policy, 'No grant was shown.');
        });
        this.#registry.strangers.add(end);
      });
    });
  }
}
