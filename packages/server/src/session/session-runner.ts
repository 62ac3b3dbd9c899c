/**
 * Applies commands to stored sessions, carries out what follows, and does what is due: the engine's one thin layer of
 * effects. What a command means stands in `transitions.ts`.
 */
import { randomUUID } from 'node:crypto';
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { type Clock, type Instant, toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Opener, Store, StoredEntity } from '../store/store.ts';
import type { Refusal } from './commands.ts';
import { nextDeadline } from './deadlines.ts';
import type { DueOutcome } from './due-unit.ts';
import { DueWork, isAway } from './due-work.ts';
import { HeldSessions } from './held-sessions.ts';
import type { HelperRights } from './helper-rights.ts';
import { LostNodes } from './lost-nodes.ts';
import { Outbox } from './outbox.ts';
import type { OutboxEntry } from './outbox-rows.ts';
import { oldestFirst, since } from './queries.ts';
import type { CommunicationTokens, RealtimeChannel } from './realtime-channel.ts';
import { recheck } from './recheck.ts';
import { RefusedAttempts } from './refused-attempts.ts';
import type { Relays } from './relays.ts';
import { isLive, type Session, type SessionId, type SessionSettings } from './session.ts';
import type { Subject } from './session-audit.ts';
import { liveSessions, promptLogs } from './session-model.ts';
import { liveKey, sessionOf } from './session-rows.ts';
import { type Address, type Attempt, activityOf, attemptUnit, type Outcome, subjectOf } from './session-unit.ts';
import { GONE } from './steps.ts';
import { WakeUp } from './wake-up.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly opener: Opener;
  readonly clock: Clock;
  readonly channel: RealtimeChannel;
  readonly tokens: CommunicationTokens;
  readonly relays: Relays;
  readonly rights: HelperRights;
  readonly settings: SessionSettings;
  /** Names this node among the others, for as long as it runs. */
  readonly nodeId?: string;
  /** What went wrong and is tried again. */
  readonly onFault: (error: unknown) => void;
}

export type Decided = Extract<Outcome, { kind: 'decided' }>;

/** How often a node looks for what others changed: a session that ended elsewhere is cut here within a second. */
const POLL_MS = 500;
/** What a commit of another node may take between its instant and being seen. */
const OVERLAP_MS = 5_000;
/** How long the store may take to say that a lease was renewed. */
const UNANSWERED_MS = 400;
const TIDY_EVERY_MS = 60 * 60_000;
const PAGE = 200;
const MOST_TRIES = 10;

export class SessionRunner {
  readonly options: EngineOptions;
  readonly nodeId: string;
  readonly held = new HeldSessions();
  readonly outbox: Outbox;
  readonly refused: RefusedAttempts;
  readonly #wakeUp: WakeUp;
  readonly #dueWork: DueWork;
  readonly #lostNodes: LostNodes;
  /** What counted here while the store was away: stops, and connections that were lost. */
  readonly #unrecorded: Attempt[] = [];
  #lookedAt: Instant;
  #tidyAt: Instant = Number.NEGATIVE_INFINITY;
  readonly #background = new Set<Promise<void>>();
  #isClosing = false;

