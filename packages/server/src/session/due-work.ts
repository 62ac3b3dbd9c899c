/** Does what is due though nobody asks: sessions end, prompts are withdrawn, ended sessions are forgotten (SES-9). */
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import type { Clock, Instant } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Store, StoredEntity } from '../store/store.ts';
import { type DueOutcome, dueUnit } from './due-unit.ts';
import { oldestFirst } from './queries.ts';
import type { SessionId, SessionSettings } from './session.ts';
import { liveSessions } from './session-model.ts';
import { deadlineOf } from './session-rows.ts';
import type { Address } from './session-unit.ts';

/**
 * Sessions that are woken together: enough to share the cost of a commit, few enough that whoever asks for something
 * else is answered in between.
 */
const AT_ONCE = 400;

export interface DueWorkOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: SessionSettings;
  readonly onFault: (error: unknown) => void;
  /** What follows from sessions that changed; it need not be done before the next are woken. */
  readonly follow: (outcome: DueOutcome) => void;
}

export class DueWork {
  readonly #options: DueWorkOptions;
  #isClosing = false;

  constructor(options: DueWorkOptions) {
    this.#options = options;
  }

  /** Begins nothing more: what is due falls due on another node, or at the next start. */
  close(): void {
    this.#isClosing = true;
  }

  /** Wakes every session that is due, in the order of their deadlines; gives the next deadline. */
  async fallDue(): Promise<Instant> {
    for (;;) {
      const now = this.#options.clock.now();
      const rows = await this.#nearest();
      const due = rows.filter((row) => deadlineOf(row) <= now);
      const hasChanged = due.length > 0 && (await this.#wake(due.map(addressOf)));
      // What is due comes first, and a page that is not full was the last one.
      const next = rows[due.length];
      if (next) return deadlineOf(next);
      if (rows.length < AT_ONCE || this.#isClosing) return Number.POSITIVE_INFINITY;
      // None of this page could be woken: it is tried again, but not at once.
      if (!hasChanged) return Number.NEGATIVE_INFINITY;
    }
  }

  async #nearest(): Promise<readonly StoredEntity[]> {
    const { entities } = await this.#options.store.query({
      set: liveSessions,
      tenantId: SYSTEM_TENANT,
      orderBy: oldestFirst(liveSessions, 'nextDeadlineDateTime'),
      top: AT_ONCE,
      select: ['tenantId', 'nextDeadlineDateTime'],
    });
    return entities;
  }

  /** @returns whether one of them changed: another node may have been first */
  async #wake(addresses: readonly Address[]): Promise<boolean> {
    const { store, clock, settings, onFault, follow } = this.#options;
    try {
      const outcome = await store.transact(dueUnit(addresses, clock, settings));
      for (const fault of outcome.faults) onFault(fault);
      if (outcome.changed.length > 0) follow(outcome);
      return outcome.changed.length > 0;
    } catch (error) {
      if (isAway(error)) throw error;
      if (addresses.length > 1) return this.#wakeHalves(addresses);
      onFault(error);
      return false;
    }
  }

  /** One that cannot be written is looked for, so that it keeps no other waiting. */
  async #wakeHalves(addresses: readonly Address[]): Promise<boolean> {
    const middle = Math.ceil(addresses.length / 2);
    const hasFirstChanged = await this.#wake(addresses.slice(0, middle));
    const hasSecondChanged = await this.#wake(addresses.slice(middle));
    return hasFirstChanged || hasSecondChanged;
  }
}

/** Whether the store cannot be used now. */
export function isAway(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'unavailable';
}

function addressOf({ id, values }: StoredEntity): Address {
  return { tenantId: values.tenantId as string, id: id as SessionId };
}
