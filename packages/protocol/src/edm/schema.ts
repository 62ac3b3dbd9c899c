/**
 * The language in which the EDM model is declared. One declaration gives validation, columns, `$metadata`, OpenAPI and
 * the TypeScript type of a resource. Words are those of OData CSDL 4.01.
 */

/** Primitive types served. `Edm.Int64` travels as a JSON number (IEEE754Compatible=false). */
export type PrimitiveTypeName =
  | 'Edm.String'
  | 'Edm.Boolean'
  | 'Edm.Int32'
  | 'Edm.Int64'
  | 'Edm.Guid'
  | 'Edm.DateTimeOffset';

/** An enumeration; with `isFlags` several members may be set, written comma-separated (OData JSON 7.1). */
export interface EnumType<M extends string = string> {
  readonly kind: 'enum';
  readonly namespace: string;
  readonly name: string;
  readonly isFlags: boolean;
  /** Member name to value, in declaration order. */
  readonly members: Readonly<Record<M, number>>;
  readonly doc: string;
}

/** A complex type: structure without identity, stored as JSON inside its owner. */
export interface ComplexType<P extends Properties = Properties> {
  readonly kind: 'complex';
  readonly namespace: string;
  readonly name: string;
  readonly properties: P;
  readonly doc: string;
}

/** An entity type. Every one has the key property `id`. */
export interface EntityType<P extends Properties = Properties> {
  readonly kind: 'entity';
  readonly namespace: string;
  readonly name: string;
  readonly properties: P;
  /** String properties that identify an entity within tenant and set, each alone (OData URL conventions 4.3.3). */
  readonly alternateKeys: readonly string[];
  /** Single-valued navigation properties, each kept as the target's id in a property of its own. */
  readonly references: Readonly<Record<string, Reference>>;
  /** Name of the type in the same namespace that this one derives from; clients may write either as `@odata.type`. */
  readonly baseType?: string;
  readonly doc: string;
}

/** A navigation property to one entity of a set; clients set it with `name@odata.bind` (OData JSON 4.01, 8.5). */
export interface Reference {
  /** The property that holds the target's id. */
  readonly property: string;
  /** Name of the set that holds the target. */
  readonly set: string;
}

/** A type that has properties. */
export type StructuredType = ComplexType | EntityType;
/** Properties by name, in the order of declaration: that of `$metadata`, representations and columns. */
export type Properties = Readonly<Record<string, Property>>;

/** What a property may hold. */
export type PropertyType = { readonly kind: 'primitive'; readonly name: PrimitiveTypeName } | EnumType | ComplexType;

/** Facets of a property. */
export interface Facets {
  /** Meaning, one line: becomes documentation in `$metadata` and OpenAPI. */
  readonly doc?: string;
  /** Sealed at rest; never filtered, sorted, searched, logged or written to audit. Strings only. */
  readonly isSecret?: boolean;
  /** Set by the server alone; in a request body it is ignored when equal by type, as Graph clients send whole objects. */
  readonly isComputed?: boolean;
  /** Indexed in storage within the tenant. */
  readonly isIndexed?: boolean;
  /** May not be sent in a PATCH, only at creation. */
  readonly isImmutable?: boolean;
  /** Longest value, in code points. Strings only; `LONGEST_TEXT` for those that clients may send. */
  readonly maxLength?: number;
  /** Takes part in `$search`. Strings only; default true for strings that are no secret. */
  readonly isSearchable?: boolean;
}

/**
 * A property. `T` is its JSON value, `N` whether null is allowed, `D` whether a value may be left out at creation
 * because a default exists.
 */
export interface Property<T = unknown, N extends boolean = boolean> extends Facets {
  readonly type: PropertyType;
  readonly isCollection: boolean;
  readonly isNullable: N;
  /** The value when creation leaves the property out. Absent: null where nullable, else required at creation. */
  readonly defaultValue?: T | null;
  /** Never present at run time; carries the TypeScript type. */
  readonly phantom?: T;
}

/** TypeScript type of one property's JSON value. */
export type ValueOf<P> = P extends Property<infer T, infer N> ? (N extends true ? T | null : T) : never;

/** TypeScript type of an entity or complex value, as in JSON. */
export type Of<S extends StructuredType> = { [K in keyof S['properties']]: ValueOf<S['properties'][K]> };

