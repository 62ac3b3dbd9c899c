/** Sessions as the engine keeps them, page by page: those that have just ended are among them. */
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import type { Expression } from '../store/expression.ts';
import type { Cursor, Page, Store } from '../store/store.ts';
import type { Session } from './session.ts';
import { liveSessions } from './session-model.ts';
import { sessionOf } from './session-rows.ts';

const PAGE = 200;

/** @param filter which sessions; all when left out */
export async function* sessionPages(store: Store, filter?: Expression): AsyncGenerator<readonly Session[]> {
  let after: Cursor | undefined;
  do {
    const page: Page = await store.query({
      set: liveSessions,
      tenantId: SYSTEM_TENANT,
      top: PAGE,
      select: ['state'],
      ...(filter ? { filter } : {}),
      ...(after ? { after } : {}),
    });
    yield page.entities.map(sessionOf);
    after = page.next;
  } while (after);
}
