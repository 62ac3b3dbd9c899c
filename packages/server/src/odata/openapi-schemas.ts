/** Types of the model as JSON Schema 2020-12, which OpenAPI 3.1 uses. */
import {
  type ComplexType,
  type EntityType,
  type EnumType,
  type Model,
  type PrimitiveTypeName,
  type Property,
  type PropertyType,
  qualifiedName,
  type StructuredType,
} from '@open-remote-help/protocol';
import type { Json } from './example.ts';
import { modelTypes } from './model-types.ts';

const PRIMITIVES: Readonly<Record<PrimitiveTypeName, Json>> = {
  'Edm.String': { type: 'string' },
  'Edm.Boolean': { type: 'boolean' },
  'Edm.Int32': { type: 'integer', format: 'int32' },
  'Edm.Int64': { type: 'integer', format: 'int64', minimum: -(2 ** 53) + 1, maximum: 2 ** 53 - 1 },
  'Edm.Guid': { type: 'string', format: 'uuid' },
  'Edm.DateTimeOffset': { type: 'string', format: 'date-time' },
};

/** Every type that is served, by qualified name, and what errors and batches look like. */
export function schemas(model: Model): Json {
  const { enums, complexes, entities } = modelTypes(model);
  const named = [...enums, ...complexes, ...entities].map((type) => [qualifiedName(type), typeSchema(type)]);
  return { ...Object.fromEntries(named), error: ERROR, batchRequest: BATCH_REQUEST, batchResponse: BATCH_RESPONSE };
}

/** A reference to a named type's schema. */
export function reference(type: EnumType | StructuredType): Json {
  return { $ref: `#/components/schemas/${qualifiedName(type)}` };
}

/** A value of a type, as parameters and results have them. */
export function valueSchema(type: PropertyType | StructuredType, isCollection = false): Json {
  const one = type.kind === 'primitive' ? PRIMITIVES[type.name] : reference(type);
  return isCollection ? { type: 'array', items: one } : one;
}

/** What creation demands: the entity, with everything that has neither a default nor null. */
export function creationSchema(type: EntityType): Json {
  const required = Object.entries(type.properties)
    .filter(([, property]) => !property.isNullable && !property.isComputed && property.defaultValue === undefined)
    .map(([name]) => name);
  return required.length === 0 ? reference(type) : { allOf: [reference(type)], required };
}

function typeSchema(type: EnumType | ComplexType | EntityType): Json {
  if (type.kind === 'enum') return enumSchema(type);
  const properties = Object.entries(type.properties).map(([name, property]) => [name, propertySchema(property)]);
  const bindings = type.kind === 'entity' ? Object.entries(type.references) : [];
  return {
    type: 'object',
    description: type.doc,
    properties: Object.fromEntries([
      ...properties,
      ...bindings.map(([name, { set }]) => [
        `${name}@odata.bind`,
        { type: 'string', format: 'uri-reference', writeOnly: true, description: `The URL of one of ${set}.` },
      ]),
    ]),
    // Annotations may stand beside properties; anything else is refused.
    patternProperties: { '@': {} },
    additionalProperties: false,
  };
}

function enumSchema({ doc, isFlags, members }: EnumType): Json {
  const names = Object.keys(members);
  if (!isFlags) return { type: 'string', description: doc, enum: names };
  const one = `(${names.join('|')})`;
  return {
    type: 'string',
    description: `${doc} One or more, separated by commas: ${names.join(', ')}.`,
    pattern: `^${one}( *, *${one})*$`,
    examples: [names[1] ?? names[0], names.slice(0, 2).join(',')],
  };
}

function propertySchema(property: Property): Json {
  const { type, isCollection, isNullable, maxLength, defaultValue, isComputed, isSecret, doc } = property;
  const value = limited(valueSchema(type, isCollection), maxLength);
  const notes = [doc, isSecret ? 'Secret: cannot be filtered, sorted or searched.' : undefined];
  return {
    ...(isNullable ? nullable(value) : value),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    ...(isComputed ? { readOnly: true } : {}),
    description: notes.filter((note) => note !== undefined).join(' '),
  };
}

/** The length of a string, or of each in a collection. */
function limited(value: Json, maxLength: number | undefined): Json {
  if (maxLength === undefined) return value;
  return value.type === 'array'
    ? { ...value, items: { ...(value.items as Json), maxLength } }
    : { ...value, maxLength };
}

function nullable(value: Json): Json {
  return '$ref' in value ? { anyOf: [value, { type: 'null' }] } : { ...value, type: [value.type, 'null'] };
}

const TEXT = { type: 'string' };

const ERROR: Json = {
  type: 'object',
  description: "Graph's error body, on every 4xx and 5xx.",
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'innerError'],
      properties: {
        code: { ...TEXT, examples: ['BadRequest'] },
        message: { ...TEXT, description: 'Says what is wrong, for people.' },
        target: { ...TEXT, description: 'The property, query option or header at fault.' },
        details: {
          type: 'array',
          items: {
            type: 'object',
            required: ['code', 'message'],
            properties: { code: TEXT, message: TEXT, target: TEXT },
          },
        },
        innerError: {
          type: 'object',
          required: ['date', 'request-id', 'client-request-id'],
          properties: {
            date: { ...TEXT, description: 'UTC, without a zone.', examples: ['2026-01-31T09:00:00'] },
            'request-id': { ...TEXT, description: "Finds the request in the server's log." },
            'client-request-id': { ...TEXT, description: 'As the client sent it, else the request-id.' },
          },
        },
      },
    },
  },
};

const HEADERS = { type: 'object', additionalProperties: TEXT };

const BATCH_REQUEST: Json = {
  type: 'object',
  required: ['requests'],
  properties: {
    requests: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: {
        type: 'object',
        required: ['id', 'method', 'url'],
        properties: {
          id: { ...TEXT, minLength: 1, description: 'Unique in the batch, whatever its case.' },
          method: { type: 'string', enum: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] },
          url: { ...TEXT, description: 'Relative to the service root.' },
          headers: { ...HEADERS, description: 'Content-Type is required beside a body.' },
          body: { description: 'The JSON body.' },
          dependsOn: { type: 'array', items: TEXT, description: 'Ids of earlier requests that must succeed first.' },
        },
      },
    },
  },
};

const BATCH_RESPONSE: Json = {
  type: 'object',
  required: ['responses'],
  properties: {
    responses: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'status', 'headers'],
        properties: { id: TEXT, status: { type: 'integer' }, headers: HEADERS, body: {} },
      },
    },
  },
};
