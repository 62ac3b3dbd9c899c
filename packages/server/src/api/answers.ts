/** Answers of the generic handlers: content types, caching, preferences that were followed, what was not found. */
import { type EntitySet, type EntityType, entityType, type Operation, qualifiedName } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import { metadataLevel, preferences } from '../odata/accept.ts';
import type { PathKey } from '../odata/path.ts';
import { parseQueryOptions } from '../odata/query-options.ts';
import { etagOf, type RepresentationOptions } from '../odata/representation.ts';
import type { StoredEntity } from '../store/store.ts';
import type { GraphRequest, GraphResponse } from './graph-request.ts';

/** 200 with an entity or a page of a set, and what headers it has besides. */
export function ok(
  set: EntitySet,
  { metadata }: RepresentationOptions,
  body: object,
  more: Readonly<Record<string, string>> = {},
): GraphResponse {
  const headers = { 'content-type': contentType(metadata), 'cache-control': cacheControl(set), ...more };
  return { status: 200, headers, body };
}

/** A value that is no entity (OData JSON 4.01, 11). */
export function answerOfValue(called: { request: GraphRequest }, operation: Operation, value: string): GraphResponse {
  return answerOf(called, operation, { value });
}

/** A value of a complex type (OData JSON 4.01, 12). */
export function answerOfComplex(called: { request: GraphRequest }, operation: Operation, value: object): GraphResponse {
  return answerOf(called, operation, value);
}

function answerOf({ request }: { request: GraphRequest }, { returns }: Operation, members: object): GraphResponse {
  const options = parseQueryOptions(request.query, NO_PROPERTIES, 'write');
  const metadata = metadataLevel(request.header('accept'), options.format);
  const type = returns ? qualifiedName(returns) : 'Edm.String';
  const context = metadata === 'none' ? {} : { '@odata.context': `${request.serviceRoot}/$metadata#${type}` };
  return {
    status: 200,
    headers: { 'content-type': contentType(metadata), 'cache-control': 'no-store' },
    body: { ...context, ...members },
  };
}

/** Of a value nothing can be selected. */
const NO_PROPERTIES = entityType('value', {});

function contentType(metadata: string): string {
  return `application/json;odata.metadata=${metadata};odata.streaming=true;IEEE754Compatible=false;charset=utf-8`;
}

const secretNames = new WeakMap<EntityType, readonly string[]>();

/** Names of a type's secret properties. */
export function secretsOf(type: EntityType): readonly string[] {
  let names = secretNames.get(type);
  if (!names) {
    names = Object.entries(type.properties).flatMap(([name, { isSecret }]) => (isSecret ? [name] : []));
    secretNames.set(type, names);
  }
  return names;
}

/** What holds secrets is not to be kept anywhere on the way. */
function cacheControl({ type }: EntitySet): string {
  return secretsOf(type).length > 0 ? 'no-store' : 'no-cache';
}

/** Of an answer without a body (RFC 7240, 4.2). */
export function minimalHeaders(entity: StoredEntity): Record<string, string> {
  return { etag: etagOf(entity), 'preference-applied': 'return=minimal' };
}

/** Says that a preference for the whole entity was followed (RFC 7240, 3). */
export function applied(request: GraphRequest): Record<string, string> {
  const isAsked = preferences(request.header('prefer')).return === 'representation';
  return isAsked ? { 'preference-applied': 'return=representation' } : {};
}

/** 404; the key is quoted as far as it is fit to be shown. */
export function notFound(key: PathKey): DomainError {
  const name = 'id' in key ? `'${key.id}'` : `${key.alternateKey}='${key.value}'`;
  return new DomainError('notFound', `No entity with the key ${name.toWellFormed().slice(0, 120)} was found.`);
}
