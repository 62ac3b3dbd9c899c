/** References among values: the entities that they point to have to exist when they are written. */
import type { EntitySet, Model } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import type { EntityKey, StoredEntity, Values } from '../store/store.ts';

/** An entity that a value points to, for a unit to read. */
export interface ReferenceRead {
  readonly property: string;
  readonly key: EntityKey;
}

/** What the values point to. */
export function referencesOf(model: Model, set: EntitySet, tenantId: string, values: Values): ReferenceRead[] {
  return Object.values(set.type.references).flatMap(({ property, set: name }) => {
    const id = values[property];
    return typeof id === 'string' ? [{ property, key: { set: setNamed(model, name), tenantId, id } }] : [];
  });
}

/**
 * @param rows what the unit read, in the order of the references
 * @throws DomainError badRequest naming the property
 */
export function checkReferences(
  references: readonly ReferenceRead[],
  rows: readonly (StoredEntity | undefined)[],
): void {
  for (const [index, { property, key }] of references.entries()) {
    if (rows[index]) continue;
    throw new DomainError('badRequest', `${property} names none of ${key.set.name}.`, { target: property });
  }
}

/** A set of the model, by its name. */
export function setNamed(model: Model, name: string): EntitySet {
  const set = model.sets.find((candidate) => candidate.name === name);
  if (!set) throw new TypeError(`The model has no set ${name}`);
  return set;
}
