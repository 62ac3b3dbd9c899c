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

import type { ControlEvent } from '@open-remote-help/protocol/events';
import type { RelayOffer } from '@open-remote-help/protocol/relay';
import type { StoredEntity } from '../store/store.ts';
import { ConnectionSide } from './connection-side.ts';
import { CreationSide } from './creation-side.ts';
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
import { EngineWork } from './engine-work.ts';
import { HelperSide } from './helper-side.ts';
import type { InvitedRequest, InvitedSession } from './invited-sessions.ts';
import type { PictureLease } from './picture-lease.ts';
import { PictureSide } from './picture-side.ts';
import type { ConnectionRight } from './realtime-channel.ts';
import { RecordSide } from './record-side.ts';
import type { Grants, LiveSession } from './session.ts';
import { SessionRelays } from './session-relays.ts';
import type { EngineOptions } from './session-runner.ts';

export type * from './engine-requests.ts';
export type { EngineOptions } from './session-runner.ts';

/** Each of its sides answers for itself, over the same work. */
export class SessionEngine {
  readonly #work: EngineWork;
  readonly #creation: CreationSide;
  readonly #helper: HelperSide;
  readonly #records: RecordSide;
  readonly #picture: PictureSide;
  readonly #relays: SessionRelays;
  readonly #device: DeviceSide;
  readonly #connections: ConnectionSide;

  constructor(options: EngineOptions) {
    this.#work = new EngineWork(options);
    this.#creation = new CreationSide(this.#work);
    this.#helper = new HelperSide(this.#work);
    this.#records = new RecordSide(this.#work);
    this.#picture = new PictureSide(this.#work);
    this.#relays = new SessionRelays({
      relays: options.relays,
      channel: options.channel,
      held: this.#work.runner.held,
      ask: (...given) => this.#helper.ask(...given),
      answer: (...given) => this.#work.answer(...given),
    });
    this.#device = new DeviceSide(this.#work);
    this.#connections = new ConnectionSide(this.#work);
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

  /** See `CreationSide`. */
  create(requester: Requester, request: CreateRequest): Promise<CreateAnswer> {
    return this.#creation.create(requester, request);
  }

  createInvited(request: InvitedRequest): Promise<InvitedSession | undefined> {
    return this.#creation.createInvited(request);
  }

  /** See `HelperSide`, where the rest of what is asked by a session key stands. */
  retrieve(requester: Requester, sessionKey: string): Promise<RetrieveAnswer> {
    return this.#helper.retrieve(requester, sessionKey);
  }

  requestAccess(requester: Requester, sessionKey: string, pubSubConnectionId: string): Promise<AccessAnswer> {
    return this.#helper.requestAccess(requester, sessionKey, pubSubConnectionId);
  }

  requestRights(requester: Requester, sessionKey: string, wants: Grants): Promise<void> {
    return this.#helper.requestRights(requester, sessionKey, wants);
  }

  extend(requester: Requester, sessionKey: string): Promise<LeaseAnswer> {
    return this.#helper.extend(requester, sessionKey);
  }

  end(requester: Requester, sessionKey: string): Promise<void> {
    return this.#helper.end(requester, sessionKey);
  }

  /** A relay between this connection of the caller and the sharer's, who hears of it before this settles (RLY-10). */
  openRelay(requester: Requester, sessionKey: string, pubSubConnectionId: string): Promise<RelayOffer> {
    return this.#relays.open(requester, sessionKey, pubSubConnectionId);
  }

  joinRelay(device: DeviceRequester, sessionId: string, relayId: string): Promise<RelayOffer> {
    return this.#relays.join(device, sessionId, relayId);
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

  /** See `RecordSide`. */
  patchLease(...asked: Parameters<RecordSide['patchLease']>): Promise<StoredEntity | undefined> {
    return this.#records.patchLease(...asked);
  }

  holderOf(tenantId: string, recordId: string): Promise<string | undefined> {
    return this.#records.holderOf(tenantId, recordId);
  }

  noteRefusal(...refused: Parameters<RecordSide['noteRefusal']>): Promise<void> {
    return this.#records.noteRefusal(...refused);
  }

  /** See `PictureSide`. */
  pictureLease(requester: Requester, sessionId: string): Promise<PictureLease> {
    return this.#picture.pictureLease(requester, sessionId);
  }

  pictureLeaseOfDevice(device: DeviceRequester, sessionId: string): Promise<PictureLease> {
    return this.#picture.pictureLeaseOfDevice(device, sessionId);
  }

  /** The live session whose records have this id, if there is one. */
  liveSessionOf(tenantId: string, recordId: string): Promise<LiveSession | undefined> {
    return this.#work.liveSessionOf(tenantId, recordId);
  }

  /** Looks at every live session of the tenant: settings, devices, roles or accounts have changed (SES-11). */
  recheck(tenantId: string): Promise<void> {
    return this.#work.runner.recheck(tenantId);
  }
}