/** Facets with which a property is declared; properties are non-nullable unless they say so. */
export type Declared<T> = Facets & { readonly defaultValue?: T };
/** Facets of a property that may be null, and is unless creation says otherwise. */
export type DeclaredNullable = Facets & { readonly isNullable: true };

/** What a string may hold unless it is declared shorter, in code points: no entity can grow without bounds. */
export const LONGEST_TEXT = 32_768;

function primitive<T>(name: PrimitiveTypeName) {
  function declare(facets: DeclaredNullable): Property<T, true>;
  function declare(facets?: Declared<T>): Property<T, false>;
  function declare(
    facets: (Facets & { isNullable?: boolean; defaultValue?: T }) | undefined = {},
  ): Property<T, boolean> {
    const isBounded = name === 'Edm.String' && !facets.isComputed;
    return {
      isNullable: false,
      ...(isBounded ? { maxLength: LONGEST_TEXT } : {}),
      ...facets,
      type: { kind: 'primitive', name },
      isCollection: false,
    };
  }
  return declare;
}

/** Text; at most `LONGEST_TEXT` code points unless `maxLength` says otherwise or the server computes it. */
export const string = primitive<string>('Edm.String');
/** `true` or `false`. */
export const boolean = primitive<boolean>('Edm.Boolean');
/** A whole number of 32 bits, signed. */
export const int32 = primitive<number>('Edm.Int32');
/** A whole number; clients may send those that JSON carries exactly, up to 2^53 − 1 either way. */
export const int64 = primitive<number>('Edm.Int64');
/** A GUID as text; kept as it was sent, compared in any case. */
export const guid = primitive<string>('Edm.Guid');
/** Text with up to seven fraction digits and an offset; see `date-time-offset.ts`. */
export const dateTimeOffset = primitive<string>('Edm.DateTimeOffset');

/** Graph's rendering of "no value" for a DateTimeOffset that is not nullable. */
export const NO_DATE = '0001-01-01T00:00:00Z';

/** A string that never reads back to people who may not know it: tokens, access URIs, keys, initialisation vectors. */
export function secret(facets: Declared<string> = {}): Property<string, false> {
  return string({ ...facets, isSecret: true, isSearchable: false });
}

/** One enumeration value, by member name; for flags a comma-separated list. */
export function enumOf(type: EnumType, facets: Declared<string> = {}): Property<string, false> {
  return { ...facets, isNullable: false, type, isCollection: false };
}

/** One complex value, nullable. */
export function complexOf<C extends ComplexType>(type: C, facets: Facets = {}): Property<Of<C>, true> {
  return { ...facets, isNullable: true, type, isCollection: false };
}

/** A collection of complex values; never null, empty by default. */
export function complexCollection<C extends ComplexType>(
  type: C,
  facets: Facets = {},
): Property<readonly Of<C>[], false> {
  return { ...facets, isNullable: false, type, isCollection: true, defaultValue: [] };
}

/** A collection of strings, each as long as a string may be; never null, empty by default. */
export function stringCollection(facets: Facets = {}): Property<readonly string[], false> {
  return {
    ...(facets.isComputed ? {} : { maxLength: LONGEST_TEXT }),
    ...facets,
    isNullable: false,
    type: { kind: 'primitive', name: 'Edm.String' },
    isCollection: true,
    defaultValue: [],
  };
}

/** Members either named with values, or listed and numbered from 0. */
export function enumType<const M extends string>(
  name: string,
  members: Readonly<Record<M, number>> | readonly M[],
  options: { isFlags?: boolean; namespace?: string; doc?: string } = {},
): EnumType<M> {
  const values = (
    Array.isArray(members) ? Object.fromEntries(members.map((member, index) => [member, index])) : members
  ) as Readonly<Record<M, number>>;
  return {
    kind: 'enum',
    namespace: options.namespace ?? 'microsoft.graph',
    name,
    isFlags: options.isFlags ?? false,
    members: values,
    doc: options.doc ?? '',
  };
}

/** Declares a complex type; its namespace is `microsoft.graph` unless another is given. */
export function complexType<const P extends Properties>(
  name: string,
  properties: P,
  options: { namespace?: string; doc?: string } = {},
): ComplexType<P> {
  return {
    kind: 'complex',
    namespace: options.namespace ?? 'microsoft.graph',
    name,
    properties,
    doc: options.doc ?? '',
  };
}

const id = string({
  doc: 'The unique identifier, made by the server.',
  isComputed: true,
  isSearchable: false,
});

