/**
 * Chains audit records within a second of their being written. A node is told of those that it wrote itself, and needs
 * to read none of them; what others left unchained, such as commands and nodes that died, a sweep finds. A tenant's head
 * lets one node through at a time.
 */
import { auditEvents } from '@open-remote-help/protocol';
import { type Clock, type Instant, toIsoText } from '../clock.ts';
import type { Cursor, Store, StoredEntity, Unit } from '../store/store.ts';
import { CHAIN_START, type Chainable, chain, type Link, linesOf, readLines, stretchId } from './audit-chain.ts';
import { auditHead, auditHeads, auditStretches } from './audit-chain-model.ts';
import { instantOf, SYSTEM_TENANT, valuesOf } from './identity-model.ts';

export interface AuditChainerOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** For a copy of the head outside of the database, at most once a minute for each tenant. */
  readonly onHead?: (head: { readonly tenantId: string; readonly records: number; readonly hash: string }) => void;
  /** What went wrong and is tried again. */
  readonly onFault: (error: unknown) => void;
}

const EVERY_MS = 500;
const SWEEP_EVERY_MS = 60_000;
/** A sweep leaves younger records to the node that wrote them, and that node older ones to the sweep. */
const OWN_MS = 30_000;
/** How far a sweep reaches behind the last one: commits may come late, and clocks be apart. */
const OVERLAP_MS = 15_000;
const HEAD_EVERY_MS = 60_000;
/** More records than this are not kept in memory; a sweep chains them. */
const MOST_PENDING = 50_000;
/** Links in one stretch. */
const MOST_LINKS = 500;
const MOST_TRIES = 5;
const PAGE = 2_000;
const AUDIT = { set: auditEvents } as const;

/** The end of a tenant's chain. */
interface Head {
  /** The version of its row; 0 where there is none. */
  readonly version: number;
  readonly hash: string;
  readonly stretches: number;
  readonly records: number;
  readonly chainedAt: Instant;
}

const NO_HEAD: Head = { version: 0, hash: CHAIN_START, stretches: 0, records: 0, chainedAt: 0 };

