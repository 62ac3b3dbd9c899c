/** One end of a pair: shakes hands once, then seals what is sent and opens what is received. */
import { type Allowance, isAllowed, NOTHING_ALLOWED } from './allowance.ts';
import type { Bytes } from './bytes.ts';
import type { CryptoPort, DeviceSigner } from './crypto-port.ts';
import type { Pair, RelayKeys } from './derivation.ts';
import { type Assurance, answerCommit, answerHello, beginHandshake, type Opened } from './handshake.ts';
import type { Attempts } from './handshake-attempts.ts';
import type { PeerEvent } from './peer-events.ts';
import type { FrameName, FrameOf, PeerFrame } from './peer-frames.ts';
import { EventRefusal } from './refusal.ts';
import { SealedLink } from './sealed-link.ts';
import { Turns } from './turns.ts';
import type { Direction, UnknownEvent } from './words.ts';

export type End =
  | {
      readonly party: 'helper';
      /** The key under which the device is known; another one fails the handshake. */
      readonly expectedDeviceKey?: Bytes;
    }
  | {
      readonly party: 'sharer';
      readonly signer: DeviceSigner;
      /** Whether helpers may come with the server's key alone, which the sharer then has to be shown. */
      readonly acceptsServerKey: boolean;
    };

export interface LinkOptions {
  readonly crypto: CryptoPort;
  readonly pair: Pair;
  readonly end: End;
  /** Shared by all links of this end in one session. */
  readonly attempts: Attempts;
  /** Hands a frame to the session's group. It must not wait for what comes back: the link is at work meanwhile. */
  readonly transmit: (frame: PeerFrame) => void | Promise<void>;
}

/** What a frame brought. */
export type Received =
  /** Nothing: it is meant for another pair, or out of turn in the handshake. */
  | { readonly kind: 'passed' }
  | { readonly kind: 'shaking' }
  | { readonly kind: 'opened'; readonly assurance: Assurance }
  | { readonly kind: 'event'; readonly event: PeerEvent | UnknownEvent };

type HandshakeFrame = Exclude<FrameName, 'sealed'>;
type Steps = { readonly [N in HandshakeFrame]?: (frame: FrameOf<N>) => Promise<Received> };

const PASSED: Received = { kind: 'passed' };

