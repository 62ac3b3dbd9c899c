/** What waits, by tenant: whose turn it is goes round, so that nobody waits longer for many requests of another. */
import { DomainError } from '../../errors.ts';

/** How many may wait. */
export interface QueueBounds {
  readonly ofTenant: number;
  readonly inAll: number;
}

const RETRY_AFTER_SECONDS = 5;

export class FairQueue<T extends { readonly tenantId: string }> {
  readonly #bounds: QueueBounds;
  /** Tenants in the order of their turns. */
  readonly #waiting = new Map<string, Set<T>>();
  #size = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  /** @throws DomainError tooManyRequests where too many of the tenant wait, unavailable where too many do in all */
  add(item: T): void {
    const ofTenant = this.#waiting.get(item.tenantId) ?? new Set();
    const facts = { retryAfterSeconds: RETRY_AFTER_SECONDS };
    if (ofTenant.size >= this.#bounds.ofTenant) {
      throw new DomainError('tooManyRequests', 'Too many costly lists and counts are waiting.', facts);
    }
    if (this.#size >= this.#bounds.inAll) {
      throw new DomainError('unavailable', 'Too many costly lists and counts are waiting.', facts);
    }
    this.#waiting.set(item.tenantId, ofTenant.add(item));
    this.#size++;
  }

  /** The next in turn whose tenant may have it, taken out. */
  take(mayHave: (tenantId: string) => boolean): T | undefined {
    for (const [tenantId, ofTenant] of this.#waiting) {
      const [item] = ofTenant;
      if (!item || !mayHave(tenantId)) continue;
      this.remove(item);
      // Behind all others until the next turn.
      if (this.#waiting.delete(tenantId)) this.#waiting.set(tenantId, ofTenant);
      return item;
    }
    return undefined;
  }

  remove(item: T): void {
    const ofTenant = this.#waiting.get(item.tenantId);
    if (!ofTenant?.delete(item)) return;
    this.#size--;
    if (ofTenant.size === 0) this.#waiting.delete(item.tenantId);
  }

  /** All that wait, taken out. */
  clear(): T[] {
    const all = [...this.#waiting.values()].flatMap((ofTenant) => [...ofTenant]);
    this.#waiting.clear();
    this.#size = 0;
    return all;
  }
}
