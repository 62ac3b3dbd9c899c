/**
 * The sessions whose connections this node holds, as last seen. While the store is away they run to the last deadline
 * that is known here and no further, and a stop by one of their own counts at once (SES-6).
 */
import type { Instant } from '../clock.ts';
import { deadlinesOf } from './deadlines.ts';
import { type ConnectionId, isLive, type LiveSession, type Session, type SessionId } from './session.ts';

interface Held {
  readonly connections: Set<ConnectionId>;
  session: LiveSession | undefined;
  isCut: boolean;
}

export class HeldSessions {
  readonly #held = new Map<SessionId, Held>();

  get size(): number {
    return this.#held.size;
  }

  opened(id: SessionId, connectionId: ConnectionId): void {
    const held = this.#held.get(id) ?? { connections: new Set(), session: undefined, isCut: false };
    held.connections.add(connectionId);
    this.#held.set(id, held);
  }

  lost(id: SessionId, connectionId: ConnectionId): void {
    const held = this.#held.get(id);
    held?.connections.delete(connectionId);
    if (held?.connections.size === 0) this.#held.delete(id);
  }

  has(id: SessionId): boolean {
    return this.#held.has(id);
  }

  /** The session as last seen here, unless it was cut. */
  get(id: SessionId): LiveSession | undefined {
    const held = this.#held.get(id);
    return held?.isCut ? undefined : held?.session;
  }

  /** The session that its participants know by this key. */
  byKey(tenantId: string, key: string): LiveSession | undefined {
    for (const id of this.#held.keys()) {
      const session = this.get(id);
      if (session?.key === key && session.tenantId === tenantId) return session;
    }
    return undefined;
  }

  isCut(id: SessionId): boolean {
    return this.#held.get(id)?.isCut === true;
  }

  /** Notes what the store says now. An older version than the one that is known changes nothing. */
  saw(session: Session): void {
    const held = this.#held.get(session.id);
    if (!held || (held.session && session.version < held.session.version)) return;
    held.session = isLive(session) ? session : undefined;
  }

  /** From now on it is as good as ended here. */
  cut(id: SessionId): void {
    const held = this.#held.get(id);
    if (held) held.isCut = true;
  }

  ids(): SessionId[] {
    return [...this.#held.keys()];
  }

  /** Sessions that have come to an end by what is known here, and were not cut yet. */
  overdue(now: Instant): SessionId[] {
    return this.ids().filter((id) => {
      const session = this.get(id);
      return session !== undefined && endOf(session) <= now;
    });
  }

  /** The earliest end that is known here. */
  nextEnd(): Instant {
    return this.ids().reduce((first, id) => {
      const session = this.get(id);
      return session ? Math.min(first, endOf(session)) : first;
    }, Number.POSITIVE_INFINITY);
  }
}

function endOf(session: LiveSession): Instant {
  const ends = deadlinesOf(session).filter(({ kind }) => kind === 'end');
  return Math.min(...ends.map(({ at }) => at));
}
