/** Audit records of refused attempts at sessions (SES-10.2): who repeats one fills no log. */
import { unknownActor } from '../access/audit-record.ts';
import { GatheredRecords, type GatheredRecordsOptions } from '../access/gathered-records.ts';
import type { Refusal } from './commands.ts';
import { type Origin, refusalRecord, type Subject } from './session-audit.ts';

/** One refused attempt. */
export interface RefusedAttempt {
  readonly subject: Subject;
  /** What was attempted. */
  readonly activityType: string;
  readonly refusal: Pick<Refusal, 'code'>;
  readonly origin: Origin;
}

const MOST_NAMES = 10_000;

/** Gathers by who asks, what for, on what, and why not. */
export class RefusedAttempts {
  readonly #records: GatheredRecords;

  constructor(options: GatheredRecordsOptions) {
    this.#records = new GatheredRecords(options);
  }

  /** Settles when the attempt is on record, or counted. @throws DomainError `unavailable` */
  note(given: RefusedAttempt): Promise<void> {
    const isRoom = this.#records.size < MOST_NAMES || this.#records.isOpen(nameOf(given));
    const attempt = isRoom ? given : manys(given);
    return this.#records.note({
      name: nameOf(attempt),
      record: (count, now, isFirst) => refusalRecord(attempt, now, isFirst ? undefined : count),
    });
  }

  settled(): Promise<void> {
    return this.#records.settled();
  }

  close(): Promise<void> {
    return this.#records.close();
  }
}

/** What does not exist has any name that somebody gives it: all of it is one. */
function nameOf({ subject, activityType, refusal, origin: { actor } }: RefusedAttempt): string {
  const isThere = subject.hasSession || subject.deviceName !== null;
  const who = [subject.tenantId, actor.auditActorType, actor.userId, actor.applicationId];
  return JSON.stringify([...who, activityType, isThere ? subject.resourceId : '', refusal.code]);
}

/** So many at once count as one. */
function manys({ subject: { tenantId }, origin, ...attempt }: RefusedAttempt): RefusedAttempt {
  const subject = { tenantId, resourceId: '', hasSession: false, deviceName: null };
  return { ...attempt, subject, origin: { ...origin, actor: unknownActor(null) } };
}
