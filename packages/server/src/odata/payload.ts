/** Request bodies checked against the model. Every refusal names the property in `target`. */
import {
  type ComplexType,
  type EntityType,
  type EnumType,
  enumTextOf,
  enumValueOf,
  isGuid,
  type Operation,
  type Parameter,
  type PrimitiveTypeName,
  type Property,
  parseDateTimeOffset,
  qualifiedName,
  type StructuredType,
} from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a body for creation: every property without a default must be there, missing ones get their default.
 * Computed properties and annotations are passed over, as clients send whole objects back.
 */
export function readNewEntity(type: EntityType, body: unknown): Record<string, unknown> {
  const values = readProperties(type, body, '');
  for (const [name, property] of Object.entries(type.properties)) {
    if (name === 'id' || name in values) continue;
    values[name] = initialValue(name, property);
  }
  return values;
}

/** Reads a body for a PATCH: only what was sent. */
export function readChanges(type: EntityType, body: unknown): Record<string, unknown> {
  const values = readProperties(type, body, '');
  for (const name of Object.keys(values)) {
    if (type.properties[name]?.isImmutable) throw refused(name, `${name} can be set at creation only.`);
  }
  return values;
}

/**
 * Reads the body of an action: each declared parameter once, null only where it may be; and the annotations that the
 * action knows, by their names without `@`. Other annotations are passed over.
 */
export function readParameters(
  { name, parameters, annotations = [] }: Operation,
  body: unknown,
): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new DomainError('badRequest', 'The body must be a JSON object.');
  }
  const sent = new Map(Object.entries(body));
  const values: Record<string, unknown> = {};
  for (const [member, parameter] of [
    ...parameters.map((each) => [each.name, each] as const),
    ...annotations.map((each) => [`@${each.name}`, each] as const),
  ]) {
    const value = sent.get(member);
    sent.delete(member);
    if (value === undefined && !parameter.isNullable) throw refused(member, `${member} is required.`);
    if (value !== undefined) values[parameter.name] = readValue(parameter, value, member);
  }
  const unknown = [...sent.keys()].find((member) => !member.includes('@'));
  if (unknown !== undefined) throw refused(unknown, `The action ${name} has no parameter ${shown(unknown)}.`);
  return values;
}

/** The value a property has when creation leaves it out. */
function initialValue(name: string, property: Property): unknown {
  if (property.defaultValue !== undefined) return property.defaultValue;
  if (property.isNullable) return null;
  throw refused(name, `${name} is required.`);
}

function readProperties(type: StructuredType, body: unknown, path: string): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw path === ''
      ? new DomainError('badRequest', 'The body must be a JSON object.')
      : refused(path, `${path} must be a JSON object.`);
  }
  checkType(type, body as Json, path);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name.includes('@')) {
      if (type.kind === 'entity' && name.endsWith(BIND)) bind(type, name, value, values);
      continue;
    }
    const at = path === '' ? name : `${path}/${name}`;
    const property = Object.hasOwn(type.properties, name) ? type.properties[name] : undefined;
    if (!property) throw refused(at, `The type ${qualifiedName(type)} has no property ${shown(name)}.`);
    if (property.isComputed) continue;
    values[name] = readValue(property, value, at);
  }
  return values;
}

/** A sent `@odata.type` must be the type that belongs here (OData JSON 4.6.3). */
function checkType(type: StructuredType, body: Json, path: string): void {
  const sent = body['@odata.type'];
  if (sent === undefined) return;
  // Graph's own examples leave the # away inside roleDefinition bodies.
  const name = typeof sent === 'string' ? sent.replace(/^#/, '') : undefined;
  const isBase = type.kind === 'entity' && type.baseType && name === `${type.namespace}.${type.baseType}`;
  if (name === qualifiedName(type) || isBase) return;
  throw refused(
    path === '' ? '@odata.type' : `${path}/@odata.type`,
    `The body is to be a ${qualifiedName(type)}${name === undefined ? '' : `, not a ${shown(name)}`}.`,
  );
}

const BIND = '@odata.bind';

/** `roleDefinition@odata.bind`: the id at the end of the URL goes into the property that keeps the reference. */
function bind(type: EntityType, name: string, value: unknown, values: Record<string, unknown>): void {
  const navigation = name.slice(0, -BIND.length);
  const reference = Object.hasOwn(type.references, navigation) ? type.references[navigation] : undefined;
  if (!reference)
    throw refused(name, `The type ${qualifiedName(type)} has no navigation property ${shown(navigation)}.`);
  const url = typeof value === 'string' ? ENTITY_URL.exec(value) : null;
  if (url?.[1]?.toLowerCase() !== reference.set.toLowerCase()) {
    throw refused(name, `${name} must be the URL of one of ${reference.set}.`);
  }
  values[reference.property] = url?.[2] ?? url?.[3];
}

/** `…/set('id')` or `…/set/id`: set and id. */
const ENTITY_URL = /(?:^|\/)(\w+)(?:\('([^'/]+)'\)|\/([^'/()]+))$/;

