/**
 * How the paths of sets become an entity container (CSDL 4.01, 13): a set at the root stays one; `deviceManagement/x`
 * makes a singleton whose type contains `x`; `users/{user-id}/x` makes a set of a type that contains `x`.
 */
import { type EntitySet, type Model, qualifiedName } from '@open-remote-help/protocol';
import { servedSets } from './model-types.ts';

/** An entity type that exists only to contain sets. */
export interface ContainerType {
  readonly namespace: string;
  readonly name: string;
  /** By path segment. */
  readonly navigation: Map<string, Navigation>;
}

/** A containment navigation property: to the entities of a set, or to another container. */
export type Navigation = { readonly set: EntitySet } | { readonly container: ContainerType };

/** What stands right below the service root, by its path segment. */
export type RootResource =
  | { readonly name: string; readonly kind: 'EntitySet' | 'Singleton'; readonly set: EntitySet }
  | { readonly name: string; readonly kind: 'EntitySet' | 'Singleton'; readonly container: ContainerType };

/** What stands below the service root, and the types of what is no set itself. */
export interface EntityContainer {
  readonly resources: readonly RootResource[];
  readonly containerTypes: readonly ContainerType[];
}

/** Graph's names for types whose path segments are called otherwise. */
const TYPE_NAMES: Readonly<Record<string, string>> = { users: 'user', me: 'user', reports: 'deviceManagementReports' };

/** The container of the sets that have a path. */
export function entityContainer(model: Model): EntityContainer {
  const resources = new Map<string, RootResource>();
  const containerTypes = new Map<string, ContainerType>();
  for (const set of servedSets(model)) {
    const segments = set.path.split('/');
    const [root = '', key] = segments;
    if (segments.length === 1) {
      resources.set(root, { name: root, kind: set.isSingleton ? 'Singleton' : 'EntitySet', set });
      continue;
    }
    const names = segments.filter((segment) => !segment.startsWith('{'));
    const container = place(set, names, containerTypes);
    resources.set(root, { name: root, kind: key?.startsWith('{') ? 'EntitySet' : 'Singleton', container });
  }
  return { resources: [...resources.values()], containerTypes: [...containerTypes.values()] };
}

/** Hangs a set below the containers that its path names; answers the outermost. */
function place(set: EntitySet, names: readonly string[], types: Map<string, ContainerType>): ContainerType {
  const [name = '', next = '', ...rest] = names;
  const typeName = TYPE_NAMES[name] ?? name;
  const type = types.get(typeName) ?? { namespace: set.type.namespace, name: typeName, navigation: new Map() };
  types.set(typeName, type);
  if (rest.length > 0) type.navigation.set(next, { container: place(set, [next, ...rest], types) });
  else if (!type.navigation.has(next)) type.navigation.set(next, { set });
  return type;
}

/** Type of what a navigation property leads to, in the words of CSDL. */
export function navigationTypeName(navigation: Navigation): string {
  if ('container' in navigation) return containerTypeName(navigation.container);
  const name = qualifiedName(navigation.set.type);
  return navigation.set.isSingleton ? name : `Collection(${name})`;
}

/** Qualified name of a container's type. */
export function containerTypeName({ namespace, name }: ContainerType): string {
  return `${namespace}.${name}`;
}
