/**
 * The sharer's end of one session in a browser, without a page: its connection, the pairs with helpers, chat, pointer
 * and pen, the picture that it sends, and its own deadline. What the agent is on a device (`packages/agent`).
 */
import {
  type Assurance,
  type ControlEvent,
  type ControlEventOf,
  type CryptoPort,
  decodeControlEvent,
  EventRefusal,
  NOTHING_ALLOWED,
  type PairedEvent,
  PairLinks,
  type PeerEvent,
  type PeerEventOf,
  type UnknownEvent,
} from '@open-remote-help/protocol/events';
import { HubConnection, type HubMessage, type OpenSocket } from '@open-remote-help/protocol/realtime';
import { type Cancel, type Clock, type Instant, instantOf } from '../clock.ts';
import { OutgoingVideo } from './outgoing-video.ts';
import { PageError } from './page-error.ts';
import type { PageKey } from './page-key.ts';
import type { PageServer } from './page-server.ts';
import {
  type EndReason,
  type SharerState,
  withChat,
  withoutPrompt,
  withoutSeenBy,
  withPrompt,
  withSeenBy,
} from './sharer-state.ts';

/** What is used of the page's server; tests put in one of their own. */
export type SharerServer = Pick<
  PageServer,
  'claimed' | 'local' | 'join' | 'accept' | 'decline' | 'iceServers' | 'requests' | 'stop' | 'close'
>;

export interface SharerEndOptions {
  readonly server: SharerServer;
  readonly key: Pick<PageKey, 'signer'>;
  readonly crypto: CryptoPort;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly newConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
}

/** What a helper points at or draws. */
export type Pointing = PeerEventOf<'pointer' | 'pen' | 'penCleared'>;

const VIEW = { view: true, control: false, clipboardToHelper: false, clipboardToSharer: false } as const;
/** How long the server may take to notice the connection before the page gives up. */
const LONGEST_OPENING_MS = 20_000;
const FIRST_STOP_WAIT_MS = 500;
const MOST_STOPS = 5;

export class SharerEnd {
  readonly #options: SharerEndOptions;
  readonly #connection: HubConnection;
  readonly #links: PairLinks;
  readonly #videos = new Map<string, OutgoingVideo>();
  readonly #listeners = new Set<() => void>();
  /** Who was let in, by user id, as the person was asked about them. */
  readonly #letIn = new Map<string, PairedEvent['helper']>();
  readonly #pointed = new Set<(from: string, event: Pointing) => void>();
  readonly #opened = Promise.withResolvers<void>();
  #state: SharerState;
  #groupId = '';
  #track: MediaStreamTrack | undefined;
  #leaseEnd: Instant = 0;
  #cancelDeadline: Cancel = () => undefined;

