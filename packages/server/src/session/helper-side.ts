/** The engine as a helper sees it: what is asked of a session by its key. */
import { randomUUID } from 'node:crypto';
import type { StoredEntity } from '../store/store.ts';
import type { ActorCommand } from './commands.ts';
import type { AccessAnswer, LeaseAnswer, Requester, RetrieveAnswer } from './engine-requests.ts';
import type { CommandInput, EngineWork } from './engine-work.ts';
import type { PairKeys } from './pair-keys.ts';
import {
  type ConnectionId,
  type DeviceId,
  type Grants,
  helperOf,
  helperParty,
  isLive,
  type LiveSession,
  type Session,
  type SessionId,
} from './session.ts';
import type { HelperSecrets } from './session-rows.ts';
import { asError, type Decided } from './session-runner.ts';
import { type Address, type Attempt, activityOf, addressOf } from './session-unit.ts';
import { GONE } from './steps.ts';
import { type Actor, judge } from './who-may.ts';

export class HelperSide {
  readonly #work: EngineWork;

  constructor(work: EngineWork) {
    this.#work = work;
  }

  async retrieve(requester: Requester, sessionKey: string): Promise<RetrieveAnswer> {
    const identity = this.#work.options.tokens.newIdentity(requester.caller.tenantId);
    const decided = await this.ask(requester, sessionKey, { kind: 'retrieve', identity });
    const session = decided.step.session as LiveSession;
    const { objectId } = requester.caller;
    const secrets =
      objectId === session.creatorId
        ? await this.#work.secrets.kept(session)
        : await this.#work.secrets.issue(session, objectId, session.lease.generation, requester.origin);
    return {
      id: session.id,
      sessionKey: session.key,
      ...secrets,
      acsHelperUserId: helperOf(session, objectId)?.identity ?? '',
      acsSharerUserId: session.sharerIdentity,
      acsGroupId: session.acsGroupId,
      sessionType: session.type,
      deviceName: session.device.name,
      pubSubGroupId: session.groupId,
      sessionExpirationDateTime: session.lease.text,
      webClientUri: null,
    };
  }

  async requestAccess(requester: Requester, sessionKey: string, pubSubConnectionId: string): Promise<AccessAnswer> {
    const connectionId = pubSubConnectionId as ConnectionId;
    const { objectId } = requester.caller;
    const party = helperParty(objectId);
    const command = { kind: 'requestAccess', connectionId, isOwn: false, promptId: randomUUID() } as const;
    let keys: PairKeys = { key: '', iv: '' };
    const knows = (session: Session) => isLive(session) && session.connections.some(({ id }) => id === connectionId);
    const prepare = async (session: Session, row: StoredEntity, actor: Actor): Promise<Partial<Attempt>> => {
      const isOwn = await this.#work.options.channel.isOpenedWith(connectionId, { sessionId: session.id, party });
      keys = await this.#work.secrets.pairOf(session, row, connectionId);
      const access = { pubSubEncryptionKey: keys.key, pubSubEncryption: keys.iv };
      const isCreators = objectId === session.creatorId;
      // Not the version: who only opens and closes connections would keep others from being let in.
      const fits = (now: Session) => sharersLatest(now) === sharersLatest(session) && knows(now) === knows(session);
      return { command: { ...command, actor, isOwn }, fits, ...(isCreators ? { records: { access } } : {}) };
    };
    const { step } = await this.ask(requester, sessionKey, command, prepare);
    const { id, key, type } = step.session as LiveSession;
    const secrets = { pubSubEncryptionKey: keys.key, pubSubEncryption: keys.iv };
    return { id, sessionKey: key, sessionType: type, ...secrets };
  }

  async requestRights(requester: Requester, sessionKey: string, wants: Grants): Promise<void> {
    await this.ask(requester, sessionKey, { kind: 'requestRights', wants, promptId: randomUUID() });
  }

  async extend(requester: Requester, sessionKey: string): Promise<LeaseAnswer> {
    const { objectId } = requester.caller;
    let answered: Partial<HelperSecrets> = {};
    const prepare = async (session: Session): Promise<Partial<Attempt>> => {
      if (!isLive(session)) return {};
      const generation = session.lease.generation + 1;
      const isCreators = objectId === session.creatorId;
      // Where its creator reaches this service is not for others to say: he connects to what the record names.
      const origin = isCreators ? requester.origin : await this.#work.secrets.keptOrigin(session);
      const lease = await this.#work.secrets.issue(session, session.creatorId, generation, origin);
      answered = {};
      if (isCreators) answered = lease;
      else if (helperOf(session, objectId)?.access === 'admitted') {
        answered = await this.#work.secrets.issue(session, objectId, generation, requester.origin);
      }
      const { access } = helperOf(session, objectId) ?? {};
      const fits = (now: Session) =>
        now.lease.generation === session.lease.generation && helperOf(now, objectId)?.access === access;
      return { records: { lease: { ...lease } }, fits };
    };
    const { step } = await this.ask(requester, sessionKey, { kind: 'extend' }, prepare);
    const { id, key, lease } = step.session as LiveSession;
    return { id, sessionKey: key, ...answered, sessionExpirationDateTime: lease.text };
  }

  async end(requester: Requester, sessionKey: string): Promise<void> {
    const known = this.#work.runner.held.byKey(requester.caller.tenantId, sessionKey);
    const insider = this.#work.actors.insider(requester);
    if (known && judge('end', insider, known) === 'yes') {
      // No question to the store: it may be away.
      return this.#work.stop(addressOf(known), insider, this.#work.actors.origin(requester));
    }
    const address = await this.#address(requester, sessionKey, activityOf({ kind: 'end' }));
    await this.#work.stop(address, await this.#work.actors.on(requester, address), this.#work.actors.origin(requester));
  }

  /** A command of a person or application, on the session with this key. */
  async ask(
    requester: Requester,
    sessionKey: string,
    command: CommandInput,
    prepare?: (session: Session, row: StoredEntity, actor: Actor) => Promise<Partial<Attempt>>,
  ): Promise<Decided> {
    const address = await this.#address(requester, sessionKey, activityOf(command));
    const actor = await this.#work.actors.on(requester, address);
    const attempt = {
      address,
      command: { ...command, actor } as ActorCommand,
      origin: this.#work.actors.origin(requester),
    };
    return this.#work.runner.attempt(attempt, prepare && ((session, row) => prepare(session, row, actor)));
  }

  /** @throws DomainError `notFound`, put on record, when the key names no session of the tenant */
  async #address(requester: Requester, sessionKey: string, activityType: string): Promise<Address> {
    const { tenantId } = requester.caller;
    const row = await this.#work.rowWithKey(tenantId, sessionKey);
    if (row) return { tenantId, id: row.id as SessionId, deviceId: row.values.deviceId as DeviceId };
    const subject = { tenantId, resourceId: '', hasSession: false, deviceName: null };
    await this.#work.note(subject, activityType, GONE, this.#work.actors.origin(requester));
    throw asError(GONE);
  }
}

/** Its keys are those of the next helper who is let in. */
function sharersLatest(session: Session): ConnectionId | undefined {
  return isLive(session) ? session.connections.findLast(({ party }) => party === 'sharer')?.id : undefined;
}
