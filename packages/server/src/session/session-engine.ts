/**
 * The session engine: what edges call. Every method rejects with `DomainError`; a refused attempt is on record then.
 *
 * People and applications (`Requester`), for the operations of Graph and the records of live sessions:
 *   create(requester, CreateRequest): Promise<CreateAnswer>
 *   createInvited(InvitedRequest): Promise<InvitedSession | undefined>                  by a code, see `claims.ts`
 *   retrieve(requester, sessionKey): Promise<RetrieveAnswer>
 *   requestAccess(requester, sessionKey, pubSubConnectionId): Promise<AccessAnswer>     409 consentPending while asked
 *   requestRights(requester, sessionKey, Grants): Promise<void>                         asked on the device; told later
 *   extend(requester, sessionKey): Promise<LeaseAnswer>
 *   end(requester, sessionKey): Promise<void>
 *   openRelay(requester, sessionKey, pubSubConnectionId): Promise<RelayOffer>           the helper's grant for a relay
 *   patchLease(requester, recordId, changes, precondition?): Promise<StoredEntity | undefined>   undefined: a plain record
 *   liveSessionOf(tenantId, recordId): Promise<LiveSession | undefined>                 whose the records with this id are
 *   holderOf(tenantId, recordId): Promise<string | undefined>                           whose secrets they hold
 *   with `mayBeLive`, `refuseSiblingPatch`, `deletionOfLive` of `lease-records.ts`
 *
 * The device (`DeviceRequester`):
 *   messagesFor(device): Promise<ControlEvent[]>                                      what it is asked now
 *   join(device, sessionId): Promise<JoinAnswer>
 *   accept(device, sessionId, Grants, promptId?), decline(device, sessionId, { promptId?, isReported? }),
 *   narrow(device, sessionId, Grants), stop(device, sessionId): Promise<void>
 *   joinRelay(device, sessionId, relayId): Promise<RelayOffer>                          the sharer's grant for it
 *
 * The real-time plane:
 *   mayConnect(ConnectionRight, 'open' | 'recover'): Promise<boolean>
 *   connectionOpened(ConnectionRight, connectionId, isMember?), connectionLost(ConnectionRight, connectionId): Promise<void>
 *
 * The tenant: recheck(tenantId) after settings, devices, roles or accounts changed; `recheckWrite` of `recheck.ts` goes
 * into the unit that changes them. start(), settled(), close().
 */

import { randomUUID } from 'node:crypto';
import { remoteHelpSessions } from '@open-remote-help/protocol';
import type { ControlEvent } from '@open-remote-help/protocol/events';
import type { RelayOffer } from '@open-remote-help/protocol/relay';
import { DomainError } from '../errors.ts';
import type { StoredEntity, Values } from '../store/store.ts';
import type { ActorCommand, Refusal } from './commands.ts';
import { controlEvent, helperIdOf, questionsOf } from './control-events.ts';
import { dueDeadline } from './deadlines.ts';
import type {
  AccessAnswer,
  CreateAnswer,
  CreateRequest,
  DeviceRequester,
  JoinAnswer,
  LeaseAnswer,
  Requester,
  RetrieveAnswer,
} from './engine-requests.ts';
import { personOf } from './helper-rights.ts';
import { gather } from './ingredients.ts';
import { createInvited, type InvitedRequest, type InvitedSession } from './invited-sessions.ts';
import { readLeasePatch } from './lease-records.ts';
import { readWish } from './new-session.ts';
import type { PairKeys } from './pair-keys.ts';
import { type PictureLease, pictureLease } from './picture-lease.ts';
import type { ConnectionRight } from './realtime-channel.ts';
import {
  type ConnectionId,
  type DeviceId,
  type Grants,
  helperOf,
  helperParty,
  isLive,
  type LiveSession,
  type PartyName,
  type Session,
  type SessionId,
} from './session.ts';
import { SessionActors } from './session-actors.ts';
import { deedRecord, type Origin, type Subject } from './session-audit.ts';
import { creationUnit } from './session-creation.ts';
import { looksLikeSessionKey } from './session-key.ts';
import { SessionRelays } from './session-relays.ts';
import { extendRecords, type HelperSecrets, liveKey, sessionOf, slotKey } from './session-rows.ts';
import { asError, type Decided, type EngineOptions, SessionRunner } from './session-runner.ts';
import { SessionSecrets } from './session-secrets.ts';
import { type Address, type Attempt, activityOf } from './session-unit.ts';
import { deed, GONE } from './steps.ts';
import { type Actor, judge, mayCreate } from './who-may.ts';

