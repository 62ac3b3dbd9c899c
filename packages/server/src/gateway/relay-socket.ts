/** One end's socket of a relay: shows a grant, waits for the other end, and then has its messages passed on as they are. */
import type { Duplex } from 'node:stream';
import { CLOSE } from './error-frames.ts';
import type { RelayCut } from './relay-metrics.ts';
import type { Transport, TransportOwner } from './transport.ts';

/** More than this waiting for an end holds up the other one: more than credit lets wait, so that honest ends are not. */
const HIGH_WATER_BYTES = 640 * 1024;
/** What an end that was held up had sent already may come on top. */
const MOST_WAITING_BYTES = 1024 * 1024;
/** A grant frame has some 130 bytes. */
const LONGEST_GRANT_FRAME = 1_024;

/** The relay that a socket belongs to, once its grant was good. */
export interface RelayOfSocket {
  /** Counts bytes that this end sent. */
  passed(from: RelaySocket, bytes: number): void;
  /** @param code what the end closed with, where it did */
  over(from: RelaySocket, because: RelayCut, code?: number): void;
}

/** What becomes of a socket's first frame. @returns the relay that it entered, or undefined to refuse it */
export type Enter = (firstFrame: string, socket: RelaySocket) => RelayOfSocket | undefined;

export class RelaySocket implements TransportOwner {
  /** Whether anything was heard since somebody last looked. */
  wasHeard = true;
  readonly #transport: Transport;
  readonly #enter: Enter;
  readonly #settled: (isEntered: boolean) => void;
  #relay: RelayOfSocket | undefined;
  /** The other end, once it is there. */
  #other: RelaySocket | undefined;
  #isHeld = false;

  /** @param settled told once: whether it entered a relay, or is done without */
  constructor(transport: Transport, socket: Duplex, enter: Enter, settled: (isEntered: boolean) => void) {
    this.#transport = transport;
    this.#enter = enter;
    this.#settled = settled;
    transport.wire(socket, this);
  }

  /** Whether nothing is read from it, because the other end takes nothing. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** From now on binary messages go to the other end. */
  pairWith(other: RelaySocket, frame: Buffer): void {
    this.#other = other;
    this.#transport.push(frame);
  }

  received(data: Buffer, isBinary: boolean): void {
    this.wasHeard = true;
    const other = this.#other;
    if (other && isBinary) {
      this.#relay?.passed(this, data.length);
      other.#pass(data, this);
    } else if (this.#relay) {
      this.#relay.over(this, 'malformed');
    } else {
      this.#show(data, isBinary);
    }
  }

  heard(): void {
    this.wasHeard = true;
  }

  /** What waited for this end is on its way: the other may go on. */
  drained(): void {
    this.#other?.release();
  }

  violated(isTooLarge: boolean): void {
    this.#gone(isTooLarge ? 'oversize' : 'malformed');
  }

  gone(code: number): void {
    this.#gone(code === 1006 ? 'lost' : 'left', code);
  }

  /** It is read again. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#transport.resume();
  }

  ping(): void {
    this.#transport.pushPing();
  }

  /**
   * Ends it, with a close frame where that can leave at once.
   * @param keepsWaiting whether what the end has not taken yet is still sent before
   */
  close(code: number, reason: string, keepsWaiting: boolean): void {
    this.#relay = undefined;
    this.#other = undefined;
    if (keepsWaiting || this.#transport.backlog === 0) this.#transport.finish(code, reason);
    else this.#transport.abort();
  }

  /** Refuses it before it entered a relay. */
  refuse(code: number, reason: string): void {
    this.close(code, reason, true);
    this.#settled(false);
  }

  #show(data: Buffer, isBinary: boolean): void {
    const isFrame = !isBinary && data.length <= LONGEST_GRANT_FRAME;
    this.#relay = isFrame ? this.#enter(data.toString(), this) : undefined;
    if (this.#relay) this.#settled(true);
    else this.refuse(CLOSE.policy, 'The grant is not good.');
  }

  /** One message as it came. */
  #pass(data: Buffer, from: RelaySocket): void {
    const transport = this.#transport;
    transport.sendBinary(data);
    const { backlog } = transport;
    if (backlog > MOST_WAITING_BYTES) this.#relay?.over(this, 'slowReader');
    else if (backlog > HIGH_WATER_BYTES) from.#hold(transport);
  }

  #hold(until: Transport): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#transport.pause();
    until.awaitDrain();
  }

  #gone(because: RelayCut, code?: number): void {
    const relay = this.#relay;
    this.#relay = undefined;
    if (relay) relay.over(this, because, code);
    else this.#settled(false);
  }
}
