/** Entities as JSON (OData JSON 4.01): control information by the metadata level that the client asked for. */
import {
  type ComplexType,
  type EntitySet,
  type EntityType,
  type Property,
  qualifiedName,
} from '@open-remote-help/protocol';
import { type Opener, Sealed, type StoredEntity } from '../store/store.ts';
import type { MetadataLevel } from './accept.ts';

/** Everything a representation depends on besides the entity. */
export interface RepresentationOptions {
  readonly metadata: MetadataLevel;
  /** `https://host/beta`, no slash at the end. */
  readonly serviceRoot: string;
  readonly select?: readonly string[] | undefined;
  readonly opener: Pick<Opener, 'open'>;
}

/** Weak, since representations of one version differ by `$select` and metadata level (RFC 9110, 8.8.1). */
export function etagOf(entity: StoredEntity): string {
  return `W/"${entity.version}"`;
}

/** `https://host/beta/Set/id`, as in `Location` and `@odata.id`. */
export function entityUrl(set: EntitySet, id: string, serviceRoot: string): string {
  const base = set.viewOf ?? set;
  return base.isSingleton ? `${serviceRoot}/${base.path}` : `${serviceRoot}/${base.path}/${encodeURIComponent(id)}`;
}

/** One entity, with `@odata.context` in front. */
export function entityJson(set: EntitySet, entity: StoredEntity, options: RepresentationOptions): object {
  const context = `${contextUrl(set, options)}${set.isSingleton ? '' : '/$entity'}`;
  const json = options.metadata === 'none' ? {} : { '@odata.context': context };
  return withMembers(json, set, entity, propertiesShown(set, options), options);
}

/** A page: `value`, and `@odata.count` and `@odata.nextLink` where given, at every metadata level. */
export function collectionJson(
  set: EntitySet,
  entities: readonly StoredEntity[],
  options: RepresentationOptions,
  page: { readonly count?: number | undefined; readonly nextLink?: string | undefined },
): object {
  const properties = propertiesShown(set, options);
  return {
    ...(options.metadata === 'none' ? {} : { '@odata.context': contextUrl(set, options) }),
    ...(page.count === undefined ? {} : { '@odata.count': page.count }),
    ...(page.nextLink === undefined ? {} : { '@odata.nextLink': page.nextLink }),
    value: entities.map((entity) => withMembers({}, set, entity, properties, options)),
  };
}

function contextUrl(set: EntitySet, { serviceRoot, select }: RepresentationOptions): string {
  const base = set.viewOf ?? set;
  return `${serviceRoot}/$metadata#${base.path}${select ? `(${select.join(',')})` : ''}`;
}

type NamedProperty = readonly [name: string, property: Property];

/** What is the same for every entity of a type. */
interface TypeFacts {
  /** The value of `@odata.type`. */
  readonly annotation: string;
  readonly properties: readonly NamedProperty[];
}

const factsOfTypes = new WeakMap<EntityType, TypeFacts>();

function factsOf(type: EntityType): TypeFacts {
  let facts = factsOfTypes.get(type);
  if (!facts) {
    facts = { annotation: `#${qualifiedName(type)}`, properties: Object.entries(type.properties) };
    factsOfTypes.set(type, facts);
  }
  return facts;
}

/** The properties of the set's type that were asked for. */
function propertiesShown({ type }: EntitySet, { select }: RepresentationOptions): readonly NamedProperty[] {
  const all = factsOf(type).properties;
  return select ? all.filter(([name]) => select.includes(name)) : all;
}

/** Adds an entity's control information and properties to an object. */
function withMembers(
  json: Record<string, unknown>,
  set: EntitySet,
  entity: StoredEntity,
  properties: readonly NamedProperty[],
  options: RepresentationOptions,
): Record<string, unknown> {
  if (options.metadata !== 'none') {
    json['@odata.type'] = factsOf(set.type).annotation;
    if (options.metadata === 'full') {
      json['@odata.id'] = entityUrl(set, entity.id, options.serviceRoot);
      json['@odata.editLink'] = json['@odata.id'];
    }
    json['@odata.etag'] = etagOf(entity);
  }
  for (const [name, property] of properties) {
    if (options.metadata === 'full' && isTypeAnnotated(property)) {
      json[`${name}@odata.type`] = annotatedType(property);
    }
    const value = name === 'id' ? entity.id : entity.values[name];
    json[name] = value instanceof Sealed ? options.opener.open(value) : value;
  }
  return json;
}

/** Types that JSON alone does not tell (OData JSON 4.6.3). */
function isTypeAnnotated({ type, isCollection }: Property): boolean {
  if (isCollection || type.kind !== 'primitive') return true;
  return type.name === 'Edm.DateTimeOffset' || type.name === 'Edm.Int64' || type.name === 'Edm.Guid';
}

function annotatedType({ type, isCollection }: Property): string {
  const name = type.kind === 'primitive' ? type.name.replace('Edm.', '') : qualifiedName(type as ComplexType);
  return isCollection ? `#Collection(${name})` : `#${name}`;
}
