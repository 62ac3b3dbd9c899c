/** A sharer's end moved by hand, and the hub and relay between it and a helper's end, all in memory. */
import {
  type Bytes,
  type ControlEvent,
  encodeBase64,
  encodeControlEvent,
  PairLinks,
  type PeerEvent,
  type UnknownEvent,
  webCryptoPort,
  webCryptoSigner,
} from '@open-remote-help/protocol/events';
import type { OpenSocket, SocketListener, Timers } from '@open-remote-help/protocol/realtime';
import {
  type BinarySocketListener,
  type OpenBinarySocket,
  PAIRED_FRAME,
  type RelayControl,
  RelayEnd,
  type RelayEndReason,
  type RelayOffer,
} from '@open-remote-help/protocol/relay';

export const HAND_CRYPTO = webCryptoPort(globalThis.crypto);
const KEY = encodeBase64(new Uint8Array(32).fill(1));
const IV = encodeBase64(new Uint8Array(16).fill(2));

/** Settles once it holds; what it waits for comes in turns of the event loop, not with time. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A hub with one client; the test says what it says. */
export class HandHub {
  readonly urls: string[] = [];
  closed: string | undefined;
  #listener: SocketListener | undefined;
  #sequenceId = 0;
  /** Hears what the client sends to its group. */
  onGroup: (data: unknown) => void = () => undefined;

  readonly openSocket: OpenSocket = (url, _subprotocol, listener) => {
    this.urls.push(url);
    this.#listener = listener;
    return {
      send: (text) => {
        const frame = JSON.parse(text) as { type: string; data: unknown; ackId: number };
        if (frame.type !== 'sendToGroup') return;
        this.#say({ type: 'ack', ackId: frame.ackId, success: true });
        this.onGroup(frame.data);
      },
      close: (how) => {
        this.closed = how;
      },
    };
  };

  connected(connectionId: string): void {
    this.#sequenceId = 0;
    this.#say({ type: 'system', event: 'connected', connectionId, reconnectionToken: 'token' });
  }

  message(from: 'server' | 'group', data: unknown): void {
    this.#sequenceId += 1;
    this.#say({ type: 'message', from, sequenceId: this.#sequenceId, data });
  }

  breaks(code: number): void {
    this.#listener?.closed(code);
  }

  #say(frame: object): void {
    this.#listener?.message(JSON.stringify(frame));
  }
}

interface Joined {
  readonly listener: BinarySocketListener;
  isOpen: boolean;
  other?: Joined;
}

/** Joins sockets of one address two by two, as soon as they showed a grant. */
export class HandRelay {
  readonly #waiting = new Map<string, Joined>();
  readonly #all: Joined[] = [];

  readonly openSocket: OpenBinarySocket = (url, _subprotocol, listener) => {
    const own: Joined = { listener, isOpen: true };
    this.#all.push(own);
    queueMicrotask(() => listener.opened());
    return {
      send: (data) => {
        if (!own.isOpen) return;
        if (typeof data === 'string') this.#join(url, own);
        else if (own.other) later(own.other, ({ binary }) => binary(Uint8Array.from(data)));
      },
      close: () => close(own, 1000),
    };
  };

  /** As when the network breaks. */
  cut(): void {
    for (const each of this.#all) close(each, 1006);
  }

  #join(url: string, own: Joined): void {
    const other = this.#waiting.get(url);
    if (!other?.isOpen) {
      this.#waiting.set(url, own);
      return;
    }
    this.#waiting.delete(url);
    own.other = other;
    other.other = own;
    for (const each of [own, other]) later(each, ({ text }) => text(PAIRED_FRAME));
  }
}

function close(end: Joined, code: number): void {
  if (!end.isOpen) return;
  end.isOpen = false;
  queueMicrotask(() => end.listener.closed(code));
  if (end.other) close(end.other, code);
}

function later(end: Joined, tell: (listener: BinarySocketListener) => void): void {
  queueMicrotask(() => {
    if (end.isOpen) tell(end.listener);
  });
}

/** A sharer's end with one connection. */
export class SharerHand {
  readonly heard: (PeerEvent | UnknownEvent)[] = [];
  digits = '';
  readonly keys = { key: KEY, iv: IV };
  readonly connectionId: string;
  readonly links: PairLinks;

  private constructor(hub: HandHub, connectionId: string, signer: Awaited<ReturnType<typeof webCryptoSigner>>) {
    this.connectionId = connectionId;
    this.links = new PairLinks({
      crypto: HAND_CRYPTO,
      end: { party: 'sharer', signer, acceptsServerKey: false },
      keysOf: async () => this.keys,
      transmit: (frame) => hub.message('group', frame),
      listener: {
        opened: (_, assurance) => {
          if (assurance.kind === 'endToEnd') this.digits = assurance.digits;
        },
        event: (_, event) => this.heard.push(event),
        refused: () => undefined,
      },
    });
    this.links.connectedAs(connectionId);
    hub.onGroup = (data) => void this.links.receive(data);
  }

  static async on(hub: HandHub, connectionId: string): Promise<SharerHand> {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const keys = await globalThis.crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
    return new SharerHand(hub, connectionId, await webCryptoSigner(globalThis.crypto, keys));
  }
}

/** The sharer's end of one relay, with what it heard. */
export class HandRelayEnd {
  readonly controls: RelayControl[] = [];
  readonly received: number[] = [];
  closedBy: RelayEndReason | undefined;
  isPaired = false;
  readonly end: RelayEnd;

  constructor(end: (listener: ConstructorParameters<typeof RelayEnd>[0]['listener']) => RelayEnd) {
    this.end = end({
      paired: () => {
        this.isPaired = true;
      },
      data: (bytes: Bytes) => {
        this.received.push(...bytes);
        this.end.drawn(bytes.length);
      },
      control: (control) => this.controls.push(control),
      closed: (reason) => {
        this.closedBy = reason;
      },
    });
    this.end.start();
  }

  static async of(
    sharer: SharerHand,
    helperConnectionId: string,
    offer: RelayOffer,
    { relay, timers }: { readonly relay: HandRelay; readonly timers: Timers },
  ): Promise<HandRelayEnd> {
    const keys = await sharer.links.relayKeys(helperConnectionId, offer.relayId);
    if (!keys) throw new Error('No pair with this connection is open.');
    const common = { party: 'sharer', crypto: HAND_CRYPTO, keys, offer, openSocket: relay.openSocket, timers } as const;
    return new HandRelayEnd((listener) => new RelayEnd({ ...common, listener }));
  }
}

/** What the server says, as it says it. */
export function tells(hub: HandHub, event: ControlEvent): void {
  hub.message('server', encodeControlEvent(event));
}
