/** The engine as the records of live sessions see it: whose they are, and what a change of one means. */
import { DomainError } from '../errors.ts';
import type { StoredEntity, Values } from '../store/store.ts';
import type { Requester } from './engine-requests.ts';
import type { EngineWork } from './engine-work.ts';
import { readLeasePatch } from './lease-records.ts';
import type { LiveSession, SessionId } from './session.ts';
import { extendRecords, liveKey, sessionOf } from './session-rows.ts';
import { activityOf, addressOf } from './session-unit.ts';
import { judge } from './who-may.ts';

export class RecordSide {
  readonly #work: EngineWork;

  constructor(work: EngineWork) {
    this.#work = work;
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
    const session = await this.#work.liveSessionOf(tenantId, recordId);
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
}
