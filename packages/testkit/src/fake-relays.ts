/** Relays in plain objects: which there are, and what became of them, can be read off. */
import type { RelayPlace, Relays } from '../../server/src/session/relays.ts';
import type { ConnectionId, SessionId } from '../../server/src/session/session.ts';

export class FakeRelays implements Relays {
  /** Those that are not cut, by id. */
  readonly places = new Map<string, RelayPlace>();
  /** Answered by `waitMs`. */
  wait = 0;
  #made = 0;
  #grants = 0;

  newRelayId(): string {
    return `relay-${++this.#made}`;
  }

  waitMs(): number {
    return this.wait;
  }

  open(relayId: string, place: RelayPlace): string {
    this.places.set(relayId, place);
    return `grant-${++this.#grants}-of-helper`;
  }

  uri(origin: string): string {
    return `${origin.replace(/^http/, 'ws')}/relay`;
  }

  awaitsSharer(relayId: string, sessionId: SessionId): boolean {
    return this.places.get(relayId)?.sessionId === sessionId;
  }

  join(relayId: string, sessionId: SessionId): string | undefined {
    return this.awaitsSharer(relayId, sessionId) ? `grant-${++this.#grants}-of-sharer` : undefined;
  }

  cut(relayId: string): void {
    this.places.delete(relayId);
  }

  cutSession(sessionId: SessionId): void {
    this.#cutWhere((place) => place.sessionId === sessionId);
  }

  cutConnection(id: ConnectionId): void {
    this.#cutWhere((place) => place.helperConnectionId === id || place.sharerConnectionId === id);
  }

  #cutWhere(isMeant: (place: RelayPlace) => boolean): void {
    for (const [id, place] of this.places) if (isMeant(place)) this.places.delete(id);
  }
}
