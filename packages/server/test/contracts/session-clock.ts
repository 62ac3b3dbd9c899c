/** Whose clock decides that a session has expired, where several nodes share a database (SES-4). */
import { FakeChannel, ManualClock, SessionRig } from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantOf } from '../../src/access/identity-model.ts';
import { systemClock, toIsoText } from '../../src/clock.ts';
import { sessionContractSets } from './sessions-contract.ts';
import { type OpenStore, type Place, testSealer } from './store-contract.ts';

const HOUR = 60 * 60_000;

export function describeSessionClock(name: string, create: () => Promise<Place>): void {
  describe(`the clock of ${name}`, () => {
    let place: Place;
    let store: OpenStore;
    beforeAll(async () => {
      place = await create();
      store = await place.open(sessionContractSets, testSealer());
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    /** A node whose clock is off by so much. */
    async function node(offMs: number, tenantId?: string, channel = new FakeChannel()) {
      const opener = { open: () => '', missingKey: () => false, reload: async () => undefined };
      const clock = new ManualClock(systemClock.now() + offMs);
      const rig = new SessionRig({ store, opener, clock, channel, ...(tenantId === undefined ? {} : { tenantId }) });
      await rig.setSettings();
      return rig;
    }

    // SES-4
    it('decides when a session begins and that it has not expired, whatever a node believes', async () => {
      const fast = await node(2 * HOUR);
      const slow = await node(-2 * HOUR, fast.tenantId);
      const device = await fast.addDevice();
      const helper = fast.person('helper');
      const { sessionKey, id } = await fast.engine.create(helper, {
        deviceId: device.deviceId,
        sessionType: 'viewScreen',
      });
      const { lease, createdAt } = (await slow.engine.liveSessionOf(fast.tenantId, id)) ?? {};
      expect(Math.abs((createdAt ?? 0) - systemClock.now())).toBeLessThan(30_000);
      expect(lease?.expiresAt).toBe((createdAt ?? 0) + HOUR);
      await fast.engine.start();
      await fast.engine.settled();
      await fast.engine.close();
      const renewed = await fast.engine.extend(helper, sessionKey);
      expect(Math.abs(instantOf(renewed.sessionExpirationDateTime) - systemClock.now() - HOUR)).toBeLessThan(30_000);
    });

    // SES-4
    it('decides that a session has expired, though a node is behind', async () => {
      const slow = await node(-2 * HOUR);
      const device = await slow.addDevice();
      const helper = slow.person('helper');
      const { sessionKey, id } = await slow.engine.create(helper, {
        deviceId: device.deviceId,
        sessionType: 'viewScreen',
      });
      const soon = systemClock.now() + 1_000;
      await slow.engine.patchLease(helper, id, { sessionExpirationDateTime: toIsoText(soon) });
      const retrieve = () => slow.engine.retrieve(helper, sessionKey).then(() => undefined);
      let refusal: unknown;
      while (refusal === undefined) refusal = await retrieve().catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'notFound' });
      expect(systemClock.now()).toBeGreaterThanOrEqual(soon);
    });
  });
}
