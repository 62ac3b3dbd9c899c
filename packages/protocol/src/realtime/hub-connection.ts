/**
 * A client's reliable connection to a hub. What breaks is recovered, and nothing is lost or doubled; what cannot be
 * recovered is opened anew, with a fresh access URI and another connection id.
 */
import {
  type HubFrame,
  type HubMessage,
  PING_FRAME,
  RELIABLE_SUBPROTOCOL,
  readHubFrame,
  recoveryUrl,
  sendToGroupFrame,
  sequenceAckFrame,
} from './hub-frames.ts';
import type { OpenSocket, Socket, Timers } from './socket.ts';

export interface HubConnectionOptions {
  readonly openSocket: OpenSocket;
  readonly timers: Timers;
  /** Asked at the start, and whenever the connection has to be opened anew. */
  readonly accessUri: () => Promise<string>;
  /** Whether it is worth asking for an access URI again after this refusal; else `gone` is told. */
  readonly mayRetry: (error: unknown) => boolean;
  readonly listener: HubListener;
  /** From 0 to 1, so that many clients do not come back at one moment. */
  readonly random?: () => number;
}

export interface HubListener {
  /** It is open: for the first time, after a recovery with the same id, or anew with another. */
  connected(connectionId: string, isRecovery: boolean): void;
  message(message: HubMessage): void;
  /** It broke, or could not be opened, and is being seen to. */
  interrupted(): void;
  /** No access URI is given out any more. */
  gone(error: unknown): void;
}

const PING_EVERY_MS = 20_000;
/** Nothing was heard for so long: the socket is dead, whatever it says. */
const SILENCE_MS = 45_000;
/** How long a handshake may take. */
const OPENING_MS = 15_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** One that broke sooner counts as a failed attempt. */
const STEADY_MS = 10_000;
/** The hub keeps a broken connection for 30 seconds (GW-26); a few tries fit in. */
const MOST_RECOVERIES = 4;
const MOST_UNACKNOWLEDGED = 1_000;
/** Policy violation (RFC 6455, 7.4.1): this connection may not come back. */
const REFUSED = 1008;
const SILENT = 1006;

/** A connection that the hub knows. */
interface Known {
  readonly accessUri: string;
  readonly connectionId: string;
  readonly reconnectionToken: string;
}

export class HubConnection {
  readonly #options: HubConnectionOptions;
  #socket: Socket | undefined;
  #known: Known | undefined;
  #isOpen = false;
  #isClosed = false;
  /** The latest message of this connection that was taken. */
  #sequenceId = 0;
  #ackId = 0;
  readonly #unacknowledged = new Map<number, string>();
  /** Failed attempts since it was last open for a while. */
  #failures = 0;
  #openedAt = 0;
  #heardAt = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(options: HubConnectionOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  start(): void {
    void this.#openAnew();
  }

  /** Sent at once, or again after a recovery; lost if the connection has to be opened anew. */
  sendToGroup(group: string, data: unknown): void {
    if (this.#isClosed || this.#unacknowledged.size >= MOST_UNACKNOWLEDGED) throw new Error('Nothing can be sent now.');
    const ackId = ++this.#ackId;
    const frame = sendToGroupFrame(group, data, ackId);
    this.#unacknowledged.set(ackId, frame);
    if (this.#isOpen) this.#socket?.send(frame);
  }

  /** For good; nobody is told anything any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#drop('forGood');
  }

  async #openAnew(): Promise<void> {
    this.#known = undefined;
    this.#sequenceId = 0;
    this.#unacknowledged.clear();
    try {
      const accessUri = await this.#options.accessUri();
      if (!this.#isClosed) this.#open(accessUri, accessUri);
    } catch (error) {
      if (this.#isClosed) return;
      if (this.#options.mayRetry(error)) this.#later();
      else {
        this.close();
        this.#options.listener.gone(error);
      }
    }
  }

  #open(url: string, accessUri: string): void {
    const socket: Socket = this.#options.openSocket(url, RELIABLE_SUBPROTOCOL, {
      message: (text) => {
        if (socket === this.#socket) this.#hear(text, accessUri);
      },
      closed: (code) => {
        if (socket === this.#socket) this.#broken(code);
      },
    });
    this.#socket = socket;
    this.#wait(OPENING_MS, () => this.#broken(SILENT));
  }

  #hear(text: string, accessUri: string): void {
    this.#heardAt = this.#options.timers.now();
    const frame = readHubFrame(text);
    // Not the hub that was meant: what it says is worth nothing.
    if (frame) this.#take(frame, accessUri);
    else this.#broken(REFUSED);
  }

  #take(frame: HubFrame, accessUri: string): void {
    const { listener } = this.#options;
    switch (frame.kind) {
      case 'connected':
        this.#connected({ accessUri, ...frame });
        return;
      case 'message':
        this.#socket?.send(sequenceAckFrame(frame.sequenceId));
        if (frame.sequenceId <= this.#sequenceId) return;
        this.#sequenceId = frame.sequenceId;
        listener.message(frame.message);
        return;
      case 'ack':
        this.#unacknowledged.delete(frame.ackId);
        return;
      case 'disconnected':
        // What follows is a close; with whatever code, this connection does not come back.
        this.#known = undefined;
        return;
      case 'other':
    }
  }

  #connected(known: Known): void {
    const isRecovery = known.connectionId === this.#known?.connectionId;
    this.#known = known;
    this.#isOpen = true;
    this.#openedAt = this.#heardAt;
    this.#keepAlive();
    for (const request of this.#unacknowledged.values()) this.#socket?.send(request);
    this.#options.listener.connected(known.connectionId, isRecovery);
  }

  #keepAlive(): void {
    this.#wait(PING_EVERY_MS, () => {
      if (this.#options.timers.now() - this.#heardAt >= SILENCE_MS) this.#broken(SILENT);
      else {
        this.#socket?.send(PING_FRAME);
        this.#keepAlive();
      }
    });
  }

  #broken(code: number): void {
    if (this.#isOpen && this.#options.timers.now() - this.#openedAt >= STEADY_MS) this.#failures = 0;
    this.#drop('toComeBack');
    if (code === REFUSED) this.#known = undefined;
    this.#options.listener.interrupted();
    if (!this.#isClosed) this.#later();
  }

  #later(): void {
    const { random = Math.random } = this.#options;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    this.#failures += 1;
    this.#wait(waitMs * (0.5 + random() / 2), () => {
      const known = this.#failures > MOST_RECOVERIES ? undefined : this.#known;
      if (known) this.#open(recoveryUrl(known.accessUri, known.connectionId, known.reconnectionToken), known.accessUri);
      else void this.#openAnew();
    });
  }

  #drop(how: 'forGood' | 'toComeBack'): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isOpen = false;
    socket?.close(how);
  }

  /** One timer at a time. */
  #wait(ms: number, callback: () => void): void {
    const { timers } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = timers.at(timers.now() + ms, callback);
  }
}
