/** Audit records of refused tokens and sign-ins: who has no token yet must not be able to fill the log. */
import type { Instant } from '../clock.ts';
import { auditWrite, unknownActor } from './audit-record.ts';
import { GatheredRecords, type GatheredRecordsOptions } from './gathered-records.ts';
import { newId } from './ids.ts';
import { sourceOf } from './source.ts';
import type { TokenVerifierOptions } from './token-verifier.ts';

/** One refused attempt. */
export interface Refusal {
  /** The tenant whose log it enters: one proven by a signature or named by the sign-in page's address. */
  readonly tenantId: string;
  readonly activity: keyof typeof ACTIVITY_TYPES;
  readonly reason: string;
  /** Address of whoever tried. */
  readonly source: string | undefined;
  /** Who it claimed to be; of the first attempt only. */
  readonly subject?: string | undefined;
}

const ACTIVITY_TYPES = {
  'Refuse token': 'refuseToken',
  'Refuse sign-in': 'refuseSignIn',
  'Refuse enrolment': 'refuseEnrollment',
  'Refuse device sign-in': 'refuseDeviceSignIn',
  'Refuse device token': 'refuseDeviceToken',
  'Refuse invitation code': 'refuseInvitationCode',
} as const;

const MOST_NAMES = 1_000;
const MANY_SOURCES = 'many sources';

/** Gathers by source and reason; beyond 1,000 of these at once, sources are recorded as one. */
export class RefusalLog {
  readonly #records: GatheredRecords;
  readonly #onError: (error: unknown) => void;

  constructor(options: GatheredRecordsOptions) {
    this.#records = new GatheredRecords(options);
    this.#onError = options.onError;
  }

  note(given: Refusal): void {
    const refusal = this.#bounded({ ...given, source: sourceOf(given.source) });
    const record = (count: number, now: Instant) => recordOf(refusal, count, now);
    this.#records.note({ name: nameOf(refusal), record }).catch(this.#onError);
  }

  /** Records what is still unrecorded; settles when all is written. */
  close(): Promise<void> {
    return this.#records.close();
  }

  /** So many sources at once count as one. */
  #bounded(refusal: Refusal): Refusal {
    const isRoom = this.#records.size < MOST_NAMES || this.#records.isOpen(nameOf(refusal));
    return isRoom ? refusal : { ...refusal, source: MANY_SOURCES, subject: undefined };
  }
}

/**
 * What a token verifier tells its refusals to. A token whose signature proves nothing enters the operator's log, and
 * without the name it claims; no token at all is no sign-in.
 */
export function refusedTokens(
  log: RefusalLog,
  operatorTenantId: string,
): NonNullable<TokenVerifierOptions['onRefused']> {
  return (reason, { source, provenTenantId, isSignatureGood, objectId }) => {
    if (reason === 'empty') return;
    const subject = isSignatureGood ? objectId : undefined;
    log.note({ tenantId: provenTenantId ?? operatorTenantId, activity: 'Refuse token', reason, source, subject });
  };
}

function nameOf({ tenantId, activity, reason, source }: Refusal): string {
  return JSON.stringify([tenantId, activity, reason, source]);
}

function recordOf({ tenantId, activity, reason, source, subject }: Refusal, count: number, now: Instant) {
  const text = (displayName: string, newValue: string) => ({ displayName, oldValue: null, newValue });
  return auditWrite({
    tenantId,
    id: newId(now),
    now,
    correlationId: newId(now),
    actor: unknownActor(source ?? null),
    activity,
    activityType: ACTIVITY_TYPES[activity],
    operationType: 'Action',
    result: 'Failure',
    category: 'SignIn',
    resources: [
      {
        displayName: subject ?? null,
        auditResourceType: 'SignIn',
        resourceId: subject ?? '',
        modifiedProperties: [text('reason', reason), text('count', String(count))],
      },
    ],
  });
}
