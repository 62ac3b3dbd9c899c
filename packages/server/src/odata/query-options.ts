/** System query options (OData URL conventions 5.1), from the raw query string to what a store understands. */
import { type EntityType, qualifiedName } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import type { Expression } from '../store/expression.ts';
import type { Cursor, OrderBy } from '../store/store.ts';
import { parseFilter, parseOrderBy } from './filter/filter.ts';
import { parseSearch } from './search.ts';
import { decodeSkipToken } from './skip-token.ts';

export { decodeSkipToken, encodeSkipToken } from './skip-token.ts';

/** System query options, checked against the type; those that were not given are absent. */
export interface QueryOptions {
  /** Names as asked for, each once; absent: all. */
  readonly select?: readonly string[];
  readonly filter?: Expression;
  readonly orderBy?: readonly OrderBy[];
  /** Size of a page, 0 to 999. */
  readonly top?: number;
  readonly skip?: number;
  /** Whether the answer shall hold `@odata.count`. */
  readonly count: boolean;
  readonly search?: Expression;
  /** From `$skiptoken`: the page begins after this row. Never together with `skip`. */
  readonly after?: Cursor;
  /** `$format`, unchecked. */
  readonly format?: string;
  /** Type, filter, order and search in one text: what skip tokens of this list are bound to. */
  readonly fingerprint: string;
}

/** What is asked for: a list, the number of its entities (`/$count`), one entity, or a change that answers with one. */
export type Requested = 'collection' | 'count' | 'entity' | 'write';

const APPLICABLE: Readonly<Record<Requested, ReadonlySet<string>>> = {
  collection: new Set(['select', 'filter', 'orderby', 'top', 'skip', 'count', 'search', 'skiptoken', 'format']),
  count: new Set(['filter', 'search']),
  entity: new Set(['select', 'format']),
  write: new Set(['select', 'format']),
};
const UNSUPPORTED: ReadonlySet<string> = new Set(['expand', 'apply', 'compute', 'levels', 'deltatoken']);
const LARGEST_PAGE = 999;
const MOST_DIGITS = 15;

/** Of what is no list, so that no skip token is ever bound to them. */
const NO_OPTIONS: QueryOptions = { count: false, fingerprint: '' };

/**
 * @param rawQuery percent-encoded, without `?`
 * @param requested decides which options apply
 * @throws DomainError badRequest; `target` is the option, or the secret property that it names
 */
export function parseQueryOptions(rawQuery: string, type: EntityType, requested: Requested): QueryOptions {
  if (rawQuery === '' && requested !== 'collection') return NO_OPTIONS;
  const texts = optionTexts(rawQuery, requested);
  const read = <T>(name: string, parse: (text: string) => T): T | undefined => {
    const text = texts.get(name);
    return text === undefined ? undefined : parse(text);
  };
  const fingerprint = JSON.stringify([
    qualifiedName(type),
    ...['filter', 'orderby', 'search'].map((name) => texts.get(name) ?? null),
  ]);
  const orderBy = read('orderby', (text) => parseOrderBy(text, type));
  const skip = read('skip', (text) => integer('$skip', text, Number.MAX_SAFE_INTEGER));
  const after = read('skiptoken', (text) => decodeSkipToken(text, { fingerprint, orderBy: orderBy ?? [] }));
  if (skip !== undefined && after) throw refused('$skip', '$skip and $skiptoken exclude each other.');
  return withoutUndefined({
    select: read('select', (text) => parseSelect(text, type)),
    filter: read('filter', (text) => parseFilter(text, type)),
    orderBy,
    top: read('top', (text) => integer('$top', text, LARGEST_PAGE)),
    skip,
    count: read('count', parseCount) ?? false,
    search: read('search', (text) => parseSearch(text, type)),
    after,
    format: texts.get('format'),
    fingerprint,
  });
}

/** The query of `@odata.nextLink`: what was sent, `$skiptoken` put in place of the earlier one and of `$skip`. */
export function nextLinkQuery(rawQuery: string, skipToken: string): string {
  const kept = rawQuery.split('&').filter((piece) => {
    if (piece === '') return false;
    const { name } = splitPiece(piece);
    return name !== 'skip' && name !== 'skiptoken';
  });
  return [...kept, `$skiptoken=${skipToken}`].join('&');
}

/** Decoded texts by name, lower-case and without `$`. */
function optionTexts(rawQuery: string, requested: Requested): Map<string, string> {
  const texts = new Map<string, string>();
  for (const piece of rawQuery.split('&')) {
    if (piece === '') continue;
    const { name, hasDollar, value } = splitPiece(piece);
    const option = `$${cut(name)}`;
    if (UNSUPPORTED.has(name)) throw refused(option, `${option} is not supported.`);
    if (!APPLICABLE.collection.has(name)) {
      if (hasDollar) throw refused(option, `${option} is no query option that is supported.`);
      continue;
    }
    if (!APPLICABLE[requested].has(name)) throw refused(option, `${option} does not apply to this request.`);
    if (texts.has(name)) throw refused(option, `${option} is given twice.`);
    texts.set(name, decoded(value, option));
  }
  return texts;
}

function splitPiece(piece: string): { name: string; hasDollar: boolean; value: string } {
  const equals = piece.indexOf('=');
  const rawName = equals < 0 ? piece : piece.slice(0, equals);
  const name = decoded(rawName).toLowerCase();
  const hasDollar = name.startsWith('$');
  return { name: hasDollar ? name.slice(1) : name, hasDollar, value: equals < 0 ? '' : piece.slice(equals + 1) };
}

function decoded(raw: string, option?: string): string {
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch (cause) {
    const facts = option === undefined ? { cause } : { cause, target: option };
    throw new DomainError('badRequest', `${option ?? 'The query string'} has malformed percent-encoding.`, facts);
  }
}

function parseSelect(text: string, type: EntityType): string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (name === '*' || Object.hasOwn(type.properties, name)) continue;
    throw refused('$select', `$select: ${type.name} has no property "${cut(name)}".`);
  }
  return names.includes('*') ? undefined : [...new Set(names)];
}

function parseCount(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw refused('$count', '$count must be true or false.');
  return text === 'true';
}

function integer(option: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) && text.length <= MOST_DIGITS ? Number(text) : Number.NaN;
  if (value <= most) return value;
  const range = most === LARGEST_PAGE ? `from 0 to ${most}` : 'that is not negative';
  throw refused(option, `${option} must be a whole number ${range}, not "${cut(text)}".`);
}

function cut(text: string): string {
  return text.slice(0, 40).toWellFormed();
}

function refused(target: string, message: string): DomainError {
  return new DomainError('badRequest', message, { target });
}

/** An option that was not given is absent, not undefined. */
function withoutUndefined(options: { [K in keyof QueryOptions]-?: QueryOptions[K] | undefined }): QueryOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as QueryOptions;
}
