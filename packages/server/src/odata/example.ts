/** Example values in the manner of the documentation pages: `acsGroupId` is "Acs Group Id value". */
import {
  type EntitySet,
  examples,
  type Model,
  type Property,
  type PropertyType,
  qualifiedName,
} from '@open-remote-help/protocol';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

const ID = '01941f29-7c00-7000-8000-2ea1bb8e2ea1';

/** A body for creation: the documented one, or one made from the type. References are set with `@odata.bind`. */
export function requestExample(set: EntitySet, model: Model, serviceRoot: string): Json {
  const documented = examples[set.name];
  if (documented) return documented;
  const { type } = set;
  const references = Object.entries(type.references);
  const bound = new Set(references.map(([, { property }]) => property));
  const written = Object.entries(type.properties).filter(([name, { isComputed }]) => !isComputed && !bound.has(name));
  return {
    '@odata.type': `#${qualifiedName(type)}`,
    ...members(written),
    ...Object.fromEntries(
      references.map(([name, reference]) => {
        const target = model.sets.find((candidate) => candidate.name === reference.set);
        return [`${name}@odata.bind`, `${serviceRoot}/${target?.path}('${ID}')`];
      }),
    ),
  };
}

/** An entity as it is answered. */
export function responseExample(set: EntitySet, serviceRoot: string): Json {
  const base = set.viewOf ?? set;
  const { '@odata.type': _, ...documented } = examples[set.name] ?? {};
  return {
    '@odata.context': `${serviceRoot}/$metadata#${base.path}${set.isSingleton ? '' : '/$entity'}`,
    '@odata.type': `#${qualifiedName(set.type)}`,
    '@odata.etag': 'W/"1"',
    ...members(Object.entries(set.type.properties)),
    ...Object.fromEntries(Object.values(set.type.references).map(({ property }) => [property, ID])),
    ...documented,
  };
}

function members(properties: readonly (readonly [string, Property])[]): Json {
  return Object.fromEntries(properties.map(([name, property]) => [name, value(name, property)]));
}

function value(name: string, { type, isCollection }: Property): unknown {
  const one = name === 'id' ? ID : single(name, type);
  return isCollection ? [one] : one;
}

function single(name: string, type: PropertyType): unknown {
  if (type.kind === 'complex') return members(Object.entries(type.properties));
  // The pages show an enumeration's second member.
  if (type.kind === 'enum') return Object.keys(type.members)[1] ?? Object.keys(type.members)[0];
  switch (type.name) {
    case 'Edm.Boolean':
      return true;
    case 'Edm.Int32':
    case 'Edm.Int64':
      return 7;
    case 'Edm.Guid':
      return ID;
    case 'Edm.DateTimeOffset':
      return '2016-12-31T23:59:57.5564522-08:00';
    case 'Edm.String':
      return `${words(name)} value`;
  }
}

function words(name: string): string {
  const spaced = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  return `${spaced.slice(0, 1).toUpperCase()}${spaced.slice(1)}`;
}
