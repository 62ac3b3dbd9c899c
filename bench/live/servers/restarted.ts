/**
 * The whole service, started with its clock put forward, so that every session of its data folder is due. Argument: by
 * how many milliseconds. The settings are in the environment.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { SYSTEM_TENANT } from '../../../packages/server/src/access/identity-model.ts';
import { type Clock, systemClock } from '../../../packages/server/src/clock.ts';
import { readConfig } from '../../../packages/server/src/config.ts';
import { startService } from '../../../packages/server/src/main.ts';
import { before, oldestFirst } from '../../../packages/server/src/session/queries.ts';
import { liveSessions } from '../../../packages/server/src/session/session-model.ts';
import { deadlineOf } from '../../../packages/server/src/session/session-rows.ts';
import type { CatchUp } from '../deadlines.ts';

const POLL_MS = 20;
const ahead = Number(process.argv[2]);
const clock: Clock = {
  now: () => systemClock.now() + ahead,
  at: (instant, callback) => systemClock.at(instant - ahead, callback),
};
const startedAt = performance.now();
const { data, close } = await startService(readConfig(), { clock });
// A start does not wait for what is due.
while (await isOneDue()) await pause(POLL_MS);
const caughtUpMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage();
const filter = before(liveSessions, 'nextDeadlineDateTime', clock.now());
const left = await data.store.count({ set: liveSessions, tenantId: SYSTEM_TENANT, filter });
const result: CatchUp = { caughtUpMs, left, cpuSeconds: (user + system) / 1e6 };
process.send?.(result);
await close();
process.disconnect?.();

async function isOneDue(): Promise<boolean> {
  const orderBy = oldestFirst(liveSessions, 'nextDeadlineDateTime');
  const { entities } = await data.store.query({ set: liveSessions, tenantId: SYSTEM_TENANT, orderBy, top: 1 });
  return entities.some((row) => deadlineOf(row) <= clock.now());
}
