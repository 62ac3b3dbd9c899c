/** What the session engine promises on every store: random commands and times, several nodes, many sessions. */
import { auditEvents, model, remoteHelpResponseSets, remoteHelpSessions } from '@open-remote-help/protocol';
import { FakeChannel, ManualClock, SessionRig } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identitySets, SYSTEM_TENANT } from '../../src/access/identity-model.ts';
import { newId } from '../../src/access/ids.ts';
import { deviceSets } from '../../src/device/device-model.ts';
import { nextDeadline } from '../../src/session/deadlines.ts';
import { type Ingredients, newSession } from '../../src/session/new-session.ts';
import { recheckWrite } from '../../src/session/recheck.ts';
import { DEFAULT_SETTINGS, type DeviceId, type SessionId, type SessionKey } from '../../src/session/session.ts';
import { liveSessions, sessionEffects, sessionSets } from '../../src/session/session-model.ts';
import { insertLive, insertPublic, insertRecords, sessionOf } from '../../src/session/session-rows.ts';
import type { Opener, Sealer, Store, Unit, Values } from '../../src/store/store.ts';
import { type Action, action, Happenings } from './session-commands.ts';
import { type OpenStore, type Place, testSealer } from './store-contract.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const sessionContractSets = [...model.sets, ...identitySets, ...deviceSets, ...sessionSets];

/** How much a store is given to do. */
export interface Extent {
  readonly runs: number;
  readonly actions: number;
  /** Sessions that are open at a restart. */
  readonly sessions: number;
}

/** @param more tests of the same store, with those many sessions in it */
export function describeSessions(
  name: string,
  create: () => Promise<Place>,
  extent: Extent,
  more?: (place: () => Place) => void,
): void {
  describe(`sessions on ${name}`, () => {
    let place: Place;
    let store: OpenStore;
    let opener: Opener;
    let clock: ManualClock;

    beforeAll(async () => {
      place = await create();
      const sealer: Sealer = testSealer();
      store = byOurClock(await place.open(sessionContractSets, sealer));
      opener = { open: (sealed) => sealer.open(sealed), missingKey: () => false, reload: async () => undefined };
      clock = new ManualClock();
    });

    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    function nodes(count: number): SessionRig[] {
      const channel = new FakeChannel();
      const tenantId = crypto.randomUUID();
      return Array.from({ length: count }, () => new SessionRig({ store, opener, clock, tenantId, channel }));
    }

    /** Ends what is still open, so that nothing of one run falls due in the next. */
    async function clear(rigs: readonly SessionRig[]): Promise<void> {
      clock.advanceBy(9 * HOUR);
      await Promise.all(rigs.map(({ engine }) => engine.settled()));
      clock.advanceBy(HOUR);
      await Promise.all(rigs.map(({ engine }) => engine.settled()));
      await Promise.all(rigs.map(({ engine }) => engine.close()));
    }

    // SES-3, SES-4, SES-9, SES-10
    it.each([1, 2])('keep every promise on %i nodes, whatever happens to them when', async (count) => {
      const check = fc.asyncProperty(
        fc.array(action, { minLength: 10, maxLength: extent.actions }),
        async (actions) => {
          const rigs = nodes(count);
          const [rig] = rigs as [SessionRig];
          for (const { engine } of rigs) await engine.start();
          const happenings = await Happenings.begin(rigs);
          const seen: Seen = new Map();
          for (const [turn, happening] of actions.entries()) {
            await happenings.happen(happening as Action, turn);
            await checkRows(store, rig, seen);
          }
          await clear(rigs);
          await checkAudit(store, rig.tenantId, happenings);
          expect(clock.pending).toBe(0);
          expect(rigs.flatMap(({ faults }) => faults)).toEqual([]);
          expect(await store.count({ set: sessionEffects, tenantId: SYSTEM_TENANT })).toBe(0);
          expect(await store.count({ set: liveSessions, tenantId: SYSTEM_TENANT })).toBe(0);
        },
      );
      await fc.assert(check, { numRuns: extent.runs, endOnFailure: true });
    });

    // SES-9
    it('expire once each, however many nodes look', async () => {
      const rigs = nodes(3);
      const [rig] = rigs as [SessionRig];
      await rig.setSettings();
      for (const { engine } of rigs) await engine.start();
      const created = 12;
      for (let index = 0; index < created; index++) {
        const { deviceId } = await rig.addDevice();
        await rig.engine.create(rig.person('helper'), { deviceId, sessionType: 'viewScreen' });
      }
      clock.advanceBy(5 * MINUTE);
      await Promise.all(rigs.map(({ engine }) => engine.settled()));
      const records = await all(store, rig.tenantId);
      expect(records.filter(({ activityType }) => activityType === 'endRemoteHelpSession')).toHaveLength(created);
      await clear(rigs);
    });

    // SES-9, SES-9.2, SES-10
    it.each([
      [3, extent.sessions / 4],
      [1, extent.sessions],
    ])('that fell due are ended after a restart, in order, by %i nodes among %i', async (count, sessions) => {
      const rigs = nodes(count);
      const [rig] = rigs as [SessionRig];
      const due = await openMany(store, rig, sessions);
      clock.advanceBy(5 * MINUTE);
      await Promise.all(rigs.map(({ engine }) => engine.start()));
      await Promise.all(rigs.map(({ engine }) => engine.settled()));
      // What several nodes ended they close beside each other.
      expect(count === 1 ? rig.channel.closed : rig.channel.closed.toSorted()).toEqual(due);
      const records = await all(store, rig.tenantId);
      expect(records.map(({ sessionId }) => sessionId)).toEqual(due);
      for (const set of remoteHelpResponseSets) {
        expect(await store.count({ set, tenantId: rig.tenantId })).toBe(STILL_OPEN);
      }
      expect(rigs.flatMap(({ faults }) => faults)).toEqual([]);
      await Promise.all(rigs.map(({ engine }) => engine.close()));
    });

    if (!more) return;
    describe('and many effects', () => {
      beforeAll(async () => {
        const writes = Array.from({ length: EFFECTS }, () => recheckWrite('a tenant', clock.now()));
        await store.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
      });

      more(() => place);
    });
  });
}

