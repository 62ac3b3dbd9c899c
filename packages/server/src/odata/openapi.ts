/** The API as an OpenAPI 3.1 document, from the same model that everything else comes from. */
import {
  type EntitySet,
  isSearchable,
  type Model,
  type Operation,
  type Permissions,
  type Verb,
} from '@open-remote-help/protocol';
import { type Json, requestExample, responseExample } from './example.ts';
import { servedSets } from './model-types.ts';
import {
  answers,
  ERROR_RESPONSE,
  HEADERS,
  json,
  PARAMETERS,
  pathParameter,
  refs,
  requestBody,
  withHeaders,
} from './openapi-parts.ts';
import { creationSchema, reference, schemas, valueSchema } from './openapi-schemas.ts';

/** What the document says of the service itself. */
export interface OpenApiOptions {
  /** The service root, without a slash at its end: `https://host/beta`. */
  readonly serverUrl: string;
  readonly version: string;
}

/** HTTP methods that paths have. */
export type Method = 'get' | 'post' | 'patch' | 'delete';

/** An OpenAPI Operation Object, as far as others look into it. */
export interface OperationObject extends Json {
  readonly tags: readonly string[];
  readonly summary: string;
}

/** Operations of one path. */
export type Operations = Readonly<Partial<Record<Method, OperationObject>>>;

/** An OpenAPI 3.1 document, as far as others look into it. */
export interface OpenApiDocument extends Json {
  /** Relative to the service root. */
  readonly paths: Readonly<Record<string, Operations & { readonly parameters?: readonly Json[] }>>;
}

/** JSON-ready. */
export function openApi(model: Model, { serverUrl, version }: OpenApiOptions): OpenApiDocument {
  const sets = servedSets(model);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Open Remote Help',
      version,
      summary: 'Remote help over the Microsoft Graph remote-assistance API.',
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl }],
    security: [{ bearer: [] }],
    tags: [...sets.map(({ name, doc }) => ({ name, description: doc })), SERVICE_TAG],
    paths: Object.assign(
      {},
      ...sets.map((set) => setPaths(set, model, serverUrl)),
      containerPaths(model),
      servicePaths(),
    ),
    components: {
      schemas: schemas(model),
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: { error: ERROR_RESPONSE },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Permissions stand in scp (delegated) or roles (application). Any one of those listed will do.',
        },
      },
    },
  };
}

const INTRODUCTION = [
  "Path segments match in any case. Keys come as /{id} or ('{id}'). The $ of query options may be left out.",
  'Accept: application/json;odata.metadata=none, minimal or full chooses how much control information is answered.',
  'Request bodies may be compressed with gzip.',
].join(' ');

const SERVICE_TAG = { name: 'service', description: 'The service itself: documents about it, and batches.' };

type Paths = Record<string, OpenApiDocument['paths'][string]>;

function setPaths(set: EntitySet, model: Model, root: string): Paths {
  const paths: Paths = {};
  const add = (path: string, operations: Operations, keys: readonly Json[] = []): void => {
    if (Object.keys(operations).length === 0) return;
    const parameters = [...outerKeys(set), ...keys];
    paths[path] = { ...(parameters.length > 0 ? { parameters } : {}), ...operations };
  };
  const path = `/${set.path}`;
  if (set.isSingleton) add(path, entityOperations(set, model, root, ''));
  else {
    const id = keyName(set);
    const key = pathParameter(id, `The id of a ${set.type.name}.`);
    add(path, collectionOperations(set, model, root));
    add(`${path}/$count`, countOperations(set));
    add(`${path}/{${id}}`, entityOperations(set, model, root, ''), [key]);
    for (const name of set.type.alternateKeys) {
      const alternate = pathParameter(name, `The ${name}; a quote inside it is doubled.`);
      add(`${path}(${name}='{${name}}')`, entityOperations(set, model, root, `_by_${name}`), [alternate]);
    }
    for (const operation of model.operations.filter(({ boundTo }) => boundTo.includes(set.name))) {
      add(`${path}/{${id}}/${operationSegment(operation)}`, operationOperations(operation, set), [
        key,
        ...operationParameters(operation),
      ]);
    }
  }
  return paths;
}

