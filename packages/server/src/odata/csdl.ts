/** `$metadata`: the model as CSDL XML (OData CSDL XML 4.01; the document says 4.0, which every client reads). */
import {
  type EntitySet,
  type EntityType,
  type EnumType,
  type Model,
  type Operation,
  type Property,
  type PropertyType,
  qualifiedName,
  type StructuredType,
} from '@open-remote-help/protocol';
import {
  alternateKeys,
  annotation,
  containerCapabilities,
  description,
  flag,
  setCapabilities,
} from './csdl-capabilities.ts';
import {
  type ContainerType,
  containerTypeName,
  type EntityContainer,
  entityContainer,
  navigationTypeName,
  type RootResource,
} from './entity-container.ts';
import { modelTypes } from './model-types.ts';
import { GRAPH, NAMESPACES } from './namespaces.ts';
import { element, type XmlElement, xmlDocument } from './xml.ts';

const EDMX = 'http://docs.oasis-open.org/odata/ns/edmx';
const EDM = 'http://docs.oasis-open.org/odata/ns/edm';
/** What every entity type derives from, as in Graph's own metadata: it declares the key. */
const ENTITY = `${GRAPH}.entity`;

const VOCABULARIES: Readonly<Record<string, string>> = {
  Core: 'Org.OData.Core.V1',
  Capabilities: 'Org.OData.Capabilities.V1',
};

/** A type or operation declared in a schema. */
interface Declaration {
  readonly namespace: string;
  readonly element: XmlElement;
}

/** The metadata document of everything that a path serves. */
export function csdlXml(model: Model): string {
  const container = entityContainer(model);
  const declarations = [
    ...declaredTypes(model),
    ...containerDeclarations(container),
    ...declaredOperations(model, container),
    ...declaredTerms(model),
  ];
  const schemas = Object.entries(NAMESPACES).map(([namespace, alias]) => {
    const own = declarations.filter((declaration) => declaration.namespace === namespace);
    const children = own.map((declaration) => declaration.element);
    if (namespace === GRAPH) children.push(containerElement(container, model));
    if (children.length === 0) return undefined;
    return element('Schema', { Namespace: namespace, Alias: alias, xmlns: EDM }, children);
  });
  return xmlDocument(
    element('edmx:Edmx', { Version: '4.0', 'xmlns:edmx': EDMX }, [
      ...Object.entries(VOCABULARIES).map(([alias, namespace]) => vocabularyReference(alias, namespace)),
      element('edmx:DataServices', {}, schemas),
    ]),
  );
}

function vocabularyReference(alias: string, namespace: string): XmlElement {
  const uri = `https://oasis-tcs.github.io/odata-vocabularies/vocabularies/${namespace}.xml`;
  return element('edmx:Reference', { Uri: uri }, [element('edmx:Include', { Namespace: namespace, Alias: alias })]);
}

/** Enumerations, then complex, then entity types. */
function declaredTypes(model: Model): readonly Declaration[] {
  const { enums, complexes, entities } = modelTypes(model);
  return [
    ...enums.map((type) => declaration(type, enumElement(type))),
    ...complexes.map((type) => declaration(type, element('ComplexType', { Name: type.name }, properties(type)))),
    { namespace: GRAPH, element: baseEntityElement() },
    ...entities.flatMap((type) => entityElements(type, model).map((item) => declaration(type, item))),
  ];
}

function declaration({ namespace }: { readonly namespace: string }, declared: XmlElement): Declaration {
  return { namespace, element: declared };
}

function enumElement(type: EnumType): XmlElement {
  const members = Object.entries(type.members).map(([name, value]) =>
    element('Member', { Name: name, Value: String(value) }),
  );
  return element('EnumType', { Name: type.name, IsFlags: type.isFlags ? 'true' : undefined }, [
    ...members,
    description(type.doc),
  ]);
}

