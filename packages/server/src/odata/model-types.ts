/** What of the model is served. */
import type { ComplexType, EntitySet, EntityType, EnumType, Model, PropertyType } from '@open-remote-help/protocol';

/** Sets that a path serves. */
export function servedSets(model: Model): readonly EntitySet[] {
  return model.sets.filter(({ path }) => path !== '');
}

/** Every type that served sets and operations need, each once. */
export function modelTypes(model: Model): {
  readonly enums: readonly EnumType[];
  readonly complexes: readonly ComplexType[];
  readonly entities: readonly EntityType[];
} {
  const found = new Set<EnumType | ComplexType | EntityType>();
  const collect = (type: PropertyType | EntityType | undefined): void => {
    if (type === undefined || type.kind === 'primitive' || found.has(type)) return;
    found.add(type);
    if (type.kind !== 'enum') for (const property of Object.values(type.properties)) collect(property.type);
  };
  for (const { type } of servedSets(model)) collect(type);
  for (const { parameters, returns } of model.operations) {
    for (const parameter of parameters) collect(parameter.type);
    collect(returns);
  }
  const types = [...found];
  return {
    enums: types.filter((type) => type.kind === 'enum'),
    complexes: types.filter((type) => type.kind === 'complex'),
    entities: types.filter((type) => type.kind === 'entity'),
  };
}
