/** All pairs of one end's connection in a session: made as the server tells of them, and addressed together. */
import type { Allowance } from './allowance.ts';
import { NOTHING_ALLOWED } from './allowance.ts';
import type { ControlEventOf } from './control-events.ts';
import type { CryptoPort } from './crypto-port.ts';
import { type RelayKeys, readPairKey } from './derivation.ts';
import type { Assurance } from './handshake.ts';
import { HandshakeAttempts } from './handshake-attempts.ts';
import { crowdedOut } from './kept-connections.ts';
import { type End, PairLink } from './pair-link.ts';
import type { PeerEvent } from './peer-events.ts';
import { decodeFrame, encodeFrame } from './peer-frames.ts';
import { EventRefusal } from './refusal.ts';
import type { UnknownEvent } from './words.ts';

/** As the server gives them, base64. */
export interface PairKeyTexts {
  readonly key: string;
  readonly iv: string;
}

export type PairedEvent = ControlEventOf<'paired'>;

export interface PairLinksOptions {
  readonly crypto: CryptoPort;
  readonly end: End;
  /** Asks the server; undefined when it knows no such pair any more. */
  readonly keysOf: (paired: PairedEvent) => Promise<PairKeyTexts | undefined>;
  /** Hands JSON to the session's group. */
  readonly transmit: (frame: object) => void;
  readonly listener: PairListener;
}

export interface PairListener {
  opened(paired: PairedEvent, assurance: Assurance): void;
  event(paired: PairedEvent, event: PeerEvent | UnknownEvent): void;
  /** Of what anybody in the group sent, or of a pair that could not be made. */
  refused(error: unknown): void;
}

interface Entry {
  readonly paired: PairedEvent;
  readonly link: Promise<PairLink | undefined>;
}

export class PairLinks {
  readonly #options: PairLinksOptions;
  readonly #attempts = new HandshakeAttempts();
  /** By the other end's connection. */
  readonly #entries = new Map<string, Entry>();
  #connectionId = '';
  #allowance = NOTHING_ALLOWED;

  constructor(options: PairLinksOptions) {
    this.#options = options;
  }

  /** This end's connection, now: pairs of an earlier one are over. */
  connectedAs(connectionId: string): void {
    if (connectionId === this.#connectionId) return;
    this.close();
    this.#connectionId = connectionId;
  }

  /** Told by the server: once, or again. */
  paired(event: PairedEvent): void {
    const isHelper = this.#options.end.party === 'helper';
    const { helperConnectionId: helper, sharerConnectionId: sharer } = event;
    const [own, other] = isHelper ? [helper, sharer] : [sharer, helper];
    if (own !== this.#connectionId || this.#entries.has(other)) return;
    // A helper has one sharer, at the latest of its connections.
    if (isHelper) this.close();
    // Of a helper's earlier connections nobody says that they are gone.
    const oldest = crowdedOut(this.#entries, event.helper.userId, ({ paired }) => paired.helper.userId);
    if (oldest !== undefined) this.#forget(oldest);
    const link = this.#make(event).catch((error: unknown) => {
      this.#options.listener.refused(error);
      return undefined;
    });
    this.#entries.set(other, { paired: event, link });
  }

  /** Takes what came from the session's group. */
  async receive(data: unknown): Promise<void> {
    const { listener } = this.#options;
    try {
      const frame = decodeFrame(data);
      const entry = 'from' in frame ? this.#entries.get(frame.from) : undefined;
      if (!entry || 'event' in frame) return;
      const link = await entry.link;
      const received = await link?.receive(frame);
      if (received?.kind === 'opened') listener.opened(entry.paired, received.assurance);
      if (received?.kind === 'event') listener.event(entry.paired, received.event);
    } catch (error) {
      if (!(error instanceof EventRefusal)) throw error;
      listener.refused(error);
    }
  }

  /** @returns to how many ends it went. @throws EventRefusal `blocked`, `malformed`, `misplaced` */
  async send(event: PeerEvent): Promise<number> {
    const links = await Promise.all([...this.#entries.values()].map(({ link }) => link));
    const open = links.filter((link) => link?.isOpen);
    for (const link of open) await link?.send(event);
    return open.length;
  }

  /**
   * To one of the other ends alone.
   * @returns false while no pair with it is open
   * @throws EventRefusal `blocked`, `malformed`, `misplaced`
   */
  async sendTo(otherConnectionId: string, event: PeerEvent): Promise<boolean> {
    const link = await this.#entries.get(otherConnectionId)?.link;
    if (!link?.isOpen) return false;
    await link.send(event);
    return true;
  }

  /** Keys of one relay with the other end's connection; undefined while no pair with it is open. */
  async relayKeys(otherConnectionId: string, relayId: string): Promise<RelayKeys | undefined> {
    const link = await this.#entries.get(otherConnectionId)?.link;
    return link?.isOpen ? link.relayKeys(relayId) : undefined;
  }

  /** What may pass from now on, in all pairs. */
  allow(allowance: Allowance): void {
    this.#allowance = allowance;
    for (const { link } of this.#entries.values()) void link.then((made) => made?.allow(this.#allowance));
  }

  /** Ends all pairs. */
  close(): void {
    for (const other of [...this.#entries.keys()]) this.#forget(other);
  }

  #forget(other: string): void {
    const entry = this.#entries.get(other);
    this.#entries.delete(other);
    void entry?.link.then((link) => link?.close());
  }

  async #make(paired: PairedEvent): Promise<PairLink | undefined> {
    const { crypto, end, keysOf, transmit } = this.#options;
    const texts = await keysOf(paired);
    if (!texts) return undefined;
    const { sessionKey, helperConnectionId, sharerConnectionId } = paired;
    const keys = readPairKey(texts.key, texts.iv);
    const link = new PairLink({
      ...{ crypto, end },
      attempts: end.party === 'sharer' ? this.#attempts.of(paired.helper.userId) : this.#attempts,
      pair: { sessionKey, helperConnectionId, sharerConnectionId, ...keys },
      transmit: (frame) => transmit(encodeFrame(frame)),
    });
    link.allow(this.#allowance);
    if (end.party === 'helper') await link.begin();
    return link;
  }
}
