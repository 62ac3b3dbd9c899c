import { memoryIdentity } from '@open-remote-help/testkit';
import { expect, it } from 'vitest';
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { toIsoText } from '../clock.ts';
import { LostNodes } from './lost-nodes.ts';
import { sessionNodes } from './session-model.ts';

const HOUR = 3_600_000;

// SES-12.1
it('a node whose clock is set back goes on saying that it runs', async () => {
  const { store, clock } = await memoryIdentity();
  const nodes = new LostNodes(store, 'node', async () => undefined);
  await nodes.enter(clock.now());
  await nodes.look(clock.now());
  const earlier = clock.now() - HOUR;
  await nodes.look(earlier);
  const row = await store.get({ set: sessionNodes, tenantId: SYSTEM_TENANT, id: 'node' });
  expect(row?.values.seenDateTime).toBe(toIsoText(earlier));
});
