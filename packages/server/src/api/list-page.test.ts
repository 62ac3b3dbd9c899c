import { managedDevices } from '@open-remote-help/protocol';
import { MemoryStore } from '@open-remote-help/testkit';
import { describe, expect, it } from 'vitest';
import type { Page, Query } from '../store/store.ts';
import { readPage } from './list-page.ts';

const tenantId = '11111111-1111-4111-8111-111111111111';

async function storeOf(rows: number, notes: string): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (let row = 0; row < rows; row++) await enter(store, row, notes);
  return store;
}

async function enter(store: MemoryStore, row: number, notes: string): Promise<void> {
  const insert = { kind: 'insert', set: managedDevices, tenantId, id: idOf(row), values: { notes } } as const;
  await store.transact({ reads: [], decide: () => ({ writes: [insert], value: undefined }) });
}

function idOf(row: number): string {
  return String(row).padStart(3, '0');
}

async function pagesOf(store: MemoryStore, query: Partial<Query>): Promise<Page[]> {
  const pages: Page[] = [];
  let after = query.after;
  do {
    const page = await readPage(store, {
      set: managedDevices,
      tenantId,
      top: 999,
      ...query,
      ...(after ? { after } : {}),
    });
    pages.push(page);
    after = page.next;
  } while (after);
  return pages;
}

function idsOf(pages: readonly Page[]): string[] {
  return pages.flatMap(({ entities }) => entities.map(({ id }) => id));
}

// ODATA-45
describe('readPage', () => {
  const all = Array.from({ length: 250 }, (_, row) => idOf(row));

  it('reads a page whole while its rows are small', async () => {
    const store = await storeOf(250, 'short');
    expect((await pagesOf(store, {})).map(({ entities }) => entities.length)).toEqual([250]);
    expect((await pagesOf(store, { top: 120 })).map(({ entities }) => entities.length)).toEqual([120, 120, 10]);
    expect(idsOf(await pagesOf(store, { top: 120 }))).toEqual(all);
  });

  it('skips once', async () => {
    const [page] = await pagesOf(await storeOf(250, 'short'), { skip: 20 });
    expect(idsOf(page ? [page] : [])).toEqual(all.slice(20));
  });

  it('ends a page of large rows early, and leaves none out', async () => {
    const pages = await pagesOf(await storeOf(250, 'n'.repeat(100_000)), {});
    expect(pages.map(({ entities }) => entities.length)).toEqual([83, 83, 83, 1]);
    expect(idsOf(pages)).toEqual(all);
  });

  it('counts characters as JSON writes them', async () => {
    const pages = await pagesOf(await storeOf(250, '\u0001'.repeat(100_000)), {});
    expect(pages[0]?.entities).toHaveLength(13);
    expect(idsOf(pages)).toEqual(all);
  });

  it('ends a page where the next step begins with a large row', async () => {
    const store = await storeOf(100, 'n'.repeat(83_000));
    await enter(store, 100, 'n'.repeat(200_000));
    const pages = await pagesOf(store, {});
    expect(pages.map(({ entities }) => entities.length)).toEqual([100, 1]);
    expect(idsOf(pages)).toEqual(all.slice(0, 101));
  });

  it('shows a row that is larger than a page by itself', async () => {
    const pages = await pagesOf(await storeOf(2, 'n'.repeat(9_000_000)), {});
    expect(pages.map(({ entities }) => entities.length)).toEqual([1, 1]);
    expect(idsOf(pages)).toEqual(all.slice(0, 2));
  });
});
