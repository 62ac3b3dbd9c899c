/** One connection to a VNC server, joined to one helper: both handshakes ended here, both directions read to the byte. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { Extensions } from './rfb/extensions.ts';
import { helperGrammar, type InputFilter } from './rfb/helper-grammar.ts';
import { RfbError } from './rfb/rfb-error.ts';
import { RfbStream } from './rfb/rfb-stream.ts';
import { serverGrammar } from './rfb/server-grammar.ts';

/** One connection's input; to close it lets go of what is held. */
export interface ConnectionInput extends InputFilter {
  close(): void;
}

export interface VncConnectionOptions {
  readonly vnc: Duplex;
  readonly password?: string | undefined;
  readonly clock: Clock;
  /** What the gate lets through of the helper's input; it puts releases in with `release`. */
  readonly input: (release: (message: Uint8Array) => void) => ConnectionInput;
  /** Hands bytes to the helper; settles when more may follow, and rejects when he is gone. */
  readonly toHelper: (bytes: Uint8Array) => Promise<void>;
}

/** Of the server, to what it says of itself. */
const LONGEST_HANDSHAKE_MS = 10_000;
/** For so long a server may take to hear of the last releases. */
const LONGEST_FAREWELL_MS = 1_000;

export class VncConnection {
  readonly #options: VncConnectionOptions;
  readonly #input: ConnectionInput;
  readonly #fromHelper: RfbStream;
  readonly #fromServer: RfbStream;
  readonly #isReady = Promise.withResolvers<void>();
  #pieces: Uint8Array[] = [];
  #hasBegun = false;
  #cancelTimer: () => void;

  constructor(options: VncConnectionOptions) {
    this.#options = options;
    const { vnc, password, input, toHelper, clock } = options;
    this.#cancelTimer = clock.at(clock.now() + LONGEST_HANDSHAKE_MS, () =>
      vnc.destroy(new RfbError('The VNC server does not answer.')),
    );
    this.#input = input((message) => vnc.write(message));
    vnc.on('error', () => vnc.destroy());
    const reply = (bytes: Uint8Array) => {
      // Who is gone is told as such elsewhere.
      toHelper(bytes).catch(() => undefined);
    };
    const extensions = new Extensions();
    this.#fromHelper = new RfbStream(
      helperGrammar({ reply, ready: () => this.#isReady.resolve(), input: this.#input, extensions }),
      (bytes) => {
        if (!this.#hasBegun) throw new RfbError('The helper began before the server did.');
        vnc.write(bytes);
      },
    );
    this.#fromServer = new RfbStream(
      serverGrammar({
        reply: (bytes) => vnc.write(bytes),
        extensions,
        ...(password === undefined ? {} : { password }),
      }),
      (bytes) => {
        this.#cancelTimer();
        this.#pieces.push(bytes);
      },
    );
  }

  /** Carries what the server sends until it ends. @throws RfbError; the error of either connection */
  async run(): Promise<void> {
    const { vnc, toHelper } = this.#options;
    try {
      // What goes wrong with the helper must not take the connection away before keys are let go of.
      for await (const chunk of vnc.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        this.#pieces = [];
        this.#fromServer.push(chunk);
        for (const piece of this.#pieces) {
          await this.#isReady.promise;
          this.#hasBegun = true;
          await toHelper(piece);
        }
      }
    } finally {
      vnc.resume();
    }
  }

  /**
   * What the helper sent.
   * @param written told when it is with the server, or dropped
   * @throws RfbError
   */
  push(bytes: Uint8Array, written: () => void): void {
    const { vnc } = this.#options;
    vnc.cork();
    try {
      this.#fromHelper.push(bytes);
      // In order behind what was written, so that its callback tells of all.
      vnc.write(NOTHING, written);
    } finally {
      vnc.uncork();
    }
  }

  /** Keys that a browser cannot type. */
  press(keys: 'ctrlAltDel' | 'win'): void {
    const { vnc } = this.#options;
    if (!this.#hasBegun) return;
    const keysyms = KEYSYMS[keys];
    const messages = [
      ...keysyms.map((key) => keyEvent(key, true)),
      ...keysyms.toReversed().map((key) => keyEvent(key, false)),
    ];
    for (const message of messages) if (this.#input.key(message)) vnc.write(message);
  }

  /** Lets go of what is held, and settles when the server has heard of it or is gone. */
  async close(): Promise<void> {
    const { vnc, clock } = this.#options;
    this.#cancelTimer();
    this.#input.close();
    this.#isReady.resolve();
    if (!vnc.destroyed) {
      const closed = once(vnc, 'close').catch(() => undefined);
      const cancel = clock.at(clock.now() + LONGEST_FAREWELL_MS, () => vnc.destroy());
      vnc.end();
      await closed;
      cancel();
    }
  }
}

const NOTHING = new Uint8Array(0);

const KEYSYMS = { ctrlAltDel: [0xffe3, 0xffe9, 0xffff], win: [0xffeb] } as const;

/** RFC 6143, 7.5.4. */
function keyEvent(keysym: number, isDown: boolean): Uint8Array {
  const message = new DataView(new ArrayBuffer(8));
  message.setUint8(0, 4);
  message.setUint8(1, isDown ? 1 : 0);
  message.setUint32(4, keysym);
  return new Uint8Array(message.buffer);
}