/** The store without a clock of its own: these tests move theirs. */
function byOurClock(store: OpenStore): OpenStore {
  return new Proxy(store, {
    get: (of, name) => {
      if (name === 'transact') return <T>(unit: Unit<T>) => of.transact({ ...unit, wantsNow: false });
      const value = Reflect.get(of, name, of);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}

/** Sessions as they were when last looked at: their deadline then, and how they ended. */
type Seen = Map<string, { readonly deadline: number; readonly ended?: Values }>;

/** No session is live past its deadline or its cap, and what has ended stays as it ended. */
async function checkRows(store: Store, rig: SessionRig, seen: Seen): Promise<void> {
  const now = rig.clock.now();
  const { entities } = await store.query({ set: remoteHelpSessions, tenantId: rig.tenantId, top: 500 });
  for (const { id, values } of entities) {
    const before = seen.get(id);
    if (before?.ended) expect(values).toEqual(before.ended);
    const row = await store.get({ set: liveSessions, tenantId: SYSTEM_TENANT, id });
    if (!row) {
      expect(values.state).toBe('ended');
      continue;
    }
    const session = sessionOf(row);
    expect([session.version, session.state]).toEqual([row.version, values.state]);
    expect(session.capAt).toBe(session.createdAt + DEFAULT_SETTINGS.capMs);
    expect(session.lease.expiresAt).toBeLessThanOrEqual(session.capAt);
    if (session.state !== 'ended') expect(nextDeadline(session).at).toBeGreaterThan(now);
    else if (!before?.ended) expect(session.endedAt).toBeLessThanOrEqual(before?.deadline ?? session.capAt);
    const ended = values.state === 'ended' ? { ended: values } : {};
    seen.set(id, { ...ended, deadline: nextDeadline(session).at });
  }
}

/** One record for each command that was accepted, one for each attempt that was refused. */
async function checkAudit(store: Store, tenantId: string, { accepted, refused }: Happenings): Promise<void> {
  const records = await all(store, tenantId);
  const byPeople = records.filter(({ actor }) => (actor as { auditActorType: string }).auditActorType !== 'System');
  const of = (result: string) => byPeople.filter(({ activityResult }) => activityResult === result);
  const failures = of('Failure').reduce((sum, values) => sum + attemptsIn(values), 0);
  expect([of('Success').length, failures]).toEqual([accepted, refused]);
}

/** How many refused attempts a record stands for (SES-10.2). */
function attemptsIn({ resources }: Values): number {
  const [resource] = resources as { modifiedProperties: { displayName: string; newValue: string }[] }[];
  return Number(resource?.modifiedProperties.find(({ displayName }) => displayName === 'count')?.newValue ?? 1);
}

async function all(store: Store, tenantId: string) {
  const { entities } = await store.query({ set: auditEvents, tenantId, top: 5_000 });
  return entities.map(({ values }) => values);
}

const AT_ONCE = 500;
const EFFECTS = 2_000;
/** Sessions with records that are not due. */
const STILL_OPEN = 7;

/** Opens many sessions at once; gives the ids of every tenth, which are due in five minutes, one after the other. */
async function openMany(store: Store, { tenantId, clock }: SessionRig, count: number): Promise<string[]> {
  const now = clock.now();
  const due: string[] = [];
  const sessions = Array.from({ length: count }, (_, index) => {
    const isDue = index % 10 === 0;
    const id = newId(now) as SessionId;
    if (isDue) due.push(id);
    const consentUntil = isDue ? now + MINUTE + index : now + HOUR / 2;
    return { ...newSession(ingredientsOf(id, tenantId, index), WISH, now, DEFAULT_SETTINGS), consentUntil };
  });
  for (let from = 0; from < count; from += AT_ONCE) {
    const writes = sessions
      .slice(from, from + AT_ONCE)
      .flatMap((session, index) => [
        insertLive(session, now, { keyMaterial: 'x', replayKey: null }),
        insertPublic(session),
        ...(hasRecords(from + index) ? insertRecords(session, SECRETS) : []),
      ]);
    await store.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
  }
  return due;
}

/** All that are due, and a few that are not. */
function hasRecords(index: number): boolean {
  return index % 10 === 0 || index <= STILL_OPEN;
}

const SECRETS = { acsHelperUserToken: 'token', pubSubHelperAccessUri: 'wss://help.example' };
const WISH = { type: 'viewScreen', reason: null, ticket: null } as const;

function ingredientsOf(id: SessionId, tenantId: string, index: number): Ingredients {
  return {
    id,
    key: `rh_${index}` as SessionKey,
    tenantId,
    device: { id: `device ${index}` as DeviceId, name: 'PC', keyThumbprint: null },
    creator: {
      objectId: 'helper',
      displayName: null,
      userPrincipalName: null,
      organization: 'Example',
      groups: [],
      directoryRoles: [],
      issuer: 'https://issuer.example',
    },
    helperIdentity: '8:acs:helper',
    sharerIdentity: '8:acs:sharer',
    acsGroupId: 'acs',
    groupId: `group ${index}`,
    isChatBlocked: false,
  };
}
