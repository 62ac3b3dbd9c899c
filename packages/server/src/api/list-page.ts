/** Pages of lists: how many rows, read in steps so that memory is bounded whatever they hold, and where they go on. */
import { nextLinkQuery, type QueryOptions } from '../odata/query-options.ts';
import { type Page, type Query, Sealed, type Store, type StoredEntity } from '../store/store.ts';
import type { Target } from './entity-handlers.ts';

/** Entities on a page unless the client says otherwise. */
const PAGE_SIZE = 100;
const LARGEST_PAGE = 999;
/** Rows read at once; a page of the usual size is one read. */
const STEP = 100;
/** A page ends before it holds more than so many characters of JSON; its next link leads on. */
const LARGEST_PAGE_CHARS = 8 * 1024 * 1024;
/** A shorter text grows so little by its escapes that they need no count. */
const LONG_TEXT = 1_024;

/**
 * What to read for one page: the size that the client prefers, within `$top`.
 * @param maxPageSize from `Prefer: odata.maxpagesize`
 */
export function pageQuery(
  scope: Pick<Query, 'set' | 'tenantId' | 'filter'>,
  { orderBy, after, skip, select, top }: QueryOptions,
  maxPageSize: number | undefined,
): Query {
  return {
    ...scope,
    top: Math.min(maxPageSize ?? top ?? PAGE_SIZE, top ?? LARGEST_PAGE),
    ...(orderBy ? { orderBy } : {}),
    ...(after ? { after } : {}),
    ...(skip === undefined ? {} : { skip }),
    ...(select ? { select } : {}),
  };
}

/** `@odata.nextLink`: the address that was asked, with the place where the list goes on. */
export function nextLinkOf(
  { request, set, outerKeys }: Pick<Target, 'request' | 'set' | 'outerKeys'>,
  skipToken: string,
): string {
  const path = set.path.replace(/\{(.+?)\}/g, (_, name: string) => encodeURIComponent(outerKeys[name] ?? ''));
  return `${request.serviceRoot}/${path}?${nextLinkQuery(request.query, skipToken)}`;
}

/** A page of at most `query.top` rows; fewer, with `next`, where they are large, but never none because of that. */
export async function readPage(store: Pick<Store, 'query'>, query: Query): Promise<Page> {
  if (query.top === 0) return { entities: [] };
  const { skip, ...rest } = query;
  const entities: StoredEntity[] = [];
  let room = LARGEST_PAGE_CHARS;
  let step: Omit<Query, 'top'> = query;
  for (;;) {
    const top = Math.min(query.top - entities.length, STEP);
    const page = await store.query({ ...step, top });
    const { rows, chars } = fitting(page.entities, room);
    if (rows < page.entities.length) return cutShort(store, step, entities, rows);
    room -= chars;
    entities.push(...page.entities);
    if (!page.next) return { entities };
    if (entities.length >= query.top) return { entities, next: page.next };
    step = { ...rest, after: page.next };
  }
}

/** Ends a page after some rows of a step. They are read again, for only the store can say where the list goes on. */
async function cutShort(
  store: Pick<Store, 'query'>,
  step: Omit<Query, 'top'>,
  before: readonly StoredEntity[],
  rows: number,
): Promise<Page> {
  if (rows === 0 && step.after && before.length > 0) return { entities: before, next: step.after };
  const { entities, next } = await store.query({ ...step, top: Math.max(rows, 1) });
  return { entities: [...before, ...entities], ...(next ? { next } : {}) };
}

/** How many of the rows, from the first, go into so many characters, and how many characters these have. */
function fitting(entities: readonly StoredEntity[], room: number): { rows: number; chars: number } {
  let chars = 0;
  for (const [rows, { values }] of entities.entries()) {
    let grown = chars;
    for (const name in values) grown += charsOf(values[name]);
    if (grown > room) return { rows, chars };
    chars = grown;
  }
  return { rows: entities.length, chars };
}

/** About; what is short or of constant size hardly counts. */
function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length > LONG_TEXT ? JSON.stringify(value).length : value.length;
  if (typeof value !== 'object' || value === null) return 0;
  if (value instanceof Sealed) return value.size;
  return Array.isArray(value) && value.length === 0 ? 0 : JSON.stringify(value).length;
}
