import { auditEvent, auditEvents } from '@open-remote-help/protocol';
import { ManualClock, MemoryStore } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CHAIN_START, CHAINED_PROPERTIES, canonicalJson, chain, linesOf, readLines } from './audit-chain.ts';
import { auditHeads, auditStretches } from './audit-chain-model.ts';
import { AuditChainer } from './audit-chainer.ts';
import { auditWrite, SYSTEM_ACTOR } from './audit-record.ts';
import { type AuditFault, chainedTenants, verifyAudit } from './audit-verify.ts';
import { AuditedStore } from './audited-store.ts';
import { SYSTEM_TENANT } from './identity-model.ts';
import { newId } from './ids.ts';

const TENANT = 'a tenant';

let store: MemoryStore;
let clock: ManualClock;
let faults: unknown[];
let chainer: AuditChainer;
let audited: AuditedStore;

beforeEach(async () => {
  store = new MemoryStore();
  clock = new ManualClock();
  faults = [];
  chainer = chainerOn(store);
  audited = through(() => chainer);
  await chainer.start();
});

function chainerOn(on: MemoryStore) {
  return new AuditChainer({ store: on, clock, onFault: (error) => faults.push(error) });
}

/** The store as a node uses it. */
function through(node: () => AuditChainer) {
  return new AuditedStore(store, (tenantId, record) => node().note(tenantId, record));
}

/** Writes records; gives their ids. @param at the instant that their ids carry */
async function write(count = 1, to: Pick<MemoryStore, 'transact'> = audited, tenantId = TENANT, at = clock.now()) {
  const ids = Array.from({ length: count }, () => newId(at));
  const writes = ids.map((id) =>
    auditWrite({
      tenantId,
      id,
      now: at,
      correlationId: id,
      actor: SYSTEM_ACTOR,
      activity: 'Do',
      activityType: 'do',
      operationType: 'Action',
      category: 'Settings',
    }),
  );
  await to.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
  return ids;
}

async function pass(ms: number) {
  clock.advanceBy(ms);
  await chainer.settled();
}

async function verdict(tenantId = TENANT): Promise<readonly AuditFault[]> {
  return (await verifyAudit(store, tenantId)).faults;
}

/** A JSON value with the members of its objects the other way round. */
function turned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(turned);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)]),
  );
}

/** Changes a row as somebody would who can write to the database. */
async function tamper(
  set: typeof auditEvents | typeof auditStretches | typeof auditHeads,
  id: string,
  changes?: object,
) {
  const tenantId = set === auditHeads ? SYSTEM_TENANT : TENANT;
  await store.transact({
    reads: [{ set, tenantId, id }],
    decide: ([before]) => ({
      writes: [
        changes && before
          ? { kind: 'update', set, tenantId, before, changes: { ...changes } }
          : { kind: 'delete', set, tenantId, id },
      ],
      value: undefined,
    }),
  });
}

