/** A relay without a server: pairs two ends in this process, and does to their messages what a test wants. */
import {
  type BinarySocketListener,
  decodeGrantFrame,
  type OpenBinarySocket,
  PAIRED_FRAME,
  RELAY_CLOSE,
  type RelayOffer,
} from '@open-remote-help/protocol/relay';

type Bytes = Uint8Array<ArrayBuffer>;

interface Seat {
  readonly listener: BinarySocketListener;
  isClosed: boolean;
}

export class MemoryRelay {
  /** What the ends showed, in the order in which they came. */
  readonly grants: string[] = [];
  /** Messages that were passed on, by who sent them: 0 came first. */
  readonly passed: Bytes[][] = [[], []];
  /** Codes with which the ends closed. */
  readonly closeCodes: number[] = [];
  /** What becomes of a message of the end that came first (0) or second (1). */
  pass: (message: Bytes, from: 0 | 1) => readonly Bytes[] = (message) => [message];
  readonly #seats: Seat[] = [];

  readonly openSocket: OpenBinarySocket = (_url, _subprotocol, listener) => {
    const seat: Seat = { listener, isClosed: false };
    const from = this.#seats.push(seat) === 1 ? 0 : 1;
    void Promise.resolve().then(() => listener.opened());
    return {
      send: (data) => {
        if (seat.isClosed) return;
        if (typeof data === 'string') this.#grant(decodeGrantFrame(data));
        else for (const message of this.pass(data.slice(), from)) this.deliver(message, from === 0 ? 1 : 0);
      },
      close: (code = RELAY_CLOSE.otherLeft) => {
        if (seat.isClosed) return;
        this.closeCodes.push(code);
        this.cut(code);
      },
    };
  };

  /** An offer for one of its ends. */
  offer(relayGrant: string): RelayOffer {
    return { relayId: 'Y0Gm3s7Vw1QxZ8LkPpT2bA', relayUri: 'wss://help.example/relay', relayGrant };
  }

  /** Brings a message to an end, as if the other had sent it. */
  deliver(message: Bytes, to: 0 | 1): void {
    this.passed[to === 0 ? 1 : 0]?.push(message);
    const seat = this.#seats[to];
    if (seat && !seat.isClosed) seat.listener.binary(message);
  }

  /** Closes both sockets. */
  cut(code: number): void {
    for (const seat of this.#seats) {
      if (seat.isClosed) continue;
      seat.isClosed = true;
      seat.listener.closed(code);
    }
  }

  /** Says text to an end, as the server does. */
  say(text: string, to: 0 | 1): void {
    this.#seats[to]?.listener.text(text);
  }

  #grant(grant: string): void {
    if (this.grants.push(grant) < 2) return;
    for (const { listener } of this.#seats) listener.text(PAIRED_FRAME);
  }
}