/** Operations that are bound to no set, but to what contains sets. */
function containerPaths({ sets, operations }: Model): Paths {
  const paths: Paths = {};
  for (const operation of operations) {
    for (const name of operation.boundTo.filter((bound) => !sets.some((set) => set.name === bound))) {
      const parameters = operationParameters(operation);
      const own = operationOperations(operation, { name, tag: SERVICE_TAG.name });
      paths[`/${name}/${operationSegment(operation)}`] = { ...(parameters.length > 0 ? { parameters } : {}), ...own };
    }
  }
  return paths;
}

/** As Graph names keys in its templates: `{managedDevice-id}`. */
function keyName({ type }: EntitySet): string {
  return `${type.baseType ?? type.name}-id`;
}

function outerKeys({ path }: EntitySet): readonly Json[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => pathParameter(name, 'Names the outer entity.'));
}

function collectionOperations(set: EntitySet, model: Model, root: string): Operations {
  const { type } = set;
  const list = operation(set, 'list', '', {
    parameters: refs('select', 'orderby', 'top', 'skip', 'count', 'Prefer-list', ...narrowing(set)),
    responses: {
      200: json(
        {
          type: 'object',
          required: ['value'],
          properties: {
            '@odata.context': { type: 'string' },
            '@odata.count': { type: 'integer', description: 'On the first page, if asked for.' },
            '@odata.nextLink': { type: 'string', format: 'uri', description: 'Absent on the last page.' },
            value: { type: 'array', items: reference(type) },
          },
        },
        'A page of the collection.',
      ),
    },
  });
  const create = operation(set, 'create', '', {
    parameters: refs('select', 'Prefer-write'),
    requestBody: requestBody(creationSchema(type), requestExample(set, model, root)),
    responses: {
      201: withHeaders(json(reference(type), 'Created.', responseExample(set, root)), 'ETag', 'Location'),
      204: withHeaders({ description: 'Created; return=minimal was preferred.' }, 'ETag', 'Location'),
    },
  });
  return { ...list, ...create };
}

/** Options that choose among the entities of a set. */
function narrowing({ type }: EntitySet): readonly ('filter' | 'search')[] {
  return Object.values(type.properties).some(isSearchable) ? ['filter', 'search'] : ['filter'];
}

function countOperations(set: EntitySet): Operations {
  if (!set.verbs.includes('list')) return {};
  return {
    get: {
      ...described(set, 'Count the entities', `${set.name}_count`, set.permissions.read),
      parameters: refs(...narrowing(set)),
      responses: answers({
        200: { description: 'The number.', content: { 'text/plain': { schema: { type: 'integer' } } } },
      }),
    },
  };
}

function entityOperations(set: EntitySet, model: Model, root: string, suffix: string): Operations {
  const { type } = set;
  const one = json(reference(type), 'The entity.', responseExample(set, root));
  return {
    ...operation(set, 'get', suffix, {
      parameters: refs('select', 'If-None-Match'),
      responses: { 200: withHeaders(one, 'ETag'), 304: { description: 'Unchanged since If-None-Match.' } },
    }),
    ...operation(set, 'update', suffix, {
      parameters: refs('select', 'If-Match', 'Prefer-write'),
      requestBody: requestBody(reference(type), requestExample(set, model, root)),
      responses: {
        200: withHeaders({ ...one, description: 'The updated entity.' }, 'ETag'),
        204: withHeaders({ description: 'Updated; return=minimal was preferred.' }, 'ETag'),
      },
    }),
    ...operation(set, 'delete', suffix, {
      parameters: refs('If-Match'),
      responses: { 204: { description: 'Deleted.' } },
    }),
  };
}

const METHODS: Readonly<Record<Verb, Method>> = {
  list: 'get',
  get: 'get',
  create: 'post',
  update: 'patch',
  delete: 'delete',
};

const SUMMARIES: Readonly<Record<Verb, string>> = {
  list: 'List the entities',
  get: 'Get the entity',
  create: 'Create an entity',
  update: 'Update the entity',
  delete: 'Delete the entity',
};

