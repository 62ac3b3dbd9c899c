/**
 * The engine over the durable store of a data folder, as the service joins them, but that the channel only notes when a
 * session was closed. Argument: how many sessions fall due. The settings are in the environment.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { AcsTokens, newAcsIdentity } from '../../../packages/server/src/access/acs-identity.ts';
import { AuditChainer } from '../../../packages/server/src/access/audit-chainer.ts';
import { AuditedStore } from '../../../packages/server/src/access/audited-store.ts';
import { DeviceRights } from '../../../packages/server/src/access/device-rights.ts';
import { SYSTEM_TENANT } from '../../../packages/server/src/access/identity-model.ts';
import { systemClock as clock } from '../../../packages/server/src/clock.ts';
import { readConfig } from '../../../packages/server/src/config.ts';
import { openData } from '../../../packages/server/src/data.ts';
import { oldestFirst } from '../../../packages/server/src/session/queries.ts';
import type { RealtimeChannel } from '../../../packages/server/src/session/realtime-channel.ts';
import { DEFAULT_SETTINGS } from '../../../packages/server/src/session/session.ts';
import { SessionEngine } from '../../../packages/server/src/session/session-engine.ts';
import { liveSessions } from '../../../packages/server/src/session/session-model.ts';
import { deadlineOf } from '../../../packages/server/src/session/session-rows.ts';
import { FakeRelays } from '../../../packages/testkit/src/fake-relays.ts';
import { quantile } from '../../medians.ts';
import type { Punctuality } from '../deadlines.ts';

const QUERIES = 1_000;
/** As many as the engine reads at once. */
const PAGE = 200;
const IDLE_MS = 2_000;

const due = Number(process.argv[2]);
const { store: durable, keyRing } = await openData(readConfig());
const onFault = (error: unknown) => {
  throw error;
};
const chainer = new AuditChainer({ store: durable, clock, onHead: () => undefined, onFault });
const store = new AuditedStore(durable, (...written: Parameters<AuditChainer['note']>) => chainer.note(...written));
await chainer.start();

type Cursor = Awaited<ReturnType<typeof store.query>>['next'];

/** As the engine asks. */
function nearest(after?: Cursor) {
  return store.query({
    set: liveSessions,
    tenantId: SYSTEM_TENANT,
    orderBy: oldestFirst(liveSessions, 'nextDeadlineDateTime'),
    top: PAGE,
    select: ['tenantId', 'nextDeadlineDateTime'],
    ...(after ? { after } : {}),
  });
}

const deadlines = new Map<string, number>();
for (let after: Cursor; deadlines.size < due; ) {
  const page = await nearest(after);
  for (const row of page.entities) deadlines.set(row.id, deadlineOf(row));
  after = page.next;
}
const queries: number[] = [];
for (let count = 0; count < QUERIES; count++) {
  const startedAt = performance.now();
  await nearest();
  queries.push(performance.now() - startedAt);
}

const late: number[] = [];
const allClosed = Promise.withResolvers<void>();
const nothing = async () => undefined;
const channel: RealtimeChannel = {
  accessUri: async () => '',
  isOpenedWith: async () => false,
  ...{ admit: nothing, tell: nothing, tellConnection: nothing, tellDevice: nothing, closeConnection: nothing },
  closeDevice: nothing,
  closeSession: async (id) => {
    const deadline = deadlines.get(id);
    if (deadline === undefined) throw new Error(`${id} was closed twice, or too early.`);
    deadlines.delete(id);
    late.push(performance.timeOrigin + performance.now() - deadline);
    if (late.length === due) allClosed.resolve();
  },
};
const acs = new AcsTokens({ keyRing, clock });
const engine = new SessionEngine({
  ...{
    store,
    opener: keyRing,
    clock,
    channel,
    relays: new FakeRelays(),
    onFault,
    settings: DEFAULT_SETTINGS,
    rights: new DeviceRights(store, () => true),
  },
  tokens: { newIdentity: newAcsIdentity, issue: (whose, at) => acs.issue(whose, at), revoke: nothing },
});
await engine.start();
if (late.length > 0) throw new Error('Sessions fell due before the engine was ready.');
const idle = process.cpuUsage();
await pause(IDLE_MS);
const { user, system } = process.cpuUsage(idle);
const cpu = process.cpuUsage();
await allClosed.promise;
const used = process.cpuUsage(cpu);
const result: Punctuality = {
  nearestP50Ms: quantile(queries, 0.5),
  nearestP99Ms: quantile(queries, 0.99),
  idleShare: (user + system) / 1e3 / IDLE_MS,
  latenessP50Ms: quantile(late, 0.5),
  latenessP99Ms: quantile(late, 0.99),
  cpuMicroseconds: (used.user + used.system) / due,
};
process.send?.(result);
await engine.close();
await chainer.close();
await durable.close();
process.disconnect?.();
