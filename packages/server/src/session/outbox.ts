/**
 * Carries out effects. They lie in the store from the transition on, so that a node that dies leaves them to the
 * others: each is done at least once, and removed when it is done.
 */
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { type Clock, toIsoText } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { controlEvent, type EventBody } from './control-events.ts';
import type { Effect } from './effects.ts';
import { before, oldestFirst } from './queries.ts';
import type { CommunicationTokens, RealtimeChannel } from './realtime-channel.ts';
import { sessionEffects } from './session-model.ts';
import { type OutboxEntry, outboxOf } from './session-unit.ts';

/** Effects that are older were left by a node that died, or failed. */
export const LEFT_BEHIND_MS = 2_000;
/** By now every deadline has passed that an effect could have served. */
const GIVEN_UP_MS = 10 * 60 * 1_000;
const PAGE = 200;

export interface OutboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly channel: RealtimeChannel;
  readonly tokens: CommunicationTokens;
  readonly recheck: (tenantId: string) => Promise<void>;
  /** What went wrong and is tried again. */
  readonly onFault: (error: unknown) => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  /** The last work under way for each session: its effects keep their order. */
  readonly #tails = new Map<string, Promise<void>>();
  readonly #underWay = new Set<string>();
  #done: string[] = [];
  #removing: Promise<void> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Carries out what a transition asked for; settles when it is done, or left for another try. */
  carryOut(entry: OutboxEntry): Promise<void> {
    this.#underWay.add(entry.id);
    // What is of no session waits for no other.
    const line = entry.sessionId || entry.id;
    const tail = (this.#tails.get(line) ?? Promise.resolve()).then(() => this.#carryOut(entry));
    this.#tails.set(line, tail);
    return tail.finally(() => {
      this.#underWay.delete(entry.id);
      if (this.#tails.get(line) === tail) this.#tails.delete(line);
    });
  }

  /** Carries out what was left behind. @throws when the store can't be asked */
  async catchUp(): Promise<void> {
    const now = this.#options.clock.now();
    const { entities } = await this.#options.store.query({
      set: sessionEffects,
      tenantId: SYSTEM_TENANT,
      filter: before(sessionEffects, 'createdDateTime', now - LEFT_BEHIND_MS),
      orderBy: oldestFirst(sessionEffects, 'createdDateTime'),
      top: PAGE,
    });
    const left = entities.filter(({ id }) => !this.#underWay.has(id) && !this.#done.includes(id));
    const isHopeless = (created: unknown) => String(created) < toIsoText(now - GIVEN_UP_MS);
    this.#remove(left.filter(({ values }) => isHopeless(values.createdDateTime)).map(({ id }) => id));
    const hopeful = left.filter(({ values }) => !isHopeless(values.createdDateTime));
    await Promise.all(hopeful.map((row) => this.carryOut(outboxOf(row))));
  }

  /** Settles when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#tails.size > 0 || this.#removing) await Promise.all([...this.#tails.values(), this.#removing]);
  }

  async #carryOut(entry: OutboxEntry): Promise<void> {
    try {
      for (const effect of entry.effects) await this.#do(effect, entry);
      this.#remove([entry.id]);
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  #do(effect: Effect, { sessionId, sessionKey, version }: OutboxEntry): Promise<void> {
    const { channel, tokens } = this.#options;
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
        return channel.closeConnection(effect.connectionId);
      case 'closeSession':
        return channel.closeSession(sessionId);
      case 'revokeTokens':
        return tokens.revoke(effect.identities);
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
