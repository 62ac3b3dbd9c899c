/**
 * Accounts whose access tokens count no more: disabled or removed ones. They lie in the store; each node holds them in
 * memory and looks for newer ones once a second, so that a request asks nobody.
 */
import { type Clock, elapsedMs, type Instant, toIsoText } from '../clock.ts';
import { since } from '../session/queries.ts';
import type { Cursor, Page, Store, Write } from '../store/store.ts';
import { insertOf, instantOf, SYSTEM_TENANT, tokenRevocation, tokenRevocations, valuesOf } from './identity-model.ts';
import { newId } from './ids.ts';

/** Longest life of an access token. */
export const LONGEST_TOKEN_S = 366 * 24 * 3_600;

const FRESH_MS = 1_000;
/** What a commit of another node may take between its instant and being seen, and what its clock may be off. */
const OVERLAP_MS = 60_000;
const PAGE = 1_000;

/** For the unit that disables or removes an account: no access token that it was given by now is good any more (ID-26). */
export function revocationWrite(accountId: string, now: Instant): Write {
  return insertOf(tokenRevocations, SYSTEM_TENANT, newId(now), {
    accountId,
    revokedDateTime: toIsoText(now),
    expiresDateTime: toIsoText(now + LONGEST_TOKEN_S * 1_000),
  });
}

export class TokenRevocations {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #revokedAt = new Map<string, Instant>();
  #loadedAt: Instant = Number.NEGATIVE_INFINITY;
  #newestAt: Instant = 0;
  #revision = 0;
  #loading: Promise<void> | undefined;

  constructor({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Grows when there are more: tokens that were found good have to be looked at again. */
  get revision(): number {
    return this.#revision;
  }

  /** @param issuedAt the `iat` of its token, epoch milliseconds */
  isRevoked(accountId: string, issuedAt: Instant): boolean {
    const revokedAt = this.#revokedAt.get(accountId);
    return revokedAt !== undefined && issuedAt <= revokedAt;
  }

  /** Sees to it that those until a second ago are known; undefined when they are. Costs one small query a second. */
  freshen(): Promise<void> | undefined {
    if (elapsedMs(this.#loadedAt, this.#clock.now()) < FRESH_MS) return undefined;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    const startedAt = this.#clock.now();
    const filter = since(tokenRevocations, 'revokedDateTime', Math.max(this.#newestAt - OVERLAP_MS, 0));
    let after: Cursor | undefined;
    do {
      const query = { set: tokenRevocations, tenantId: SYSTEM_TENANT, filter, top: PAGE };
      const page: Page = await this.#store.query({ ...query, ...(after ? { after } : {}) });
      for (const row of page.entities) {
        const { accountId, revokedDateTime } = valuesOf(tokenRevocation, row);
        this.#take(accountId, instantOf(revokedDateTime));
      }
      after = page.next;
    } while (after);
    this.#loadedAt = startedAt;
  }

  #take(accountId: string, revokedAt: Instant): void {
    this.#newestAt = Math.max(this.#newestAt, revokedAt);
    if (revokedAt <= (this.#revokedAt.get(accountId) ?? 0)) return;
    this.#revokedAt.set(accountId, revokedAt);
    this.#revision++;
  }
}
