/** One end of a relay, the helper's or the sharer's: opens its socket, shows its grant, and then carries a stream both ways. */
import type { Bytes } from '../events/bytes.ts';
import type { Cipher, CryptoPort } from '../events/crypto-port.ts';
import type { RelayKeys } from '../events/derivation.ts';
import { EventRefusal } from '../events/refusal.ts';
import type { Direction } from '../events/words.ts';
import type { Timers } from '../realtime/socket.ts';
import type { BinarySocket, OpenBinarySocket } from './binary-socket.ts';
import { RELAY_CLOSE, RELAY_SUBPROTOCOL } from './limits.ts';
import { Pings } from './pings.ts';
import { controlRecord, creditRecord, type RelayRecord, tokenRecord } from './records.ts';
import type { RelayControl } from './relay-control.ts';
import { assertPairedFrame, encodeGrantFrame, type RelayOffer } from './relay-offer.ts';
import { RelayReceiver } from './relay-receiver.ts';
import { RelaySender } from './relay-sender.ts';

export type RelayEndReason =
  /** This end closed it. */
  | 'closed'
  /** The other end closed it, went, or never came. */
  | 'otherLeft'
  /** The grant was not good, the session or the right to it is over, or a newer relay took this one's place. */
  | 'refused'
  /** The server was sent a message that is too long. */
  | 'oversize'
  /** More data than the credit allows, from the other end; or from this one, whose writer did not wait. */
  | 'overrun'
  /** A record does not open, is none, or came where there should be none: it was altered, or the other end is at fault. */
  | 'broken'
  /** More records than anybody needs. */
  | 'flood'
  /** Nothing was heard of the other end for too long. */
  | 'silent'
  /** The socket could not be opened, or broke. */
  | 'lost'
  /** The cryptography failed. */
  | 'failed';

export interface RelayListener {
  /** Both ends are there. */
  paired(): void;
  /** A part of the stream: a view of bytes that nobody else keeps. `drawn` gives its credit back. */
  data(bytes: Bytes): void;
  control(control: RelayControl): void;
  /** Told once; nothing is told after it. */
  closed(reason: RelayEndReason): void;
}

export interface RelayEndOptions {
  readonly party: 'helper' | 'sharer';
  readonly crypto: CryptoPort;
  /** Of this relay alone: `PairLinks.relayKeys`. */
  readonly keys: RelayKeys;
  readonly offer: RelayOffer;
  readonly openSocket: OpenBinarySocket;
  readonly timers: Timers;
  readonly listener: RelayListener;
}

/** From the start until both ends are there; the server waits 15 seconds for the other one. */
const PAIRING_MS = 25_000;
/** After this much silence the other end is asked for a sign of life. */
const QUIET_MS = 5_000;
/** After this much it is gone, whatever the socket says. */
const SILENT_MS = 20_000;

