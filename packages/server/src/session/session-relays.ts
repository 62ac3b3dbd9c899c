/** Relays as the engine gives them out: a grant for the helper's end, and one for the device that is told of it. */
import type { RelayOffer } from '@open-remote-help/protocol/relay';
import type { DeviceRequester, Requester } from './engine-requests.ts';
import type { RealtimeChannel } from './realtime-channel.ts';
import { NO_RELAY, relayEnds } from './relay-commands.ts';
import type { RelayPlace, Relays } from './relays.ts';
import { type ConnectionId, helperParty, type Session, type SessionId } from './session.ts';
import { asError, type SessionRunner } from './session-runner.ts';
import type { Attempt } from './session-unit.ts';
import { GONE } from './steps.ts';
import { type Actor, judge } from './who-may.ts';

interface OpenRelay {
  readonly kind: 'openRelay';
  readonly connectionId: ConnectionId;
  readonly relayId: string;
  readonly waitMs: number;
}

interface JoinRelay {
  readonly kind: 'joinRelay';
  readonly isWaiting: boolean;
}

export interface SessionRelaysOptions {
  readonly relays: Relays;
  readonly channel: Pick<RealtimeChannel, 'isOpenedWith'>;
  readonly held: Pick<SessionRunner['held'], 'isCut'>;
  readonly ask: (
    requester: Requester,
    sessionKey: string,
    command: OpenRelay,
    prepare: (session: Session, row: unknown, actor: Actor) => Promise<Partial<Attempt>>,
  ) => Promise<unknown>;
  readonly answer: (device: DeviceRequester, sessionId: string, command: JoinRelay) => Promise<unknown>;
}

export class SessionRelays {
  readonly #options: SessionRelaysOptions;

  constructor(options: SessionRelaysOptions) {
    this.#options = options;
  }

  async open(requester: Requester, sessionKey: string, pubSubConnectionId: string): Promise<RelayOffer> {
    const { relays, ask } = this.#options;
    const relayId = relays.newRelayId();
    const connectionId = pubSubConnectionId as ConnectionId;
    let relayGrant = '';
    let place: RelayPlace | undefined;
    let waitMs: number | undefined;
    const prepare = async (session: Session, _row: unknown, actor: Actor): Promise<Partial<Attempt>> => {
      const ends = judge('openRelay', actor, session) === 'yes' ? relayEnds(session, actor, connectionId) : undefined;
      if (ends) waitMs ??= relays.waitMs(ends);
      // The sharer may come to it before this call returns, so it is there before anybody hears of it.
      if (ends && waitMs === 0) relayGrant = relays.open(relayId, ends);
      place = ends;
      const fits = (now: Session) =>
        relayEnds(now, actor, connectionId)?.sharerConnectionId === ends?.sharerConnectionId;
      const command = { kind: 'openRelay', actor, connectionId, relayId, waitMs: waitMs ?? 0 } as const;
      return { command, fits };
    };
    try {
      await ask(requester, sessionKey, { kind: 'openRelay', connectionId, relayId, waitMs: 0 }, prepare);
      if (!place || !(await this.#isThere(place, requester.caller.objectId))) throw asError(GONE);
    } catch (error) {
      relays.cut(relayId);
      throw error;
    }
    return { relayId, relayUri: relays.uri(requester.origin), relayGrant };
  }

  async join(device: DeviceRequester, sessionId: string, relayId: string): Promise<RelayOffer> {
    const { relays, answer, held } = this.#options;
    const id = sessionId as SessionId;
    await answer(device, sessionId, { kind: 'joinRelay', isWaiting: relays.awaitsSharer(relayId, id) });
    const relayGrant = held.isCut(id) ? undefined : relays.join(relayId, id);
    if (relayGrant === undefined) throw asError(NO_RELAY);
    return { relayId, relayUri: relays.uri(device.origin), relayGrant };
  }

  /** Both connections are open still. One that closes from now on takes the relay with it; before, nobody would have. */
  async #isThere({ sessionId, helperConnectionId, sharerConnectionId }: RelayPlace, objectId: string) {
    const { channel, held } = this.#options;
    const areOpen = await Promise.all([
      channel.isOpenedWith(helperConnectionId, { sessionId, party: helperParty(objectId) }),
      channel.isOpenedWith(sharerConnectionId, { sessionId, party: 'sharer' }),
    ]);
    return areOpen.every((isOpen) => isOpen) && !held.isCut(sessionId);
  }
}
