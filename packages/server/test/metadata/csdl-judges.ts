/**
 * Judges of a CSDL XML document: libxml2 with the OASIS schemas, the OASIS technical committee's reader, and the OASIS
 * vocabularies. Each answers with what is wrong; nothing wrong is an empty list.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { VocabularyService } from '@sap-ux/odata-vocabularies';
import { xml2json } from 'odata-csdl';
import { validateXML } from 'xmllint-wasm';

/** A CSDL JSON object (OData CSDL JSON 4.01): members, `$` facets and `@` annotations. */
export type Json = { readonly [name: string]: unknown };

const require = createRequire(import.meta.url);

function schemaFile(fileName: string): { fileName: string; contents: string } {
  return { fileName, contents: readFileSync(require.resolve(`odata-csdl/schemas/${fileName}`), 'utf8') };
}

/** Well-formedness and the OASIS XML schemas for CSDL 4.01. */
export async function schemaErrors(xml: string): Promise<readonly string[]> {
  const { valid, errors } = await validateXML({
    xml: { fileName: 'metadata.xml', contents: xml },
    schema: [schemaFile('edmx.xsd')],
    preload: [schemaFile('edm.xsd')],
  });
  return valid ? [] : errors.map(({ message }) => message);
}

/** The document as CSDL JSON. @throws when the strict reader stumbles */
export function readCsdl(xml: string): Json {
  const messages: { message: string }[] = [];
  const json = xml2json(xml, { strict: true, annotations: true, messages });
  if (messages.length > 0) throw new Error(messages.map(({ message }) => message).join('; '));
  return json;
}

/** Alias or namespace to namespace, of the document's own schemas and the included ones. */
function namespacesOf(document: Json): Map<string, string> {
  const namespaces = new Map<string, string>();
  for (const [name, value] of Object.entries(document)) {
    if (name.startsWith('$')) continue;
    namespaces.set(name, name);
    namespaces.set(String((value as Json).$Alias), name);
  }
  for (const { $Include } of Object.values(document.$Reference as Record<string, { $Include: Json[] }>)) {
    for (const { $Namespace, $Alias } of $Include) namespaces.set(String($Alias), String($Namespace));
  }
  return namespaces;
}

/** A name with its alias replaced by the namespace. */
export function fullName(document: Json, name: string): string {
  const dot = name.lastIndexOf('.');
  return `${namespacesOf(document).get(name.slice(0, dot)) ?? name.slice(0, dot)}.${name.slice(dot + 1)}`;
}

/** What a qualified name stands for in the document. */
export function declared(document: Json, name: string): Json | undefined {
  const full = fullName(document, name);
  const dot = full.lastIndexOf('.');
  return (document[full.slice(0, dot)] as Json | undefined)?.[full.slice(dot + 1)] as Json | undefined;
}

/** Types, base types and binding targets that nothing declares. */
export function danglingNames(document: Json): readonly string[] {
  const missing: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      const isTypeName = (name === '$Type' || name === '$BaseType') && typeof child === 'string';
      if (isTypeName && !child.startsWith('Edm.') && !declared(document, child)) missing.push(child);
      visit(child);
    }
  };
  visit(document);
  return missing;
}

const vocabularies = new VocabularyService();

/** Annotations whose term, target, record members or values the vocabularies do not know. */
export function vocabularyErrors(document: Json): readonly string[] {
  const errors: string[] = [];
  const visit = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      if (name.startsWith('@')) errors.push(...annotationErrors(document, value as Json, name, child, at));
      else visit(child, `${at}/${name}`);
    }
  };
  visit(document, '');
  return errors;
}

function annotationErrors(document: Json, target: Json, name: string, value: unknown, at: string): readonly string[] {
  const termName = fullName(document, name.slice(1));
  const term = vocabularies.getTerm(termName);
  if (!term) return [`${at}: no term ${termName}`];
  const kinds = targetKinds(target, at);
  const fits = !term.appliesTo || term.appliesTo.length === 0 || term.appliesTo.some((kind) => kinds.includes(kind));
  const errors = fits ? [] : [`${at}: ${termName} does not apply to ${kinds.join(', ')}`];
  return [...errors, ...valueErrors(term.type, term.isCollection, value, `${at}${name}`)];
}

function targetKinds(target: Json, at: string): readonly string[] {
  const isInContainer = at.includes('/GraphService/');
  const collection = target.$Collection === true ? ['Collection'] : [];
  if (isInContainer) return [target.$Collection === true ? 'EntitySet' : 'Singleton', ...collection];
  if (typeof target.$Kind === 'string') return [target.$Kind, ...collection];
  return ['Property', ...collection];
}

function valueErrors(type: string, isCollection: boolean, value: unknown, at: string): readonly string[] {
  if (isCollection) {
    if (!Array.isArray(value)) return [`${at} is no collection`];
    return value.flatMap((item) => valueErrors(type, false, item, at));
  }
  const complex = vocabularies.getComplexType(type);
  if (!complex) return primitiveFits(type, value) ? [] : [`${at} is no ${type}`];
  if (typeof value !== 'object' || value === null) return [`${at} is no record`];
  return Object.entries(value).flatMap(([name, item]) => {
    const property = complex.properties.get(name);
    if (!property) return [`${at}: ${type} has no property ${name}`];
    return valueErrors(property.type, property.isCollection, item, `${at}/${name}`);
  });
}

function primitiveFits(type: string, value: unknown): boolean {
  const underlying = vocabularies.getType(type);
  const name = underlying?.kind === 'TypeDefinition' ? (underlying.underlyingType ?? type) : type;
  return typeof value === (name === 'Edm.Boolean' || name === 'Org.OData.Core.V1.Tag' ? 'boolean' : 'string');
}
