/**
 * The helper's end of one session, without a page: its connection, the pair with the sharer's end, the picture's line,
 * chat, rights, lease and clipboard. What it knows is a snapshot that never changes; listeners hear of the next one.
 */
import {
  type Assurance,
  type ControlEvent,
  type CryptoPort,
  EventRefusal,
  type PairedEvent,
  type PeerEvent,
  type PeerEventOf,
  type SessionGrants,
  type UnknownEvent,
} from '@open-remote-help/protocol/events';
import type { OpenSocket, Timers } from '@open-remote-help/protocol/realtime';
import type { Instant } from '../clock.ts';
import { GraphError } from '../graph/graph-error.ts';
import { Listeners } from '../listeners.ts';
import { SessionLink } from '../session-link.ts';
import {
  endReasonOf,
  type HelperState,
  heard,
  initialState,
  looked,
  over,
  passing,
  told,
  withChat,
} from './helper-state.ts';
import type { KnownDevices } from './known-devices.ts';
import type { PictureHost, PictureLine } from './picture.ts';
import { isPassing, type SessionRecord, type SessionServer } from './session-server.ts';
import { ShownKey } from './shown-key.ts';

export interface HelperEndOptions {
  readonly server: SessionServer;
  readonly crypto: CryptoPort;
  readonly openSocket: OpenSocket;
  readonly timers: Timers;
  /** Makes what brings the picture. */
  readonly line: (host: PictureHost) => PictureLine;
  readonly newId: () => string;
  readonly known: KnownDevices;
  /** The object id of who helps here. */
  readonly userId: string;
}

const AGAIN_MS = 2_000;
const MOST_KEY_TRIES = 5;

export class HelperEnd {
  readonly #options: HelperEndOptions;
  readonly #link: SessionLink;
  readonly #line: PictureLine;
  readonly #key: ShownKey;
  readonly #listeners = new Listeners();
  #state: HelperState;
  #connectionId = '';
  #isClosed = false;
  #cancelAgain: () => void = () => undefined;
  #cancelDeadline: () => void = () => undefined;