/** Declares an entity type; `id` is added as its key. */
export function entityType<const P extends Properties>(
  name: string,
  properties: P,
  options: {
    namespace?: string;
    doc?: string;
    alternateKeys?: readonly (keyof P & string)[];
    references?: Readonly<Record<string, Reference & { readonly property: keyof P & string }>>;
    baseType?: string;
  } = {},
): EntityType<{ readonly id: Property<string, false> } & P> {
  return {
    kind: 'entity',
    namespace: options.namespace ?? 'microsoft.graph',
    name,
    properties: { id, ...properties },
    alternateKeys: options.alternateKeys ?? [],
    references: options.references ?? {},
    ...(options.baseType ? { baseType: options.baseType } : {}),
    doc: options.doc ?? '',
  };
}

/** `namespace.name` of a declared type, `Collection(…)` left out. */
export function qualifiedName(type: PropertyType | StructuredType): string {
  return type.kind === 'primitive' ? type.name : `${type.namespace}.${type.name}`;
}

/** Whether `$search` looks into a property: single strings, unless secret or declared otherwise. */
export function isSearchable({ type, isCollection, isSecret, isSearchable }: Property): boolean {
  const isText = type.kind === 'primitive' && type.name === 'Edm.String' && !isCollection;
  return isText && !isSecret && isSearchable !== false;
}

/** What a caller's token must hold for one kind of access: any one of these, least privileged first. */
export type Permissions = readonly string[];

/** What may be done with a set: what a client asks for by method and path. */
export type Verb = 'list' | 'get' | 'create' | 'update' | 'delete';

/**
 * A set of entities at a path below the service root. Several sets may share one `storage` name: a view shows the
 * rows of another set that fit.
 */
export interface EntitySet<E extends EntityType = EntityType> {
  /** Unique name; also the name of its table unless it is a view. */
  readonly name: string;
  readonly type: E;
  /** Path below the service root, canonical spelling; `{user-id}` marks a key of an outer entity. Empty: not served. */
  readonly path: string;
  readonly verbs: readonly Verb[];
  readonly permissions: { readonly read: Permissions; readonly write: Permissions };
  /** The set whose rows this one shows. */
  readonly viewOf?: EntitySet<E>;
  /** Exactly one entity a tenant, made on first use and addressed without a key. */
  readonly isSingleton?: boolean;
  readonly doc: string;
}

const ALL_VERBS: readonly Verb[] = ['list', 'get', 'create', 'update', 'delete'];

/** Declares a set; its path is its name, and it takes all verbs, unless the options say otherwise. */
export function entitySet<E extends EntityType>(
  name: string,
  type: E,
  options: {
    path?: string;
    verbs?: readonly Verb[];
    permissions: { readonly read: Permissions; readonly write: Permissions };
    viewOf?: EntitySet<E>;
    isSingleton?: boolean;
    doc?: string;
  },
): EntitySet<E> {
  return {
    name,
    type,
    path: options.path ?? name,
    verbs: options.verbs ?? ALL_VERBS,
    permissions: options.permissions,
    ...(options.viewOf ? { viewOf: options.viewOf } : {}),
    ...(options.isSingleton ? { isSingleton: true } : {}),
    doc: options.doc ?? type.doc,
  };
}

/** A parameter of an action or function. */
export interface Parameter {
  readonly name: string;
  readonly type: PropertyType;
  readonly isCollection?: boolean;
  readonly isNullable?: boolean;
  /** Longest value, in code points. Strings only. */
  readonly maxLength?: number;
}

/**
 * An action (POST) or function (GET), bound to an entity of the given sets or to a container singleton
 * (`deviceManagement`). Served qualified and unqualified.
 */
export interface Operation {
  readonly kind: 'action' | 'function';
  readonly namespace: string;
  readonly name: string;
  /** Names of the sets to whose entities it is bound; or the path of a container singleton. */
  readonly boundTo: readonly string[];
  readonly parameters: readonly Parameter[];
  /** Instance annotations of an action's body, `@namespace.name`, where Graph's own action has no such parameter. */
  readonly annotations?: readonly Parameter[];
  readonly returns?: PropertyType | ComplexType | EntityType;
  readonly returnsCollection?: boolean;
  readonly permissions: Permissions;
  readonly doc: string;
}

/** Everything that is served: sets, then operations. */
export interface Model {
  readonly sets: readonly EntitySet[];
  readonly operations: readonly Operation[];
}
