/** A device that is on: hears who asks for help, puts the question to the person there, and takes part in the session. */
import { epochMsOfTicks, parseDateTimeOffset } from '@open-remote-help/protocol';
import {
  type ControlEvent,
  type ControlEventOf,
  type CryptoPort,
  type DeviceSigner,
  decodeControlEvent,
  EventRefusal,
  type SessionGrants,
} from '@open-remote-help/protocol/events';
import { HubConnection, type HubMessage, type OpenSocket } from '@open-remote-help/protocol/realtime';
import type { Clock, Instant } from './clock.ts';
import { DeviceError, messageOf } from './device-error.ts';
import type { SessionServer } from './device-server.ts';
import { putQuestion } from './put-question.ts';
import { QuestionLimit } from './question-limit.ts';
import type { DesktopSystems } from './screen/session-desktop.ts';
import type { RememberedSession, SessionMemory } from './session-memory.ts';
import { type EndReason, SessionPart } from './session-part.ts';
import {
  EVERYTHING,
  type Helper,
  type Notice,
  narrower,
  type Question,
  type Sharer,
  sameGrants,
  VIEW_ALONE,
  wider,
} from './sharer.ts';

/** What is set on the device itself, and by nobody else. */
export interface DeviceSettings {
  /** Whether helpers may come in while nobody is there. */
  readonly isUnattendedAllowed: boolean;
  /** The most that is ever granted. */
  readonly ceiling: SessionGrants;
  /** A session is over after so long, whatever the server says. */
  readonly longestSessionMs: number;
  /** A question without an answer for so long is declined; the server's own deadline counts besides. */
  readonly answerWithinMs?: number | undefined;
}

export interface DeviceOptions {
  readonly server: SessionServer;
  readonly signer: DeviceSigner;
  readonly crypto: CryptoPort;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly sharer: Sharer;
  readonly settings: DeviceSettings;
  /** What helpers may be lent of the desktop; absent where there is none. */
  readonly desktop?: DesktopSystems;
  /** Outlives the process; without it a session ends with it. */
  readonly memory?: SessionMemory;
}

/** Questions; a session knows half as many helpers (SES-12.2). */
const MOST_WAITING = 32;

export class Device {
  readonly #options: DeviceOptions;
  readonly #standing: HubConnection;
  readonly #over = Promise.withResolvers<unknown>();
  /** Questions that wait or are being put, by prompt, or session for the one about itself. */
  readonly #questions = new Map<string, AbortController>();
  readonly #limit = new QuestionLimit();
  #last: Promise<unknown> = Promise.resolve();
  #part: SessionPart | undefined;
  #partKey = '';
  /** Who was let in to that session, by user id. */
  #letIn = new Map<string, Helper>();
  #kept: RememberedSession | undefined;
  #isOnline: boolean | undefined;

