/**
 * Carries out effects. They lie in the store from the transition on, so that a node that dies leaves them to the
 * others: each is done at least once, and removed when it is done.
 */
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { type Clock, type Instant, toIsoText } from '../clock.ts';
import type { Cursor, Page, Store, StoredEntity } from '../store/store.ts';
import { controlEvent, type EventBody } from './control-events.ts';
import type { Effect } from './effects.ts';
import { type Asked, type OutboxEntry, outboxOf } from './outbox-rows.ts';
import { before, oldestFirst } from './queries.ts';
import type { CommunicationTokens, RealtimeChannel } from './realtime-channel.ts';
import type { Relays } from './relays.ts';
import { sessionEffects } from './session-model.ts';

/** Effects that are older were left by a node that died, or failed. */
export const LEFT_BEHIND_MS = 2_000;
/** By now every deadline has passed that an effect could have served. */
const GIVEN_UP_MS = 10 * 60 * 1_000;
const PAGE = 200;
const MOST_AT_ONCE = 4_000;

export interface OutboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly channel: RealtimeChannel;
  readonly tokens: CommunicationTokens;
  readonly relays: Relays;
  readonly recheck: (tenantId: string) => Promise<void>;
  /** What went wrong and is tried again. */
  readonly onFault: (error: unknown) => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  /** The last work under way for each session: its effects keep their order. */
  readonly #tails = new Map<string, Promise<boolean>>();
  /** By id of the row. */
  readonly #underWay = new Map<string, Promise<void>>();
  #done: string[] = [];
  #removing: Promise<void> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Carries out what the transitions of a unit asked for; settles when it is done, or left for another try.
   * @param ids of all entries that ask for just this
   */
  carryOut(entry: OutboxEntry, ids: readonly string[] = [entry.id]): Promise<void> {
    const carried = this.#carryOut(entry, ids).finally(() => {
      for (const id of ids) this.#underWay.delete(id);
    });
    for (const id of ids) this.#underWay.set(id, carried);
    return carried;
  }

  /** Carries out what was left behind. @throws when the store can't be asked */
  async catchUp(): Promise<void> {
    const now = this.#options.clock.now();
    const entities = await this.#leftBehind(now);
    const left = entities.filter(({ id }) => !this.#underWay.has(id) && !this.#done.includes(id));
    const isHopeless = (created: unknown) => String(created) < toIsoText(now - GIVEN_UP_MS);
    this.#remove(left.filter(({ values }) => isHopeless(values.createdDateTime)).map(({ id }) => id));
    const hopeful = left.filter(({ values }) => !isHopeless(values.createdDateTime)).map(outboxOf);
    const ofSessions = hopeful.filter(isOfSessions);
    await Promise.all([...ofSessions.map((entry) => this.carryOut(entry)), ...this.#rechecks(hopeful)]);
  }

  /** The oldest entries, enough of them that nobody's fill all the room. */
  async #leftBehind(now: Instant): Promise<readonly StoredEntity[]> {
    const entities: StoredEntity[] = [];
    let after: Cursor | undefined;
    do {
      const page: Page = await this.#options.store.query({
        set: sessionEffects,
        tenantId: SYSTEM_TENANT,
        filter: before(sessionEffects, 'createdDateTime', now - LEFT_BEHIND_MS),
        orderBy: oldestFirst(sessionEffects, 'createdDateTime'),
        top: PAGE,
        ...(after ? { after } : {}),
      });
      entities.push(...page.entities);
      after = page.next;
    } while (after && entities.length < MOST_AT_ONCE);
    return entities;
  }

  /** One look at a tenant does for all who ask for one; who asks while it is looked at gets the next. */
  #rechecks(entries: readonly OutboxEntry[]): Promise<void>[] {
    const lineOfTenant = ({ id, asked }: OutboxEntry) => lineOf(asked[0], id);
    const tenants = Map.groupBy(
      entries.filter((entry) => !isOfSessions(entry) && !this.#tails.has(lineOfTenant(entry))),
      lineOfTenant,
    );
    return [...tenants.values()].flatMap((same) => {
      const ids = same.map(({ id }) => id);
      return same.slice(0, 1).map((entry) => this.carryOut(entry, ids));
    });
  }

  /** Settles when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0 || this.#removing) await Promise.all([...this.#underWay.values(), this.#removing]);
  }

  async #carryOut(entry: OutboxEntry, ids: readonly string[]): Promise<void> {
    // Sessions do not wait for each other.
    const done = await Promise.all(entry.asked.map((asked) => this.#inLine(asked, lineOf(asked, entry.id))));
    if (done.every((isDone) => isDone)) this.#remove(ids);
  }

  /** @returns whether it is done */
  #inLine(asked: Asked, line: string): Promise<boolean> {
    const before = this.#tails.get(line);
    const tail = before ? before.then(() => this.#doAll(asked)) : this.#doAll(asked);
    this.#tails.set(line, tail);
    return tail.finally(() => {
      if (this.#tails.get(line) === tail) this.#tails.delete(line);
    });
  }

  async #doAll(asked: Asked): Promise<boolean> {
    try {
      for (const effect of asked.effects) await this.#do(effect, asked);
      return true;
    } catch (error) {
      this.#options.onFault(error);
      return false;
    }
  }

  #do(effect: Effect, { sessionId, sessionKey, version }: Asked): Promise<void> {
    const { channel, tokens, relays } = this.#options;
    const eventOf = (body: EventBody) => controlEvent({ key: sessionKey, version }, body);
    switch (effect.kind) {
      case 'tell':
        return channel.tell(sessionId, effect.parties, eventOf(effect.event));
      case 'tellConnection':
        return channel.tellConnection(effect.connectionId, eventOf(effect.event));
      case 'tellDevice':
        return channel.tellDevice(effect.tenantId, effect.deviceId, eventOf(effect.event));
      case 'admit':
        return channel.admit(effect.connectionId, effect.groupId);
      case 'closeConnection':
        relays.cutConnection(effect.connectionId);
        return channel.closeConnection(effect.connectionId);
      case 'cutRelays':
        relays.cutSession(sessionId);
        return Promise.resolve();
      case 'closeSession':
        relays.cutSession(sessionId);
        return channel.closeSession(sessionId);
      case 'revokeTokens':
        return tokens.revoke(effect.identities);
      case 'closeDevice':
        return channel.closeDevice(effect);
      case 'recheck':
        return this.#options.recheck(effect.tenantId);
    }
  }

  /** Removes rows of what is done, many in one unit while the store is busy with the last ones. */
  #remove(ids: readonly string[]): void {
    this.#done.push(...ids);
    if (this.#done.length > 0) this.#removing ??= this.#removeAll();
  }

  async #removeAll(): Promise<void> {
    try {
      while (this.#done.length > 0) {
        const ids = this.#done.slice(0, PAGE);
        await this.#options.store.transact({
          reads: [],
          decide: () => ({
            writes: ids.map((id) => ({ kind: 'delete', set: sessionEffects, tenantId: SYSTEM_TENANT, id })),
            value: undefined,
          }),
        });
        this.#done = this.#done.filter((id) => !ids.includes(id));
      }
    } catch (error) {
      // The rows are still there: they are carried out again, and removed then.
      this.#done = [];
      this.#options.onFault(error);
    } finally {
      this.#removing = undefined;
    }
  }
}

/** The others concern a tenant, or a device. */
function isOfSessions({ asked }: OutboxEntry): boolean {
  return asked[0].sessionId !== '';
}

/** What waits for each other: the effects of a session, or the looks at a tenant. */
function lineOf({ sessionId, effects }: Asked, id: string): string {
  const [first] = effects;
  return sessionId || (first?.kind === 'recheck' ? `recheck ${first.tenantId}` : id);
}
