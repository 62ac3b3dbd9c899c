/** The device's part in one session: its connection, the pairs with helpers, what is granted, and its own deadline. */
import { randomUUID } from 'node:crypto';
import { epochMsOfTicks, parseDateTimeOffset } from '@open-remote-help/protocol';
import {
  type ControlEvent,
  type CryptoPort,
  type DeviceSigner,
  decodeControlEvent,
  EventRefusal,
  type PairedEvent,
  PairLinks,
  type SessionGrants,
} from '@open-remote-help/protocol/events';
import { HubConnection, type HubMessage, type OpenSocket } from '@open-remote-help/protocol/realtime';
import type { Clock, Instant } from './clock.ts';
import { DeviceError, messageOf, messageWithCause } from './device-error.ts';
import type { SessionServer } from './device-server.ts';
import type { FreezeCause } from './screen/input-gate.ts';
import { type DesktopSystems, SessionDesktop } from './screen/session-desktop.ts';
import { type Helper, NOTHING, type Notice, narrower, sameGrants } from './sharer.ts';

export interface SessionPartOptions {
  readonly sessionKey: string;
  readonly server: SessionServer;
  readonly signer: DeviceSigner;
  readonly crypto: CryptoPort;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly notice: (notice: Notice) => void;
  /** What helpers get of the desktop; absent where there is none. */
  readonly desktop?: DesktopSystems | undefined;
  /** Who was let in here, by the `userId` of events, as the person was asked about them. */
  readonly letIn: ReadonlyMap<string, Helper>;
  /** When it is over on this device, whatever the server says. */
  readonly latestAt: Instant;
  /** Told once. */
  readonly over: (reason: EndReason) => void;
}

export type EndReason = Extract<Notice, { kind: 'ended' }>['reason'];

/** How long the server may take to notice the connection before the device gives up. */
const LONGEST_OPENING_MS = 20_000;
const FIRST_STOP_WAIT_MS = 1_000;
/** Later than that the server has ended the session for want of the device (SES-12). */
const MOST_STOPS = 6;

export class SessionPart {
  readonly #options: SessionPartOptions;
  readonly #connection: HubConnection;
  readonly #links: PairLinks;
  readonly #desktop: SessionDesktop | undefined;
  readonly #opened = Promise.withResolvers<void>();
  #groupId = '';
  #grants = NOTHING;
  #isChatBlocked = true;
  #isBroken = false;
  #hasToldOfStrangers = false;
  #isOver = false;
  #expiresAt: Instant = 0;
  #cancelDeadline: () => void = () => undefined;
  #cancelLatest: () => void = () => undefined;