  constructor(options: DeviceOptions) {
    this.#options = options;
    const { server, openSocket, clock } = options;
    this.#standing = new HubConnection({
      ...{ openSocket, timers: clock },
      accessUri: () => server.standingUri(),
      mayRetry: (error) => error instanceof DeviceError && error.code === 'unavailable',
      listener: {
        connected: () => this.#isNow(true),
        message: (message) => this.#hear(message),
        interrupted: () => this.#isNow(false),
        gone: (error) => {
          for (const question of this.#questions.values()) question.abort('byServer');
          this.#part?.end('failed');
          this.#over.resolve(error);
        },
      },
    });
  }

  /** The session that goes on, or is about to. */
  get session(): SessionPart | undefined {
    return this.#part;
  }

  /** Is on until it is closed. @throws DeviceError when the server refuses the device for good */
  async run(): Promise<void> {
    this.#standing.start();
    this.#last = this.#rejoin().catch((error: unknown) => this.#failed('The session could not be joined again', error));
    const error = await this.#over.promise;
    if (error) throw error;
  }

  /** Ends the session, if there is one. */
  async stop(): Promise<void> {
    await this.#part?.stop();
  }

  /** Takes rights back while the session goes on. @param keep what helpers may still do, if they may */
  async narrow(keep: SessionGrants): Promise<void> {
    await this.#part?.narrow(keep);
  }

  /** Declines what is asked, ends the session, then goes off. */
  async close(): Promise<void> {
    for (const question of this.#questions.values()) question.abort('closed');
    await this.stop();
    await this.#last;
    this.#standing.close();
    this.#over.resolve(undefined);
  }

  #isNow(isOnline: boolean): void {
    if (this.#isOnline === isOnline) return;
    this.#isOnline = isOnline;
    this.#options.sharer.notice({ kind: isOnline ? 'online' : 'offline' });
  }

  #hear({ from, data }: HubMessage): void {
    if (from !== 'server') return;
    try {
      const event = decodeControlEvent(data);
      if (event.event !== 'unknown') this.#told(event);
    } catch (error) {
      if (!(error instanceof EventRefusal)) throw error;
      this.#failed('The server said what cannot be understood', error);
    }
  }

  #told(event: ControlEvent): void {
    switch (event.event) {
      case 'requested':
        this.#put(this.#questionOf(event));
        return;
      case 'asked':
        this.#put(this.#promptOf(event));
        return;
      case 'withdrawn':
        this.#questions.get(event.promptId)?.abort('byServer');
        return;
      case 'ended':
        this.#ended(event);
        return;
      default:
      // The rest comes on the session's own connection.
    }
  }

  #questionOf({ sessionKey, sessionType, helper, helperSays, until }: ControlEventOf<'requested'>): Question {
    const wants = narrower(sessionType === 'viewScreen' ? VIEW_ALONE : EVERYTHING, this.#options.settings.ceiling);
    const isUnattended = sessionType === 'unattended';
    return { kind: 'session', sessionKey, helper, helperSays, wants, until: this.#instantOf(until), isUnattended };
  }

  #promptOf({ sessionKey, promptId, kind, helper, helperSays, wants, until }: ControlEventOf<'asked'>): Question {
    const most = narrower(wants, this.#options.settings.ceiling);
    const question = { kind, sessionKey, promptId, helper, helperSays, wants: most };
    return { ...question, until: this.#instantOf(until), isUnattended: false };
  }

  /** One question after the other; one that is told again, after a break, is put once. */
  #put(question: Question): void {
    const id = question.promptId ?? question.sessionKey;
    if (this.#questions.size >= MOST_WAITING) return;
    if (this.#questions.has(id) || (question.kind === 'session' && question.sessionKey === this.#partKey)) return;
    const abort = new AbortController();
    this.#questions.set(id, abort);
    this.#last = this.#last
      .then(() => this.#answer(question, abort))
      .catch((error: unknown) => this.#failed('The answer could not be given', error))
      .finally(() => this.#questions.delete(id));
  }

  async #answer(question: Question, abort: AbortController): Promise<void> {
    const { sharer, server, settings, clock } = this.#options;
    const { sessionKey, promptId } = question;
    // About a session that is not on, or of somebody who is not in it, there is nothing to decide.
    if (question.kind !== 'session' && !this.#concerns(question)) return server.decline(sessionKey, false, promptId);
    if (question.isUnattended && !settings.isUnattendedAllowed) {
      sharer.notice({ kind: 'refusedUnattended', helper: question.helper });
      return server.decline(sessionKey, false, promptId);
    }
    if (!this.#limit.mayAsk(clock.now())) {
      sharer.notice({ kind: 'refusedUnasked', helper: question.helper });
      return server.decline(sessionKey, false, promptId);
    }
    const decision = await putQuestion(question, abort, {
      ...this.#options,
      freeze: () => this.#part?.freeze('prompt'),
    });
    this.#limit.answered(clock.now(), decision.kind === 'accept');
    if (abort.signal.aborted && abort.signal.reason !== 'answered') {
      if (abort.signal.reason === 'closed') return server.decline(sessionKey, false, promptId);
      sharer.notice({ kind: 'withdrawn', why: abort.signal.reason === 'timedOut' ? 'timedOut' : 'byServer' });
      return;
    }
    if (decision.kind === 'decline') return server.decline(sessionKey, decision.isReported, promptId);
    const grants = narrower(decision.grants, question.wants);
    if (question.kind === 'session') return this.#begin(question, grants);
    // The server may pair them before it answers.
    if (question.kind === 'access') this.#letIn.set(question.helper.userId, question.helper);
    await server.accept(sessionKey, grants, promptId);
    if (!this.#part || sessionKey !== this.#partKey) return;
    const { grants: before } = this.#part;
    // All helpers have the same: who is let in with less leaves the others no more.
    this.#part.grant(question.kind === 'rights' ? wider(before, grants) : narrower(before, grants));
    const isNews = question.kind === 'rights' || !sameGrants(before, this.#part.grants);
    if (this.#kept) this.#remember(withHelper({ ...this.#kept, grants: this.#part.grants }, question));
    if (isNews) sharer.notice({ kind: 'granted', grants: this.#part.grants });
  }

  /** The device is in before it says yes: nobody is admitted to a session that it cannot watch over. */
  async #begin({ sessionKey, helper, isUnattended }: Question, grants: SessionGrants): Promise<void> {
    const { server, sharer, clock, settings } = this.#options;
    // A server that allows a second session would leave the first with a viewer whom nobody here can stop.
    void this.#part?.stop();
    const times = { beganAt: clock.now(), longestMs: settings.longestSessionMs };
    const session = { sessionKey, helpers: [helper], isUnattended, ...times } as const;
    const part = this.#newPart(session);
    this.#part = part;
    try {
      await part.open();
      part.grant(grants);
      await server.accept(sessionKey, grants);
      // Stopped, or over, while the yes was on its way: the server has just begun it.
      if (part.isOver) return await part.stop();
      this.#remember({ ...session, grants });
      sharer.notice({ kind: 'began', helper, grants, ...part.times });
    } catch (error) {
      part.end('failed');
      throw error;
    }
  }

  /** A session that went on when this process ended goes on in this one, with what was granted then and no more. */
  async #rejoin(): Promise<void> {
    const { memory, server, sharer, settings } = this.#options;
    const kept = await memory?.read();
    if (!kept) return;
    this.#kept = kept;
    const grants = narrower(kept.grants, settings.ceiling);
    const longestMs = Math.min(kept.longestMs, settings.longestSessionMs);
    try {
      const { state } = await server.join(kept.sessionKey);
      if (state !== 'active') throw new DeviceError('gone', 'The session never began.');
      const part = this.#newPart({ ...kept, longestMs });
      this.#part = part;
      this.#kept = { ...kept, grants };
      await part.open();
      part.grant(grants);
      sharer.notice({ kind: 'began', helper: kept.helpers[0], grants, ...part.times });
    } catch (error) {
      this.#part?.end('failed');
      // Over before it was joined again: the desktop is as the helper left it.
      if (this.#kept?.isUnattended) this.#lock();
      this.#remember(undefined);
      const isOver = error instanceof DeviceError && error.code === 'gone';
      if (!isOver) throw error;
    }
  }

  #remember(session: RememberedSession | undefined): void {
    this.#kept = session;
    const { memory } = this.#options;
    memory?.write(session).catch((error: unknown) => this.#failed('The session could not be noted', error));
  }

  /** Nobody is there who could do it. */
  #lock(): void {
    const { desktop } = this.#options;
    desktop?.lock?.().catch((error: unknown) => this.#failed('The desktop could not be locked', error));
  }

  /** @param beganAt by a clock that was put back since, as may be, it says nothing: then the session's time is up */
  #newPart({ sessionKey, helpers, beganAt, longestMs }: Omit<RememberedSession, 'grants'>): SessionPart {
    const { server, signer, crypto, openSocket, clock, sharer, desktop } = this.#options;
    this.#partKey = sessionKey;
    this.#letIn = new Map(helpers.map((helper) => [helper.userId, helper]));
    const part: SessionPart = new SessionPart({
      ...{ sessionKey, server, signer, crypto, openSocket, clock, desktop, letIn: this.#letIn },
      latestAt: beganAt > clock.now() ? clock.now() : beganAt + longestMs,
      notice: (notice: Notice) => {
        if (notice.kind === 'granted' && this.#kept) this.#remember({ ...this.#kept, grants: notice.grants });
        sharer.notice(notice);
      },
      over: (reason: EndReason) => {
        if (this.#part === part) this.#part = undefined;
        if (this.#kept?.isUnattended) this.#lock();
        this.#remember(undefined);
        sharer.notice({ kind: 'ended', reason });
      },
    });
    return part;
  }

  /** Whether there is something to decide: about the session that is on, and for somebody who may ask it. */
  #concerns({ kind, sessionKey, helper }: Question): boolean {
    if (!this.#part || sessionKey !== this.#partKey) return false;
    return kind === 'access' || this.#letIn.has(helper.userId);
  }

  #ended({ sessionKey, reason }: ControlEventOf<'ended'>): void {
    this.#questions.get(sessionKey)?.abort(reason === 'timedOut' ? 'timedOut' : 'byServer');
    if (sessionKey === this.#partKey) this.#part?.end(reason);
  }

  #failed(what: string, error: unknown): void {
    this.#options.sharer.notice({ kind: 'failed', what, why: messageOf(error) });
  }

  #instantOf(text: string): Instant {
    const parsed = parseDateTimeOffset(text);
    return parsed ? this.#options.server.local(epochMsOfTicks(parsed.ticks)) : this.#options.clock.now();
  }
}

/** The session with whom the question let in as well. */
function withHelper(kept: RememberedSession, { kind, helper }: Question): RememberedSession {
  const isNew = kind === 'access' && !kept.helpers.some(({ userId }) => userId === helper.userId);
  return isNew ? { ...kept, helpers: [...kept.helpers, helper] } : kept;
}
