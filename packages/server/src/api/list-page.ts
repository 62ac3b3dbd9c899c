/** Reads a page in steps, so that its size in memory is bounded whatever its rows hold. */
import { type Page, type Query, Sealed, type Store, type StoredEntity } from '../store/store.ts';

/** Rows read at once; a page of the usual size is one read. */
const STEP = 100;
/** A page that holds more than so many characters ends there; its next link leads on. */
const LARGEST_PAGE_CHARS = 8 * 1024 * 1024;

/** A page of at most `query.top` rows; fewer, with `next`, where they are large. */
export async function readPage(store: Pick<Store, 'query'>, query: Query): Promise<Page> {
  const { skip, ...rest } = query;
  const entities: StoredEntity[] = [];
  let page = await store.query({ ...query, top: Math.min(query.top, STEP) });
  let chars = 0;
  for (;;) {
    entities.push(...page.entities);
    if (!page.next || entities.length >= query.top) break;
    chars += charsOf(page.entities);
    if (chars > LARGEST_PAGE_CHARS) break;
    page = await store.query({ ...rest, after: page.next, top: Math.min(query.top - entities.length, STEP) });
  }
  return page.next ? { entities, next: page.next } : { entities };
}

function charsOf(entities: readonly StoredEntity[]): number {
  return entities.reduce((sum, { values }) => Object.values(values).reduce(addChars, sum), 0);
}

function addChars(sum: number, value: unknown): number {
  if (typeof value === 'string') return sum + value.length;
  if (value instanceof Sealed) return sum + value.bytes.length;
  return typeof value === 'object' && value !== null ? sum + JSON.stringify(value).length : sum;
}
