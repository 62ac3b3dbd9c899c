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
  const headRow = await store.get({ set: auditHeads, tenantId: SYSTEM_TENANT, id: tenantId });
  const head = headRow ? valuesOf(auditHead, headRow) : { stretches: 0, records: 0, hash: CHAIN_START };
  const faults: AuditFault[] = [];
  const chained = new Set<string>();
  let hash = CHAIN_START;
  let number = 0;
  for (;;) {
    const id = stretchId(++number);
    const stretch = await store.get({ set: auditStretches, tenantId, id });
    if (!stretch && number > head.stretches) break;
    const links = stretch && readLines(String(stretch.values.links));
    if (!links) {
      faults.push({ kind: 'brokenStretch', id });
      continue;
    }
    for (const { recordId } of links) chained.add(recordId);
    faults.push(...(await faultsOf(store, tenantId, hash, links)));
    hash = links.at(-1)?.hash ?? hash;
  }
  if (hash !== head.hash || number - 1 !== head.stretches)
    faults.push({ kind: 'brokenStretch', id: stretchId(head.stretches) });
  for await (const { id } of pages(store, { set: auditEvents, tenantId, select: [] })) {
    if (!chained.has(id)) faults.push({ kind: 'unchained', id });
  }
  return { tenantId, records: head.records, hash, faults };
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
