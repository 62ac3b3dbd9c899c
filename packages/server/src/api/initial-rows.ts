/** Rows that a set has from the start: inserted when a tenant first uses the set, or one that refers to it. */
import type { EntitySet, Model } from '@open-remote-help/protocol';
import type { Caller } from '../access/caller.ts';
import type { Store } from '../store/store.ts';
import type { Behaviours } from './behaviours.ts';
import { setNamed } from './references.ts';

/** A set, and the tenant in which it is used. */
interface Place {
  readonly set: EntitySet;
  readonly caller: Pick<Caller, 'tenantId'>;
}

/** Remembers, for this node, which tenants have them. */
export class InitialRows {
  readonly #model: Model;
  readonly #store: Store;
  readonly #behaviours: Behaviours;
  /** The sets with initial rows that a set needs: itself, those it refers to. */
  readonly #needed = new Map<EntitySet, readonly EntitySet[]>();
  /** `tenant|set` pairs whose initial rows are known to exist. */
  readonly #present = new Set<string>();

  constructor({ model, store, behaviours }: { model: Model; store: Store; behaviours: Behaviours }) {
    this.#model = model;
    this.#store = store;
    this.#behaviours = behaviours;
  }

  /** Sees to the rows that a set, and those it refers to, have in the caller's tenant; undefined when all are there. */
  ensure({ set, caller }: Place): Promise<void> | undefined {
    const missing = this.#neededBy(set).filter(({ name }) => !this.#present.has(markOf(caller.tenantId, name)));
    return missing.length === 0 ? undefined : this.#insertAll(missing, caller.tenantId);
  }

  async #insertAll(sets: readonly EntitySet[], tenantId: string): Promise<void> {
    for (const set of sets) await this.#insert(set, tenantId);
  }

  #neededBy(set: EntitySet): readonly EntitySet[] {
    let needed = this.#needed.get(set);
    if (!needed) {
      const referred = Object.values(set.type.references).map((reference) => setNamed(this.#model, reference.set));
      needed = [set.viewOf ?? set, ...referred].filter(({ name }) => this.#behaviours[name]?.initialRows);
      this.#needed.set(set, needed);
    }
    return needed;
  }

  /** A row that another node inserted first is left alone. */
  async #insert(set: EntitySet, tenantId: string): Promise<void> {
    const initialRows = this.#behaviours[set.name]?.initialRows;
    if (!initialRows) return;
    await this.#store.transact({
      reads: initialRows.map(({ id }) => ({ set, tenantId, id })),
      decide: (rows) => ({
        writes: initialRows
          .filter((_, index) => !rows[index])
          .map((row) => ({ kind: 'insert', set, tenantId, ...row })),
        value: undefined,
      }),
    });
    this.#present.add(markOf(tenantId, set.name));
  }
}

function markOf(tenantId: string, set: string): string {
  return `${tenantId}|${set}`;
}
