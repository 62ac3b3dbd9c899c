/** The engine as the real-time plane sees it: which connections may open, and what becomes of them (SES-5, SES-6, SES-12). */
import { DomainError } from '../errors.ts';
import type { EngineWork } from './engine-work.ts';
import type { ConnectionRight } from './realtime-channel.ts';
import { type ConnectionId, helperParty, type LiveSession, type PartyName } from './session.ts';

export class ConnectionSide {
  readonly #work: EngineWork;

  constructor(work: EngineWork) {
    this.#work = work;
  }

  /** Whether a connection with this right may open now, or come back. @throws DomainError `unavailable` */
  async mayConnect(right: ConnectionRight, how: 'open' | 'recover'): Promise<boolean> {
    if (this.#work.runner.held.isCut(right.sessionId)) return false;
    const session = await this.#work.liveSessionOf(right.tenantId, right.sessionId);
    if (!session || !isPartyOf(session, right.party)) return false;
    return how === 'recover' || right.generation === session.lease.generation;
  }

  /** @param isMember whether it is in the session's group already: it came back */
  async connectionOpened(right: ConnectionRight, connectionId: string, isMember = false): Promise<void> {
    const id = connectionId as ConnectionId;
    const { sessionId, party } = right;
    const { held, nodeId } = this.#work.runner;
    held.opened(sessionId, id);
    const command = { kind: 'connectionOpened', connectionId: id, party, nodeId, isMember } as const;
    try {
      await this.#work.runner.enter();
      await this.#work.runner.attempt({
        address: { tenantId: right.tenantId, id: sessionId },
        origin: undefined,
        command,
      });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      // Its session is gone, or cannot be asked: nobody would see to this connection.
      held.lost(sessionId, id);
      await this.#work.options.channel.closeConnection(id);
    }
  }

  async connectionLost({ tenantId, sessionId }: ConnectionRight, connectionId: string): Promise<void> {
    const id = connectionId as ConnectionId;
    this.#work.runner.held.lost(sessionId, id);
    const command = { kind: 'connectionLost', connectionId: id } as const;
    const attempt = { address: { tenantId, id: sessionId }, origin: undefined, command };
    try {
      await this.#work.runner.attempt(attempt);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === 'unavailable') this.#work.runner.recordLater(attempt);
    }
  }
}

function isPartyOf(session: LiveSession, party: PartyName): boolean {
  return party === 'sharer' || session.helpers.some(({ objectId }) => helperParty(objectId) === party);
}
