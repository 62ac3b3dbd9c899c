/** The service is started with many sessions that are due, and stopped before it is done with them. */
import { auditEvents, remoteHelpSessions } from '@open-remote-help/protocol';
import { ManualClock, SessionRig } from '@open-remote-help/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SYSTEM_TENANT } from '../../src/access/identity-model.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { type Data, openData } from '../../src/data.ts';
import { before } from '../../src/session/queries.ts';
import { liveSessions } from '../../src/session/session-model.ts';
import type { StoredEntity } from '../../src/store/store.ts';
import { dataFolder, serve } from '../cli/process.ts';

const HOUR = 60 * 60 * 1_000;
/** Several times what is looked at together. */
const SESSIONS = 1_000;

let folder: Awaited<ReturnType<typeof dataFolder>>;
let tenantId: string;

function open(): Promise<Data> {
  return openData(readConfig({ REMOTE_HELP_DATA_DIR: folder.dataDir }));
}

function rigOn({ store, keyRing }: Data, now: number): SessionRig {
  return new SessionRig({ store, opener: keyRing, clock: new ManualClock(now), tenantId });
}

beforeAll(async () => {
  folder = await dataFolder();
  const data = await open();
  tenantId = 'a0000000-0000-4000-8000-000000000001';
  const rig = rigOn(data, systemClock.now() - 3 * HOUR);
  await rig.setSettings();
  const helper = rig.person('helper');
  const devices = await Promise.all(Array.from({ length: SESSIONS }, () => rig.addDevice()));
  await Promise.all(devices.map(({ deviceId }) => rig.engine.create(helper, { deviceId, sessionType: 'viewScreen' })));
  await rig.engine.settled();
  await rig.engine.close();
  await data.store.close();
});
afterAll(() => folder.remove());

async function rowsOf({ store }: Data, set: typeof remoteHelpSessions | typeof auditEvents): Promise<StoredEntity[]> {
  const { entities } = await store.query({ set, tenantId, top: 5 * SESSIONS });
  return [...entities];
}

// SES-9
it('it answers at once, stops when told to, and each session ends once, by the next start at the latest', async () => {
  const settings = { REMOTE_HELP_TLS_PORT: 'off', REMOTE_HELP_METRICS_PORT: 'off' };
  const running = await serve(folder.dataDir, settings);
  expect((await fetch(`${running.http}/readyz`)).status).toBe(200);
  expect((await running.stop()).code).toBe(0);
  const data = await open();
  const heir = rigOn(data, systemClock.now());
  await heir.engine.start();
  await heir.engine.settled();
  const filter = before(liveSessions, 'nextDeadlineDateTime', heir.clock.now());
  expect(await data.store.count({ set: liveSessions, tenantId: SYSTEM_TENANT, filter })).toBe(0);
  const sessions = await rowsOf(data, remoteHelpSessions);
  expect(sessions).toHaveLength(SESSIONS);
  expect(new Set(sessions.map(({ values }) => values.endReason))).toEqual(new Set(['timedOut']));
  const ends = (await rowsOf(data, auditEvents)).filter(({ values }) => values.activityType === 'endRemoteHelpSession');
  expect(new Set(ends.map(({ values }) => values.sessionId)).size).toBe(SESSIONS);
  expect(ends).toHaveLength(SESSIONS);
  await heir.engine.close();
  await data.store.close();
});