export class PairLink {
  readonly #options: LinkOptions;
  readonly #sends: Direction;
  readonly #received = new Turns();
  readonly #sent = new Turns();
  #allowance = NOTHING_ALLOWED;
  /** The frames of the handshake that may come next. */
  #steps: Steps = {};
  #link: SealedLink | undefined;
  #hasBegun = false;
  #isClosed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { end } = options;
    this.#sends = end.party === 'helper' ? 'toSharer' : 'toHelper';
    if (end.party === 'sharer') this.#steps = this.#sharerSteps(end);
  }

  get isOpen(): boolean {
    return this.#link !== undefined;
  }

  /** The helper's end begins, once. @throws EventRefusal `notProven` after too many attempts */
  async begin(): Promise<void> {
    const { crypto, pair, end, attempts } = this.#options;
    if (end.party !== 'helper' || this.#hasBegun) throw new Error("The helper's end begins, once.");
    this.#hasBegun = true;
    attempts.begin();
    const begun = await beginHandshake(crypto, pair, end.expectedDeviceKey);
    await this.#go(begun.frame, {
      commitAnswer: async (answer) => {
        const { frame, opened } = await begun.answered(answer);
        await this.#go(frame, {});
        attempts.finish();
        return this.#opened(opened);
      },
    });
  }

  /** What may pass from now on, either way; nothing but the rights themselves until it is said. */
  allow(allowance: Allowance): void {
    this.#allowance = allowance;
  }

  /** Forgets the keys: from now on nothing is sent or opened, not even what was under way. */
  close(): void {
    this.#isClosed = true;
    this.#steps = {};
    this.#link = undefined;
  }

  /** Events are sent in the order of the calls. @throws EventRefusal `notOpen`, `blocked`, `malformed`, `misplaced` */
  send(event: PeerEvent): Promise<void> {
    return this.#sent.take(async () => {
      this.#assertAllowed(event, this.#sends);
      const frame = await this.#openLink().seal(event);
      this.#openLink();
      await this.#options.transmit(frame);
    });
  }

  /** Those of one relay of this pair. @throws EventRefusal `notOpen` */
  async relayKeys(relayId: string): Promise<RelayKeys> {
    const keys = await this.#openLink().relayKeys(relayId);
    this.#openLink();
    return keys;
  }

  /**
   * Takes a frame of the session's group. After `notProven` the link is closed for good; any other refusal leaves it as
   * it was, for anybody in the group may send anything.
   * @throws EventRefusal
   */
  receive(frame: PeerFrame): Promise<Received> {
    return this.#received.take(async () => {
      const { helperConnectionId: helper, sharerConnectionId: sharer } = this.#options.pair;
      const [from, to] = this.#sends === 'toSharer' ? [sharer, helper] : [helper, sharer];
      if (frame.from !== from || frame.to !== to) return PASSED;
      if (frame.frame === 'sealed') return this.#open(frame);
      const step = this.#steps[frame.frame] as ((frame: PeerFrame) => Promise<Received>) | undefined;
      return step ? this.#take(step, frame) : PASSED;
    });
  }

  async #take(step: (frame: PeerFrame) => Promise<Received>, frame: PeerFrame): Promise<Received> {
    try {
      return await step(frame);
    } catch (error) {
      if (error instanceof EventRefusal && error.reason === 'notProven') this.close();
      throw error;
    }
  }

  async #open(frame: FrameOf<'sealed'>): Promise<Received> {
    const event = await this.#openLink().open(frame);
    this.#openLink();
    if (event.event !== 'unknown') this.#assertAllowed(event, this.#sends === 'toSharer' ? 'toHelper' : 'toSharer');
    return { kind: 'event', event };
  }

  #sharerSteps({ signer, acceptsServerKey }: Extract<End, { party: 'sharer' }>): Steps {
    const { crypto, pair, attempts } = this.#options;
    return {
      hello: async (hello) => {
        const { frame, opened } = await answerHello(crypto, pair, hello);
        if (!acceptsServerKey) throw new EventRefusal('notProven', 'The server has the only key.', 'frame');
        await this.#go(frame, {});
        return this.#opened(opened);
      },
      commit: async (first) => {
        const { frame, revealed } = await answerCommit(crypto, pair, signer, first);
        attempts.begin();
        await this.#go(frame, {
          reveal: async (reveal) => {
            const opened = await revealed(reveal);
            attempts.finish();
            return this.#opened(opened);
          },
        });
        return { kind: 'shaking' };
      },
    };
  }

  /** The next step of the handshake, and what may come after it; no step is taken any more once the session ended. */
  async #go(frame: PeerFrame, next: Steps): Promise<void> {
    this.#assertNotClosed();
    this.#steps = next;
    await this.#options.transmit(frame);
  }

  #opened({ secret, assurance }: Opened): Received {
    this.#assertNotClosed();
    const { crypto, pair } = this.#options;
    this.#link = new SealedLink(crypto, pair, secret, this.#sends);
    return { kind: 'opened', assurance };
  }

  #openLink(): SealedLink {
    this.#assertNotClosed();
    if (!this.#link) throw new EventRefusal('notOpen', 'The ends have not shaken hands.');
    return this.#link;
  }

  #assertNotClosed(): void {
    if (this.#isClosed) throw new EventRefusal('notOpen', 'The link is closed.');
  }

  #assertAllowed(event: PeerEvent, direction: Direction): void {
    if (!isAllowed(event.event, direction, this.#allowance)) {
      throw new EventRefusal('blocked', `${event.event} is not allowed ${direction} now.`, 'event');
    }
  }
}
