/**
 * Chains audit records soon after they were written. It hears which tenants write, and looks for what is not chained yet;
 * whichever node does it, a tenant's head lets one of them through.
 */
import { auditEvents } from '@open-remote-help/protocol';
import { type Clock, type Instant, toIsoText } from '../clock.ts';
import { BOOLEAN, type Expression, literal, STRING } from '../store/expression.ts';
import type { Cursor, Store, StoredEntity, Unit } from '../store/store.ts';
import { CHAIN_START, chain, type Link, linesOf, readLines, stretchId } from './audit-chain.ts';
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
/** How far back a look reaches: a record that is committed later waits for a sweep. */
const OVERLAP_MS = 2_000;
/** How far the clocks of nodes may be apart. */
const CLOCKS_APART_MS = 5_000;
const SWEEP_EVERY_MS = 10 * 60_000;
const SWEEP_MS = 60 * 60_000;
const HEAD_EVERY_MS = 60_000;
const PAGE = 500;
/** Ids that one query asks for. */
const ASKED_AT_ONCE = 200;

/** What is known of a tenant's chain. */
interface Known {
  /** The version of its head that this belongs to. */
  readonly version: number;
  readonly hash: string;
  readonly stretches: number;
  readonly records: number;
  /** Records that were chained since `from`. */
  readonly chained: Set<string>;
  readonly from: Instant;
}

export class AuditChainer {
  readonly #options: AuditChainerOptions;
  readonly #written = new Set<string>();
  readonly #known = new Map<string, Known>();
  readonly #toldAt = new Map<string, Instant>();
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

  /** A tenant's audit log has a new record. */
  note(tenantId: string): void {
    this.#written.add(tenantId);
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
    await this.#work();
  }

  async #wake(): Promise<void> {
    this.#running = this.#work();
    await this.#running;
    this.#running = undefined;
    if (this.#isClosed) return;
    this.#cancel = this.#options.clock.at(this.#options.clock.now() + EVERY_MS, () => void this.#wake());
  }

