/** The audit chain on every store: what comes back from the database hashes as what was written. */
import { auditEvents } from '@open-remote-help/protocol';
import { ManualClock } from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditChainSets } from '../../src/access/audit-chain-model.ts';
import { AuditChainer } from '../../src/access/audit-chainer.ts';
import { auditWrite, unknownActor } from '../../src/access/audit-record.ts';
import { verifyAudit } from '../../src/access/audit-verify.ts';
import { AuditedStore } from '../../src/access/audited-store.ts';
import { newId } from '../../src/access/ids.ts';
import { type OpenStore, type Place, testSealer } from './store-contract.ts';

const RECORDS = 1_200;

export function describeAuditChain(name: string, create: () => Promise<Place>): void {
  describe(`the audit chain on ${name}`, () => {
    let place: Place;
    let store: OpenStore;
    beforeAll(async () => {
      place = await create();
      store = await place.open([auditEvents, ...auditChainSets], testSealer());
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    async function write(node: AuditChainer | undefined, tenantId: string, now: number, index: number) {
      const resource = {
        displayName: 'Jürgens PC 😀',
        auditResourceType: 'managedDevice',
        resourceId: `${index}`,
        modifiedProperties: [{ displayName: 'z', oldValue: null, newValue: '{"b":1,"a":[2]}' }],
      };
      const record = auditWrite({
        tenantId,
        id: newId(now),
        now,
        correlationId: newId(now),
        actor: unknownActor('2001:db8::1'),
        activity: 'Do',
        activityType: 'do',
        operationType: 'Update',
        category: 'Device',
        resources: index % 2 === 0 ? [resource] : [],
      });
      const audited = new AuditedStore(store, (id, written) => node?.note(id, written));
      await audited.transact({ reads: [], decide: () => ({ writes: [record], value: undefined }) });
    }

    // SES-10
    it(`is whole after ${RECORDS} records at once, with three nodes chaining`, async () => {
      const clock = new ManualClock();
      const faults: unknown[] = [];
      const tenantId = crypto.randomUUID();
      const nodes = Array.from({ length: 3 }, () => new AuditChainer({ store, clock, onFault: (e) => faults.push(e) }));
      await Promise.all(nodes.map((node) => node.start()));
      const written = Array.from({ length: RECORDS }, async (_, index) => {
        await write(nodes[index % nodes.length], tenantId, clock.now(), index);
      });
      clock.advanceBy(500);
      await Promise.all(written);
      for (let round = 0; round < 4; round++) {
        clock.advanceBy(500);
        await Promise.all(nodes.map((node) => node.settled()));
      }
      await Promise.all(nodes.map((node) => node.close()));
      const verdict = await verifyAudit(store, tenantId);
      expect(verdict).toMatchObject({ records: RECORDS, faults: [] });
      expect(faults).toEqual([]);
    });

    // SES-10
    it('takes in what was written beside it, when it has grown old', async () => {
      const clock = new ManualClock();
      const tenantId = crypto.randomUUID();
      const node = new AuditChainer({
        store,
        clock,
        onFault: (error) => {
          throw error;
        },
      });
      await node.start();
      await write(node, tenantId, clock.now(), 0);
      for (let index = 1; index <= 20; index++) await write(undefined, tenantId, clock.now(), index);
      for (let round = 0; round < 100; round++) {
        clock.advanceBy(1_000);
        await node.settled();
      }
      await node.close();
      expect(await verifyAudit(store, tenantId)).toMatchObject({ records: 21, faults: [] });
    });
  });
}
