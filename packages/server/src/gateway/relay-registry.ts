/** The relays of this node: made ready by the engine, entered by sockets with a grant, cut by whatever ends them. */

import { EventRefusal } from '@open-remote-help/protocol/events';
import { decodeGrantFrame, RELAY_PATH } from '@open-remote-help/protocol/relay';
import type { Clock, Instant } from '../clock.ts';
import { CLOSE } from './error-frames.ts';
import { Relay, type RelayParty, type RelayPlace } from './relay.ts';
import { isSameGrant, type KeptGrant, newGrant, newRelayId, readGrant } from './relay-grants.ts';
import type { RelayCut, RelayMetrics } from './relay-metrics.ts';
import type { RelaySocket } from './relay-socket.ts';

/** Who has entered waits this long for the other. */
const PAIRING_MS = 15_000;
/** Ends are looked at this often; silent, or holding up the other, for so many looks they are cut. */
const LOOK_EVERY_MS = 5_000;
const MOST_SILENT_LOOKS = 5;
/** New relays of a helper's connection within a minute, and relays of a session at one time. */
const MOST_PER_MINUTE = 20;
const MOST_PER_SESSION = 32;
const MINUTE_MS = 60_000;

interface Entry {
  readonly relay: Relay;
  /** Of seats that are not taken. */
  readonly grants: Partial<Record<RelayParty, KeptGrant>>;
  cancel: () => void;
}

export interface RelayRegistryOptions {
  readonly clock: Clock;
  readonly metrics: RelayMetrics;
}

/** What a session's engine wants of relays: `Relays` of its folder says what each method does. */
export class RelayRegistry {
  readonly #options: RelayRegistryOptions;
  readonly #entries = new Map<string, Entry>();
  /** When each helper's connection was given relays, within the last minute. */
  readonly #opened = new Map<string, readonly Instant[]>();
  #cancelLook: (() => void) | undefined;
  /** Sockets that have shown no grant yet. */
  readonly strangers = new Set<RelaySocket>();

  constructor(options: RelayRegistryOptions) {
    this.#options = options;
  }

  /** Made ready, entered or paired. */
  get size(): number {
    return this.#entries.size;
  }

  newRelayId(): string {
    return newRelayId();
  }

  waitMs({ sessionId, helperConnectionId }: Pick<RelayPlace, 'sessionId' | 'helperConnectionId'>): number {
    const now = this.#options.clock.now();
    const [first = now] = this.#opened.get(helperConnectionId)?.slice(-MOST_PER_MINUTE) ?? [];
    const count = this.#openedSince(helperConnectionId, now - MINUTE_MS).length;
    if (count >= MOST_PER_MINUTE) return first + MINUTE_MS - now;
    const isFull = this.#ofSession(sessionId).length >= MOST_PER_SESSION;
    return isFull ? PAIRING_MS : 0;
  }

  open(relayId: string, place: RelayPlace): string {
    const { clock, metrics } = this.#options;
    const now = clock.now();
    this.#drop(relayId);
    const recent = this.#openedSince(place.helperConnectionId, now - MINUTE_MS);
    this.#opened.set(place.helperConnectionId, [...recent, now]);
    const relay = new Relay({ id: relayId, place, metrics, over: ({ id }) => this.#drop(id) });
    const { text, kept } = newGrant(relayId, now);
    const entry: Entry = { relay, grants: { helper: kept }, cancel: () => undefined };
    this.#entries.set(relayId, entry);
    this.#cutAt(entry, kept.until);
    this.#look();
    return text;
  }

  uri(origin: string): string {
    return `${origin.replace(/^http/, 'ws')}${RELAY_PATH}`;
  }

  awaitsSharer(relayId: string, sessionId: string): boolean {
    const relay = this.#entries.get(relayId)?.relay;
    return relay?.place.sessionId === sessionId && !relay.isTaken('sharer');
  }

  join(relayId: string, sessionId: string): string | undefined {
    const entry = this.#entries.get(relayId);
    if (!entry || !this.awaitsSharer(relayId, sessionId)) return undefined;
    const { text, kept } = newGrant(relayId, this.#options.clock.now());
    entry.grants.sharer = kept;
    if (!entry.relay.isTaken('helper')) this.#cutAt(entry, kept.until);
    return text;
  }

  cut(relayId: string): void {
    this.#entries.get(relayId)?.relay.cut('notPaired');
  }

  cutSession(sessionId: string): void {
    for (const { relay } of this.#ofSession(sessionId)) relay.cut('sessionOver');
  }

  cutConnection(connectionId: string): void {
    this.#opened.delete(connectionId);
    for (const { relay } of [...this.#entries.values()]) {
      const { helperConnectionId, sharerConnectionId } = relay.place;
      if (connectionId === helperConnectionId || connectionId === sharerConnectionId) relay.cut('sessionOver');
    }
  }

  /** Ends all. */
  stop(): void {
    for (const socket of this.strangers) socket.refuse(CLOSE.goingAway, 'The server is stopping.');
    for (const { relay } of [...this.#entries.values()]) relay.cut('stopping');
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  /** Takes the seat that a first frame names the grant of; undefined for one that is not good. */
  enter(firstFrame: string, socket: RelaySocket): Relay | undefined {
    const shown = readGrant(grantIn(firstFrame));
    const entry = shown && this.#entries.get(shown.relayId);
    if (!shown || !entry) return undefined;
    const { relay, grants } = entry;
    const now = this.#options.clock.now();
    for (const party of ['helper', 'sharer'] as const) {
      const kept = grants[party];
      if (!kept || !isSameGrant(kept, shown)) continue;
      // Good once, whatever comes of it.
      delete grants[party];
      if (now >= kept.until || relay.isTaken(party)) return undefined;
      if (party === 'helper') this.#replaceBy(relay);
      relay.enter(party, socket);
      if (relay.isPaired) entry.cancel();
      else this.#cutAt(entry, now + PAIRING_MS);
      return relay;
    }
    return undefined;
  }

  #replaceBy({ id, place }: Relay): void {
    for (const { relay } of this.#ofSession(place.sessionId)) {
      const isOlder = relay.id !== id && relay.place.helperConnectionId === place.helperConnectionId;
      if (isOlder) relay.cut('replaced');
    }
  }

  #cutAt(entry: Entry, instant: Instant, because: RelayCut = 'notPaired'): void {
    entry.cancel();
    entry.cancel = this.#options.clock.at(instant, () => entry.relay.cut(because));
  }

  #drop(relayId: string): void {
    this.#entries.get(relayId)?.cancel();
    this.#entries.delete(relayId);
    if (this.#entries.size > 0) return;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  #ofSession(sessionId: string): Entry[] {
    return [...this.#entries.values()].filter(({ relay }) => relay.place.sessionId === sessionId);
  }

  #openedSince(connectionId: string, instant: Instant): readonly Instant[] {
    return (this.#opened.get(connectionId) ?? []).filter((openedAt) => openedAt > instant);
  }

  /** One timer for all, while there is any. */
  #look(): void {
    const { clock } = this.#options;
    this.#cancelLook ??= clock.at(clock.now() + LOOK_EVERY_MS, () => {
      this.#cancelLook = undefined;
      for (const { relay } of [...this.#entries.values()]) relay.look(MOST_SILENT_LOOKS);
      if (this.#entries.size > 0) this.#look();
    });
  }
}

/** Empty for a frame that holds none. */
function grantIn(frame: string): string {
  try {
    return decodeGrantFrame(frame);
  } catch (error) {
    if (error instanceof EventRefusal) return '';
    throw error;
  }
}
