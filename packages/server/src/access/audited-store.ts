/** A store that tells whose audit log grows. */
import { auditEvents, type EntitySet } from '@open-remote-help/protocol';
import type { EntityKey, Page, Query, Store, StoredEntity, Unit } from '../store/store.ts';

export class AuditedStore implements Store {
  readonly #store: Store;
  readonly #note: (tenantId: string) => void;

  /** @param note hears of each tenant whose audit log has a new record, once it is durable */
  constructor(store: Store, note: (tenantId: string) => void) {
    this.#store = store;
    this.#note = note;
  }

  async transact<T>(unit: Unit<T>): Promise<T> {
    let tenants: string[] = [];
    const value = await this.#store.transact<T>({
      ...unit,
      decide: (rows, now) => {
        const decided = unit.decide(rows, now);
        // Decided anew after a conflict: what counts is the last time.
        tenants = decided.writes.flatMap(({ set, tenantId }) => (set === auditEvents ? [tenantId] : []));
        return decided;
      },
    });
    for (const tenantId of tenants) this.#note(tenantId);
    return value;
  }

  get(key: EntityKey): Promise<StoredEntity | undefined> {
    return this.#store.get(key);
  }

  query(query: Query): Promise<Page> {
    return this.#store.query(query);
  }

  count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>): Promise<number> {
    return this.#store.count(query);
  }

  purge(set: EntitySet, property: string, instant: string): Promise<number> {
    return this.#store.purge(set, property, instant);
  }

  ping(): Promise<void> {
    return this.#store.ping();
  }
}
