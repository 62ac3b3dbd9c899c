/** One end's way to the server and to the other end: its connection to the hub, and the pairs sealed over it. */
import {
  type Allowance,
  type ControlEvent,
  decodeControlEvent,
  EventRefusal,
  type PairedEvent,
  PairLinks,
  type PairLinksOptions,
  type PairListener,
  type PeerEvent,
} from '@open-remote-help/protocol/events';
import { HubConnection, type HubMessage, type OpenSocket, type Timers } from '@open-remote-help/protocol/realtime';
import type { RelayKeys } from '@open-remote-help/protocol/relay';

export interface SessionLinkOptions extends Pick<PairLinksOptions, 'crypto' | 'end' | 'keysOf'> {
  readonly openSocket: OpenSocket;
  readonly timers: Timers;
  readonly sessionKey: string;
  /** Asks the server where to connect, and which group both ends are in. */
  readonly place: () => Promise<{ readonly accessUri: string; readonly groupId: string }>;
  readonly mayRetry: (error: unknown) => boolean;
  readonly listener: SessionLinkListener;
}

export interface SessionLinkListener extends PairListener {
  connected(connectionId: string, isRecovery: boolean): void;
  interrupted(): void;
  /** There is no way back. */
  gone(error: unknown): void;
  /** The server says something of this session. */
  told(event: ControlEvent): void;
  /** Taking in what came from the group failed, which no refusal explains; without it, that is an unhandled rejection. */
  failed?(error: unknown): void;
}

export class SessionLink {
  readonly #options: SessionLinkOptions;
  readonly #pairs: PairLinks;
  readonly #connection: HubConnection;
  #groupId = '';

  constructor(options: SessionLinkOptions) {
    this.#options = options;
    const { crypto, end, keysOf, openSocket, timers, mayRetry, listener } = options;
    this.#pairs = new PairLinks({
      ...{ crypto, end, keysOf, listener },
      transmit: (frame) => this.#connection.sendToGroup(this.#groupId, frame),
    });
    this.#connection = new HubConnection({
      ...{ openSocket, timers, mayRetry },
      accessUri: () => this.#accessUri(),
      listener: {
        connected: (connectionId, isRecovery) => {
          this.#pairs.connectedAs(connectionId);
          listener.connected(connectionId, isRecovery);
        },
        message: (message) => this.#hear(message),
        interrupted: () => listener.interrupted(),
        gone: (error) => listener.gone(error),
      },
    });
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  start(): void {
    this.#connection.start();
  }

  close(): void {
    this.#pairs.close();
    this.#connection.close();
  }

  /** Takes in what the server said by another way, as if it came over the connection. */
  hear(data: unknown): void {
    try {
      const event = decodeControlEvent(data);
      if (event.event === 'unknown' || event.sessionKey !== this.#options.sessionKey) return;
      this.#options.listener.told(event);
    } catch (error) {
      // What cannot be understood changes nothing (EV-3).
      if (!(error instanceof EventRefusal)) throw error;
    }
  }

  paired(event: PairedEvent): void {
    this.#pairs.paired(event);
  }

  allow(allowance: Allowance): void {
    this.#pairs.allow(allowance);
  }

  /** @returns to how many ends it went. @throws EventRefusal `blocked`, `malformed` */
  send(event: PeerEvent): Promise<number> {
    return this.#pairs.send(event);
  }

  /** @returns false while no pair with it is open. @throws EventRefusal `blocked`, `malformed` */
  sendTo(otherConnectionId: string, event: PeerEvent): Promise<boolean> {
    return this.#pairs.sendTo(otherConnectionId, event);
  }

  /** Undefined while no pair with that connection is open. */
  relayKeys(otherConnectionId: string, relayId: string): Promise<RelayKeys | undefined> {
    return this.#pairs.relayKeys(otherConnectionId, relayId);
  }

  async #accessUri(): Promise<string> {
    const { accessUri, groupId } = await this.#options.place();
    this.#groupId = groupId;
    return accessUri;
  }

  #hear({ from, data }: HubMessage): void {
    if (from === 'server') {
      this.hear(data);
      return;
    }
    const { failed } = this.#options.listener;
    const taken = this.#pairs.receive(data);
    if (failed) taken.catch(failed);
  }
}
