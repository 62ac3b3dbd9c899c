/** The picture for one helper, over one relay: starts when he says which screen, and ends with the relay. */
import type { Bytes, CryptoPort } from '@open-remote-help/protocol/events';
import {
  type OpenBinarySocket,
  type RelayControl,
  RelayEnd,
  type RelayKeys,
  type RelayOffer,
  type ScreenInfo,
} from '@open-remote-help/protocol/relay';
import type { Clock } from '../clock.ts';
import type { InputGate } from './input-gate.ts';
import { ScreenError, type ScreenSystem, type VncSource } from './screen-source.ts';
import { VncConnection } from './vnc-connection.ts';

export interface HelperPictureOptions {
  readonly offer: RelayOffer;
  readonly keys: RelayKeys;
  readonly crypto: CryptoPort;
  readonly openSocket: OpenBinarySocket;
  readonly clock: Clock;
  readonly screens: ScreenSystem;
  readonly gate: InputGate;
  /** The helper's user id. */
  readonly helper: string;
  readonly mayView: () => boolean;
  /** The helper sees the desktop from now on, or does not any more. */
  readonly looking: (isLooking: boolean) => void;
  /** It went wrong here, rather than that somebody left. */
  readonly failed: (error: unknown) => void;
}

const LONGEST_START_MS = 10_000;
const OTHER = 'The picture could not be had.';

export class HelperPicture {
  readonly #options: HelperPictureOptions;
  readonly #relay: RelayEnd;
  readonly #over = Promise.withResolvers<void>();
  #isCut = false;
  #starting: Promise<void> | undefined;
  #source: VncSource | undefined;
  #connection: VncConnection | undefined;
  #stopWatching: () => void = () => undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(options: HelperPictureOptions) {
    this.#options = options;
    const { offer, keys, crypto, openSocket, clock } = options;
    this.#relay = new RelayEnd({
      ...{ party: 'sharer', offer, keys, crypto, openSocket, timers: clock },
      listener: {
        paired: () => this.#paired(),
        data: (bytes) => this.#hear(bytes),
        control: (control) => this.#told(control),
        closed: () => void this.#close(),
      },
    });
    this.#relay.start();
  }

  /** Ends it now; settles when the VNC server is gone as well. */
  cut(): Promise<void> {
    this.#relay.close();
    return this.#over.promise;
  }

  /** Settles when it is over, however it ended. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  #paired(): void {
    const { clock } = this.#options;
    this.#cancelTimer = clock.at(clock.now() + LONGEST_START_MS, () => void this.cut());
  }

  #told(control: RelayControl): void {
    if (control.control === 'start' && !this.#starting) {
      this.#cancelTimer();
      this.#starting = this.#start(control.screen).catch((error: unknown) => this.#refuse(error));
    } else if (control.control === 'specialKeys') this.#connection?.press(control.keys);
    else void this.cut();
  }

  #hear(bytes: Bytes): void {
    try {
      if (!this.#connection) throw new ScreenError('other', 'The helper began before the picture did.');
      this.#connection.push(bytes, () => this.#relay.drawn(bytes.length));
    } catch (error) {
      this.#end(error);
    }
  }

  async #start(screen: number | null): Promise<void> {
    const { screens, mayView, gate, helper, clock, looking } = this.#options;
    if (!mayView()) throw new ScreenError('notGranted', 'The screen may not be seen.');
    const all = await screens.screens();
    const source = await screens.open(screen);
    this.#source = source;
    const vnc = await source.connect();
    // What came meanwhile counts.
    if (this.#isCut || !mayView()) {
      vnc.destroy();
      throw new ScreenError('notGranted', 'The screen may not be seen.');
    }
    this.#started(all, screen);
    const connection = new VncConnection({
      ...{ vnc, clock, password: source.password },
      input: (release) => gate.input(helper, release),
      toHelper: (bytes) => this.#relay.write(bytes as Bytes),
    });
    this.#connection = connection;
    looking(true);
    connection.run().then(
      () => this.#end(new ScreenError('other', `${source.name} ended the connection.`)),
      (error: unknown) => this.#end(error),
    );
  }

  #started(screens: readonly ScreenInfo[], screen: number | null): void {
    const { gate } = this.#options;
    this.#relay.control({ control: 'started', screens, screen });
    this.#stopWatching = gate.watch({
      frozen: (isFrozen, cause) => this.#relay.control({ control: 'frozen', isFrozen, cause }),
      handedOn: () => undefined,
    });
    if (gate.frozenBy) this.#relay.control({ control: 'frozen', isFrozen: true, cause: gate.frozenBy });
  }

  #refuse(error: unknown): void {
    if (this.#isCut) return;
    const { why, message } = error instanceof ScreenError ? error : { why: 'other' as const, message: OTHER };
    this.#relay.control({ control: 'refused', why, text: message });
    this.#end(error);
  }

  #end(error: unknown): void {
    if (this.#isCut) return;
    this.#options.failed(error);
    this.#relay.close();
  }

  async #close(): Promise<void> {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#cancelTimer();
    this.#stopWatching();
    if (this.#connection) this.#options.looking(false);
    try {
      await this.#connection?.close();
      // What was being started when it was cut is ended like the rest.
      await this.#starting;
      await this.#source?.close();
    } finally {
      this.#over.resolve();
    }
  }
}
