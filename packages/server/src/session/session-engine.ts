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
import type { ActorCommand } from './commands.ts';
import { ConnectionSide } from './connection-side.ts';
import { DeviceSide } from './device-side.ts';
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
import { type CommandInput, EngineWork } from './engine-work.ts';
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
  type Session,
  type SessionId,
} from './session.ts';
import { deedRecord, type Origin } from './session-audit.ts';
import { creationUnit } from './session-creation.ts';
import { looksLikeSessionKey } from './session-key.ts';
import { SessionRelays } from './session-relays.ts';
import { extendRecords, type HelperSecrets, liveKey, sessionOf } from './session-rows.ts';
import { asError, type Decided, type EngineOptions } from './session-runner.ts';
import { type Address, type Attempt, activityOf } from './session-unit.ts';
import { deed, GONE } from './steps.ts';
import { type Actor, judge, mayCreate } from './who-may.ts';

export type * from './engine-requests.ts';
export type { EngineOptions } from './session-runner.ts';

const GIVE_ICE_SERVERS = 'giveRemoteHelpIceServers';

export class SessionEngine {
  readonly #work: EngineWork;
  readonly #device: DeviceSide;
  readonly #connections: ConnectionSide;
  readonly #relays: SessionRelays;

  constructor(options: EngineOptions) {
    this.#work = new EngineWork(options);
    this.#device = new DeviceSide(this.#work);
    this.#connections = new ConnectionSide(this.#work);
    this.#relays = new SessionRelays({
      relays: options.relays,
      channel: options.channel,
      held: this.#work.runner.held,
      ask: (...given) => this.#ask(...given),
      answer: (...given) => this.#work.answer(...given),
    });
  }

  /** Does what fell due while no node ran, in order, then goes on by itself. */
  start(): Promise<void> {
    return this.#work.runner.start();
  }

  /** Settles when nothing is under way. */
  settled(): Promise<void> {
    return this.#work.runner.settled();
  }

  /** Nothing is armed from now on; settles when what was begun is done. */
  close(): Promise<void> {
    return this.#work.runner.close();
  }

  async create(requester: Requester, request: CreateRequest): Promise<CreateAnswer> {
    const { store, clock, settings } = this.#work.options;
    const wish = readWish(request.sessionType, request.reason, request.ticket);
    const { caller } = requester;
    const { tenantId } = caller;
    const deviceId = request.deviceId as DeviceId;
    const actor = await this.#work.actors.of(requester, deviceId, wish.type);
    const whose = { tenantId, creator: personOf(caller), origin: requester.origin };
    const { ingredients, secrets } = await gather(this.#work.options, whose, clock.now());
    const creation = {
      ingredients: { ...ingredients, device: { id: deviceId } },
      ...{ wish, secrets },
      origin: this.#work.actors.origin(requester),
      isAllowed: mayCreate(actor),
      clientRequestId: request.clientRequestId,
      isRetry: request.isRetry === true,
    };
    for (;;) {
      const outcome = await store.transact(creationUnit(creation, clock, settings));
      if (outcome.kind === 'refused') {
        const { subject, refusal } = outcome;
        await this.#work.note(subject, 'createRemoteHelpSession', refusal, creation.origin);
        throw asError(refusal);
      }
      if (outcome.kind === 'occupied') {
        await this.#work.runner.attempt({
          address: addressOf(outcome.by),
          origin: undefined,
          command: { kind: 'wake' },
        });
        continue;
      }
      if (outcome.kind === 'created') await this.#work.runner.follow(outcome.session, outcome.outbox);
      const { session } = outcome;
      return { id: session.id, sessionKey: session.key, sessionType: session.type };
    }
  }

  /** A session of who made a code, on the page that claims it; undefined where the code is good for nothing. */
  createInvited(request: InvitedRequest): Promise<InvitedSession | undefined> {
    return createInvited(this.#work.options, request, ({ session, outbox }) =>
      this.#work.runner.follow(session, outbox),
    );
  }

  async retrieve(requester: Requester, sessionKey: string): Promise<RetrieveAnswer> {
    const identity = this.#work.options.tokens.newIdentity(requester.caller.tenantId);
    const decided = await this.#ask(requester, sessionKey, { kind: 'retrieve', identity });
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
    const { step } = await this.#ask(requester, sessionKey, { kind: 'extend' }, prepare);
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
    const actor = await this.#work.actors.on(requester, address);
    const { store } = this.#work.options;
    const record = await store.get({ set: extendRecords, tenantId, id: recordId });
    if (!record) return undefined;
    await this.#work.secrets.fetchKeys(record);
    const open = (value: unknown) => this.#work.secrets.open(value);
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
      origin: this.#work.actors.origin(requester),
      records: { lease: {} },
      precondition: check,
    };
    return (await this.#work.runner.attempt(attempt)).record;
  }

  /** A relay between this connection of the caller and the sharer's, who hears of it before this settles (RLY-10). */
  openRelay(requester: Requester, sessionKey: string, pubSubConnectionId: string): Promise<RelayOffer> {
    return this.#relays.open(requester, sessionKey, pubSubConnectionId);
  }

  joinRelay(device: DeviceRequester, sessionId: string, relayId: string): Promise<RelayOffer> {
    return this.#relays.join(device, sessionId, relayId);
  }

  /** Object id of the helper whose secrets the records with this id hold, up to their deletion; undefined for plain ones. */
  async holderOf(tenantId: string, recordId: string): Promise<string | undefined> {
    const row = await this.#work.options.store.get(liveKey(recordId as SessionId));
    const session = row && sessionOf(row);
    return session?.tenantId === tenantId ? session.creatorId : undefined;
  }

  /** Puts on record that a change of a live session's record was refused. @param activityType what was attempted */
  noteRefusal(requester: Requester, session: LiveSession, activityType: string, refusal: DomainError): Promise<void> {
    const { tenantId, id, device } = session;
    const subject = { tenantId, resourceId: id, hasSession: true, deviceName: device.name };
    return this.#work.note(subject, activityType, refusal, this.#work.actors.origin(requester));
  }

  /**
   * Until when a helper who is in may have what brings the picture from browser to browser; it goes on record.
   * @throws DomainError `notFound`, `consentPending`, `forbidden`
   */
  async pictureLease(requester: Requester, sessionId: string): Promise<PictureLease> {
    const { tenantId, objectId } = requester.caller;
    return this.#leasePicture(tenantId, sessionId, objectId, this.#work.actors.origin(requester));
  }

  /** As `pictureLease`, for the device. */
  async pictureLeaseOfDevice(device: DeviceRequester, sessionId: string): Promise<PictureLease> {
    return this.#leasePicture(
      device.tenantId,
      sessionId,
      undefined,
      this.#work.actors.device(device, sessionId).origin,
    );
  }

  async #leasePicture(tenantId: string, sessionId: string, helperId: string | undefined, origin: Origin) {
    const { store, clock } = this.#work.options;
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
        await this.#work.note(subject, GIVE_ICE_SERVERS, error, origin);
      }
      throw error;
    }
  }

  /** See `DeviceSide`, where the rest of what the device asks stands. */
  sessionOn(...asked: Parameters<DeviceSide['sessionOn']>): Promise<string> {
    return this.#device.sessionOn(...asked);
  }

  isPage(tenantId: string, deviceId: string): Promise<boolean> {
    return this.#device.isPage(tenantId, deviceId);
  }

  messagesFor(device: Parameters<DeviceSide['messagesFor']>[0]): Promise<ControlEvent[]> {
    return this.#device.messagesFor(device);
  }

  join(device: DeviceRequester, sessionId: string): Promise<JoinAnswer> {
    return this.#device.join(device, sessionId);
  }

  accept(...answer: Parameters<DeviceSide['accept']>): Promise<void> {
    return this.#device.accept(...answer);
  }

  decline(...answer: Parameters<DeviceSide['decline']>): Promise<void> {
    return this.#device.decline(...answer);
  }

  narrow(device: DeviceRequester, sessionId: string, grants: Grants): Promise<void> {
    return this.#device.narrow(device, sessionId, grants);
  }

  stop(device: DeviceRequester, sessionId: string): Promise<void> {
    return this.#device.stop(device, sessionId);
  }

  /** See `ConnectionSide`. @throws DomainError `unavailable` */
  mayConnect(right: ConnectionRight, how: 'open' | 'recover'): Promise<boolean> {
    return this.#connections.mayConnect(right, how);
  }

  connectionOpened(right: ConnectionRight, connectionId: string, isMember = false): Promise<void> {
    return this.#connections.connectionOpened(right, connectionId, isMember);
  }

  connectionLost(right: ConnectionRight, connectionId: string): Promise<void> {
    return this.#connections.connectionLost(right, connectionId);
  }

  /** The live session whose records have this id, if there is one. */
  liveSessionOf(tenantId: string, recordId: string): Promise<LiveSession | undefined> {
    return this.#work.liveSessionOf(tenantId, recordId);
  }

  /** Looks at every live session of the tenant: settings, devices, roles or accounts have changed (SES-11). */
  recheck(tenantId: string): Promise<void> {
    return this.#work.runner.recheck(tenantId);
  }

  /** A command of a person or application, on the session with this key. */
  async #ask(
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
    const { store } = this.#work.options;
    const { tenantId } = requester.caller;
    const key = { set: remoteHelpSessions, tenantId, alternateKey: 'sessionKey', value: sessionKey } as const;
    const row = looksLikeSessionKey(sessionKey) ? await store.get(key) : undefined;
    if (row) return { tenantId, id: row.id as SessionId, deviceId: row.values.deviceId as DeviceId };
    const subject = { tenantId, resourceId: '', hasSession: false, deviceName: null };
    await this.#work.note(subject, activityType, GONE, this.#work.actors.origin(requester));
    throw asError(GONE);
  }
}

function addressOf({ tenantId, id, device }: Session): Address {
  return { tenantId, id, deviceId: device.id };
}

/** Its keys are those of the next helper who is let in. */
function sharersLatest(session: Session): ConnectionId | undefined {
  return isLive(session) ? session.connections.findLast(({ party }) => party === 'sharer')?.id : undefined;
}