  constructor(options: SessionPartOptions) {
    this.#options = options;
    const { crypto, signer, openSocket, clock, notice } = options;
    this.#links = new PairLinks({
      crypto,
      end: { party: 'sharer', signer, acceptsServerKey: true },
      keysOf: (paired) => this.#keysOf(paired),
      transmit: (frame) => this.#connection.sendToGroup(this.#groupId, frame),
      listener: {
        opened: (paired, assurance) => {
          notice({ kind: 'sealed', userId: paired.helper.userId, name: paired.helper.name, assurance });
          this.#desktop?.opened(paired);
        },
        event: (paired, event) => {
          if (event.event === 'chat') notice({ kind: 'chat', name: paired.helper.name, text: event.text });
          else if (event.event === 'input' || event.event === 'clipboard') this.#desktop?.heard(paired, event);
        },
        refused: (error) => {
          // Anybody in the group may send anything; a pair that cannot be made is worth a word.
          if (error instanceof EventRefusal && error.reason !== 'notProven') return;
          notice({ kind: 'failed', what: 'The chat could not be sealed', why: messageOf(error) });
        },
      },
    });
    this.#desktop = this.#desktopOf(options);
    this.#connection = new HubConnection({
      ...{ openSocket, timers: clock },
      accessUri: () => this.#join(),
      mayRetry: (error) => error instanceof DeviceError && error.code === 'unavailable',
      listener: {
        connected: (connectionId, isRecovery) => this.#connected(connectionId, isRecovery),
        message: (message) => this.#hear(message),
        interrupted: () => this.#interrupted(),
        gone: (error) => this.#gone(error),
      },
    });
  }

  get expiresAt(): Instant {
    return this.#expiresAt;
  }

  /** When it ends, and to when it can be extended. */
  get times(): Pick<Extract<Notice, { kind: 'began' }>, 'expiresAt' | 'latestAt'> {
    const { latestAt } = this.#options;
    return { expiresAt: this.#expiresAt, ...(latestAt > this.#expiresAt ? { latestAt } : {}) };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Drops helpers' input until what it returned is called; undefined where there is none to drop. */
  freeze(cause: FreezeCause): (() => void) | undefined {
    return this.#desktop?.freeze(cause);
  }

  /** Why helpers' input is dropped just now, if it is. */
  get frozenBy(): FreezeCause | undefined {
    return this.#desktop?.frozenBy;
  }

  /** Connects. Settles when the server knows the connection, so that it is in from the moment of consent. */
  async open(): Promise<void> {
    const { clock, latestAt } = this.#options;
    // Armed once: no new lease, no new connection and no change of the machine's date puts it off.
    this.#cancelLatest = clock.at(latestAt, () => void this.stop('expired'));
    const cancel = clock.at(clock.now() + LONGEST_OPENING_MS, () => {
      this.#opened.reject(new DeviceError('unavailable', 'The connection for the session could not be opened.'));
    });
    this.#connection.start();
    await this.#opened.promise.finally(cancel);
  }

  /** What is granted from now on, here: the server can take from it, and add nothing. */
  grant(grants: SessionGrants): void {
    this.#grants = grants;
    this.#allow();
  }

  get grants(): SessionGrants {
    return this.#grants;
  }

  /** Takes back what is not kept: here at once, and whether or not the server can be told. */
  async narrow(keep: SessionGrants): Promise<void> {
    const { server, sessionKey, notice } = this.#options;
    this.grant(narrower(this.#grants, keep));
    notice({ kind: 'granted', grants: this.#grants });
    try {
      await server.narrow(sessionKey, this.#grants);
    } catch (error) {
      notice({ kind: 'failed', what: 'The server could not be told of what you took back', why: messageOf(error) });
    }
  }

  /** @returns how many helpers it reached. @throws EventRefusal `blocked` */
  say(text: string): Promise<number> {
    return this.#links.send({ event: 'chat', id: randomUUID(), text });
  }

  /** Cuts this end at once, then tells the server until it has heard. */
  async stop(reason: EndReason = 'endedBySharer'): Promise<void> {
    const { server, sessionKey, clock, notice } = this.#options;
    this.#finish(reason);
    for (let attempt = 1; ; attempt++) {
      try {
        return await server.stop(sessionKey);
      } catch (error) {
        if (error instanceof DeviceError && error.code === 'gone') return;
        const mayRetry = error instanceof DeviceError && error.code === 'unavailable' && attempt < MOST_STOPS;
        if (!mayRetry) {
          notice({ kind: 'failed', what: 'The server could not be told of the end', why: messageOf(error) });
          return;
        }
      }
      await new Promise<void>((resolve) => {
        clock.at(clock.now() + FIRST_STOP_WAIT_MS * 2 ** (attempt - 1), resolve);
      });
    }
  }

  /** The server has said so elsewhere, or there is no reason to go on. */
  end(reason: EndReason): void {
    this.#finish(reason);
  }

  #desktopOf(options: SessionPartOptions): SessionDesktop | undefined {
    const { desktop, server, sessionKey, crypto, clock, notice } = options;
    if (!desktop) return undefined;
    return new SessionDesktop({
      ...{ systems: desktop, crypto, clock },
      offerOf: (relayId) => server.openRelay(sessionKey, relayId),
      keysOf: (helperConnectionId, relayId) => this.#links.relayKeys(helperConnectionId, relayId),
      sendTo: (helperConnectionId, event) => this.#links.sendTo(helperConnectionId, event),
      failed: (what, error) => {
        // The helper's end asks again by itself.
        const isPassing = error instanceof DeviceError && (error.code === 'gone' || error.code === 'unavailable');
        if (!isPassing) notice({ kind: 'failed', what, why: messageWithCause(error) });
      },
      looking: ({ userId, name }, isLooking) => notice({ kind: 'looking', userId, name, isLooking }),
    });
  }

  async #join(): Promise<string> {
    const { server, sessionKey } = this.#options;
    const joined = await server.join(sessionKey);
    this.#groupId = joined.pubSubGroupId;
    this.#isChatBlocked = joined.isChatBlocked;
    this.#expires(joined.sessionExpirationDateTime);
    return joined.pubSubSharerAccessUri;
  }

  async #keysOf({ helperConnectionId }: PairedEvent): Promise<{ key: string; iv: string } | undefined> {
    const { server, sessionKey } = this.#options;
    const { connections } = await server.join(sessionKey);
    return connections.find(({ connectionId }) => connectionId === helperConnectionId);
  }

  #connected(connectionId: string, isRecovery: boolean): void {
    this.#links.connectedAs(connectionId);
    if (!isRecovery) this.#desktop?.unpaired();
    this.#allow();
    if (this.#isBroken && !this.#isOver) this.#options.notice({ kind: 'resumed' });
    this.#isBroken = false;
    if (isRecovery) this.#opened.resolve();
  }

  #interrupted(): void {
    if (!this.#isBroken) this.#options.notice({ kind: 'interrupted' });
    this.#isBroken = true;
  }

  #hear({ from, data }: HubMessage): void {
    if (from === 'group') {
      void this.#links.receive(data);
      return;
    }
    try {
      const event = decodeControlEvent(data);
      if (event.event !== 'unknown' && event.sessionKey === this.#options.sessionKey) this.#told(event);
    } catch (error) {
      if (!(error instanceof EventRefusal)) throw error;
      this.#options.notice({ kind: 'failed', what: 'The server said what cannot be understood', why: error.message });
    }
  }

  #told(event: ControlEvent): void {
    const { notice, letIn } = this.#options;
    switch (event.event) {
      case 'policy':
        if (this.#isChatBlocked !== event.blockChat) notice({ kind: 'policy', isChatBlocked: event.blockChat });
        this.#isChatBlocked = event.blockChat;
        this.#allow();
        // Told to each connection when the server has taken it in.
        this.#opened.resolve();
        return;
      case 'granted':
        // What this end granted itself comes back here too, and is no news.
        if (event.by === 'server') {
          const before = this.#grants;
          this.grant(narrower(before, event.grants));
          if (!sameGrants(before, this.#grants)) notice({ kind: 'granted', grants: this.#grants });
        }
        return;
      case 'paired':
        this.#paired(event);
        return;
      case 'relayRequested':
        this.#desktop?.relayRequested(event);
        return;
      case 'leaseRenewed':
        if (this.#expires(event.expiresAt)) notice({ kind: 'renewed', expiresAt: this.#expiresAt });
        return;
      case 'presence':
        this.#present(letIn.get(event.userId), event.isPresent);
        return;
      case 'ended':
        this.#finish(event.reason);
        return;
      default:
      // Questions come on the standing connection; that a picture stands still is the helper's to see.
    }
  }

  /** The server says whose connection it is; who may come in, and is shown by which name, was decided here. */
  #paired(event: PairedEvent): void {
    const { letIn, notice } = this.#options;
    const helper = letIn.get(event.helper.userId);
    if (helper) this.#links.paired({ ...event, helper });
    else if (!this.#hasToldOfStrangers) {
      this.#hasToldOfStrangers = true;
      notice({ kind: 'failed', what: 'The server let somebody in who was not let in here', why: event.helper.name });
    }
  }

  #present(helper: Helper | undefined, isPresent: boolean): void {
    if (!helper) return;
    const { userId, name } = helper;
    this.#options.notice({ kind: 'presence', userId, name, isPresent });
    this.#desktop?.presence(userId, isPresent);
  }

  /** @returns whether the session ends at another instant than was known */
  #expires(text: string): boolean {
    const { server, clock, latestAt } = this.#options;
    const parsed = parseDateTimeOffset(text);
    if (!parsed || this.#isOver) return false;
    const before = this.#expiresAt;
    const told = server.local(epochMsOfTicks(parsed.ticks));
    this.#expiresAt = Math.min(told, latestAt);
    this.#cancelDeadline();
    if (told < latestAt) this.#cancelDeadline = clock.at(told, () => this.#finish('expired'));
    return this.#expiresAt !== before;
  }

  #allow(): void {
    this.#links.allow({ grants: this.#grants, blockChat: this.#isChatBlocked });
    this.#desktop?.allow(this.#grants);
  }

  #gone(error: unknown): void {
    this.#opened.reject(error);
    this.#finish('failed');
  }

  #finish(reason: EndReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelDeadline();
    this.#cancelLatest();
    void this.#desktop?.close();
    this.#links.close();
    this.#connection.close();
    this.#opened.reject(new DeviceError('gone', 'The session is over.'));
    this.#options.over(reason);
  }
}
