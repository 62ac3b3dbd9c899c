/** A store that tells of every audit record that is written through it. */
import { auditEvents, type EntitySet } from '@open-remote-help/protocol';
import type { EntityKey, Page, Query, Store, StoredEntity, Unit, Write } from '../store/store.ts';
import type { Chainable } from './audit-chain.ts';

export class AuditedStore implements Store {
  readonly #store: Store;
  readonly #note: (tenantId: string, record: Chainable) => void;

  /** @param note hears of each new record of a tenant's audit log, once it is durable */
  constructor(store: Store, note: (tenantId: string, record: Chainable) => void) {
    this.#store = store;
    this.#note = note;
  }

  async transact<T>(unit: Unit<T>): Promise<T> {
    let writes: readonly Write[] = [];
    const value = await this.#store.transact<T>({
      ...unit,
      decide: (rows, now) => {
        const decided = unit.decide(rows, now);
        // Decided anew after a conflict: what counts is the last time.
        writes = decided.writes;
        return decided;
      },
    });
    for (const write of writes) {
      if (write.set === auditEvents && write.kind === 'insert') this.#note(write.tenantId, write);
    }
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
