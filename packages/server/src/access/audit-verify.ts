/** Walks a tenant's audit chain and names what does not fit. */
import { auditEvents } from '@open-remote-help/protocol';
import { BOOLEAN, type Expression, literal, STRING } from '../store/expression.ts';
import type { Store, StoredEntity } from '../store/store.ts';
import { CHAIN_START, chainedHash, type Link, readLines, stretchId } from './audit-chain.ts';
import { auditHead, auditHeads, auditStretches } from './audit-chain-model.ts';
import { pages } from './audit-chainer.ts';
import { SYSTEM_TENANT, valuesOf } from './identity-model.ts';

/**
 * `altered`: the record, or its place, is not as it was chained. `missing`: it was chained and is gone. `unchained`: it is
 * not in the chain; a record of the last second, or one that was put in. `brokenStretch`: a stretch of the chain is gone or
 * unreadable, or the head does not fit; `id` is the stretch's.
 */
export interface AuditFault {
  readonly kind: 'altered' | 'missing' | 'unchained' | 'brokenStretch';
  readonly id: string;
}

export interface AuditVerdict {
  readonly tenantId: string;
  /** How many records the chain holds. */
  readonly records: number;
  /** The hash at its end, to be compared with a copy kept elsewhere. */
  readonly hash: string;
  readonly faults: readonly AuditFault[];
}

const ASKED_AT_ONCE = 200;

/** Tenants that have a chain. */
export async function chainedTenants(store: Store): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of pages(store, { set: auditHeads, tenantId: SYSTEM_TENANT, select: [] })) ids.push(id);
  return ids;
}

/** Verifies the chain of a tenant from its first record to its head, and finds what is not in it. */
export async function verifyAudit(store: Store, tenantId: string): Promise<AuditVerdict> {
  const walk = new Walk(store, tenantId, CHAIN_BEGIN);
  const faults: AuditFault[] = [];
  const chained = new Set<string>();
  for (;;) {
    const step = await walk.step();
    faults.push(...step.faults);
    for (const id of step.recordIds) chained.add(id);
    if (step.head) {
      for await (const { id } of pages(store, { set: auditEvents, tenantId, select: [] })) {
        if (!chained.has(id)) faults.push({ kind: 'unchained', id });
      }
      return { tenantId, records: step.head.records, hash: step.head.hash, faults };
    }
  }
}

/** How far a walk along the chain has come. */
export interface AuditMark {
  /** The last stretch that was seen; 0 at the beginning. */
  readonly stretch: number;
  /** The hash at its end. */
  readonly hash: string;
  /** Records seen in the chain, those that are missing not counted. */
  readonly records: number;
}

/** Where every walk begins. */
export const CHAIN_BEGIN: AuditMark = { stretch: 0, hash: CHAIN_START, records: 0 };

/** A part of a walk. */
export interface AuditPart {
  readonly faults: readonly AuditFault[];
  readonly mark: AuditMark;
  /** Where the chain ends, and how many records are not in it; undefined while there is more to walk. */
  readonly end: { readonly hash: string; readonly unchained: number } | undefined;
}

/** What one call walks, so that it neither lasts nor holds up others. */
const MOST_RECORDS = 2_000;
const MOST_STRETCHES = 200;

/**
 * Verifies a part of the chain from a mark on. What is in the log and not in the chain is counted, at the end, not named:
 * records of the last second are among it.
 */
export async function verifyAuditPart(store: Store, tenantId: string, from: AuditMark): Promise<AuditPart> {
  const walk = new Walk(store, tenantId, from);
  const faults: AuditFault[] = [];
  for (let stretches = 0; ; stretches++) {
    const isEnough = stretches >= MOST_STRETCHES || walk.mark.records - from.records >= MOST_RECORDS;
    if (isEnough) return { faults, mark: walk.mark, end: undefined };
    const { faults: found, head } = await walk.step();
    faults.push(...found);
    if (!head) continue;
    const written = await store.count({ set: auditEvents, tenantId });
    const unchained = Math.max(0, written - walk.mark.records);
    return { faults, mark: walk.mark, end: { hash: head.hash, unchained } };
  }
}

/** Goes along a tenant's chain, a stretch at a step. */
class Walk {
  readonly #store: Store;
  readonly #tenantId: string;
  mark: AuditMark;

  constructor(store: Store, tenantId: string, from: AuditMark) {
    this.#store = store;
    this.#tenantId = tenantId;
    this.mark = from;
  }

  /** @returns what is wrong with the next stretch, and which records it holds; `head` where there is none any more */
  async step(): Promise<{
    readonly faults: readonly AuditFault[];
    readonly recordIds: readonly string[];
    readonly head?: { readonly records: number; readonly hash: string };
  }> {
    const [store, tenantId] = [this.#store, this.#tenantId];
    const { stretch: before, hash, records } = this.mark;
    const number = before + 1;
    const id = stretchId(number);
    const stretch = await store.get({ set: auditStretches, tenantId, id });
    const head = stretch ? undefined : await this.#head();
    if (head && number > head.stretches) {
      const isWhole = hash === head.hash && before === head.stretches;
      const faults = isWhole ? [] : [{ kind: 'brokenStretch', id: stretchId(head.stretches) } as const];
      return { faults, recordIds: [], head };
    }
    const links = stretch && readLines(String(stretch.values.links));
    if (!links) {
      this.mark = { stretch: number, hash, records };
      return { faults: [{ kind: 'brokenStretch', id }], recordIds: [] };
    }
    const faults = await faultsOf(store, tenantId, hash, links);
    const missing = faults.filter(({ kind }) => kind === 'missing').length;
    this.mark = { stretch: number, hash: links.at(-1)?.hash ?? hash, records: records + links.length - missing };
    return { faults, recordIds: links.map(({ recordId }) => recordId) };
  }

  async #head() {
    const row = await this.#store.get({ set: auditHeads, tenantId: SYSTEM_TENANT, id: this.#tenantId });
    return row ? valuesOf(auditHead, row) : { stretches: 0, records: 0, hash: CHAIN_START };
  }
}

/** Each record is judged by the hash that is stored before it: one that was altered does not taint the next. */
async function faultsOf(store: Store, tenantId: string, before: string, links: readonly Link[]): Promise<AuditFault[]> {
  const records = new Map<string, StoredEntity>();
  for (let at = 0; at < links.length; at += ASKED_AT_ONCE) {
    const ids = links.slice(at, at + ASKED_AT_ONCE).map(({ recordId }) => recordId);
    const { entities } = await store.query({ set: auditEvents, tenantId, filter: idIn(ids), top: ids.length });
    for (const record of entities) records.set(record.id, record);
  }
  return links.flatMap(({ recordId, hash }, index): AuditFault[] => {
    const record = records.get(recordId);
    if (!record) return [{ kind: 'missing', id: recordId }];
    const previous = links[index - 1]?.hash ?? before;
    return chainedHash(previous, record) === hash ? [] : [{ kind: 'altered', id: recordId }];
  });
}

const ID = auditEvents.type.properties.id;

function idIn(ids: readonly string[]): Expression {
  const left = { kind: 'property', type: STRING, path: ['id'], property: ID } as const;
  return { kind: 'in', type: BOOLEAN, left, list: ids.map(literal) };
}
