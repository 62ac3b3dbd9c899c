/**
 * The records of live sessions among plain ones: what a PATCH of the lease does, what is refused, whose secrets are left
 * out. A record that cannot be a live session's costs no read.
 */
import { type EntitySet, managedDevices, remoteHelpResponseSets } from '@open-remote-help/protocol';
import type { Caller } from '../access/caller.ts';
import { DomainError } from '../errors.ts';
import type { PathKey } from '../odata/path.ts';
import { deletionOfLive, LIVE_RECORD_SETS, mayBeLive, refuseSiblingPatch } from '../session/lease-records.ts';
import type { LiveSession } from '../session/session.ts';
import type { SessionEngine } from '../session/session-engine.ts';
import { type Opener, Sealed, type StoredEntity, type Values } from '../store/store.ts';
import { notFound } from './answers.ts';
import type { Target } from './entity-handlers.ts';
import type { GraphRequest } from './graph-request.ts';
import { requesterOf } from './session-operations.ts';

const [leaseSet] = remoteHelpResponseSets;
/** What may be asked of the session of a device that is no managed device; to ask for a session is not among it. */
const SESSION_OPERATIONS: ReadonlySet<string> = new Set([
  'retrieveRemoteHelpSession',
  'requestRemoteHelpSessionAccess',
  'extendRemoteHelpSession',
  'endRemoteHelpSession',
]);

/** A change of a record that may be a live session's; `undefined` for what is a plain one after all. */
export interface RecordChange {
  readonly set: EntitySet;
  readonly caller: Caller;
  readonly request: GraphRequest;
  readonly record: StoredEntity;
  /** Throws where the stored record is not the one that the client knows (`If-Match`). */
  readonly precondition: (record: StoredEntity) => void;
}

export class LiveRecords {
  readonly #sessions: SessionEngine;
  readonly #opener: Pick<Opener, 'open'>;

  constructor({ sessions, opener }: { readonly sessions: SessionEngine; readonly opener: Pick<Opener, 'open'> }) {
    this.#sessions = sessions;
    this.#opener = opener;
  }

  /**
   * A page in a browser in the place of a managed device, for the operations of the session that it takes part in.
   * @throws DomainError `notFound`
   */
  async pageOf(
    { set, caller }: Pick<Target, 'set' | 'caller'>,
    key: PathKey,
    operation: string,
  ): Promise<StoredEntity> {
    const isOfSessions = set.name === managedDevices.name && SESSION_OPERATIONS.has(operation) && 'id' in key;
    if (!isOfSessions || !(await this.#sessions.isPage(caller.tenantId, key.id))) throw notFound(key);
    return { id: key.id, version: 1, values: {} };
  }

  /** Whether a record wants to be looked at here before it is changed. Pure. */
  concerns(set: EntitySet, record: StoredEntity): boolean {
    return LIVE_RECORD_SETS.includes(set.name) && mayBeLive(record);
  }

  /**
   * @returns the record as it is answered; undefined where no live session stands behind it
   * @throws DomainError what a live session refuses
   */
  async patch(change: RecordChange, changes: Values): Promise<StoredEntity | undefined> {
    const { set, caller, request, record, precondition } = change;
    if (set.name === leaseSet.name) {
      const patched = await this.#sessions.patchLease(
        requesterOf({ caller, request }),
        record.id,
        changes,
        precondition,
      );
      if (!patched) await this.#refuseEnded(caller, record);
      return patched && (await this.shown(set, caller, [patched]))[0];
    }
    const session = await this.#sessions.liveSessionOf(caller.tenantId, record.id);
    if (!session) return this.#refuseEnded(caller, record);
    await this.#recorded('patch', change, session, () => {
      precondition(record);
      refuseSiblingPatch(record, changes, (value) => (value instanceof Sealed ? this.#opener.open(value) : value));
    });
    return (await this.shown(set, caller, [record]))[0];
  }

  /** @throws DomainError `conflict` while its session is live */
  async delete(change: RecordChange): Promise<void> {
    const { caller, record, precondition } = change;
    const session = await this.#sessions.liveSessionOf(caller.tenantId, record.id);
    if (!session) return this.#refuseEnded(caller, record);
    await this.#recorded('delete', change, session, () => {
      precondition(record);
      throw deletionOfLive();
    });
  }

  /** What is refused of a live session goes on record (SES-10). */
  async #recorded(how: string, change: RecordChange, session: LiveSession, check: () => void): Promise<void> {
    try {
      check();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await this.#sessions.noteRefusal(requesterOf(change), session, `${how}${change.set.name}`, error);
      throw error;
    }
  }

  /** The records as a caller may read them: a session's secrets are its creator's alone, until they are deleted. */
  shown(
    set: EntitySet,
    caller: Caller,
    records: readonly StoredEntity[],
  ): readonly StoredEntity[] | Promise<readonly StoredEntity[]> {
    if (!LIVE_RECORD_SETS.includes(set.name) || !records.some(mayTell)) return records;
    return Promise.all(records.map((record) => (mayTell(record) ? this.#shownOne(caller, record) : record)));
  }

  async #shownOne(caller: Caller, record: StoredEntity): Promise<StoredEntity> {
    const holder = await this.#sessions.holderOf(caller.tenantId, record.id);
    const isHis = caller.kind === 'delegated' && holder === caller.objectId;
    if (holder === undefined || isHis) return record;
    const open = Object.entries(record.values).filter(([, value]) => !(value instanceof Sealed));
    return { ...record, values: Object.fromEntries(open) };
  }

  /** @throws DomainError `notFound` for the record of a session that has ended and whose records go in a moment */
  async #refuseEnded({ tenantId }: Caller, { id }: StoredEntity): Promise<undefined> {
    if ((await this.#sessions.holderOf(tenantId, id)) === undefined) return undefined;
    throw new DomainError('notFound', 'The session has ended, and its records with it.');
  }
}

/** Whether a record may tell a session's secrets: one read without its `sessionKey` (`$select`) may be anybody's. */
function mayTell(record: StoredEntity): boolean {
  const holdsSecrets = Object.values(record.values).some((value) => value instanceof Sealed);
  return holdsSecrets && (!('sessionKey' in record.values) || mayBeLive(record));
}
