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
  type PeerEvent,
  type PeerEventOf,
  type UnknownEvent,
} from '@open-remote-help/protocol/events';
import type { OpenSocket } from '@open-remote-help/protocol/realtime';
import { type Cancel, type Clock, type Instant, instantOf } from '../clock.ts';
import { Listeners } from '../listeners.ts';
import { SessionLink } from '../session-link.ts';
import { PageError } from './page-error.ts';
import type { PageKey } from './page-key.ts';
import type { PageServer } from './page-server.ts';
import { stopPersistently } from './persistent-stop.ts';
import { SentPictures } from './sent-pictures.ts';
import {
  type EndReason,
  type SeenBy,
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

export class SharerEnd {
  readonly #options: SharerEndOptions;
  readonly #link: SessionLink;
  readonly #pictures: SentPictures;
  readonly #listeners = new Listeners();
  /** Who was let in, by user id, as the person was asked about them. */
  readonly #letIn = new Map<string, PairedEvent['helper']>();
  readonly #pointed = new Listeners<[from: string, event: Pointing]>();
  readonly #opened = Promise.withResolvers<void>();
  #state: SharerState;
  #track: MediaStreamTrack | undefined;
  #leaseEnd: Instant = 0;
  #cancelDeadline: Cancel = () => undefined;

  /** @throws EventRefusal where the server does not say who asks */
  constructor(options: SharerEndOptions) {
    this.#options = options;
    const { server, clock, newConnection } = options;
    const requested = decodeControlEvent(server.claimed.requested);
    if (requested.event !== 'requested') throw new EventRefusal('malformed', 'Nobody asks.', 'requested');
    this.#state = initialState(requested);
    this.#letIn.set(requested.helper.userId, requested.helper);
    this.#link = this.#newLink();
    this.#pictures = new SentPictures({
      ...{ clock, newConnection, iceServers: () => server.iceServers() },
      send: (connectionId, event) => this.#link.sendTo(connectionId, event),
      changed: (connectionId, isSeen) => this.#sees(connectionId, isSeen),
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
  readonly subscribe = this.#listeners.add;

  /** What helpers point at, by the connection that it came from. @returns what ends the listening */
  readonly onPointing = this.#pointed.add;

  /** Connects; nobody sees anything yet. */
  start(): void {
    this.#link.start();
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
    await this.#pictures.pause(isPaused);
  }

  /** @throws EventRefusal `blocked`, `malformed` when the text is too long */
  async say(text: string): Promise<void> {
    const id = this.#options.newId();
    const reached = await this.#link.send({ event: 'chat', id, text });
    this.#become(withChat(this.#state, { id, from: undefined, text, isDelivered: reached > 0 }));
  }

  /** Cuts this end at once, then tells the server until it has heard. The first try outlives the page. */
  async stop(): Promise<void> {
    if (this.#isOver()) return;
    this.#finish('endedBySharer');
    await stopPersistently(this.#options.server, this.#options.clock);
  }

  #newLink(): SessionLink {
    const { crypto, key, openSocket, clock, server } = this.#options;
    return new SessionLink({
      ...{ crypto, openSocket, timers: clock, sessionKey: server.claimed.sessionKey },
      end: { party: 'sharer', signer: key.signer, acceptsServerKey: true },
      place: () => this.#join(),
      keysOf: (paired) => this.#keysOf(paired),
      mayRetry: (error) => error instanceof PageError && (error.code === 'unavailable' || error.code === 'slowed'),
      listener: {
        connected: (_, isRecovery) => this.#connected(isRecovery),
        interrupted: () => this.#become({ ...this.#state, connection: 'broken' }),
        gone: () => this.#finish('failed'),
        told: (event) => this.#told(event),
        opened: (paired, assurance) => this.#paired(paired, assurance),
        event: (paired, event) => this.#peerEvent(paired, event),
        refused: (error) => {
          // Anybody in the group may send anything; keys that are not proven are worth a warning.
          if (!(error instanceof EventRefusal) || error.reason !== 'notProven') return;
          this.#become({ ...this.#state, isPairRefused: true });
        },
      },
    });
  }

  async #whenOpened(): Promise<void> {
    const { clock } = this.#options;
    const cancel = clock.at(clock.now() + LONGEST_OPENING_MS, () =>
      this.#opened.reject(new PageError('unavailable', 'The connection for the session could not be opened.')),
    );
    await this.#opened.promise.finally(cancel);
  }

  async #join(): Promise<{ accessUri: string; groupId: string }> {
    const joined = await this.#options.server.join();
    this.#become({ ...this.#state, isChatBlocked: joined.isChatBlocked });
    this.#leaseIs(joined.sessionExpirationDateTime);
    return { accessUri: joined.pubSubSharerAccessUri, groupId: joined.pubSubGroupId };
  }

  async #keysOf({ helperConnectionId }: PairedEvent): Promise<{ key: string; iv: string } | undefined> {
    const { connections } = await this.#options.server.join();
    return connections.find(({ connectionId }) => connectionId === helperConnectionId);
  }

  #connected(isRecovery: boolean): void {
    if (!isRecovery) this.#dropPictures(this.#state.seenBy);
    this.#become({ ...this.#state, connection: 'open' });
    this.#allow();
    if (!isRecovery && this.#state.stage.kind === 'sharing') void this.#askWhatIsOpen();
  }

  /** What was asked while no connection was open. */
  async #askWhatIsOpen(): Promise<void> {
    try {
      for (const request of await this.#options.server.requests()) this.#link.hear(request);
    } catch (error) {
      // It is asked again, and told again, with the next connection.
      if (!(error instanceof PageError)) throw error;
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
        if (helper) this.#link.paired({ ...event, helper });
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
        this.#pictures.refresh();
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
    if (this.#track) this.#pictures.start(connectionId, this.#track, this.#state.isPaused);
  }

  #sees(connectionId: string, sees: boolean): void {
    const seen = this.#state.seenBy.find((each) => each.connectionId === connectionId);
    if (seen && seen.sees !== sees) this.#become(withSeenBy(this.#state, { ...seen, sees }));
  }

  #helperLeft(userId: string): void {
    this.#dropPictures(this.#state.seenBy.filter((seen) => seen.userId === userId));
  }

  #dropPictures(gone: readonly SeenBy[]): void {
    const connectionIds = new Set(gone.map(({ connectionId }) => connectionId));
    this.#pictures.drop(connectionIds);
    this.#become(withoutSeenBy(this.#state, ({ connectionId }) => connectionIds.has(connectionId)));
  }

  #peerEvent({ helper, helperConnectionId }: PairedEvent, event: PeerEvent | UnknownEvent): void {
    switch (event.event) {
      case 'chat': {
        const { id, text } = event;
        this.#become(withChat(this.#state, { id, from: helper, text, isDelivered: true }));
        return;
      }
      case 'pointer':
      case 'pen':
      case 'penCleared':
        this.#pointed.tell(helperConnectionId, event);
        return;
      case 'answer':
      case 'candidate':
        this.#pictures.hear(helperConnectionId, event);
        return;
      default:
      // The rest goes the other way, or asks for what a page has not got.
    }
  }

  #allow(): void {
    const isSharing = this.#state.stage.kind === 'sharing';
    const { isChatBlocked: blockChat } = this.#state;
    this.#link.allow(isSharing ? { grants: VIEW, blockChat } : NOTHING_ALLOWED);
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
    this.#pictures.dropAll();
    this.#become({ ...this.#state, stage: { kind: 'over', reason }, prompts: [], seenBy: [] });
    this.#cancelDeadline();
    this.#link.close();
    this.#options.server.close();
    this.#opened.reject(new PageError('gone', 'The session is over.'));
  }

  #become(next: SharerState): void {
    this.#state = next;
    this.#listeners.tell();
  }
}

function initialState(asking: ControlEventOf<'requested'>): SharerState {
  return {
    ...{ asking, stage: { kind: 'asked' }, until: 0, connection: 'connecting' },
    ...{ seenBy: [], chat: [], isChatBlocked: true, prompts: [], isPaused: false, isPairRefused: false },
  };
}
