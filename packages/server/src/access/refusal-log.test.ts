import { auditEvents } from '@open-remote-help/protocol';
import { ManualClock, MemoryStore } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { RefusalLog, refusedTokens } from './refusal-log.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';

let clock: ManualClock;
let store: MemoryStore;
let errors: unknown[];
let log: RefusalLog;

beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore();
  errors = [];
  log = new RefusalLog({ store, clock, onError: (error) => errors.push(error) });
});

function refuse(source: string, reason = 'expired') {
  log.note({ tenantId: TENANT, activity: 'Refuse token', reason, source, subject: 'someone' });
}

/** `source reason count` of each record. */
async function records(): Promise<string[]> {
  const { entities } = await store.query({ set: auditEvents, tenantId: TENANT, top: 10_000 });
  return entities.map(({ values }) => {
    const [resource] = values.resources as { modifiedProperties: { newValue: string }[] }[];
    const words = resource?.modifiedProperties.map(({ newValue }) => newValue) ?? [];
    return [(values.actor as { ipAddress: string }).ipAddress, ...words].join(' ');
  });
}

// ID-34
describe('RefusalLog', () => {
  it('records the first refusal at once', async () => {
    refuse('192.0.2.1');
    expect(await records()).toEqual(['192.0.2.1 expired 1']);
  });

  it('records those of the following minute as one, and goes quiet with them', async () => {
    for (let index = 0; index < 100; index++) refuse('192.0.2.1');
    clock.advanceBy(59_999);
    expect(await records()).toEqual(['192.0.2.1 expired 1']);
    clock.advanceBy(1);
    expect((await records()).sort()).toEqual(['192.0.2.1 expired 1', '192.0.2.1 expired 99']);
    clock.advanceBy(60_000);
    expect(await records()).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('never makes more than one record a minute for a source and reason', async () => {
    for (let second = 0; second < 600; second++) {
      refuse('192.0.2.1');
      clock.advanceBy(1_000);
    }
    expect(await records()).toHaveLength(11);
  });

  it('keeps sources and reasons apart', async () => {
    refuse('192.0.2.1');
    refuse('192.0.2.2');
    refuse('192.0.2.1', 'audience');
    expect(await records()).toHaveLength(3);
  });

  it('counts a flood from many sources as one', async () => {
    for (let index = 0; index < 5_000; index++) refuse(`10.0.${index >> 8}.${index & 255}`);
    expect(await records()).toHaveLength(1_001);
    clock.advanceBy(60_000);
    expect(await records()).toContain('many sources expired 3999');
  });

  it('records what is left when it closes', async () => {
    refuse('192.0.2.1');
    refuse('192.0.2.1');
    await log.close();
    expect(await records()).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('loses no count while the store is away', async () => {
    store.failure = new Error('away');
    refuse('192.0.2.1');
    refuse('192.0.2.1');
    await expect.poll(() => errors.length).toBe(1);
    store.failure = undefined;
    clock.advanceBy(60_000);
    expect(await records()).toEqual(['192.0.2.1 expired 2']);
  });
});

describe('refusedTokens', () => {
  const facts = { source: '192.0.2.1', issuer: undefined, objectId: 'claimed', applicationId: undefined };

  // ID-33
  it('believes tenant and subject only where a signature proves them', async () => {
    const note = refusedTokens(log, 'operators');
    note('expired', { ...facts, isSignatureGood: true, provenTenantId: TENANT });
    note('signature', { ...facts, isSignatureGood: false, provenTenantId: undefined });
    note('empty', { ...facts, isSignatureGood: false, provenTenantId: undefined });
    expect(await records()).toEqual(['192.0.2.1 expired 1']);
    const { entities } = await store.query({ set: auditEvents, tenantId: 'operators', top: 10 });
    expect(entities.map(({ values }) => values.resources)).toMatchObject([[{ displayName: null, resourceId: '' }]]);
  });
});