// SES-10
describe('the audit chain', () => {
  it('holds every record within a second', async () => {
    for (let round = 0; round < 5; round++) {
      await write(3);
      await pass(300);
    }
    await pass(1_000);
    expect(await verifyAudit(store, TENANT)).toMatchObject({ records: 15, faults: [] });
    expect(await chainedTenants(store)).toEqual([TENANT]);
    expect(faults).toEqual([]);
  });

  it('is one for each tenant', async () => {
    await write(2);
    await write(1, audited, 'another');
    await pass(1_000);
    expect((await verifyAudit(store, TENANT)).records).toBe(2);
    expect((await verifyAudit(store, 'another')).records).toBe(1);
  });

  it('names a record that was altered, alone', async () => {
    const ids = await write(5);
    await pass(1_000);
    await tamper(auditEvents, ids[2] as string, { activityResult: 'Failure' });
    expect(await verdict()).toEqual([{ kind: 'altered', id: ids[2] }]);
  });

  it('names a record that is missing, alone', async () => {
    const ids = await write(5);
    await pass(1_000);
    await tamper(auditEvents, ids[0] as string);
    expect(await verdict()).toEqual([{ kind: 'missing', id: ids[0] }]);
  });

  it('names records that were put in beside the service, until the chainer finds them', async () => {
    await write(2);
    await pass(1_000);
    const [forged] = await write(1, store, TENANT, clock.now() - 2 * 60 * 60_000);
    await pass(20 * 60_000);
    expect(await verdict()).toEqual([{ kind: 'unchained', id: forged }]);
  });

  it('names records that changed places', async () => {
    const ids = await write(3);
    await pass(1_000);
    const stretch = await store.get({ set: auditStretches, tenantId: TENANT, id: '000000000001' });
    const links = readLines(String(stretch?.values.links)) ?? [];
    const swapped = [links[1], links[0], links[2]].map((link, index) => ({
      recordId: link?.recordId ?? '',
      hash: links[index]?.hash ?? '',
    }));
    await tamper(auditStretches, '000000000001', { links: linesOf(swapped) });
    expect(await verdict()).toEqual([
      { kind: 'altered', id: ids[1] },
      { kind: 'altered', id: ids[0] },
    ]);
  });

  it('names a stretch that is gone or unreadable, and a head that does not fit', async () => {
    const ids = await write(1);
    await pass(1_000);
    await write(1);
    await pass(1_000);
    await tamper(auditStretches, '000000000001', { links: 'nonsense' });
    expect(await verdict()).toContainEqual({ kind: 'brokenStretch', id: '000000000001' });
    await tamper(auditStretches, '000000000001');
    expect(await verdict()).toContainEqual({ kind: 'brokenStretch', id: '000000000001' });
    expect(await verdict()).toContainEqual({ kind: 'unchained', id: ids[0] });
    await tamper(auditHeads, TENANT, { hash: 'another' });
    expect(await verdict()).toContainEqual({ kind: 'brokenStretch', id: '000000000002' });
  });

  it('notices that its end was cut off', async () => {
    await write(1);
    await pass(1_000);
    const ids = await write(2);
    await pass(1_000);
    await tamper(auditStretches, '000000000002');
    expect(await verdict()).toEqual(
      expect.arrayContaining([
        { kind: 'brokenStretch', id: '000000000002' },
        ...ids.map((id) => ({ kind: 'unchained', id })),
      ]),
    );
  });

  it('takes in records that were committed late, and what a node that died did not stretch', async () => {
    await write(1);
    await pass(1_000);
    await write(1, audited, TENANT, clock.now() - 1_500);
    await pass(1_000);
    expect(await verdict()).toEqual([]);
    await write(2, store);
    await chainer.close();
    chainer = chainerOn(store);
    await chainer.start();
    for (let second = 0; second < 100; second++) await pass(1_000);
    expect(await verifyAudit(store, TENANT)).toMatchObject({ records: 4, faults: [] });
    await write(3, store);
    for (let second = 0; second < 100; second++) await pass(1_000);
    expect(await verifyAudit(store, TENANT)).toMatchObject({ records: 7, faults: [] });
  });

  it('takes in what was written before there was a chain', async () => {
    await write(700, store, TENANT, clock.now() - 100 * 24 * 60 * 60_000);
    await write(1);
    await pass(1_000);
    expect(await verifyAudit(store, TENANT)).toMatchObject({ records: 701, faults: [] });
  });

  it('is continued by several nodes, each record once', async () => {
    const others = [chainerOn(store), chainerOn(store)];
    for (const other of others) await other.start();
    for (let round = 0; round < 10; round++) {
      for (const node of [chainer, ...others])
        await write(
          2,
          through(() => node),
        );
      clock.advanceBy(500);
      await Promise.all([chainer, ...others].map((each) => each.settled()));
    }
    await Promise.all([chainer, ...others].map((each) => each.close()));
    expect(await verifyAudit(store, TENANT)).toMatchObject({ records: 60, faults: [] });
    expect(faults).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('waits for a store that is away', async () => {
    await write(1);
    store.failure = new Error('away');
    await pass(1_000);
    expect(faults).not.toEqual([]);
    store.failure = undefined;
    await pass(1_000);
    expect(await verdict()).toEqual([]);
  });

  it('gives its head away for a copy elsewhere, once a minute', async () => {
    const heads: string[] = [];
    const telling = new AuditChainer({
      store,
      clock,
      onHead: ({ hash }) => heads.push(hash),
      onFault: (error) => faults.push(error),
    });
    await telling.start();
    for (let second = 0; second < 60; second++) {
      await write(
        1,
        through(() => telling),
      );
      clock.advanceBy(1_000);
      await telling.settled();
    }
    expect(heads.length).toBeGreaterThanOrEqual(1);
    expect(heads.length).toBeLessThanOrEqual(2);
    await telling.close();
    expect((await verifyAudit(store, TENANT)).faults).toEqual([]);
  });
});

describe('a chained hash', () => {
  const record = { id: 'x', version: 1, values: Object.fromEntries(CHAINED_PROPERTIES.map((name) => [name, name])) };

  it('covers every property of a record', () => {
    const properties = Object.keys(auditEvent.properties).filter((name) => name !== 'id');
    expect([...CHAINED_PROPERTIES].sort()).toEqual(properties.sort());
    const [{ hash } = { hash: '' }] = chain(CHAIN_START, [record]);
    for (const name of CHAINED_PROPERTIES) {
      const [altered] = chain(CHAIN_START, [{ ...record, values: { ...record.values, [name]: 'another' } }]);
      expect(altered?.hash).not.toBe(hash);
    }
    expect(chain(CHAIN_START, [{ ...record, id: 'y' }])[0]?.hash).not.toBe(hash);
    expect(chain('another', [record])[0]?.hash).not.toBe(hash);
  });

  it('does not depend on the order in which a database keeps members', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe(canonicalJson({ a: 'x', b: [{ c: null, d: 1 }] }));
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
    expect(canonicalJson({ b: [1, { c: 'é"' }], a: null })).toBe('{"a":null,"b":[1,{"c":"é\\""}]}');
    expect(canonicalJson({ a: undefined })).toBe('{"a":null}');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
