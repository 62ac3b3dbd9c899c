/**
 * Costly reads, away from the event loop: a bounded queue, fair between tenants, in front of a few reading threads. A
 * tenant has one of them at most, so that no single one can keep the others waiting.
 */
import type { Clock } from '../../clock.ts';
import { DomainError } from '../../errors.ts';
import { tooCostly } from '../sql/cost.ts';
import { FairQueue, type QueueBounds } from './fair-queue.ts';
import { asUnavailable } from './faults.ts';
import type { ReadJob } from './read-job.ts';
import { ReadingLane } from './reading-lane.ts';

/** Reads at once, each of another tenant. */
const LANES = 2;

const BOUNDS: QueueBounds = { ofTenant: 32, inAll: 256 };

const RETRY_AFTER_SECONDS = 5;

export interface ReadingOptions {
  readonly clock: Clock;
  /** How long a read may wait for its turn, and then how long it may take, in milliseconds. */
  readonly limitMs: number;
  /** Asked before each read: whether one more may begin now. While others run it may be put off until they are through. */
  readonly mayBegin: (isAlone: boolean) => boolean;
  readonly bounds?: QueueBounds;
  /** What the threads run. */
  readonly program?: URL;
}

interface Read {
  readonly tenantId: string;
  readonly job: ReadJob;
  readonly resolve: (rows: unknown[][]) => void;
  readonly reject: (error: unknown) => void;
  /** Ends its waiting for a turn. */
  cancelWait: () => void;
}

export class ReadingThreads {
  readonly #options: ReadingOptions;
  readonly #lanes: readonly ReadingLane[];
  readonly #queue: FairQueue<Read>;
  /** Tenants whose reads run. */
  readonly #served = new Set<string>();
  #isClosing = false;

  constructor(file: string, options: ReadingOptions) {
    const program = options.program ?? new URL('./reading-thread.ts', import.meta.url);
    this.#options = options;
    this.#lanes = Array.from({ length: LANES }, () => new ReadingLane(file, program));
    this.#queue = new FairQueue(options.bounds ?? BOUNDS);
  }

  /**
   * Performs a job for a tenant.
   * @throws DomainError tooCostly (it took too long), unavailable (no turn came in time, or too many wait),
   *   tooManyRequests (too many of the tenant wait)
   */
  run(tenantId: string, job: ReadJob): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      const read: Read = { tenantId, job, resolve, reject, cancelWait: () => undefined };
      this.#queue.add(read);
      read.cancelWait = this.#afterLimit(() => {
        this.#queue.remove(read);
        reject(busy());
      });
      this.#next();
    });
  }

  /** Gives up all reads and ends the threads. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const read of this.#queue.clear()) {
      read.cancelWait();
      read.reject(busy());
    }
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #next(): void {
    for (const lane of this.#lanes) {
      if (!lane.isIdle) continue;
      if (!this.#options.mayBegin(this.#served.size === 0)) return;
      const read = this.#queue.take((tenantId) => !this.#served.has(tenantId));
      if (!read) return;
      void this.#perform(lane, read);
    }
  }

  async #perform(lane: ReadingLane, { tenantId, job, resolve, reject, cancelWait }: Read): Promise<void> {
    cancelWait();
    this.#served.add(tenantId);
    const cancelLimit = this.#afterLimit(() => {
      lane.stop();
      reject(tooCostly(this.#options.limitMs));
    });
    try {
      resolve(await lane.run(job));
    } catch (error) {
      reject(this.#isClosing ? busy() : asUnavailable(error));
    }
    cancelLimit();
    this.#served.delete(tenantId);
    this.#next();
  }

  #afterLimit(callback: () => void): () => void {
    const { clock, limitMs } = this.#options;
    return clock.at(clock.now() + limitMs, callback);
  }
}

function busy(): DomainError {
  return new DomainError('unavailable', 'Other costly lists and counts are being read.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
