/** Parameters, headers, bodies and answers that OpenAPI operations share. */
import type { Json } from './example.ts';

/** A parameter that stands in the path. */
export function pathParameter(name: string, description: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string' }, description };
}

/** The content of a JSON answer. */
export function json(schema: Json, description: string, example?: Json): Json {
  return { description, content: { 'application/json': { schema, ...(example ? { example } : {}) } } };
}

/** A JSON body that has to be sent. */
export function requestBody(schema: Json, example?: Json): Json {
  return { required: true, content: { 'application/json': { schema, ...(example ? { example } : {}) } } };
}

/** A response with some of the headers below. */
export function withHeaders(response: Json, ...names: readonly (keyof typeof HEADERS)[]): Json {
  const headers = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
  return { ...response, headers };
}

/** Graph's error body, for every 4xx and 5xx. */
export const ERROR_RESPONSE: Json = {
  ...json({ $ref: '#/components/schemas/error' }, 'Refused, or failed; the body says why.'),
  headers: { 'request-id': { $ref: '#/components/headers/request-id' } },
};

/** Responses by status, and the error for all others. */
export function answers(responses: Json): Json {
  const error = { $ref: '#/components/responses/error' };
  return { ...responses, '4XX': error, '5XX': error };
}

/** Headers of answers, by their name in `components`. */
export const HEADERS = {
  ETag: { schema: { type: 'string' }, description: "The entity's version, for If-Match and If-None-Match." },
  Location: { schema: { type: 'string', format: 'uri' }, description: 'Where the entity is.' },
  'request-id': { schema: { type: 'string', format: 'uuid' }, description: "Finds the request in the server's log." },
} as const;

function query(name: string, schema: Json, description: string): Json {
  return { name, in: 'query', schema, description };
}

function header(name: string, description: string): Json {
  return { name, in: 'header', schema: { type: 'string' }, description };
}

/** Query options and request headers, by their name in `components`. */
export const PARAMETERS = {
  select: query('$select', { type: 'string' }, 'Properties to answer, separated by commas.'),
  filter: query(
    '$filter',
    { type: 'string' },
    'eq ne gt ge lt le in and or not has, parentheses, null; contains startswith endswith tolower toupper trim length ' +
      'indexof substring concat; year month day hour minute second fractionalseconds totaloffsetminutes.',
  ),
  orderby: query('$orderby', { type: 'string' }, 'Expressions to order by, each with asc or desc.'),
  search: query('$search', { type: 'string' }, 'Words or quoted phrases, with AND, OR and NOT.'),
  top: query('$top', { type: 'integer', minimum: 0, maximum: 999 }, 'Most entities on a page.'),
  skip: query('$skip', { type: 'integer', minimum: 0 }, 'Entities to pass over.'),
  count: query('$count', { type: 'boolean' }, 'Whether to answer @odata.count.'),
  'If-Match': header('If-Match', 'Do it only to this version; else 412.'),
  'If-None-Match': header('If-None-Match', 'Answer only if it is another version; else 304.'),
  'Prefer-list': header('Prefer', 'odata.maxpagesize=n: most entities on a page.'),
  'Prefer-write': header('Prefer', 'return=minimal: answer 204 without a body. return=representation: the entity.'),
} as const;

/** References to parameters. */
export function refs(...names: readonly (keyof typeof PARAMETERS)[]): readonly Json[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}
