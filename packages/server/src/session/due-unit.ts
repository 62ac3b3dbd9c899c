/** Sessions that fall due together, in one unit of the store: where many do, each alone would take several times as long. */
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import type { Clock, Instant } from '../clock.ts';
import type { StoredEntity, Unit, Write } from '../store/store.ts';
import { type Asked, askedBy, type OutboxEntry, outboxEntry, outboxWrite } from './outbox-rows.ts';
import { NO_PROMPTS } from './prompt-limits.ts';
import type { Session, SessionSettings } from './session.ts';
import { liveKey, publicKey, sessionOf } from './session-rows.ts';
import { type Address, auditWrites, sessionWrites } from './session-unit.ts';
import { transition } from './transitions.ts';

/** What became of sessions that were due. */
export interface DueOutcome {
  /** Those that changed, as they are now, in the order of the addresses; undefined for one that is forgotten. */
  readonly changed: readonly (Session | undefined)[];
  readonly outbox: OutboxEntry | undefined;
  /** Why some could not be looked at; they are as they were. */
  readonly faults: readonly unknown[];
}

/** One session's part of the unit. */
interface Woken {
  readonly session: Session | undefined;
  readonly writes: readonly Write[];
  readonly asked: Asked | undefined;
}

/** The unit that wakes sessions; one that somebody else was faster with does not change. */
export function dueUnit(addresses: readonly Address[], clock: Clock, settings: SessionSettings): Unit<DueOutcome> {
  return {
    reads: [...addresses.map(({ id }) => liveKey(id)), ...addresses.map(({ tenantId, id }) => publicKey(tenantId, id))],
    wantsNow: true,
    decide: (rows, storesNow) => {
      const now = storesNow ?? clock.now();
      const faults: unknown[] = [];
      const woken = addresses.flatMap((_, index): Woken[] => {
        try {
          return wake(rows[index], rows[addresses.length + index], now, settings);
        } catch (error) {
          // A row that cannot be read keeps no other waiting.
          faults.push(error);
          return [];
        }
      });
      const asked = woken.map((each) => each.asked);
      const outbox = outboxEntry(asked, now);
      const writes = inRuns(woken.flatMap((each) => each.writes));
      if (outbox) writes.push(outboxWrite(outbox, SYSTEM_TENANT, now));
      return { writes, value: { changed: woken.map(({ session }) => session), outbox, faults } };
    },
  };
}

function wake(
  live: StoredEntity | undefined,
  shown: StoredEntity | undefined,
  now: Instant,
  settings: SessionSettings,
): Woken[] {
  if (!live) return [];
  const before = sessionOf(live);
  const step = transition(before, { kind: 'wake' }, { now, settings, prompts: NO_PROMPTS });
  if (step.session === before) return [];
  const writes = [...sessionWrites(live, shown, before, step, now), ...auditWrites(before, step, undefined, now)];
  return [{ session: step.session, writes, asked: askedBy(before, step) }];
}

/** Writes of the same kind to the same set follow each other: a store may perform them at once. */
function inRuns(writes: readonly Write[]): Write[] {
  const runs = Map.groupBy(writes, ({ kind, set }) => `${kind} ${set.name}`);
  return [...runs.values()].flat();
}