function readValue(property: Property | Parameter, value: unknown, at: string): unknown {
  if (property.isCollection) {
    if (!Array.isArray(value)) throw refused(at, `${at} must be a JSON array.`);
    const list = value.map((item, index) => readSingle(property, item, `${at}[${index}]`));
    refuseLarge(list, at);
    return list;
  }
  if (value === null) {
    if (property.isNullable) return null;
    throw refused(at, `${at} cannot be null.`);
  }
  return readSingle(property, value, at);
}

/**
 * Members that were left out are filled in, so a short text could grow seventeen times: 256 Ki characters of JSON are
 * far more than any collection of the model needs.
 */
const LARGEST_COLLECTION = 262_144;

function refuseLarge(list: readonly unknown[], at: string): void {
  if (JSON.stringify(list).length <= LARGEST_COLLECTION) return;
  throw refused(at, `${at} is larger than ${LARGEST_COLLECTION} characters of JSON, members left out included.`);
}

function readSingle(property: Property | Parameter, value: unknown, at: string): unknown {
  const { type } = property;
  switch (type.kind) {
    case 'primitive':
      return readPrimitive(type.name, property, value, at);
    case 'enum':
      return readEnum(type, value, at);
    case 'complex':
      return readComplex(type, value, at);
  }
}

function readComplex(type: ComplexType, value: unknown, at: string): Json {
  const values = readProperties(type, value, at);
  return Object.fromEntries(
    Object.entries(type.properties).map(([name, property]) => [
      name,
      name in values ? values[name] : initialValue(`${at}/${name}`, property),
    ]),
  );
}

function readEnum(type: EnumType, value: unknown, at: string): string {
  const number = typeof value === 'string' ? enumValueOf(type, value) : undefined;
  if (number === undefined) {
    const names = Object.keys(type.members).join(', ');
    throw refused(at, `${at} must be ${type.isFlags ? 'one or more, comma-separated,' : 'one'} of: ${names}.`);
  }
  // Flags come back in declaration order whatever order they were sent in.
  return enumTextOf(type, number);
}

function readPrimitive(type: PrimitiveTypeName, property: Property | Parameter, value: unknown, at: string): unknown {
  switch (type) {
    case 'Edm.String':
      return readString(property, value, at);
    case 'Edm.Boolean':
      if (typeof value !== 'boolean') throw refused(at, `${at} must be true or false.`);
      return value;
    case 'Edm.Int32':
      return readInteger(value, at, -(2 ** 31), 2 ** 31 - 1);
    case 'Edm.Int64':
      // Numbers beyond 2^53 have already lost digits when JSON is parsed.
      return readInteger(value, at, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case 'Edm.Guid':
      if (typeof value !== 'string' || !isGuid(value)) throw refused(at, `${at} must be a GUID.`);
      return value;
    case 'Edm.DateTimeOffset':
      if (typeof value !== 'string' || !parseDateTimeOffset(value)) {
        throw refused(
          at,
          `${at} must be a date and time with an offset that exists on the calendar, such as 2016-12-31T23:59:57.5564522-08:00, with at most 7 fraction digits.`,
        );
      }
      return value;
  }
}

function readString(property: Property | Parameter, value: unknown, at: string): string {
  if (typeof value !== 'string') throw refused(at, `${at} must be a string.`);
  if (!value.isWellFormed() || value.includes('\0')) {
    throw refused(at, `${at} holds a character that cannot be kept: U+0000 or half of a surrogate pair.`);
  }
  const { maxLength } = property;
  if (maxLength !== undefined && value.length > maxLength && codePoints(value) > maxLength) {
    throw refused(at, `${at} is longer than ${maxLength} characters.`);
  }
  return value;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function readInteger(value: unknown, at: string, least: number, greatest: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > greatest) {
    throw refused(at, `${at} must be a whole number from ${least} to ${greatest}.`);
  }
  return value as number;
}

/** Text from a request, cut and made printable, for use in a message. */
function shown(text: string): string {
  return JSON.stringify(text.toWellFormed().slice(0, 80));
}

function refused(target: string, message: string): DomainError {
  return new DomainError('badRequest', message.toWellFormed(), { target: target.toWellFormed().slice(0, 200) });
}