  async #work(): Promise<void> {
    const now = this.#options.clock.now();
    const isSweep = now >= this.#sweepAt;
    const tenants = new Set(this.#written);
    this.#written.clear();
    try {
      if (isSweep) for (const tenantId of await this.#tenants()) tenants.add(tenantId);
      for (const tenantId of tenants) {
        await this.#stretch(tenantId, now - (isSweep ? SWEEP_MS : OVERLAP_MS));
        tenants.delete(tenantId);
      }
      if (isSweep) this.#sweepAt = now + SWEEP_EVERY_MS;
    } catch (error) {
      for (const tenantId of tenants) this.#written.add(tenantId);
      this.#options.onFault(error);
    }
  }

  async #tenants(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id } of pages(this.#options.store, { set: auditHeads, tenantId: SYSTEM_TENANT, select: [] })) {
      ids.push(id);
    }
    return ids;
  }

  /** Chains every record of a tenant that is not chained and whose id was made since an instant. */
  async #stretch(tenantId: string, from: Instant): Promise<void> {
    const { store } = this.#options;
    const known = await this.#look(tenantId, from);
    // A tenant without a chain may have records from before there was one.
    const after = known.stretches === 0 ? undefined : [lowestId(from)];
    const missing: string[] = [];
    const found = pages(store, { set: auditEvents, tenantId, select: [] }, after);
    for await (const { id } of found) if (!known.chained.has(id)) missing.push(id);
    for (let at = 0; at < missing.length; at += ASKED_AT_ONCE) {
      const records = await this.#records(tenantId, missing.slice(at, at + ASKED_AT_ONCE));
      // Another node was first: what it left is found at the next look.
      if (!(await this.#append(tenantId, records))) return this.note(tenantId);
    }
  }

  /** What is chained already, as far back as is asked for. */
  async #look(tenantId: string, from: Instant): Promise<Known> {
    const { store } = this.#options;
    const head = await store.get({ set: auditHeads, tenantId: SYSTEM_TENANT, id: tenantId });
    const known = this.#known.get(tenantId);
    if (!head)
      return this.#keep(tenantId, {
        version: 0,
        hash: CHAIN_START,
        stretches: 0,
        records: 0,
        chained: new Set(),
        from,
      });
    if (known && known.version === head.version && known.from <= from) {
      const least = lowestId(from);
      for (const id of known.chained) if (id < least) known.chained.delete(id);
      return this.#keep(tenantId, { ...known, from });
    }
    const { hash, stretches, records } = valuesOf(auditHead, head);
    const chained = new Set<string>();
    for (let number = stretches; number > 0; number--) {
      const stretch = await store.get({ set: auditStretches, tenantId, id: stretchId(number) });
      const links = readLines(String(stretch?.values.links)) ?? [];
      for (const { recordId } of links) chained.add(recordId);
      // What was chained well before holds no record of the time that is asked for.
      if (stretch && instantOf(stretch.values.chainedDateTime as string) < from - CLOCKS_APART_MS) break;
    }
    return this.#keep(tenantId, { version: head.version, hash, stretches, records, chained, from });
  }

  #keep(tenantId: string, known: Known): Known {
    this.#known.set(tenantId, known);
    return known;
  }

  /** In the order of their ids, which is that of their instants. */
  async #records(tenantId: string, ids: readonly string[]): Promise<StoredEntity[]> {
    const { entities } = await this.#options.store.query({
      set: auditEvents,
      tenantId,
      filter: idIn(ids),
      top: ids.length,
    });
    return [...entities];
  }

  /** @returns whether this node may go on: nobody else chained anything meanwhile */
  async #append(tenantId: string, records: readonly StoredEntity[]): Promise<boolean> {
    const { store, clock } = this.#options;
    const known = this.#known.get(tenantId);
    if (!known) return false;
    const links = chain(known.hash, records);
    const last = links.at(-1);
    if (!last) return true;
    const now = clock.now();
    const next = { stretches: known.stretches + 1, records: known.records + links.length, hash: last.hash };
    if (!(await store.transact(stretchUnit(tenantId, known.version, links, next, now)))) return false;
    for (const { recordId } of links) known.chained.add(recordId);
    this.#keep(tenantId, { ...known, ...next, version: known.version + 1 });
    this.#tell(tenantId, next, now);
    return true;
  }

  #tell(tenantId: string, { records, hash }: { records: number; hash: string }, now: Instant): void {
    const toldAt = this.#toldAt.get(tenantId);
    if (toldAt !== undefined && now - toldAt < HEAD_EVERY_MS) return;
    this.#toldAt.set(tenantId, now);
    this.#options.onHead?.({ tenantId, records, hash });
  }
}

/** Writes a stretch and the new head, if the head is still at the version given (0: there is none). */
function stretchUnit(
  tenantId: string,
  version: number,
  links: readonly Link[],
  next: { readonly stretches: number; readonly records: number; readonly hash: string },
  now: Instant,
): Unit<boolean> {
  const chainedDateTime = toIsoText(now);
  const head = { ...next, chainedDateTime };
  const id = stretchId(next.stretches);
  return {
    reads: [{ set: auditHeads, tenantId: SYSTEM_TENANT, id: tenantId }],
    decide: ([before]) => {
      if ((before?.version ?? 0) !== version) return { writes: [], value: false };
      const values = { links: linesOf(links), chainedDateTime };
      return {
        writes: [
          { kind: 'insert', set: auditStretches, tenantId, id, values },
          before
            ? { kind: 'update', set: auditHeads, tenantId: SYSTEM_TENANT, before, changes: head }
            : { kind: 'insert', set: auditHeads, tenantId: SYSTEM_TENANT, id: tenantId, values: head },
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

const ID = auditEvents.type.properties.id;

export function idIn(ids: readonly string[]): Expression {
  const left = { kind: 'property', type: STRING, path: ['id'], property: ID } as const;
  return { kind: 'in', type: BOOLEAN, left, list: ids.map(literal) };
}

/** Every row of a set, in the order of ids. */
export async function* pages(
  store: Store,
  query: Omit<Parameters<Store['query']>[0], 'top' | 'after'>,
  after?: Cursor,
): AsyncGenerator<StoredEntity> {
  let from = after;
  do {
    const page: { readonly entities: readonly StoredEntity[]; readonly next?: Cursor } = await store.query({
      ...query,
      top: PAGE,
      ...(from ? { after: from } : {}),
    });
    yield* page.entities;
    from = page.next;
  } while (from);
}