  /** @throws EventRefusal where the server does not say who asks */
  constructor(options: SharerEndOptions) {
    this.#options = options;
    const { crypto, key, openSocket, clock, server } = options;
    const requested = decodeControlEvent(server.claimed.requested);
    if (requested.event !== 'requested') throw new EventRefusal('malformed', 'Nobody asks.', 'requested');
    this.#state = initialState(requested);
    this.#letIn.set(requested.helper.userId, requested.helper);
    this.#links = new PairLinks({
      crypto,
      end: { party: 'sharer', signer: key.signer, acceptsServerKey: true },
      keysOf: (paired) => this.#keysOf(paired),
      transmit: (frame) => this.#connection.sendToGroup(this.#groupId, frame),
      listener: {
        opened: (paired, assurance) => this.#paired(paired, assurance),
        event: (paired, event) => this.#peerEvent(paired, event),
        refused: (error) => {
          // Anybody in the group may send anything; keys that are not proven are worth a warning.
          if (!(error instanceof EventRefusal) || error.reason !== 'notProven') return;
          this.#become({ ...this.#state, isPairRefused: true });
        },
      },
    });
    this.#connection = new HubConnection({
      ...{ openSocket, timers: clock },
      accessUri: () => this.#join(),
      mayRetry: (error) => error instanceof PageError && (error.code === 'unavailable' || error.code === 'slowed'),
      listener: {
        connected: (connectionId, isRecovery) => this.#connected(connectionId, isRecovery),
        message: (message) => this.#hear(message),
        interrupted: () => this.#become({ ...this.#state, connection: 'broken' }),
        gone: () => this.#finish('failed'),
      },
    });
    // Nobody has to wait for it.
    this.#opened.promise.catch(() => undefined);
    this.#endsAt(this.#instantOf(requested.until), 'timedOut');
  }

  get state(): SharerState {
    return this.#state;
  }

  /** What is shared, from the moment at which it was chosen. */
  get track(): MediaStreamTrack | undefined {
    return this.#track;
  }

  /** @returns what ends the listening */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What helpers point at, by the connection that it came from. @returns what ends the listening */
  onPointing(listener: (from: string, event: Pointing) => void): () => void {
    this.#pointed.add(listener);
    return () => this.#pointed.delete(listener);
  }

  /** Connects; nobody sees anything yet. */
  start(): void {
    this.#connection.start();
  }

  /**
   * Says yes, with a picture that the person has chosen. When its track ends, the session does.
   * @throws PageError when that could not be said; nothing was shown then, and the track goes on
   */
  async share(track: MediaStreamTrack): Promise<void> {
    if (this.#state.stage.kind !== 'asked') return;
    this.#track = track;
    track.addEventListener('ended', () => void this.stop());
    this.#become({ ...this.#state, stage: { kind: 'starting' } });
    try {
      await this.#whenOpened();
      await this.#options.server.accept(VIEW);
      if (this.#isOver()) return;
      this.#become({ ...this.#state, stage: { kind: 'sharing' } });
      this.#endsAt(this.#leaseEnd, 'expired');
      this.#allow();
    } catch (error) {
      if (this.#isOver()) return;
      this.#track = undefined;
      this.#become({ ...this.#state, stage: { kind: 'asked' } });
      throw error;
    }
  }

  /** @throws PageError */
  async decline(isReported: boolean): Promise<void> {
    this.#finish('declined');
    await this.#options.server.decline(isReported);
  }

  /** @param isLetIn whether the other helper may look as well @throws PageError */
  async answer(promptId: string, isLetIn: boolean): Promise<void> {
    const asking = this.#state.prompts.find((prompt) => prompt.promptId === promptId)?.asking;
    this.#become(withoutPrompt(this.#state, promptId));
    const { server } = this.#options;
    // The server may pair them before it answers.
    if (isLetIn && asking) this.#letIn.set(asking.helper.userId, asking.helper);
    await (isLetIn ? server.accept(VIEW, promptId) : server.decline(false, promptId));
  }

  /** Nothing of the picture is sent until it goes on. */
  async pause(isPaused: boolean): Promise<void> {
    this.#become({ ...this.#state, isPaused });
    await Promise.all([...this.#videos.values()].map((video) => video.pause(isPaused)));
  }

  /** @throws EventRefusal `blocked`, `malformed` when the text is too long */
  async say(text: string): Promise<void> {
    const id = this.#options.newId();
    const reached = await this.#links.send({ event: 'chat', id, text });
    this.#become(withChat(this.#state, { id, from: 'me', name: '', text, isDelivered: reached > 0 }));
  }

  /** Cuts this end at once, then tells the server until it has heard. The first try outlives the page. */
  async stop(): Promise<void> {
    if (this.#isOver()) return;
    this.#finish('endedBySharer');
    const { server, clock } = this.#options;
    for (let attempt = 1; attempt <= MOST_STOPS; attempt++) {
      try {
        return await server.stop();
      } catch (error) {
        if (error instanceof PageError && error.code === 'gone') return;
      }
      const waitMs = FIRST_STOP_WAIT_MS * 2 ** (attempt - 1);
      await new Promise<void>((resolve) => void clock.at(clock.now() + waitMs, resolve));
    }
  }

  async #whenOpened(): Promise<void> {
    const { clock } = this.#options;
    const cancel = clock.at(clock.now() + LONGEST_OPENING_MS, () =>
      this.#opened.reject(new PageError('unavailable', 'The connection for the session could not be opened.')),
    );
    await this.#opened.promise.finally(cancel);
  }

  async #join(): Promise<string> {
    const joined = await this.#options.server.join();
    this.#groupId = joined.pubSubGroupId;
    this.#become({ ...this.#state, isChatBlocked: joined.isChatBlocked });
    this.#leaseIs(joined.sessionExpirationDateTime);
    return joined.pubSubSharerAccessUri;
  }

  async #keysOf({ helperConnectionId }: PairedEvent): Promise<{ key: string; iv: string } | undefined> {
    const { connections } = await this.#options.server.join();
    return connections.find(({ connectionId }) => connectionId === helperConnectionId);
  }

  #connected(connectionId: string, isRecovery: boolean): void {
    this.#links.connectedAs(connectionId);
    if (!isRecovery) this.#dropVideos(() => true);
    this.#become({ ...this.#state, connection: 'open' });
    this.#allow();
    if (!isRecovery && this.#state.stage.kind === 'sharing') void this.#askWhatIsOpen();
  }

  /** What was asked while no connection was open. */
  async #askWhatIsOpen(): Promise<void> {
    try {
      for (const request of await this.#options.server.requests()) this.#hear({ from: 'server', data: request });
    } catch (error) {
      // It is asked again, and told again, with the next connection.
      if (!(error instanceof PageError)) throw error;
    }
  }

  #hear({ from, data }: HubMessage): void {
    if (from === 'group') {
      void this.#links.receive(data);
      return;
    }
    try {
      const event = decodeControlEvent(data);
      if (event.event !== 'unknown' && event.sessionKey === this.#options.server.claimed.sessionKey) this.#told(event);
    } catch (error) {
      // What cannot be understood changes nothing (EV-3).
      if (!(error instanceof EventRefusal)) throw error;
    }
  }

  #told(event: ControlEvent): void {
    switch (event.event) {
      case 'policy':
        this.#become({ ...this.#state, isChatBlocked: event.blockChat });
        this.#allow();
        // Told to each connection when the server has taken it in.
        this.#opened.resolve();
        return;
      case 'paired': {
        // The server says whose connection it is; who may come in, and is shown by which name, was decided here.
        const helper = this.#letIn.get(event.helper.userId);
        if (helper) this.#links.paired({ ...event, helper });
        return;
      }
      case 'asked':
        this.#become(
          withPrompt(this.#state, { promptId: event.promptId, asking: event, until: this.#instantOf(event.until) }),
        );
        // A page has nothing more to give than the view.
        if (event.kind === 'rights') void this.answer(event.promptId, false).catch(() => undefined);
        return;
      case 'withdrawn':
        this.#become(withoutPrompt(this.#state, event.promptId));
        return;
      case 'presence':
        if (event.party === 'helper' && !event.isPresent) this.#helperLeft(event.userId);
        return;
      case 'granted':
        if (!event.grants.view) void this.stop();
        return;
      case 'leaseRenewed':
        this.#leaseIs(event.expiresAt);
        for (const video of this.#videos.values()) void video.refresh().catch(() => undefined);
        return;
      case 'ended':
        this.#finish(event.reason);
        return;
      default:
      // The rest is for helpers.
    }
  }

  #paired({ helper, helperConnectionId: connectionId }: PairedEvent, assurance: Assurance): void {
    const digits = assurance.kind === 'endToEnd' ? assurance.digits : undefined;
    const { userId, name } = helper;
    this.#become(withSeenBy(this.#state, { connectionId, userId, name, digits, sees: false }));
    this.#videos.get(connectionId)?.close();
    if (!this.#track) return;
    const { clock, server, newConnection } = this.#options;
    const video = new OutgoingVideo({
      ...{ clock, newConnection, track: this.#track, isPaused: this.#state.isPaused },
      iceServers: () => server.iceServers(),
      send: (event) => this.#links.sendTo(connectionId, event),
      changed: (sees) => this.#sees(connectionId, sees),
    });
    this.#videos.set(connectionId, video);
    video.start().catch(() => this.#sees(connectionId, false));
  }

  #sees(connectionId: string, sees: boolean): void {
    const seen = this.#state.seenBy.find((each) => each.connectionId === connectionId);
    if (seen && seen.sees !== sees) this.#become(withSeenBy(this.#state, { ...seen, sees }));
  }

  #helperLeft(userId: string): void {
    const gone = this.#state.seenBy.filter((seen) => seen.userId === userId).map(({ connectionId }) => connectionId);
    this.#dropVideos((connectionId) => gone.includes(connectionId));
  }

  #dropVideos(isGone: (connectionId: string) => boolean): void {
    for (const [connectionId, video] of [...this.#videos]) {
      if (!isGone(connectionId)) continue;
      video.close();
      this.#videos.delete(connectionId);
    }
    this.#become(withoutSeenBy(this.#state, ({ connectionId }) => isGone(connectionId)));
  }

  #peerEvent({ helper, helperConnectionId }: PairedEvent, event: PeerEvent | UnknownEvent): void {
    switch (event.event) {
      case 'chat': {
        const { id, text } = event;
        this.#become(withChat(this.#state, { id, from: 'helper', name: helper.name, text, isDelivered: true }));
        return;
      }
      case 'pointer':
      case 'pen':
      case 'penCleared':
        for (const listener of this.#pointed) listener(helperConnectionId, event);
        return;
      case 'answer':
      case 'candidate':
        // One that makes no sense is the helper's own loss.
        void this.#videos
          .get(helperConnectionId)
          ?.hear(event)
          .catch(() => this.#sees(helperConnectionId, false));
        return;
      default:
      // The rest goes the other way, or asks for what a page has not got.
    }
  }

  #allow(): void {
    const isSharing = this.#state.stage.kind === 'sharing';
    const { isChatBlocked: blockChat } = this.#state;
    this.#links.allow(isSharing ? { grants: VIEW, blockChat } : NOTHING_ALLOWED);
  }

  /** Counts from the answer on: until then the question's own end is nearer. */
  #leaseIs(text: string): void {
    this.#leaseEnd = this.#instantOf(text);
    if (this.#state.stage.kind === 'sharing') this.#endsAt(this.#leaseEnd, 'expired');
  }

  #instantOf(text: string): Instant {
    const { server, clock } = this.#options;
    return server.local(instantOf(text) ?? clock.now());
  }

  /** By this page's own timer, whatever the server says or does not say (SHR-24). */
  #endsAt(until: Instant, reason: EndReason): void {
    if (this.#isOver()) return;
    this.#cancelDeadline();
    this.#cancelDeadline = this.#options.clock.at(until, () => this.#finish(reason));
    this.#become({ ...this.#state, until });
  }

  #isOver(): boolean {
    return this.#state.stage.kind === 'over';
  }

  #finish(reason: EndReason): void {
    if (this.#isOver()) return;
    this.#track?.stop();
    for (const video of this.#videos.values()) video.close();
    this.#videos.clear();
    this.#become({ ...this.#state, stage: { kind: 'over', reason }, prompts: [], seenBy: [] });
    this.#cancelDeadline();
    this.#links.close();
    this.#connection.close();
    this.#options.server.close();
    this.#opened.reject(new PageError('gone', 'The session is over.'));
  }

  #become(next: SharerState): void {
    this.#state = next;
    for (const listener of [...this.#listeners]) listener();
  }
}

function initialState(asking: ControlEventOf<'requested'>): SharerState {
  return {
    ...{ asking, stage: { kind: 'asked' }, until: 0, connection: 'connecting' },
    ...{ seenBy: [], chat: [], isChatBlocked: true, prompts: [], isPaused: false, isPairRefused: false },
  };
}
