/**
 * What can and can't be done with a set, in the OASIS vocabularies Org.OData.Capabilities.V1 and Org.OData.Core.V1. Only
 * departures from a vocabulary's defaults are said.
 */
import { type EntitySet, isSearchable, type Property } from '@open-remote-help/protocol';
import type { ContainerType } from './entity-container.ts';
import { element, textElement, type XmlElement } from './xml.ts';

/** A constant in an annotation, named as CSDL XML names it. */
interface Constant {
  readonly kind: 'Bool' | 'String' | 'PropertyPath' | 'NavigationPropertyPath';
  readonly text: string;
}

interface RecordValue {
  readonly record: Fields;
}

type Value = Constant | RecordValue | { readonly collection: readonly (Constant | RecordValue)[] };
type Fields = Readonly<Record<string, Value>>;

const NO: Constant = { kind: 'Bool', text: 'false' };
const YES: Constant = { kind: 'Bool', text: 'true' };

function string(text: string): Constant {
  return { kind: 'String', text };
}

function path(text: string): Constant {
  return { kind: 'PropertyPath', text };
}

function navigationPath(text: string): Constant {
  return { kind: 'NavigationPropertyPath', text };
}

/** An `Annotation` element; the term is a name with its alias: `Core.Description`. */
export function annotation(term: string, value: Value): XmlElement {
  return valued('Annotation', { Term: term }, value);
}

/** An annotation with `true`, or none. */
export function flag(term: string, isPresent: boolean | undefined): XmlElement | undefined {
  return isPresent ? annotation(term, YES) : undefined;
}

/** `Core.Description`, where there is a text. */
export function description(text: string | undefined): XmlElement | undefined {
  return text ? annotation('Core.Description', string(text)) : undefined;
}

/** Every name by which an entity can be addressed besides its key (Core.AlternateKeys). */
export function alternateKeys(names: readonly string[]): XmlElement | undefined {
  if (names.length === 0) return undefined;
  return annotation('Core.AlternateKeys', {
    collection: names.map((name) => ({
      record: {
        Key: { collection: [{ record: { Name: path(name), Alias: string(name) } }] },
      },
    })),
  });
}

/** Annotations of a set at the root. */
export function setCapabilities(set: EntitySet): readonly XmlElement[] {
  return Object.entries(restrictions(set)).map(([name, value]) => annotation(`Capabilities.${name}`, value));
}

/** Annotations of a root resource that holds sets: itself not to be read, each contained set as it allows. */
export function containerCapabilities(container: ContainerType, kind: 'EntitySet' | 'Singleton'): XmlElement[] {
  const own: Fields = {
    ReadRestrictions: { record: { Readable: NO } },
    UpdateRestrictions: { record: { Updatable: NO } },
    ...(kind === 'EntitySet'
      ? { InsertRestrictions: { record: { Insertable: NO } }, DeleteRestrictions: { record: { Deletable: NO } } }
      : {}),
    NavigationRestrictions: { record: { RestrictedProperties: { collection: restrictedNavigation(container, '') } } },
  };
  return Object.entries(own).map(([name, value]) => annotation(`Capabilities.${name}`, value));
}

function restrictedNavigation(container: ContainerType, prefix: string): readonly RecordValue[] {
  return [...container.navigation].flatMap(([name, navigation]) => {
    const at = { NavigationProperty: navigationPath(prefix + name) };
    if ('container' in navigation) {
      const own = { record: { ...at, ReadRestrictions: { record: { Readable: NO } } } };
      return [own, ...restrictedNavigation(navigation.container, `${prefix}${name}/`)];
    }
    const fields = restrictions(navigation.set);
    const references = Object.keys(navigation.set.type.references).map((reference) => ({
      record: {
        NavigationProperty: navigationPath(`${prefix}${name}/${reference}`),
        ReadRestrictions: { record: { Readable: NO } },
      },
    }));
    return [...(Object.keys(fields).length > 0 ? [{ record: { ...at, ...fields } }] : []), ...references];
  });
}

/** What a set withholds, by the names that the terms and NavigationPropertyRestriction share. */
function restrictions(set: EntitySet): Fields {
  const { verbs, type, isSingleton } = set;
  const properties = Object.entries(type.properties);
  const hidden = properties.filter(([, property]) => !isComparable(property)).map(([name]) => path(name));
  const unsortable = properties
    .filter(([, property]) => !isComparable(property) || property.type.kind === 'complex')
    .map(([name]) => path(name));
  const fields: Record<string, Value> = {};
  if (!isSingleton) {
    if (!verbs.includes('create')) fields.InsertRestrictions = { record: { Insertable: NO } };
    if (hidden.length > 0) {
      fields.FilterRestrictions = { record: { NonFilterableProperties: { collection: hidden } } };
    }
    if (unsortable.length > 0) {
      fields.SortRestrictions = { record: { NonSortableProperties: { collection: unsortable } } };
    }
    if (!properties.some(([, property]) => isSearchable(property))) {
      fields.SearchRestrictions = { record: { Searchable: NO } };
    }
  }
  if (!verbs.includes('update')) fields.UpdateRestrictions = { record: { Updatable: NO } };
  if (!verbs.includes('delete')) fields.DeleteRestrictions = { record: { Deletable: NO } };
  return fields;
}

function isComparable(property: Property): boolean {
  return !property.isSecret && !property.isCollection;
}

function valued(name: string, attributes: Readonly<Record<string, string>>, value: Value): XmlElement {
  if ('record' in value) return element(name, attributes, [record(value)]);
  if ('kind' in value) return element(name, { ...attributes, [value.kind]: value.text });
  const items = value.collection.map((item) => ('record' in item ? record(item) : textElement(item.kind, item.text)));
  return element(name, attributes, [element('Collection', {}, items)]);
}

function record({ record: fields }: RecordValue): XmlElement {
  const values = Object.entries(fields).map(([name, value]) => valued('PropertyValue', { Property: name }, value));
  return element('Record', {}, values);
}