export class RelayEnd {
  readonly #options: RelayEndOptions;
  readonly #sends: Direction;
  readonly #receives: Direction;
  readonly #pings: Pings;
  readonly #sender: RelaySender;
  #receiver: RelayReceiver | undefined;
  #sealing: Cipher | undefined;
  #socket: BinarySocket | undefined;
  #state: 'new' | 'opening' | 'paired' | 'closed' = 'new';
  #heardAt = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(options: RelayEndOptions) {
    this.#options = options;
    const isHelper = options.party === 'helper';
    this.#sends = isHelper ? 'toSharer' : 'toHelper';
    this.#receives = isHelper ? 'toHelper' : 'toSharer';
    this.#sender = new RelaySender({
      transmit: (sealed) => this.#socket?.send(sealed),
      fail: (reason) => this.#end(reason),
    });
    this.#pings = new Pings(options.timers, (token) => this.#sender.sendUrgent(tokenRecord('ping', token)));
  }

  /** Once. What comes of it, the listener is told. */
  start(): void {
    if (this.#state !== 'new') throw new Error('A relay is started once.');
    this.#state = 'opening';
    const { timers } = this.#options;
    this.#cancelTimer = timers.at(timers.now() + PAIRING_MS, () => this.#end('lost'));
    this.#prepare().then(
      () => this.#open(),
      () => this.#end('failed'),
    );
  }

  /**
   * The next part of the stream, of any length; it is taken at once, and may be changed afterwards.
   * @returns settles when the other end's credit covered it: wait for it before more is written. Rejects once closed
   */
  write(data: Bytes): Promise<void> {
    return this.#sender.write(data);
  }

  /** Says that this much of the stream was shown, or written on. @throws RangeError for more than was received */
  drawn(bytes: number): void {
    if (this.#state !== 'paired') return;
    const due = this.#receiver?.drawn(bytes) ?? 0;
    if (due > 0) this.#sender.sendUrgent(creditRecord(due));
  }

  /** Goes before data that waits for credit, and before `close` if it was called before it. @throws EventRefusal `malformed` */
  control(control: RelayControl): void {
    const record = controlRecord(control, this.#sends);
    this.#sender.sendUrgent(record);
  }

  /** @returns the time to the other end and back, in milliseconds. Rejects once closed */
  ping(): Promise<number> {
    return this.#state === 'paired' ? this.#pings.send() : Promise.reject(new Error('The relay is not open.'));
  }

  /** What has its credit, and controls, still leave; nothing is told any more but `closed`. */
  close(): void {
    this.#end('closed');
  }

  async #prepare(): Promise<void> {
    const { crypto, keys } = this.#options;
    const [sealing, cipher] = await Promise.all([
      crypto.cipher(keys[this.#sends]),
      crypto.cipher(keys[this.#receives]),
    ]);
    this.#sealing = sealing;
    this.#receiver = new RelayReceiver({
      ...{ cipher, direction: this.#receives },
      record: (record) => this.#take(record),
      fail: (reason) => this.#end(reason),
    });
  }

  #open(): void {
    if (this.#state === 'closed') return;
    const { openSocket, offer } = this.#options;
    const socket = openSocket(offer.relayUri, RELAY_SUBPROTOCOL, {
      opened: () => socket.send(encodeGrantFrame(offer.relayGrant)),
      text: (text) => this.#hearText(text),
      binary: (bytes) => this.#hear(bytes),
      closed: (code) => this.#left(reasonOf(code)),
    });
    this.#socket = socket;
  }

  #hearText(text: string): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'opening' || !this.#sealing || !isPairedFrame(text)) {
      this.#end('broken');
      return;
    }
    this.#state = 'paired';
    this.#heardAt = this.#options.timers.now();
    this.#watch();
    this.#sender.open(this.#sealing);
    this.#options.listener.paired();
  }

  #hear(sealed: Bytes): void {
    if (this.#state === 'closed') return;
    this.#heardAt = this.#options.timers.now();
    if (this.#state === 'paired') this.#receiver?.receive(sealed);
    else this.#end('broken');
  }

  /** Who leaves may just have said why. */
  #left(reason: RelayEndReason): void {
    if (reason === 'otherLeft' && this.#receiver) this.#receiver.finish(() => this.#end(reason));
    else this.#end(reason);
  }

  #take(record: RelayRecord): void {
    const { listener } = this.#options;
    switch (record.kind) {
      case 'data':
        listener.data(record.payload);
        return;
      case 'credit':
        if (!this.#sender.credited(record.bytes)) this.#end('overrun');
        return;
      case 'control':
        if (!this.#pings.mayHear()) this.#end('flood');
        else if (record.control.control !== 'unknown') listener.control(record.control);
        return;
      case 'ping':
        if (this.#pings.mayHear()) this.#sender.sendUrgent(tokenRecord('pong', record.token));
        else this.#end('flood');
        return;
      case 'pong':
        if (!this.#pings.answered(record.token)) this.#end('broken');
    }
  }

  /** One timer, for the next moment at which silence would mean something. */
  #watch(): void {
    const { timers } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = timers.at(timers.now() + QUIET_MS, () => {
      const silence = timers.now() - this.#heardAt;
      if (silence >= SILENT_MS) {
        this.#end('silent');
        return;
      }
      if (silence >= QUIET_MS) this.#pings.sendUnheeded();
      this.#watch();
    });
  }

  #end(reason: RelayEndReason): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelTimer();
    this.#receiver?.close();
    this.#pings.close();
    // Who closes of its own accord may just have said why; what went wrong ends at once.
    if (reason === 'closed') this.#sender.close(() => this.#socket?.close(RELAY_CLOSE.otherLeft));
    else {
      this.#sender.close();
      this.#socket?.close(reason === 'overrun' ? RELAY_CLOSE.overrun : RELAY_CLOSE.otherLeft);
    }
    this.#options.listener.closed(reason);
  }
}

function isPairedFrame(text: string): boolean {
  try {
    assertPairedFrame(text);
    return true;
  } catch (error) {
    if (error instanceof EventRefusal) return false;
    throw error;
  }
}

const REASONS = new Map<number, RelayEndReason>([
  [RELAY_CLOSE.otherLeft, 'otherLeft'],
  [RELAY_CLOSE.refused, 'refused'],
  [RELAY_CLOSE.oversize, 'oversize'],
  [RELAY_CLOSE.overrun, 'overrun'],
]);

function reasonOf(code: number): RelayEndReason {
  return REASONS.get(code) ?? 'lost';
}
