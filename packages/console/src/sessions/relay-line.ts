/** The picture of an agent: an RFB stream through the relay, opened anew after each break, with growing pauses. */
import type { CryptoPort } from '@open-remote-help/protocol/events';
import type { Timers } from '@open-remote-help/protocol/realtime';
import {
  type OpenBinarySocket,
  type RelayControl,
  RelayEnd,
  type RelayKeys,
  type RelayOffer,
} from '@open-remote-help/protocol/relay';
import type { Instant } from '../clock.ts';
import { GraphError } from '../graph/graph-error.ts';
import type { PictureLine, PictureSource, PictureState } from './picture.ts';
import { RelayChannel } from './relay-channel.ts';

export interface RelayLineOptions {
  /** @throws GraphError */
  readonly openRelay: () => Promise<RelayOffer>;
  /** Undefined while no pair with this connection of the sharer is open. */
  readonly relayKeys: (sharerConnectionId: string, relayId: string) => Promise<RelayKeys | undefined>;
  readonly crypto: CryptoPort;
  readonly openSocket: OpenBinarySocket;
  readonly timers: Timers;
  readonly changed: (state: PictureState) => void;
  /** What draws an RFB stream. */
  readonly sourceOf: (channel: RelayChannel) => PictureSource;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A picture that broke sooner counts as one that could not be opened. */
const STEADY_MS = 10_000;

/** One attempt; what it still hears when another took its place is passed over. */
interface Attempt {
  relay?: RelayEnd;
  channel?: RelayChannel;
  startedAt?: Instant;
  frozen?: 'prompt' | 'paused' | undefined;
}

export class RelayLine implements PictureLine {
  readonly #options: RelayLineOptions;
  #state: PictureState = { kind: 'none' };
  #sharerConnectionId = '';
  #mayView = false;
  #screen: number | null = null;
  #attempt: Attempt | undefined;
  #failures = 0;
  #isClosed = false;
  #cancelPause: () => void = () => undefined;

  constructor(options: RelayLineOptions) {
    this.#options = options;
  }

  pairOpened(sharerConnectionId: string): void {
    // The keys of a relay are its pair's: another pair, another relay.
    this.#sharerConnectionId = sharerConnectionId;
    this.#failures = 0;
    this.#openOrNot();
  }

  mayView(mayView: boolean): void {
    if (mayView === this.#mayView) return;
    this.#mayView = mayView;
    this.#openOrNot();
  }

  choose(screen: number | null): void {
    this.#screen = screen;
    this.#openOrNot();
  }

  again(): void {
    this.#failures = 0;
    this.#openOrNot();
  }

  pressSpecial(keys: 'ctrlAltDel' | 'win'): boolean {
    if (this.#state.kind !== 'live') return false;
    this.#attempt?.relay?.control({ control: 'specialKeys', keys });
    return true;
  }

  hear(): void {
    // Nothing is signalled for a relay.
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  #openOrNot(): void {
    if (this.#isClosed) return;
    this.#drop();
    if (this.#mayView && this.#sharerConnectionId !== '') this.#open();
    else this.#is({ kind: 'none' });
  }

  /** The present attempt is over, without a word about it. */
  #drop(): void {
    this.#cancelPause();
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.relay?.close();
    attempt?.channel?.closed();
  }

  #open(): void {
    const attempt: Attempt = {};
    this.#attempt = attempt;
    if (this.#state.kind !== 'broken') this.#is({ kind: 'opening' });
    this.#begin(attempt).catch((error: unknown) => {
      if (attempt !== this.#attempt) return;
      // Not granted any more, or not known to the server yet: both are told by events, and asked again meanwhile.
      if (!(error instanceof GraphError)) throw error;
      this.#broke(attempt, (error.retryAfterSeconds ?? 0) * 1_000);
    });
  }

  async #begin(attempt: Attempt): Promise<void> {
    const { openRelay, relayKeys, crypto, openSocket, timers } = this.#options;
    const offer = await openRelay();
    const keys = await relayKeys(this.#sharerConnectionId, offer.relayId);
    if (attempt !== this.#attempt) return;
    if (!keys) {
      this.#broke(attempt);
      return;
    }
    const relay = new RelayEnd({
      ...{ party: 'helper', crypto, keys, offer, openSocket, timers },
      listener: {
        paired: () => relay.control({ control: 'start', screen: this.#screen }),
        control: (control) => this.#told(attempt, control),
        data: (bytes) => attempt.channel?.push(bytes),
        closed: () => {
          attempt.channel?.closed();
          this.#broke(attempt);
        },
      },
    });
    attempt.relay = relay;
    attempt.channel = new RelayChannel(relay);
    relay.start();
  }

  #told(attempt: Attempt, control: RelayControl): void {
    if (attempt !== this.#attempt || !attempt.channel) return;
    if (control.control === 'started') {
      const { screens, screen } = control;
      attempt.startedAt ??= this.#options.timers.now();
      const source = this.#state.kind === 'live' ? this.#state.source : this.#options.sourceOf(attempt.channel);
      this.#is({ kind: 'live', source, screens, screen, way: 'relayed', frozen: attempt.frozen });
    }
    if (control.control === 'frozen') {
      attempt.frozen = control.isFrozen ? control.cause : undefined;
      if (this.#state.kind === 'live') this.#is({ ...this.#state, frozen: attempt.frozen });
    }
    if (control.control === 'refused') {
      this.#drop();
      this.#is({ kind: 'refused', why: control.why, text: control.text });
    }
  }

  #broke(attempt: Attempt, leastPauseMs = 0): void {
    if (attempt !== this.#attempt) return;
    const now = this.#options.timers.now();
    if (attempt.startedAt !== undefined && now - attempt.startedAt >= STEADY_MS) this.#failures = 0;
    this.#drop();
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    const againAt = now + Math.max(pauseMs, leastPauseMs);
    this.#is({ kind: 'broken', againAt });
    this.#cancelPause = this.#options.timers.at(againAt, () => this.#open());
  }

  #is(state: PictureState): void {
    this.#state = state;
    this.#options.changed(state);
  }
}