export type * from './engine-requests.ts';
export type { EngineOptions } from './session-runner.ts';

type CommandInput = ActorCommand extends infer C ? (C extends { actor: Actor } ? Omit<C, 'actor'> : never) : never;

const GIVE_ICE_SERVERS = 'giveRemoteHelpIceServers';

/** How long a stop waits for the store before it counts here all the same. */
const STOP_PATIENCE_MS = 500;

export class SessionEngine {
  readonly #options: EngineOptions;
  readonly #runner: SessionRunner;
  readonly #actors: SessionActors;
  readonly #secrets: SessionSecrets;
  readonly #relays: SessionRelays;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#runner = new SessionRunner(options);
    this.#actors = new SessionActors(options);
    this.#secrets = new SessionSecrets(options);
    this.#relays = new SessionRelays({
      relays: options.relays,
      channel: options.channel,
      held: this.#runner.held,
      ask: (...given) => this.#ask(...given),
      answer: (...given) => this.#answer(...given),
    });
  }

  /** Does what fell due while no node ran, in order, then goes on by itself. */
  start(): Promise<void> {
    return this.#runner.start();
  }

  /** Settles when nothing is under way. */
  settled(): Promise<void> {
    return this.#runner.settled();
  }

  /** Nothing is armed from now on; settles when what was begun is done. */
  close(): Promise<void> {
    return this.#runner.close();
  }

  async create(requester: Requester, request: CreateRequest): Promise<CreateAnswer> {
    const { store, clock, settings } = this.#options;
    const wish = readWish(request.sessionType, request.reason, request.ticket);
    const { caller } = requester;
    const { tenantId } = caller;
    const deviceId = request.deviceId as DeviceId;
    const actor = await this.#actors.of(requester, deviceId, wish.type);
    const whose = { tenantId, creator: personOf(caller), origin: requester.origin };
    const { ingredients, secrets } = await gather(this.#options, whose, clock.now());
    const creation = {
      ingredients: { ...ingredients, device: { id: deviceId } },
      ...{ wish, secrets },
      origin: this.#actors.origin(requester),
      isAllowed: mayCreate(actor),
      clientRequestId: request.clientRequestId,
      isRetry: request.isRetry === true,
    };
    for (;;) {
      const outcome = await store.transact(creationUnit(creation, clock, settings));
      if (outcome.kind === 'refused') {
        const { subject, refusal } = outcome;
        await this.#note(subject, 'createRemoteHelpSession', refusal, creation.origin);
        throw asError(refusal);
      }
      if (outcome.kind === 'occupied') {
        await this.#runner.attempt({ address: addressOf(outcome.by), origin: undefined, command: { kind: 'wake' } });
        continue;
      }
      if (outcome.kind === 'created') await this.#runner.follow(outcome.session, outcome.outbox);
      const { session } = outcome;
      return { id: session.id, sessionKey: session.key, sessionType: session.type };
    }
  }

  /** A session of who made a code, on the page that claims it; undefined where the code is good for nothing. */
  createInvited(request: InvitedRequest): Promise<InvitedSession | undefined> {
    return createInvited(this.#options, request, ({ session, outbox }) => this.#runner.follow(session, outbox));
  }

  async retrieve(requester: Requester, sessionKey: string): Promise<RetrieveAnswer> {
    const identity = this.#options.tokens.newIdentity(requester.caller.tenantId);
    const decided = await this.#ask(requester, sessionKey, { kind: 'retrieve', identity });
    const session = decided.step.session as LiveSession;
    const { objectId } = requester.caller;
    const secrets =
      objectId === session.creatorId
        ? await this.#secrets.kept(session)
        : await this.#secrets.issue(session, objectId, session.lease.generation, requester.origin);
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
      const isOwn = await this.#options.channel.isOpenedWith(connectionId, { sessionId: session.id, party });
      keys = await this.#secrets.pairOf(session, row, connectionId);
      const access = { pubSubEncryptionKey: keys.key, pubSubEncryption: keys.iv };
      const isCreators = objectId === session.creatorId;
      // Not the version: who only opens and closes connections would keep others from being let in.
      const fits = (now: Session) => sharersLatest(now) === sharersLatest(session) && knows(now) === knows(session);
      return { command: { ...command, actor, isOwn }, fits, ...(isCreators ? { records: { access } } : {}) };
    };
    const { step } = await this.#ask(requester, sessionKey, command, prepare);
    const { id, key, type } = step.session as LiveSession;
    const secrets = { pubSubEncryptionKey: keys.key, pubSubEncryption: keys.iv };
    return { id, sessionKey: key, sessionType: type, ...secrets };
  }

  async requestRights(requester: Requester, sessionKey: string, wants: Grants): Promise<void> {
    await this.#ask(requester, sessionKey, { kind: 'requestRights', wants, promptId: randomUUID() });
  }

  async extend(requester: Requester, sessionKey: string): Promise<LeaseAnswer> {
    const { objectId } = requester.caller;
    let answered: Partial<HelperSecrets> = {};
    const prepare = async (session: Session): Promise<Partial<Attempt>> => {
      if (!isLive(session)) return {};
      const generation = session.lease.generation + 1;
      const isCreators = objectId === session.creatorId;
      // Where its creator reaches this service is not for others to say: he connects to what the record names.
      const origin = isCreators ? requester.origin : await this.#secrets.keptOrigin(session);
      const lease = await this.#secrets.issue(session, session.creatorId, generation, origin);
      answered = {};
      if (isCreators) answered = lease;
      else if (helperOf(session, objectId)?.access === 'admitted') {
        answered = await this.#secrets.issue(session, objectId, generation, requester.origin);
      }
      const { access } = helperOf(session, objectId) ?? {};
      const fits = (now: Session) =>
        now.lease.generation === session.lease.generation && helperOf(now, objectId)?.access === access;
      return { records: { lease: { ...lease } }, fits };
    };
    const { step } = await this.#ask(requester, sessionKey, { kind: 'extend' }, prepare);
    const { id, key, lease } = step.session as LiveSession;
    return { id, sessionKey: key, ...answered, sessionExpirationDateTime: lease.text };
  }

  async end(requester: Requester, sessionKey: string): Promise<void> {
    const known = this.#runner.held.byKey(requester.caller.tenantId, sessionKey);
    const insider = this.#actors.insider(requester);
    if (known && judge('end', insider, known) === 'yes') {
      // No question to the store: it may be away.
      return this.#stop(addressOf(known), insider, this.#actors.origin(requester));
    }
    const address = await this.#address(requester, sessionKey, activityOf({ kind: 'end' }));
    await this.#stop(address, await this.#actors.on(requester, address), this.#actors.origin(requester));
  }

  /**
   * A PATCH of the record of a live session's lease: moves the deadline, or changes nothing.
   * @param recordId the record's id, which is the session's
   * @param changes as read from the body
   * @param precondition sees the stored record and throws to refuse (`If-Match`)
   * @returns the record as it is now, or was last; undefined when it is a plain record
   */
  async patchLease(
    requester: Requester,
    recordId: string,
    changes: Values,
    precondition?: (record: StoredEntity) => void,
  ): Promise<StoredEntity | undefined> {
    const { tenantId } = requester.caller;
    const session = await this.liveSessionOf(tenantId, recordId);
    if (!session) return undefined;
    const address = addressOf(session);
    const actor = await this.#actors.on(requester, address);
    const { store } = this.#options;
    const record = await store.get({ set: extendRecords, tenantId, id: recordId });
    if (!record) return undefined;
    await this.#secrets.fetchKeys(record);
    const open = (value: unknown) => this.#secrets.open(value);
    let text: string | undefined;
    const check = (present: StoredEntity) => {
      precondition?.(present);
      text = readLeasePatch(present, changes, open);
    };
    try {
      check(record);
    } catch (error) {
      if (error instanceof DomainError)
        await this.noteRefusal(requester, session, activityOf({ kind: 'moveLease' }), error);
      throw error;
    }
    if (text === undefined && judge('extend', actor, session) === 'yes') return record;
    const command = { kind: 'moveLease', actor, text: text ?? session.lease.text } as const;
    const attempt = {
      address,
      command,
      origin: this.#actors.origin(requester),
      records: { lease: {} },
      precondition: check,
    };
    return (await this.#runner.attempt(attempt)).record;
  }

  /** A relay between this connection of the caller and the sharer's, who hears of it before this settles (RLY-10). */
  openRelay(requester: Requester, sessionKey: string, pubSubConnectionId: string): Promise<RelayOffer> {
    return this.#relays.open(requester, sessionKey, pubSubConnectionId);
  }

  joinRelay(device: DeviceRequester, sessionId: string, relayId: string): Promise<RelayOffer> {
    return this.#relays.join(device, sessionId, relayId);
  }

  /** The live session whose records have this id, if there is one. */
  async liveSessionOf(tenantId: string, recordId: string): Promise<LiveSession | undefined> {
    const row = await this.#options.store.get(liveKey(recordId as SessionId));
    const session = row && sessionOf(row);
    if (!session || session.tenantId !== tenantId || !isLive(session)) return undefined;
    return dueDeadline(session, this.#options.clock.now())?.kind === 'end' ? undefined : session;
  }

  /** Object id of the helper whose secrets the records with this id hold, up to their deletion; undefined for plain ones. */
  async holderOf(tenantId: string, recordId: string): Promise<string | undefined> {
    const row = await this.#options.store.get(liveKey(recordId as SessionId));
    const session = row && sessionOf(row);
    return session?.tenantId === tenantId ? session.creatorId : undefined;
  }

  /** Puts on record that a change of a live session's record was refused. @param activityType what was attempted */
  noteRefusal(requester: Requester, session: LiveSession, activityType: string, refusal: DomainError): Promise<void> {
    const { tenantId, id, device } = session;
    const subject = { tenantId, resourceId: id, hasSession: true, deviceName: device.name };
    return this.#note(subject, activityType, refusal, this.#actors.origin(requester));
  }

  /**
   * The id of the session that a device names.
   * @param attempted what it wants to do
   * @throws DomainError `notFound`, put on record, where the key is that of no session on this device
   */
  async sessionOn(
    device: DeviceRequester,
    sessionKey: string,
    attempted: 'join' | 'accept' | 'decline' | 'narrow' | 'end' | 'joinRelay',
  ): Promise<string> {
    const { tenantId, deviceId } = device;
    const held = attempted === 'end' ? this.#runner.held.byKey(tenantId, sessionKey) : undefined;
    // No question to the store: it may be away.
    if (held?.device.id === deviceId) return held.id;
    const key = { set: remoteHelpSessions, tenantId, alternateKey: 'sessionKey', value: sessionKey } as const;
    const row = looksLikeSessionKey(sessionKey) ? await this.#options.store.get(key) : undefined;
    if (row?.values.deviceId === deviceId) return row.id;
    const { origin } = this.#actors.device(device, '');
    await this.#note(
      { tenantId, resourceId: '', hasSession: false, deviceName: null },
      activityOf({ kind: attempted }),
      GONE,
      origin,
    );
    throw new DomainError('notFound', 'There is no such session on this device.', { target: 'sessionKey' });
  }

  /**
   * Until when a helper who is in may have what brings the picture from browser to browser; it goes on record.
   * @throws DomainError `notFound`, `consentPending`, `forbidden`
   */
  async pictureLease(requester: Requester, sessionId: string): Promise<PictureLease> {
    const { tenantId, objectId } = requester.caller;
    return this.#leasePicture(tenantId, sessionId, objectId, this.#actors.origin(requester));
  }

  /** As `pictureLease`, for the device. */
  async pictureLeaseOfDevice(device: DeviceRequester, sessionId: string): Promise<PictureLease> {
    return this.#leasePicture(device.tenantId, sessionId, undefined, this.#actors.device(device, sessionId).origin);
  }

  async #leasePicture(tenantId: string, sessionId: string, helperId: string | undefined, origin: Origin) {
    const { store, clock } = this.#options;
    const session = await this.liveSessionOf(tenantId, sessionId);
    const deviceName = session?.device.name ?? null;
    const subject = { tenantId, resourceId: sessionId, hasSession: true, deviceName };
    try {
      const lease = pictureLease(session, helperId);
      const record = deedRecord(subject, deed(GIVE_ICE_SERVERS), origin, clock.now());
      await store.transact({ reads: [], decide: () => ({ writes: [record], value: undefined }) });
      return lease;
    } catch (error) {
      if (error instanceof DomainError && error.code !== 'unavailable') {
        await this.#note(subject, GIVE_ICE_SERVERS, error, origin);
      }
      throw error;
    }
  }

  /** Whether it is a page in a browser that takes part in a live session. */
  async isPage(tenantId: string, deviceId: string): Promise<boolean> {
    const row = await this.#options.store.get(slotKey(tenantId, deviceId as DeviceId));
    return row !== undefined && sessionOf(row).device.isUnenrolled === true;
  }

  /** What a device is asked now, for when it connects. */
  async messagesFor({ tenantId, deviceId }: DeviceRequester): Promise<ControlEvent[]> {
    const row = await this.#options.store.get(slotKey(tenantId, deviceId as DeviceId));
    const session = row && sessionOf(row);
    if (!session || !isLive(session) || dueDeadline(session, this.#options.clock.now())) return [];
    return questionsOf(session).map((event) => controlEvent(session, event));
  }

  async join(device: DeviceRequester, sessionId: string): Promise<JoinAnswer> {
    const { channel, tokens } = this.#options;
    const { step } = await this.#answer(device, sessionId, { kind: 'join' });
    const session = step.session as LiveSession;
    const row = await this.#options.store.get(liveKey(session.id));
    const { tenantId, id, lease, capAt } = session;
    const right = { tenantId, sessionId: id, party: 'sharer', generation: lease.generation } as const;
    const admitted = session.connections.filter((each) => each.isAdmitted && each.party !== 'sharer');
    return {
      id,
      sessionKey: session.key,
      state: session.state,
      sessionType: session.type,
      grants: session.state === 'active' ? session.grants : null,
      acsSharerUserId: session.sharerIdentity,
      acsSharerUserToken: await tokens.issue({ tenantId, sessionId: id, identity: session.sharerIdentity }, capAt),
      acsGroupId: session.acsGroupId,
      pubSubGroupId: session.groupId,
      pubSubSharerAccessUri: await channel.accessUri(right, capAt, device.origin),
      sessionExpirationDateTime: lease.text,
      isChatBlocked: session.isChatBlocked,
      connections: row
        ? await Promise.all(
            admitted.map(async (each) => ({
              connectionId: each.id,
              helperId: helperIdOf(each.party),
              ...(await this.#secrets.pairOf(session, row, each.id)),
            })),
          )
        : [],
    };
  }

  /** @param promptId which question, where it is not the first one */
  async accept(device: DeviceRequester, sessionId: string, grants: Grants, promptId?: string): Promise<void> {
    await this.#answer(device, sessionId, { kind: 'accept', grants, ...(promptId === undefined ? {} : { promptId }) });
  }

  async decline(
    device: DeviceRequester,
    sessionId: string,
    answer: { readonly promptId?: string; readonly isReported?: boolean } = {},
  ): Promise<void> {
    await this.#answer(device, sessionId, { kind: 'decline', ...answer });
  }

  async narrow(device: DeviceRequester, sessionId: string, grants: Grants): Promise<void> {
    await this.#answer(device, sessionId, { kind: 'narrow', grants });
  }

  /** The sharer's stop: it counts at once, also while the store is away. */
  async stop(device: DeviceRequester, sessionId: string): Promise<void> {
    const { address, actor, origin } = this.#actors.device(device, sessionId);
    await this.#stop(address, actor, origin);
  }

  /** Whether a connection with this right may open now, or come back. @throws DomainError `unavailable` */
  async mayConnect(right: ConnectionRight, how: 'open' | 'recover'): Promise<boolean> {
    if (this.#runner.held.isCut(right.sessionId)) return false;
    const session = await this.liveSessionOf(right.tenantId, right.sessionId);
    if (!session || !isPartyOf(session, right.party)) return false;
    return how === 'recover' || right.generation === session.lease.generation;
  }

  /** @param isMember whether it is in the session's group already: it came back */
  async connectionOpened(right: ConnectionRight, connectionId: string, isMember = false): Promise<void> {
    const id = connectionId as ConnectionId;
    const { sessionId, party } = right;
    const { held, nodeId } = this.#runner;
    held.opened(sessionId, id);
    const command = { kind: 'connectionOpened', connectionId: id, party, nodeId, isMember } as const;
    try {
      await this.#runner.enter();
      await this.#runner.attempt({ address: { tenantId: right.tenantId, id: sessionId }, origin: undefined, command });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      // Its session is gone, or cannot be asked: nobody would see to this connection.
      held.lost(sessionId, id);
      await this.#options.channel.closeConnection(id);
    }
  }

  async connectionLost({ tenantId, sessionId }: ConnectionRight, connectionId: string): Promise<void> {
    const id = connectionId as ConnectionId;
    this.#runner.held.lost(sessionId, id);
    const command = { kind: 'connectionLost', connectionId: id } as const;
    const attempt = { address: { tenantId, id: sessionId }, origin: undefined, command };
    try {
      await this.#runner.attempt(attempt);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === 'unavailable') this.#runner.recordLater(attempt);
    }
  }

  /** Looks at every live session of the tenant: settings, devices, roles or accounts have changed (SES-11). */
  recheck(tenantId: string): Promise<void> {
    return this.#runner.recheck(tenantId);
  }

  /** A command of a person or application, on the session with this key. */
  async #ask(
    requester: Requester,
    sessionKey: string,
    command: CommandInput,
    prepare?: (session: Session, row: StoredEntity, actor: Actor) => Promise<Partial<Attempt>>,
  ): Promise<Decided> {
    const address = await this.#address(requester, sessionKey, activityOf(command));
    const actor = await this.#actors.on(requester, address);
    const attempt = { address, command: { ...command, actor } as ActorCommand, origin: this.#actors.origin(requester) };
    return this.#runner.attempt(attempt, prepare && ((session, row) => prepare(session, row, actor)));
  }

  #answer(device: DeviceRequester, sessionId: string, command: CommandInput): Promise<Decided> {
    const { address, actor, origin } = this.#actors.device(device, sessionId);
    return this.#runner.attempt({ address, command: { ...command, actor } as ActorCommand, origin });
  }

  /** An end that somebody of the session asks for; one that the store cannot take counts here first (SES-6). */
  async #stop(address: Address, actor: Actor, origin: Origin): Promise<void> {
    const { clock } = this.#options;
    const attempt: Attempt = { address, command: { kind: 'end', actor }, origin };
    const at = clock.now();
    const known = this.#runner.held.get(address.id);
    const isHis = known !== undefined && judge('end', actor, known) === 'yes';
    const cancel = isHis ? clock.at(at + STOP_PATIENCE_MS, () => this.#runner.cut(address.id)) : () => undefined;
    try {
      await this.#runner.attempt(attempt);
    } catch (error) {
      if (!isHis || !(error instanceof DomainError) || error.code !== 'unavailable') throw error;
      this.#runner.cut(address.id);
      this.#runner.recordLater({ ...attempt, at });
    } finally {
      cancel();
    }
  }

  /** @throws DomainError `notFound`, put on record, when the key names no session of the tenant */
  async #address(requester: Requester, sessionKey: string, activityType: string): Promise<Address> {
    const { store } = this.#options;
    const { tenantId } = requester.caller;
    const key = { set: remoteHelpSessions, tenantId, alternateKey: 'sessionKey', value: sessionKey } as const;
    const row = looksLikeSessionKey(sessionKey) ? await store.get(key) : undefined;
    if (row) return { tenantId, id: row.id as SessionId, deviceId: row.values.deviceId as DeviceId };
    const subject = { tenantId, resourceId: '', hasSession: false, deviceName: null };
    await this.#note(subject, activityType, GONE, this.#actors.origin(requester));
    throw asError(GONE);
  }

  /** Puts a refused attempt on record that came to no unit of its own. */
  #note(subject: Subject, activityType: string, refusal: Pick<Refusal, 'code'>, origin: Origin): Promise<void> {
    return this.#runner.refused.note({ subject, activityType, refusal, origin });
  }
}

function addressOf({ tenantId, id, device }: Session): Address {
  return { tenantId, id, deviceId: device.id };
}

/** Its keys are those of the next helper who is let in. */
function sharersLatest(session: Session): ConnectionId | undefined {
  return isLive(session) ? session.connections.findLast(({ party }) => party === 'sharer')?.id : undefined;
}

function isPartyOf(session: LiveSession, party: PartyName): boolean {
  return party === 'sharer' || session.helpers.some(({ objectId }) => helperParty(objectId) === party);
}
