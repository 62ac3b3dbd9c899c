/**
 * Audit records of refused tokens and sign-ins. Who has no token yet must not be able to fill the log: the first refusal
 * for a source and reason is recorded at once, those of the following minute together as one record with their number.
 */
import type { Clock, Instant } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { auditWrite, unknownActor } from './audit-record.ts';
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

/** What the log works with. */
export interface RefusalLogOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Told when a record could not be written; it is tried again with the next one. */
  readonly onError: (error: unknown) => void;
}

interface Window {
  readonly refusal: Refusal;
  readonly openedAt: Instant;
  /** Refusals not yet recorded. */
  unrecorded: number;
}

const ACTIVITY_TYPES = {
  'Refuse token': 'refuseToken',
  'Refuse sign-in': 'refuseSignIn',
  'Refuse enrolment': 'refuseEnrollment',
  'Refuse device sign-in': 'refuseDeviceSignIn',
  'Refuse device token': 'refuseDeviceToken',
  'Refuse invitation code': 'refuseInvitationCode',
} as const;

const WINDOW_MS = 60_000;
const MOST_WINDOWS = 1_000;
const MANY_SOURCES = 'many sources';

/** Keeps at most 1,000 windows in memory; sources beyond these are recorded as one. Closing writes what is unrecorded. */
export class RefusalLog {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** In the order in which they close. */
  readonly #windows = new Map<string, Window>();
  readonly #writing = new Set<Promise<void>>();
  #cancel: (() => void) | undefined;

  constructor({ store, clock, onError }: RefusalLogOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#onError = onError;
  }

  note(given: Refusal): void {
    const refusal = this.#bounded({ ...given, source: sourceOf(given.source) });
    const name = nameOf(refusal);
    const open = this.#windows.get(name);
    if (open) open.unrecorded++;
    else this.#record({ refusal, openedAt: this.#clock.now(), unrecorded: 1 });
  }

  /** Records what is still unrecorded and disarms the timer; resolves when all is written. */
  async close(): Promise<void> {
    this.#cancel?.();
    const unrecorded = [...this.#windows.values()].filter((window) => window.unrecorded > 0);
    this.#windows.clear();
    for (const window of unrecorded) this.#start(window);
    await Promise.all(this.#writing);
  }

  /** So many sources at once count as one. */
  #bounded(refusal: Refusal): Refusal {
    const isRoom = this.#windows.size < MOST_WINDOWS || this.#windows.has(nameOf(refusal));
    return isRoom ? refusal : { ...refusal, source: MANY_SOURCES, subject: undefined };
  }

  #record(window: Window): void {
    this.#windows.set(nameOf(window.refusal), window);
    this.#start(window);
    this.#arm();
  }

  #start(window: Window): void {
    const write = this.#write(window).finally(() => this.#writing.delete(write));
    this.#writing.add(write);
  }

  async #write(window: Window): Promise<void> {
    const count = window.unrecorded;
    window.unrecorded = 0;
    const record = recordOf(window.refusal, count, this.#clock.now());
    try {
      await this.#store.transact({ reads: [], decide: () => ({ writes: [record], value: undefined }) });
    } catch (error) {
      window.unrecorded += count;
      this.#onError(error);
    }
  }

  #arm(): void {
    this.#cancel?.();
    const [first] = this.#windows.values();
    this.#cancel = first && this.#clock.at(first.openedAt + WINDOW_MS, () => this.#closeDue());
  }

  #closeDue(): void {
    const now = this.#clock.now();
    for (const [name, window] of [...this.#windows]) {
      if (window.openedAt + WINDOW_MS > now) break;
      this.#windows.delete(name);
      if (window.unrecorded > 0) this.#record({ ...window, openedAt: now });
    }
    this.#arm();
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
