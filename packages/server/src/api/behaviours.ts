/**
 * What a set does beyond the generic create, read, update, delete. Most sets have no entry here; the generic handlers
 * serve them from the model alone.
 */
import type { EntitySet } from '@open-remote-help/protocol';
import type { Caller } from '../access/caller.ts';
import type { Expression } from '../store/expression.ts';
import type { StoredEntity, Values, Write } from '../store/store.ts';
import type { GraphRequest } from './graph-request.ts';

/** Facts of the request that a behaviour may use. */
export interface Circumstances {
  readonly caller: Caller;
  readonly now: number;
  readonly outerKeys: Readonly<Record<string, string>>;
  readonly request: Pick<GraphRequest, 'serviceRoot'>;
}

/** What is particular to one set; every part may be left out. */
export interface Behaviour {
  /** Rows that every tenant has from the start; inserted when the tenant first uses the set. */
  readonly initialRows?: readonly { readonly id: string; readonly values: Values }[];
  /** Values as created; adds what the server decides. Throws `DomainError` to refuse. */
  created?(values: Values, circumstances: Circumstances): Values | Promise<Values>;
  /** What the unit that creates an entity does beside inserting it; asked once for each creation. */
  beside?(entity: StoredEntity, circumstances: Circumstances): Beside;
  /** Whether live sessions stand on what it says: each change has them looked at. */
  readonly isGround?: boolean;
  /** Sets whose row of the same id goes when an entity is deleted. */
  readonly companions?: readonly EntitySet[];
  /** What the unit that deletes an entity does besides. Pure. */
  deleted?(entity: StoredEntity, circumstances: Circumstances): readonly Write[];
  /** Throws `DomainError` to refuse a change, or a deletion (`changes` undefined). Pure. */
  guard?(before: StoredEntity, changes: Values | undefined, circumstances: Circumstances): void;
  /** Only rows for which this holds belong to the set (a view). */
  visible?(circumstances: Circumstances): Expression;
  /** Actions by name, each one unit. */
  readonly actions?: Readonly<Record<string, Action>>;
}

/** Writes in the unit of a creation, and what its answer alone tells. */
export interface Beside {
  readonly writes: readonly Write[];
  /** Values that the answer to the creation shows, and nothing keeps. */
  readonly answered: Values;
}

/** A bound action without result: gives the changes to the entity that it is called on. */
export type Action = (before: StoredEntity, circumstances: Circumstances) => Values;

/** Behaviours by name of the set. */
export type Behaviours = Readonly<Record<EntitySet['name'], Behaviour>>;

/** The id of a set's only entity: that of the documented example of the settings. */
export { SINGLETON_ID } from '../access/singleton.ts';