  constructor(session: SessionRecord, options: HelperEndOptions) {
    this.#options = options;
    this.#state = initialState(session);
    const { server, crypto, timers, known } = options;
    this.#key = new ShownKey(known, crypto);
    this.#link = this.#newLink();
    this.#line = options.line({
      ...{ timers, crypto },
      changed: (picture) => this.#become({ ...this.#state, picture }),
      send: (event) => this.#link.send(event),
      openRelay: () => server.openRelay(this.#state.session, this.#connectionId),
      relayKeys: (sharerConnectionId, relayId) => this.#link.relayKeys(sharerConnectionId, relayId),
    });
  }

  get state(): HelperState {
    return this.#state;
  }

  /** @returns what ends the listening */
  readonly subscribe = this.#listeners.add;

  /** The present by the server's clock, which all instants of the state are told by. */
  now(): Instant {
    return this.#options.server.now();
  }

  /** Connects, and asks to be let in. */
  start(): void {
    if (this.#state.stage.kind === 'connecting') this.#link.start();
  }

  /** Leaves; the session goes on, for a minute at least. */
  close(): void {
    this.#isClosed = true;
    this.#cancelAgain();
    this.#cancelDeadline();
    this.#line.close();
    this.#link.close();
  }

  /** @throws GraphError, at the cap for instance */
  async extend(): Promise<void> {
    const expiresAt = await this.#options.server.extend(this.#state.session);
    this.#become({ ...this.#state, expiresAt: Math.max(expiresAt, this.#state.expiresAt) });
  }

  /** Ends the session for everybody; while the sharer is being asked, takes the question back. @throws GraphError */
  async end(): Promise<void> {
    try {
      await this.#options.server.end(this.#state.session);
    } catch (error) {
      // It is over already; why says its record.
      if (!isGone(error)) throw error;
    }
    await this.#look();
    if (this.#state.session.state === 'ended') this.#over();
  }

  /** Asks the sharer to allow more; the answer comes as news. @throws GraphError */
  async requestRights(wants: SessionGrants): Promise<void> {
    this.#become({ ...this.#state, asksForRights: true });
    try {
      await this.#options.server.requestRights(this.#state.session, wants);
    } catch (error) {
      this.#become({ ...this.#state, asksForRights: false });
      throw error;
    }
  }

  /** Asks for the input, or gives it up. @throws EventRefusal */
  async wantInput(wants: boolean): Promise<void> {
    const reached = await this.#link.send({ event: 'input', wants });
    this.#become({ ...this.#state, asksForInput: wants && reached > 0 && !this.#state.holdsInput });
  }

  /** @throws EventRefusal `blocked`, `malformed` when the text is too long */
  async say(text: string): Promise<void> {
    const id = this.#options.newId();
    const reached = await this.#link.send({ event: 'chat', id, text });
    this.#become(withChat(this.#state, { id, from: 'helper', text, at: this.now(), isDelivered: reached > 0 }));
  }

  /** Puts text into the sharer's clipboard. @returns whether it reached the other end. @throws EventRefusal */
  async sendClipboard(text: string): Promise<boolean> {
    return (await this.#link.send({ event: 'clipboard', text })) > 0;
  }

  /** Pointer and pen. @throws EventRefusal */
  async point(event: PeerEventOf<'pointer' | 'pen' | 'penCleared'>): Promise<void> {
    await this.#link.send(event);
  }

  /** From now on the device is known by the key that it shows now: somebody has compared the digits. */
  acceptKey(): void {
    if (!this.#state.isKeyChanged) return;
    this.#key.accept(this.#state.session.deviceId);
    this.#become({ ...this.#state, isKeyChanged: false });
    this.#line.pairOpened(this.#key.sharerConnectionId);
  }

  /** The picture of another screen; null for the whole desktop. */
  chooseScreen(screen: number | null): void {
    this.#line.choose(screen);
  }

  /** Tries to get a picture now. */
  tryPictureAgain(): void {
    this.#line.again();
  }

  /** @returns false where the sharer's end has no way to press them */
  pressSpecial(keys: 'ctrlAltDel' | 'win'): boolean {
    return this.#line.pressSpecial(keys);
  }

  #newLink(): SessionLink {
    const { crypto, openSocket, timers } = this.#options;
    return new SessionLink({
      ...{ crypto, openSocket, timers, sessionKey: this.#state.session.sessionKey },
      end: { party: 'helper' },
      place: () => this.#place(),
      keysOf: () => this.#keys(MOST_KEY_TRIES),
      mayRetry: (error) => isPassing(error),
      listener: {
        connected: (connectionId, isRecovery) => this.#connected(connectionId, isRecovery),
        interrupted: () => this.#become({ ...this.#state, connection: 'broken' }),
        gone: (error) => this.#attempt(this.#gone(error)),
        told: (event) => this.#told(event),
        opened: (paired, assurance) => this.#attempt(this.#opened(paired, assurance)),
        event: (_, event) => this.#peerEvent(event),
        refused: (error) => {
          // Anybody in the group may send anything; keys that are not proven are worth a warning.
          if (error instanceof EventRefusal && error.reason !== 'notProven') return;
          if (!this.#isClosed) this.#become({ ...this.#state, isPairRefused: true });
        },
        failed: (error) => this.#fail(error),
      },
    });
  }

  async #opened({ sharerConnectionId }: PairedEvent, assurance: Assurance): Promise<void> {
    const isKeyChanged = await this.#key.isChanged(this.#state.session, sharerConnectionId, assurance);
    if (isKeyChanged === undefined) return;
    this.#become({ ...this.#state, assurance, isKeyChanged, isPairRefused: false });
    if (!isKeyChanged) this.#line.pairOpened(sharerConnectionId);
  }

  async #place(): Promise<{ accessUri: string; groupId: string }> {
    const { accessUri, groupId, expiresAt } = await this.#options.server.retrieve(this.#state.session);
    this.#become({ ...this.#state, expiresAt });
    return { accessUri, groupId };
  }

  #connected(connectionId: string, isRecovery: boolean): void {
    this.#connectionId = connectionId;
    if (!isRecovery) this.#unpair('');
    this.#become({ ...this.#state, connection: 'open' });
    if (!isRecovery) this.#attempt(this.#askIn());
  }

  async #askIn(): Promise<void> {
    const connectionId = this.#connectionId;
    try {
      await this.#options.server.requestAccess(this.#state.session, connectionId);
    } catch (error) {
      // The connection broke meanwhile: the next one asks anew.
      if (!this.#link.isOpen || connectionId !== this.#connectionId) return;
      if (isPassing(error)) {
        this.#again(() => this.#attempt(this.#askIn()), (error.retryAfterSeconds ?? 0) * 1_000);
        return;
      }
      if (!(error instanceof GraphError) || error.code !== 'consentPending') throw error;
      const kindOfConsent = this.#state.session.state === 'requested' ? 'session' : 'access';
      if (this.#state.stage.kind !== 'in') this.#become({ ...this.#state, stage: { kind: 'waiting', kindOfConsent } });
      return;
    }
    if (this.#state.stage.kind !== 'over') this.#become({ ...this.#state, stage: { kind: 'in' } });
    await this.#look();
  }

  async #keys(tries: number): Promise<{ key: string; iv: string } | undefined> {
    const connectionId = this.#connectionId;
    try {
      return await this.#options.server.requestAccess(this.#state.session, connectionId);
    } catch (error) {
      const mayRetry = isPassing(error) && tries > 1;
      if (connectionId !== this.#connectionId || this.#isClosed || isGone(error)) return undefined;
      if (!mayRetry) throw error;
    }
    const { timers } = this.#options;
    await new Promise<void>((resolve) => void timers.at(timers.now() + AGAIN_MS, resolve));
    return this.#keys(tries - 1);
  }

  #told(event: ControlEvent): void {
    if (event.event === 'paired') this.#paired(event);
    else if (event.event === 'presence' && event.party === 'helper') this.#attempt(this.#otherHelper(event));
    else this.#become(told(this.#state, event, (userId) => this.#nameOf(userId)));
    if (event.event === 'consent' && event.decision === 'granted' && event.kind !== 'rights') {
      this.#attempt(this.#askIn());
    }
    if (event.event === 'ended') this.#over();
  }

  #paired(event: PairedEvent): void {
    const isOther = event.sharerConnectionId !== this.#key.sharerConnectionId;
    if (isOther && event.helperConnectionId === this.#connectionId) this.#unpair(event.sharerConnectionId);
    this.#link.paired(event);
  }

  #unpair(sharerConnectionId: string): void {
    this.#key.reset(sharerConnectionId);
    this.#become({ ...this.#state, assurance: undefined, isKeyChanged: false });
  }

  async #otherHelper(event: Extract<ControlEvent, { event: 'presence' }>): Promise<void> {
    // Before it is in, this end hears of nobody's coming but its own.
    if (this.#state.stage.kind !== 'in' || event.userId === this.#options.userId) return;
    if (this.#nameOf(event.userId) === '') await this.#look();
    this.#become(told(this.#state, event, (userId) => this.#nameOf(userId)));
  }

  #peerEvent(event: PeerEvent | UnknownEvent): void {
    if (event.event === 'offer' || event.event === 'answer' || event.event === 'candidate') {
      this.#line.hear(event);
      return;
    }
    const next = heard(this.#state, event, this.now());
    if (next !== this.#state) this.#become(next);
  }

  /** No way in: it is over, or for others. */
  async #gone(error: unknown): Promise<void> {
    if (!(error instanceof GraphError) || (error.status !== 403 && error.status !== 404)) throw error;
    await this.#look();
    if (this.#state.session.state === 'ended') this.#over();
    else if (error.status === 403) this.#become({ ...this.#state, stage: { kind: 'outside' } });
    else throw error;
  }

  #over(): void {
    if (this.#state.stage.kind !== 'over') this.#become(over(this.#state, endReasonOf(this.#state.session)));
    this.close();
    // The record says by whom.
    if (this.#state.session.state !== 'ended') this.#attempt(this.#look());
  }

  async #look(): Promise<void> {
    this.#become(looked(this.#state, await this.#options.server.look(this.#state.session.id)));
  }

  /** The picture and the seals follow what is known. */
  #become(next: HelperState): void {
    const before = this.#state;
    this.#state = next;
    const allowance = passing(next);
    if (allowance !== passing(before)) this.#link.allow(allowance);
    const mayView = (state: HelperState) => state.allowance.grants.view && !state.isKeyChanged;
    if (mayView(next) !== mayView(before)) this.#line.mayView(mayView(next));
    if (next.expiresAt !== before.expiresAt || next.stage.kind !== before.stage.kind) this.#watchDeadline();
    this.#listeners.tell();
  }

  /** At the deadline the picture is gone, whether or not the server can still say so (SHR-24). */
  #watchDeadline(): void {
    const { timers } = this.#options;
    this.#cancelDeadline();
    if (this.#isClosed || this.#state.stage.kind !== 'in') return;
    const leftMs = Math.max(0, this.#state.expiresAt - this.now());
    this.#cancelDeadline = timers.at(timers.now() + leftMs, () => {
      this.#become(over(this.#state, 'expired'));
      this.#over();
    });
  }

  #nameOf(userId: string): string {
    const helper = this.#state.session.helpers.find((each) => each.userId === userId);
    return helper?.displayName ?? helper?.userPrincipalName ?? '';
  }

  #again(work: () => void, leastMs: number): void {
    const { timers } = this.#options;
    this.#cancelAgain();
    this.#cancelAgain = timers.at(timers.now() + Math.max(AGAIN_MS, leastMs), work);
  }

  #attempt(work: Promise<void>): void {
    work.catch((error: unknown) => this.#fail(error));
  }

  /** What fails here, and does not pass, ends this end's part. */
  #fail(error: unknown): void {
    const { kind } = this.#state.stage;
    if (this.#isClosed || kind === 'over') return;
    if (isPassing(error) || (error instanceof GraphError && kind === 'in')) return;
    this.close();
    this.#become({ ...this.#state, stage: { kind: 'failed', message: messageOf(error) } });
  }
}

function isGone(error: unknown): boolean {
  return error instanceof GraphError && error.status === 404;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
