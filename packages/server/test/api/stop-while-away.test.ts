/** The sharer's stop while the database is away: over the device's own route, as its agent sends it. */
import { auditEvents } from '@open-remote-help/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toIsoText } from '../../src/clock.ts';
import { DomainError } from '../../src/errors.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import type { EntityKey, Query, Sealer, Store, Unit } from '../../src/store/store.ts';
import { allSets, TENANT } from './harness.ts';
import { ALL, LiveSessions, SESSIONS } from './live-sessions.ts';

/** A store that can be away. */
class LeavingStore implements Store {
  isAway = false;
  readonly #store: SqliteStore;

  constructor(sealer: Sealer) {
    this.#store = new SqliteStore(openDatabase(':memory:', allSets), sealer);
  }

  async transact<T>(unit: Unit<T>): Promise<T> {
    return this.#here().transact(unit);
  }

  async get(key: EntityKey) {
    return this.#here().get(key);
  }

  async query(query: Query) {
    return this.#here().query(query);
  }

  async count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>) {
    return this.#here().count(query);
  }

  async purge(...range: Parameters<Store['purge']>) {
    return this.#here().purge(...range);
  }

  async ping() {
    return this.#here().ping();
  }

  close() {
    return this.#store.close();
  }

  #here(): SqliteStore {
    if (this.isAway) throw new DomainError('unavailable', 'The database is away.', { retryAfterSeconds: 1 });
    return this.#store;
  }
}

let store: LeavingStore;
let rig: LiveSessions;

beforeEach(async () => {
  rig = await LiveSessions.open({
    store: (sealer) => {
      store = new LeavingStore(sealer);
      return store;
    },
  });
});
afterEach(async () => {
  store.isAway = false;
  await rig.close();
});

// SES-6.1
it('cuts everybody at once, and is on record with its own instant when the database is back', async () => {
  const { id, sessionKey, helper } = await rig.active();
  store.isAway = true;
  expect((await rig.device.call('accept', { sessionKey, grants: ALL })).status).toBe(503);
  const at = rig.api.clock.now();
  expect((await rig.device.call('stop', { sessionKey })).status).toBe(204);
  await helper.stops();
  await rig.pass(5_000);
  store.isAway = false;
  await rig.pass(1_000);
  const { body } = await rig.api.ask('GET', `${SESSIONS}/${id}`);
  expect(body).toMatchObject({ endReason: 'endedBySharer', endedDateTime: toIsoText(at) });
  const { entities } = await store.query({ set: auditEvents, tenantId: TENANT, top: 999 });
  const stops = entities.filter(({ values }) => values.activityType === 'endRemoteHelpSession');
  expect(stops.map(({ values }) => values.activityDateTime)).toEqual([toIsoText(at)]);
});

// SES-6.1, DEV-14
it("is taken from the session's own device alone", async () => {
  const stranger = await rig.enrolled();
  await stranger.call('requests');
  const { sessionKey, helper } = await rig.active();
  store.isAway = true;
  expect((await stranger.call('stop', { sessionKey })).status).toBe(503);
  expect(helper.stopped).toBe(false);
});
