/** One relay: two seats, each taken once by who shows its grant, and what they send each other. */
import { PAIRED_FRAME, RELAY_CLOSE } from '@open-remote-help/protocol/relay';
import { CLOSE } from './error-frames.ts';
import type { RelayCut, RelayMetrics } from './relay-metrics.ts';
import type { RelayOfSocket, RelaySocket } from './relay-socket.ts';
import { textFrame } from './websocket-frame.ts';

/** Whose relay it is: one connection of a helper, and the one of the sharer that it is paired with. */
export interface RelayPlace {
  readonly sessionId: string;
  readonly helperConnectionId: string;
  readonly sharerConnectionId: string;
}

export type RelayParty = 'helper' | 'sharer';

export interface RelayOptions {
  readonly id: string;
  readonly place: RelayPlace;
  readonly metrics: RelayMetrics;
  /** Told once. */
  readonly over: (relay: Relay) => void;
}

const PAIRED = textFrame(PAIRED_FRAME);

/** What ends are told of each reason; both, but for who is at fault. */
const CLOSES: Readonly<Record<RelayCut, readonly [number, string]>> = {
  left: [RELAY_CLOSE.otherLeft, 'The other end left.'],
  lost: [RELAY_CLOSE.otherLeft, 'The other end was lost.'],
  notPaired: [RELAY_CLOSE.otherLeft, 'The other end did not come.'],
  oversize: [RELAY_CLOSE.otherLeft, 'The other end broke the rules.'],
  malformed: [RELAY_CLOSE.otherLeft, 'The other end broke the rules.'],
  slowReader: [RELAY_CLOSE.otherLeft, 'The other end reads too slowly.'],
  replaced: [RELAY_CLOSE.refused, 'A newer relay took the place of this one.'],
  sessionOver: [RELAY_CLOSE.refused, 'The session is over.'],
  stopping: [CLOSE.goingAway, 'The server is stopping.'],
};

/** What who is at fault is told; `ws` answers what is too long by itself. */
const FAULTS: Partial<Record<RelayCut, readonly [number, string]>> = {
  malformed: [CLOSE.unsupportedData, 'Only bytes, once both ends are there.'],
  slowReader: [RELAY_CLOSE.refused, 'You read too slowly.'],
};

/** For these nothing that waits is worth sending any more. */
const AT_ONCE: ReadonlySet<RelayCut> = new Set(['sessionOver', 'replaced', 'stopping']);

export class Relay implements RelayOfSocket {
  readonly id: string;
  readonly place: RelayPlace;
  readonly #options: RelayOptions;
  readonly #seats: { helper?: RelaySocket; sharer?: RelaySocket } = {};
  #isOver = false;
  /** Looks in a row at which an end was silent, or held up. */
  readonly #silent = new Map<RelaySocket, number>();
  readonly #held = new Map<RelaySocket, number>();

  constructor(options: RelayOptions) {
    this.#options = options;
    this.id = options.id;
    this.place = options.place;
  }

  isTaken(party: RelayParty): boolean {
    return this.#seats[party] !== undefined;
  }

  get isPaired(): boolean {
    return this.isTaken('helper') && this.isTaken('sharer');
  }

  /** Takes a seat that is free. */
  enter(party: RelayParty, socket: RelaySocket): void {
    this.#seats[party] = socket;
    const { helper, sharer } = this.#seats;
    if (!helper || !sharer) return;
    this.#options.metrics.open += 1;
    helper.pairWith(sharer, PAIRED);
    sharer.pairWith(helper, PAIRED);
  }

  passed(from: RelaySocket, bytes: number): void {
    this.#options.metrics.bytes[from === this.#seats.helper ? 'toSharer' : 'toHelper'] += bytes;
  }

  /** @param from at fault, or who left: it is closed with the fault's code, the other with what its user understands */
  over(from: RelaySocket, because: RelayCut, code?: number): void {
    if (this.#isOver) return;
    const [, reason] = CLOSES[because];
    // Only ends can know that credit was exceeded.
    const told = code === RELAY_CLOSE.overrun ? code : CLOSES[because][0];
    this.#end(because);
    for (const socket of this.#sockets()) {
      if (socket !== from) socket.close(told, reason, true);
      else socket.close(...(FAULTS[because] ?? CLOSES[because]), false);
    }
  }

  /** Ends it for both. */
  cut(because: RelayCut): void {
    if (this.#isOver) return;
    this.#end(because);
    for (const socket of this.#sockets()) socket.close(...CLOSES[because], !AT_ONCE.has(because));
  }

  /**
   * A look at its ends, from time to time: who is silent is asked for a sign of life.
   * @param most looks in a row that an end may be silent, or hold up the other
   */
  look(most: number): void {
    for (const socket of this.#sockets()) {
      const held = socket.isHeld ? (this.#held.get(socket) ?? 0) + 1 : 0;
      const silent = socket.wasHeard || socket.isHeld ? 0 : (this.#silent.get(socket) ?? 0) + 1;
      this.#held.set(socket, held);
      this.#silent.set(socket, silent);
      socket.wasHeard = false;
      if (held > most) this.over(this.#otherOf(socket) ?? socket, 'slowReader');
      else if (silent > most) this.over(socket, 'lost');
      else if (silent > 0) socket.ping();
      if (this.#isOver) return;
    }
  }

  #end(because: RelayCut): void {
    this.#isOver = true;
    const { metrics, over } = this.#options;
    if (this.isPaired) metrics.open -= 1;
    metrics.countCut(because);
    over(this);
  }

  #sockets(): RelaySocket[] {
    const { helper, sharer } = this.#seats;
    return [helper, sharer].filter((socket) => socket !== undefined);
  }

  #otherOf(socket: RelaySocket): RelaySocket | undefined {
    const { helper, sharer } = this.#seats;
    return socket === helper ? sharer : helper;
  }
}