  constructor(options: EngineOptions) {
    this.options = options;
    this.nodeId = options.nodeId ?? randomUUID();
    this.refused = new RefusedAttempts({ ...options, onError: options.onFault });
    this.outbox = new Outbox({ ...options, recheck: (tenantId) => this.recheck(tenantId) });
    this.#wakeUp = new WakeUp(options.clock, () => this.#work());
    this.#dueWork = new DueWork({ ...options, follow: (outcome) => this.#alongside(this.#followAll(outcome)) });
    this.#lostNodes = new LostNodes(options.store, this.nodeId, (address, connectionId) =>
      this.attempt({ address, origin: undefined, command: { kind: 'connectionLost', connectionId } }),
    );
    this.#lookedAt = options.clock.now();
  }

  /** Does what fell due while nobody ran, then goes on by itself. */
  start(): Promise<void> {
    return this.#wakeUp.now();
  }

  /** Does now what is due or left behind. */
  work(): Promise<void> {
    return this.#wakeUp.now();
  }

  /** Settles when nothing is under way. */
  async settled(): Promise<void> {
    await this.#wakeUp.settled();
    while (this.#background.size > 0) await Promise.all(this.#background);
    await this.outbox.settled();
    await this.refused.settled();
  }

  /** Begins nothing more: what is due and left falls due on another node, or at the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#dueWork.close();
    await this.#wakeUp.close();
    await this.settled();
    await this.refused.close();
  }

  /**
   * Applies a command, again where somebody else was faster.
   * @param prepare gives what has to be made before the unit, for the session as it is then, and how long it fits
   * @throws DomainError when it is refused; the attempt is on record then
   */
  async attempt(
    attempt: Attempt,
    prepare?: (session: Session, row: StoredEntity) => Promise<Partial<Attempt>>,
  ): Promise<Decided> {
    const { store, clock, settings } = this.options;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const row = prepare && (await store.get(liveKey(attempt.address.id)));
      const prepared = prepare && row ? await prepare(sessionOf(row), row) : {};
      const outcome = await store.transact(attemptUnit({ ...attempt, ...prepared }, clock, settings));
      if (outcome.kind === 'absent') return this.#refuse(attempt, absent(attempt.address), GONE);
      if (outcome.kind === 'stale') continue;
      await this.follow(outcome.step.session, outcome.outbox);
      const { before, step } = outcome;
      if (step.refusal) return this.#refuse(attempt, subjectOf(before), step.refusal);
      return outcome;
    }
    throw new DomainError('unavailable', 'The session changes too fast. Try again.', { retryAfterSeconds: 1 });
  }

  /** @throws DomainError when the attempt is on record */
  async #refuse({ command, origin }: Attempt, subject: Subject, refusal: Refusal): Promise<never> {
    if (origin) await this.refused.note({ subject, activityType: activityOf(command), refusal, origin });
    throw asError(refusal);
  }

  /** Before the store hears of a connection of this node, it knows the node. @throws DomainError `unavailable` */
  enter(): Promise<void> {
    return this.#lostNodes.enter(this.options.clock.now());
  }

  /** What follows from a transition that is stored. */
  async follow(session: Session | undefined, outbox: OutboxEntry | undefined): Promise<void> {
    await this.#followAll({ changed: [session], outbox });
  }

  async #followAll({ changed, outbox }: Pick<DueOutcome, 'changed' | 'outbox'>): Promise<void> {
    for (const session of changed) {
      if (!session) continue;
      this.held.saw(session);
      this.#wakeUp.arm(nextDeadline(session).at);
    }
    if (outbox) await this.outbox.carryOut(outbox);
  }

  /** Looks at every live session of a tenant whose settings, devices or rights changed. */
  recheck(tenantId: string): Promise<void> {
    return recheck(this.options, tenantId, ({ id }, command) =>
      this.attempt({ address: { tenantId, id }, origin: undefined, command }),
    );
  }

  /** What has happened already is recorded when the store is back. */
  recordLater(attempt: Attempt): void {
    this.#unrecorded.push({ at: this.options.clock.now(), ...attempt });
  }

  /** Closes what is held here, whoever else has to be told; the store may not know yet. */
  cut(id: SessionId): void {
    if (this.held.isCut(id)) return;
    this.held.cut(id);
    this.options.relays.cutSession(id);
    this.#alongside(this.options.channel.closeSession(id));
  }

  /** All that is due; gives the instant at which there is something to do again. */
  async #work(): Promise<Instant> {
    const { clock, onFault } = this.options;
    const unwatch = this.#watch();
    try {
      await this.#recordBelated();
      const nextAt = await this.#dueWork.fallDue();
      if (this.#isClosing) return nextAt;
      await this.#lookAround();
      // Neither a broker that does not answer nor many sessions of a lost node keep deadlines waiting.
      this.#alongside(this.outbox.catchUp());
      this.#alongside(this.#lostNodes.look(clock.now()));
      await this.#tidy();
      return Math.min(nextAt, clock.now() + POLL_MS);
    } catch (error) {
      onFault(error);
      // Nobody can say now whether a lease was renewed: what is known here counts.
      for (const id of this.held.overdue(clock.now())) this.cut(id);
      return Math.min(this.held.nextEnd(), clock.now() + POLL_MS);
    } finally {
      unwatch();
    }
  }

  /** A store that does not answer keeps no session alive either: what stays overdue while it is waited for is cut. */
  #watch(): () => void {
    const { clock } = this.options;
    let cancel: () => void;
    const look = () => {
      for (const id of this.held.overdue(clock.now() - UNANSWERED_MS)) this.cut(id);
      cancel = clock.at(clock.now() + UNANSWERED_MS, look);
    };
    cancel = clock.at(clock.now() + UNANSWERED_MS, look);
    return () => cancel();
  }

  /** Drops what devices were asked so long ago that it counts no more. */
  async #tidy(): Promise<void> {
    const now = this.options.clock.now();
    if (now < this.#tidyAt) return;
    this.#tidyAt = now + TIDY_EVERY_MS;
    await this.options.store.purge(promptLogs, 'expiresDateTime', toIsoText(now));
  }

  async #recordBelated(): Promise<void> {
    for (let attempt = this.#unrecorded[0]; attempt; attempt = this.#unrecorded[0]) {
      try {
        await this.attempt(attempt);
      } catch (error) {
        if (isAway(error)) throw error;
        // Whatever ended it meanwhile, it has ended; and what cannot be recorded at all keeps no deadline waiting.
        if (!(error instanceof DomainError)) this.options.onFault(error);
      }
      this.#unrecorded.shift();
    }
  }

  /** What other nodes changed about the sessions whose connections are here. */
  async #lookAround(): Promise<void> {
    if (this.held.size === 0) {
      this.#lookedAt = this.options.clock.now();
      return;
    }
    const from = this.#lookedAt - OVERLAP_MS;
    const now = this.options.clock.now();
    let after: Parameters<Store['query']>[0]['after'];
    do {
      const page = await this.options.store.query({
        set: liveSessions,
        tenantId: SYSTEM_TENANT,
        filter: since(liveSessions, 'changedDateTime', from),
        orderBy: oldestFirst(liveSessions, 'changedDateTime'),
        top: PAGE,
        select: ['state'],
        ...(after ? { after } : {}),
      });
      for (const row of page.entities) if (this.held.has(row.id as SessionId)) this.#see(row);
      after = page.next;
    } while (after);
    this.#lookedAt = now;
  }

  #see(row: StoredEntity): void {
    try {
      const session = sessionOf(row);
      this.held.saw(session);
      if (!isLive(session)) this.cut(session.id);
    } catch (error) {
      // What is known here still counts.
      this.options.onFault(error);
    }
  }

  /** Work that nobody waits for now, but a close. */
  #alongside(work: Promise<void>): void {
    const settled: Promise<void> = work.catch(this.options.onFault).finally(() => this.#background.delete(settled));
    this.#background.add(settled);
  }
}

/** A session that there is not, or not any more. */
function absent({ tenantId, id }: Address): Subject {
  return { tenantId, resourceId: id, hasSession: true, deviceName: null };
}

export function asError({ code, message, ...facts }: Refusal): DomainError {
  return new DomainError(code, message, facts);
}
