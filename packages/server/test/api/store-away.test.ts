/** A help session while the database is away. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { allSets } from './harness.ts';
import { LiveSessions, SESSIONS } from './live-sessions.ts';

let isAway: boolean;
let rig: LiveSessions;

beforeEach(async () => {
  isAway = false;
  rig = await LiveSessions.open({
    store: (sealer) =>
      new Proxy(new SqliteStore(openDatabase(':memory:', allSets), sealer), {
        get: (store, name) => {
          const member = Reflect.get(store, name, store);
          if (typeof member !== 'function') return member;
          const refuse = async () => {
            throw new DomainError('unavailable', 'The database is away.', { retryAfterSeconds: 5 });
          };
          return name !== 'close' && isAway ? refuse : member.bind(store);
        },
      }),
  });
});
afterEach(() => rig.close());

describe('while the database is away', () => {
  // SES-6.1
  it("new work is 503, and a helper's stop cuts both ends at once and is on record later", async () => {
    const { sessionKey, id, helper, sharer } = await rig.active();
    isAway = true;
    const refused = await rig.operate('extendRemoteHelpSession', { sessionKey });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    expect((await rig.operate('endRemoteHelpSession', { sessionKey }, { token: 'full' })).status).toBe(503);
    expect((await rig.operate('endRemoteHelpSession', { sessionKey })).status).toBe(204);
    await Promise.all([helper.stops(), sharer.stops()]);
    isAway = false;
    rig.api.clock.advanceBy(1_000);
    await rig.api.sessions.engine.settled();
    const { body } = await rig.api.ask('GET', `${SESSIONS}/${id}`, { token: 'anna' });
    expect(body).toMatchObject({ state: 'ended', endReason: 'endedByHelper' });
  });
});