/** One verb of a set, by its HTTP method; nothing where the set has no such verb. */
function operation(set: EntitySet, verb: Verb, suffix: string, details: Json & { responses: Json }): Operations {
  if (!set.verbs.includes(verb)) return {};
  const permissions = verb === 'list' || verb === 'get' ? set.permissions.read : set.permissions.write;
  return {
    [METHODS[verb]]: {
      ...described(set, SUMMARIES[verb], `${set.name}_${verb}${suffix}`, permissions),
      ...details,
      responses: answers(details.responses),
    },
  };
}

function described(
  { name, tag = name }: { readonly name: string; readonly tag?: string },
  summary: string,
  operationId: string,
  permissions: Permissions,
): OperationObject {
  return {
    tags: [tag],
    summary,
    operationId,
    description: `Needs one of these permissions, least privileged first: ${permissions.join(', ')}.`,
    security: permissions.map((permission) => ({ bearer: [permission] })),
  };
}

/** The part of a path that names an action or function. */
function operationSegment({ kind, name, parameters }: Operation): string {
  if (kind === 'action') return name;
  const values = parameters.map((parameter) => {
    const isQuoted = parameter.type.kind !== 'primitive' || parameter.type.name === 'Edm.String';
    return `${parameter.name}=${isQuoted ? `'{${parameter.name}}'` : `{${parameter.name}}`}`;
  });
  return `${name}(${values.join(',')})`;
}

function operationParameters({ kind, parameters }: Operation): readonly Json[] {
  if (kind === 'action') return [];
  return parameters.map(({ name, type }) => ({
    ...pathParameter(name, `${name} of the function.`),
    schema: valueSchema(type),
  }));
}

function operationOperations(bound: Operation, at: { readonly name: string; readonly tag?: string }): Operations {
  const { kind, name, namespace, parameters, annotations = [], returns, permissions, doc } = bound;
  const head = described(at, doc.replace(/\.$/, ''), `${at.name}_${name}`, permissions);
  const members = [...parameters, ...annotations.map((annotation) => ({ ...annotation, name: `@${annotation.name}` }))];
  const properties = Object.fromEntries(members.map((p) => [p.name, valueSchema(p.type, p.isCollection)]));
  const required = parameters.filter(({ isNullable }) => !isNullable).map((parameter) => parameter.name);
  const hasBody = kind === 'action' && members.length > 0;
  return {
    [kind === 'action' ? 'post' : 'get']: {
      ...head,
      description: `Also served as ${namespace}.${name}. ${head.description}`,
      ...(hasBody ? { requestBody: requestBody({ type: 'object', properties, required }) } : {}),
      responses: answers(
        returns ? { 200: json(resultSchema(bound), 'The result.') } : { 204: { description: 'Done.' } },
      ),
    },
  };
}

/** An entity as it is; a value, or several, in `value` (OData JSON 4.01, 11 and 12). */
function resultSchema({ returns, returnsCollection }: Operation): Json {
  if (!returns) return {};
  const schema = valueSchema(returns, returnsCollection);
  if (returns.kind === 'entity' && !returnsCollection) return schema;
  return { type: 'object', properties: { value: schema }, required: ['value'] };
}

function servicePaths(): Paths {
  const open = { tags: [SERVICE_TAG.name], security: [] };
  return {
    '/': {
      get: {
        ...open,
        summary: 'Service document',
        operationId: 'service_document',
        responses: answers({ 200: json({ type: 'object' }, 'What stands below the service root.') }),
      },
    },
    '/$metadata': {
      get: {
        ...open,
        summary: 'Metadata document',
        operationId: 'service_metadata',
        responses: answers({
          200: { description: 'CSDL XML.', content: { 'application/xml': { schema: { type: 'string' } } } },
        }),
      },
    },
    '/$batch': {
      post: {
        tags: [SERVICE_TAG.name],
        summary: 'Send up to 20 requests as one',
        operationId: 'service_batch',
        description: 'Each request needs the permissions that it needs alone.',
        requestBody: requestBody({ $ref: '#/components/schemas/batchRequest' }),
        responses: answers({
          200: json({ $ref: '#/components/schemas/batchResponse' }, 'An answer for each request.'),
        }),
      },
    },
  };
}
