/** What of the desktop the helpers of one session get: pictures, the input, the clipboard. All by what is granted here. */
import {
  type ControlEventOf,
  type CryptoPort,
  crowdedOut,
  type PairedEvent,
  type PeerEvent,
  type PeerEventOf,
  type SessionGrants,
} from '@open-remote-help/protocol/events';
import type { OpenBinarySocket, RelayKeys, RelayOffer } from '@open-remote-help/protocol/relay';
import { ClipboardShare } from '../clipboard/clipboard-share.ts';
import type { Clock } from '../clock.ts';
import { NOTHING } from '../sharer.ts';
import { HelperPicture } from './helper-picture.ts';
import { type FreezeCause, InputGate } from './input-gate.ts';
import type { ClipboardSystem, ScreenSystem } from './screen-source.ts';

/** What a device lends to its sessions. */
export interface DesktopSystems {
  readonly screens: ScreenSystem;
  /** Opened when the first grant asks for it; undefined where there is none. */
  readonly clipboard?: () => Promise<ClipboardSystem>;
  readonly openBinarySocket: OpenBinarySocket;
  /** Locks the desktop, so that who comes by has to sign in. */
  readonly lock?: () => Promise<void>;
}

export interface SessionDesktopOptions {
  readonly systems: DesktopSystems;
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly offerOf: (relayId: string) => Promise<RelayOffer>;
  /** Keys of a relay with a helper's connection; undefined while no pair with it is open. */
  readonly keysOf: (helperConnectionId: string, relayId: string) => Promise<RelayKeys | undefined>;
  /** To one helper's connection; without effect where there is no open pair. */
  readonly sendTo: (helperConnectionId: string, event: PeerEvent) => Promise<unknown>;
  /** A helper's picture, or what goes with it, failed here. */
  readonly failed: (what: string, error: unknown) => void;
  /** A helper sees the desktop, or does not any more. */
  readonly looking: (helper: Helper, isLooking: boolean) => void;
}

type Helper = PairedEvent['helper'];
type RelayRequest = ControlEventOf<'relayRequested'>;

/** The server waits as long for the second end of a relay. */
const LONGEST_WAIT_MS = 15_000;

export class SessionDesktop {
  readonly #options: SessionDesktopOptions;
  readonly #gate = new InputGate();
  readonly #clipboard: ClipboardShare;
  /** Helpers with an open pair, by their connections. */
  readonly #helpers = new Map<string, Helper>();
  /** By the helper's user id: one each. */
  readonly #pictures = new Map<string, HelperPicture>();
  /** The relay that was asked for last, by the helper's user id. */
  readonly #latest = new Map<string, string>();
  /** Relays that were asked for before the pair was open here, by the helper's connection. */
  readonly #early = new Map<string, { readonly request: RelayRequest; readonly until: number }>();
  #grants = NOTHING;
  #isOver = false;