export class AuditChainer {
  readonly #options: AuditChainerOptions;
  readonly #pending = new Map<string, Chainable[]>();
  #pendingCount = 0;
  readonly #heads = new Map<string, Head>();
  readonly #toldAt = new Map<string, Instant>();
  /** Until when records were swept, by tenant. */
  readonly #sweptUntil = new Map<string, Instant>();
  #sweepAt: Instant = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: AuditChainerOptions) {
    this.#options = options;
  }

  /** Chains what was left, then goes on by itself. */
  async start(): Promise<void> {
    await this.#wake();
  }

  /** A tenant's audit log has a new record, and it is durable. */
  note(tenantId: string, record: Chainable): void {
    if (this.#pendingCount >= MOST_PENDING) return;
    this.#pendingCount++;
    const pending = this.#pending.get(tenantId);
    if (pending) pending.push(record);
    else this.#pending.set(tenantId, [record]);
  }

  /** Settles when no work is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Chains what is written, then stops. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#running;
    await this.#chainPending();
  }

  async #wake(): Promise<void> {
    this.#running = this.#work();
    await this.#running;
    this.#running = undefined;
    if (this.#isClosed) return;
    this.#cancel = this.#options.clock.at(this.#options.clock.now() + EVERY_MS, () => void this.#wake());
  }

  async #work(): Promise<void> {
    await this.#chainPending();
    const now = this.#options.clock.now();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_EVERY_MS;
    try {
      for (const tenantId of await this.#tenants()) await this.#sweep(tenantId, now - OWN_MS);
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  async #chainPending(): Promise<void> {
    for (const [tenantId, records] of [...this.#pending]) {
      this.#pending.delete(tenantId);
      this.#pendingCount -= records.length;
      try {
        await this.#chain(tenantId, records);
      } catch (error) {
        this.#options.onFault(error);
        const stillOwn = lowestId(this.#options.clock.now() - OWN_MS);
        for (const record of records) if (record.id >= stillOwn) this.note(tenantId, record);
      }
    }
  }

  /** Those that this node wrote. Before a tenant's chain is begun, what was written earlier comes first. */
  async #chain(tenantId: string, records: Chainable[]): Promise<void> {
    const head = this.#heads.get(tenantId) ?? (await this.#loadHead(tenantId));
    if (head.version === 0) await this.#sweep(tenantId, this.#options.clock.now() - OWN_MS);
    const inOrder = records.sort((a, b) => (a.id < b.id ? -1 : 1));
    while (inOrder.length > 0) {
      await this.#append(tenantId, inOrder.slice(0, MOST_LINKS));
      inOrder.splice(0, MOST_LINKS);
    }
  }

  async #tenants(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id } of pages(this.#options.store, { set: auditHeads, tenantId: SYSTEM_TENANT, select: [] })) {
      ids.push(id);
    }
    return ids;
  }

  /** Chains every record of a tenant that is not chained, written since the last sweep and before an instant. */
  async #sweep(tenantId: string, until: Instant): Promise<void> {
    const head = await this.#loadHead(tenantId);
    const from = (this.#sweptUntil.get(tenantId) ?? head.chainedAt - OWN_MS) - OVERLAP_MS;
    const chained = await this.#chainedSince(tenantId, head, from);
    // A tenant without a chain may have records from any time before there was one.
    let after = head.version === 0 ? undefined : lowestId(from);
    const end = lowestId(until);
    for (;;) {
      const { entities, next } = await this.#options.store.query({
        ...{ ...AUDIT, tenantId, select: [], top: PAGE },
        ...(after === undefined ? {} : { after: [after] }),
      });
      const ids = entities.map(({ id }) => id).filter((id) => id < end);
      for (let at = 0; at < ids.length; at += MOST_LINKS) {
        const wanted = new Set(ids.slice(at, at + MOST_LINKS).filter((id) => !chained.has(id)));
        if (wanted.size > 0) await this.#append(tenantId, await this.#read(tenantId, ids[at - 1] ?? after, wanted));
      }
      after = ids.at(-1) ?? after;
      if (!next || ids.length < entities.length) break;
    }
    this.#sweptUntil.set(tenantId, until);
  }

  /** Ids that are chained already, among those of records written since an instant. */
  async #chainedSince(tenantId: string, { stretches }: Head, from: Instant): Promise<ReadonlySet<string>> {
    const chained = new Set<string>();
    for (let number = stretches; number > 0; number--) {
      const stretch = await this.#options.store.get({ set: auditStretches, tenantId, id: stretchId(number) });
      for (const { recordId } of readLines(String(stretch?.values.links)) ?? []) chained.add(recordId);
      // What was chained well before holds no record of the time that is asked for.
      if (stretch && instantOf(stretch.values.chainedDateTime as string) < from - OVERLAP_MS) break;
    }
    return chained;
  }

  async #read(tenantId: string, after: string | undefined, wanted: ReadonlySet<string>): Promise<StoredEntity[]> {
    const { entities } = await this.#options.store.query({
      ...{ ...AUDIT, tenantId, top: MOST_LINKS },
      ...(after === undefined ? {} : { after: [after] }),
    });
    return entities.filter(({ id }) => wanted.has(id));
  }

  async #loadHead(tenantId: string): Promise<Head> {
    const row = await this.#options.store.get({ set: auditHeads, tenantId: SYSTEM_TENANT, id: tenantId });
    const head = row ? headOf(row) : NO_HEAD;
    this.#heads.set(tenantId, head);
    return head;
  }

  /** Adds a stretch to the chain, wherever it ends now. */
  async #append(tenantId: string, records: readonly Chainable[]): Promise<void> {
    const { store, clock } = this.#options;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const head = this.#heads.get(tenantId) ?? (await this.#loadHead(tenantId));
      const links = chain(head.hash, records);
      const last = links.at(-1);
      if (!last) return;
      const chainedAt = clock.now();
      const stretches = head.stretches + 1;
      const next = { stretches, records: head.records + links.length, hash: last.hash, chainedAt };
      if (await store.transact(stretchUnit(tenantId, head.version, links, next))) {
        this.#heads.set(tenantId, { ...next, version: head.version + 1 });
        return this.#tell(tenantId, next);
      }
      // Another node was first.
      this.#heads.delete(tenantId);
    }
    throw new Error('Other nodes are always first to chain audit records.');
  }

  #tell(tenantId: string, { records, hash, chainedAt }: Omit<Head, 'version'>): void {
    const toldAt = this.#toldAt.get(tenantId);
    if (toldAt !== undefined && chainedAt - toldAt < HEAD_EVERY_MS) return;
    this.#toldAt.set(tenantId, chainedAt);
    this.#options.onHead?.({ tenantId, records, hash });
  }
}

function headOf(row: StoredEntity): Head {
  const { hash, stretches, records, chainedDateTime } = valuesOf(auditHead, row);
  return { version: row.version, hash, stretches, records, chainedAt: instantOf(chainedDateTime) };
}

/** Writes a stretch and the new head, if the head is still at the version given. */
function stretchUnit(
  tenantId: string,
  version: number,
  links: readonly Link[],
  { stretches, records, hash, chainedAt }: Omit<Head, 'version'>,
): Unit<boolean> {
  const chainedDateTime = toIsoText(chainedAt);
  const head = { stretches, records, hash, chainedDateTime };
  const stretch = { links: linesOf(links), chainedDateTime };
  const own = { set: auditHeads, tenantId: SYSTEM_TENANT } as const;
  return {
    reads: [{ ...own, id: tenantId }],
    decide: ([before]) => {
      if ((before?.version ?? 0) !== version) return { writes: [], value: false };
      return {
        writes: [
          { kind: 'insert', set: auditStretches, tenantId, id: stretchId(stretches), values: stretch },
          before
            ? { kind: 'update', ...own, before, changes: head }
            : { kind: 'insert', ...own, id: tenantId, values: head },
        ],
        value: true,
      };
    },
  };
}

/** The least UUIDv7 of an instant (RFC 9562, 5.7). */
function lowestId(instant: Instant): string {
  const time = Math.max(instant, 0).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

/** Every row of a set, in the order of ids. */
export async function* pages(
  store: Store,
  query: Omit<Parameters<Store['query']>[0], 'top' | 'after'>,
): AsyncGenerator<StoredEntity> {
  let after: Cursor | undefined;
  do {
    const page: { readonly entities: readonly StoredEntity[]; readonly next?: Cursor } = await store.query({
      ...query,
      top: PAGE,
      ...(after ? { after } : {}),
    });
    yield* page.entities;
    after = page.next;
  } while (after);
}