function baseEntityElement(): XmlElement {
  return element('EntityType', { Name: 'entity', Abstract: 'true' }, [
    element('Key', {}, [element('PropertyRef', { Name: 'id' })]),
    element('Property', { Name: 'id', Type: 'Edm.String', Nullable: 'false' }, [
      flag('Core.Computed', true),
      description('The unique identifier, made by the server.'),
    ]),
  ]);
}

/** The type; before it the one it derives from, which then declares everything. */
function entityElements(type: EntityType, model: Model): readonly XmlElement[] {
  const { name, baseType, doc } = type;
  const declared = [...references(type, model), ...properties(type), alternateKeys(type.alternateKeys)];
  if (baseType === undefined) return [element('EntityType', { Name: name, BaseType: ENTITY }, declared)];
  return [
    element('EntityType', { Name: baseType, BaseType: ENTITY }, declared),
    element('EntityType', { Name: name, BaseType: declaringTypeName(type) }, [description(doc)]),
  ];
}

/** The type that declares an entity's properties: the one it derives from, if any. */
function declaringTypeName(type: EntityType): string {
  return type.baseType === undefined ? qualifiedName(type) : `${type.namespace}.${type.baseType}`;
}

function properties(type: StructuredType): readonly (XmlElement | undefined)[] {
  const own = Object.entries(type.properties).filter(([name]) => type.kind !== 'entity' || name !== 'id');
  return [...own.map(([name, property]) => propertyElement(name, property)), description(type.doc)];
}

function propertyElement(name: string, property: Property): XmlElement {
  const isDate = property.type.kind === 'primitive' && property.type.name === 'Edm.DateTimeOffset';
  const attributes = {
    Name: name,
    Type: typeName(property.type, property.isCollection),
    Nullable: String(property.isNullable),
    MaxLength: property.maxLength?.toString(),
    // Without it a DateTimeOffset has whole seconds (CSDL 4.01, 7.2.3).
    Precision: isDate ? '7' : undefined,
    DefaultValue: defaultValue(property),
  };
  return element('Property', attributes, [
    flag('Core.Computed', property.isComputed),
    flag('Core.Immutable', property.isImmutable),
    description(property.doc),
  ]);
}

function defaultValue({ defaultValue: value }: Property): string | undefined {
  return typeof value === 'object' || value === undefined ? undefined : String(value);
}

function references(type: EntityType, model: Model): readonly XmlElement[] {
  return Object.entries(type.references).map(([name, { property, set }]) => {
    const isNullable = type.properties[property]?.isNullable;
    const attributes = { Name: name, Type: declaringTypeName(setNamed(model, set).type), Nullable: String(isNullable) };
    return element('NavigationProperty', attributes, [
      element('ReferentialConstraint', { Property: property, ReferencedProperty: 'id' }),
    ]);
  });
}

function setNamed(model: Model, name: string): EntitySet {
  const set = model.sets.find((candidate) => candidate.name === name);
  if (!set) throw new Error(`The model refers to a set ${name}, which it does not declare.`);
  return set;
}

function typeName(type: PropertyType | StructuredType, isCollection: boolean | undefined): string {
  const name = qualifiedName(type);
  return isCollection ? `Collection(${name})` : name;
}

/** Types of the containers, each with a containment navigation property for each set below it. */
function containerDeclarations({ containerTypes }: EntityContainer): readonly Declaration[] {
  return containerTypes.map((type) => {
    const navigation = [...type.navigation].map(([name, target]) =>
      element(
        'NavigationProperty',
        {
          Name: name,
          Type: navigationTypeName(target),
          ContainsTarget: 'true',
          Nullable: navigationTypeName(target).startsWith('Collection(') ? undefined : 'false',
        },
        'set' in target ? [...expansion(target.set), description(target.set.doc)] : [],
      ),
    );
    return declaration(type, element('EntityType', { Name: type.name, BaseType: ENTITY }, navigation));
  });
}

/** `$expand` is not served; only types with references could have it asked of them. */
function expansion({ type }: EntitySet): readonly XmlElement[] {
  if (Object.keys(type.references).length === 0) return [];
  return [annotation('Capabilities.ExpandRestrictions', { record: { Expandable: { kind: 'Bool', text: 'false' } } })];
}