  constructor(options: SessionDesktopOptions) {
    this.#options = options;
    const { systems, failed } = options;
    this.#clipboard = new ClipboardShare({
      open: systems.clipboard,
      send: (text) => this.#toAll({ event: 'clipboard', text }),
      failed: (error) => failed('The clipboard could not be shared', error),
    });
    this.#gate.watch({ frozen: () => undefined, handedOn: () => this.#tellRights() });
  }

  /** Whether anybody sees the desktop now. */
  get isSeen(): boolean {
    return this.#pictures.size > 0;
  }

  /** Drops all input until what it returned is called. */
  freeze(cause: FreezeCause): () => void {
    return this.#gate.freeze(cause);
  }

  get frozenBy(): FreezeCause | undefined {
    return this.#gate.frozenBy;
  }

  /** What is granted from now on. */
  allow(grants: SessionGrants): void {
    this.#grants = grants;
    this.#gate.allow(grants.control);
    this.#clipboard.allow(grants);
    if (!grants.view) this.#cutAll();
    this.#tellRights();
  }

  /** A pair with a helper's connection is open. */
  opened({ helper, helperConnectionId }: PairedEvent): void {
    keep(this.#helpers, helperConnectionId, helper, helper.userId, ({ userId }) => userId);
    this.#gate.came(helper.userId);
    this.#tellRights();
    const early = this.#early.get(helperConnectionId);
    this.#early.delete(helperConnectionId);
    if (early && early.until > this.#options.clock.now()) this.relayRequested(early.request);
  }

  /** What a helper sent that concerns the desktop. */
  heard({ helper }: PairedEvent, event: PeerEventOf<'input' | 'clipboard'>): void {
    if (event.event === 'input') this.#gate.wants(helper.userId, event.wants);
    else this.#clipboard.received(event.text);
  }

  /** A helper's end opens a relay. */
  relayRequested(request: RelayRequest): void {
    const { clock, failed } = this.#options;
    const helper = this.#helpers.get(request.helperConnectionId);
    if (helper) this.#show(helper, request).catch((error: unknown) => failed('The picture could not be shown', error));
    else {
      // Whose connection it is nobody has said yet.
      const early = { request, until: clock.now() + LONGEST_WAIT_MS };
      keep(this.#early, request.helperConnectionId, early, '', () => 'nobody');
    }
  }

  /** A helper's connections are lost, or one is back: the input goes on meanwhile, the pair and its relay may last. */
  presence(userId: string, isPresent: boolean): void {
    if (!isPresent) this.#gate.left(userId);
    else if ([...this.#helpers.values()].some((helper) => helper.userId === userId)) this.#gate.came(userId);
  }

  /** This end has another connection: no pair is open any more, and no relay of theirs is. */
  unpaired(): void {
    this.#helpers.clear();
    this.#early.clear();
    this.#cutAll();
  }

  /** Settles when nothing of it is left. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#gate.allow(false);
    const pictures = [...this.#pictures.values()];
    await Promise.all([this.#clipboard.close(), ...pictures.map((picture) => picture.cut())]);
  }

  async #show(helper: Helper, { helperConnectionId, relayId }: RelayRequest): Promise<void> {
    const { systems, crypto, clock, offerOf, keysOf, failed, looking } = this.#options;
    this.#latest.set(helper.userId, relayId);
    await this.#pictures.get(helper.userId)?.cut();
    const [offer, keys] = await Promise.all([offerOf(relayId), keysOf(helperConnectionId, relayId)]);
    // Another one may have been asked for meanwhile: it has the helper's picture then.
    if (!keys || this.#isOver || this.#latest.get(helper.userId) !== relayId) return;
    const picture = new HelperPicture({
      ...{ offer, keys, crypto, clock },
      openSocket: systems.openBinarySocket,
      screens: systems.screens,
      gate: this.#gate,
      helper: helper.userId,
      mayView: () => this.#grants.view && !this.#isOver,
      looking: (isLooking) => looking(helper, isLooking),
      failed: (error) => failed('The picture could not be shown', error),
    });
    this.#pictures.set(helper.userId, picture);
    await picture.over;
    if (this.#pictures.get(helper.userId) === picture) this.#pictures.delete(helper.userId);
  }

  #cutAll(): void {
    for (const picture of this.#pictures.values()) void picture.cut();
  }

  #tellRights(): void {
    const { holder } = this.#gate;
    const inputHolder = [...this.#helpers.values()].find(({ userId }) => userId === holder)?.name ?? null;
    for (const [connectionId, helper] of this.#helpers) {
      const holdsInput = helper.userId === holder;
      void this.#send(connectionId, { event: 'rights', grants: this.#grants, holdsInput, inputHolder });
    }
  }

  #toAll(event: PeerEvent): void {
    for (const connectionId of this.#helpers.keys()) void this.#send(connectionId, event);
  }

  async #send(connectionId: string, event: PeerEvent): Promise<void> {
    try {
      await this.#options.sendTo(connectionId, event);
    } catch (error) {
      this.#options.failed('A helper could not be told', error);
    }
  }
}

/** Forgets the oldest where there are too many, as of pairs. */
function keep<V>(map: Map<string, V>, connectionId: string, value: V, userId: string, helperOf: (value: V) => string) {
  map.delete(connectionId);
  const oldest = crowdedOut(map, userId, helperOf);
  if (oldest !== undefined) map.delete(oldest);
  map.set(connectionId, value);
}