function declaredOperations(model: Model, container: EntityContainer): readonly Declaration[] {
  return model.operations.flatMap((operation) =>
    bindingTypes(operation, model, container).map((type) => declaration(operation, operationElement(operation, type))),
  );
}

/** One declaration for each type that the operation is bound to, though several sets may share it. */
function bindingTypes({ boundTo }: Operation, model: Model, { containerTypes }: EntityContainer): readonly string[] {
  const names = boundTo.map((name) => {
    const set = model.sets.find((candidate) => candidate.name === name);
    if (set) return qualifiedName(set.type);
    const container = containerTypes.find((candidate) => candidate.name === name);
    if (container) return containerTypeName(container);
    throw new Error(`The model binds an operation to ${name}, which it does not declare.`);
  });
  return [...new Set(names)];
}

/** The annotations that bodies of actions may carry. */
function declaredTerms({ operations }: Model): readonly Declaration[] {
  const terms = new Map(operations.flatMap(({ annotations = [] }) => annotations.map((each) => [each.name, each])));
  return [...terms.values()].map(({ name, type, isNullable = false, maxLength }) => {
    const at = name.lastIndexOf('.');
    const facets = { MaxLength: maxLength === undefined ? undefined : String(maxLength) };
    const attributes = {
      Name: name.slice(at + 1),
      Type: typeName(type, false),
      Nullable: String(isNullable),
      ...facets,
    };
    return { namespace: name.slice(0, at), element: element('Term', { ...attributes, AppliesTo: 'Action' }) };
  });
}

function operationElement(operation: Operation, bindingType: string): XmlElement {
  const { kind, name, parameters, returns, returnsCollection, doc } = operation;
  return element(kind === 'action' ? 'Action' : 'Function', { Name: name, IsBound: 'true' }, [
    element('Parameter', { Name: 'bindingParameter', Type: bindingType, Nullable: 'false' }),
    ...parameters.map((parameter) =>
      element('Parameter', {
        Name: parameter.name,
        Type: typeName(parameter.type, parameter.isCollection),
        Nullable: String(parameter.isNullable ?? false),
      }),
    ),
    returns && element('ReturnType', { Type: typeName(returns, returnsCollection), Nullable: 'false' }),
    description(doc),
  ]);
}

function containerElement({ resources }: EntityContainer, model: Model): XmlElement {
  return element('EntityContainer', { Name: 'GraphService' }, [
    ...resources.map((resource) => resourceElement(resource, model)),
    flag('Capabilities.KeyAsSegmentSupported', true),
    annotation('Capabilities.AsynchronousRequestsSupported', { kind: 'Bool', text: 'false' }),
    annotation('Capabilities.CrossJoinSupported', { kind: 'Bool', text: 'false' }),
  ]);
}

function resourceElement(resource: RootResource, model: Model): XmlElement {
  const { name, kind } = resource;
  const isListed = kind === 'EntitySet' && 'container' in resource ? { IncludeInServiceDocument: 'false' } : {};
  const type = 'set' in resource ? qualifiedName(resource.set.type) : containerTypeName(resource.container);
  const attributes = { Name: name, [kind === 'EntitySet' ? 'EntityType' : 'Type']: type, ...isListed };
  if ('set' in resource)
    return element(kind, attributes, [...setCapabilities(resource.set), description(resource.set.doc)]);
  return element(kind, attributes, [...bindings(resource, model), ...containerCapabilities(resource.container, kind)]);
}

/** Where the references of contained entities lead. */
function bindings(resource: Extract<RootResource, { container: ContainerType }>, model: Model): readonly XmlElement[] {
  return [...resource.container.navigation].flatMap(([name, navigation]) =>
    'container' in navigation
      ? []
      : Object.entries(navigation.set.type.references).map(([reference, { set }]) =>
          element('NavigationPropertyBinding', { Path: `${name}/${reference}`, Target: setNamed(model, set).path }),
        ),
  );
}
