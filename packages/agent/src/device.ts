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
import { DeviceError } from './device-error.ts';
import type { SessionServer } from './device-server.ts';
import { type EndReason, messageOf, SessionPart } from './session-part.ts';
import {
  type Decision,
  EVERYTHING,
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
  /** A question without an answer for so long is declined; the server's own deadline counts besides. */
  readonly answerWithinMs?: number;
}

export interface DeviceOptions {
  readonly server: SessionServer;
  readonly signer: DeviceSigner;
  readonly crypto: CryptoPort;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly sharer: Sharer;
  readonly settings: DeviceSettings;
}

/** For so long a notice is shown before a helper comes in unattended. */
export const UNATTENDED_NOTICE_MS = 30_000;

const DECLINED: Decision = { kind: 'decline', isReported: false };

export class Device {
  readonly #options: DeviceOptions;
  readonly #standing: HubConnection;
  readonly #over = Promise.withResolvers<unknown>();
  /** Questions that wait or are being put, by prompt, or session for the one about itself. */
  readonly #questions = new Map<string, AbortController>();
  readonly #names = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();
  #part: SessionPart | undefined;
  #partKey = '';
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
    if (this.#questions.has(id) || (question.kind === 'session' && question.sessionKey === this.#partKey)) return;
    const abort = new AbortController();
    this.#questions.set(id, abort);
    this.#names.set(question.helper.userId, question.helper.name);
    this.#last = this.#last
      .then(() => this.#answer(question, abort))
      .catch((error: unknown) => this.#failed('The answer could not be given', error))
      .finally(() => this.#questions.delete(id));
  }

  async #answer(question: Question, abort: AbortController): Promise<void> {
    const { sharer, server, settings } = this.#options;
    const { sessionKey, promptId } = question;
    if (question.isUnattended && !settings.isUnattendedAllowed) {
      sharer.notice({ kind: 'refusedUnattended', helper: question.helper });
      return server.decline(sessionKey, false, promptId);
    }
    const decision = await this.#decide(question, abort);
    if (abort.signal.aborted && abort.signal.reason !== 'answered') {
      if (abort.signal.reason === 'closed') return server.decline(sessionKey, false, promptId);
      sharer.notice({ kind: 'withdrawn', why: abort.signal.reason === 'timedOut' ? 'timedOut' : 'byServer' });
      return;
    }
    if (decision.kind === 'decline') return server.decline(sessionKey, decision.isReported, promptId);
    const grants = narrower(decision.grants, question.wants);
    if (question.kind === 'session') return this.#begin(question, grants);
    await server.accept(sessionKey, grants, promptId);
    if (!this.#part) return;
    const { grants: before } = this.#part;
    // All helpers have the same: who is let in with less leaves the others no more.
    this.#part.grant(question.kind === 'rights' ? wider(before, grants) : narrower(before, grants));
    const isNews = question.kind === 'rights' || !sameGrants(before, this.#part.grants);
    if (isNews) sharer.notice({ kind: 'granted', grants: this.#part.grants });
  }

  /** What the person says, or what silence means: nothing at the server's deadline, the settings' word before. */
  async #decide(question: Question, abort: AbortController): Promise<Decision> {
    const { sharer, clock, settings } = this.#options;
    const answered = Promise.withResolvers<Decision>();
    const now = clock.now();
    const silent = question.isUnattended ? UNATTENDED_NOTICE_MS : settings.answerWithinMs;
    const cancels = [clock.at(question.until, () => abort.abort('timedOut'))];
    if (silent !== undefined) {
      const decision: Decision = question.isUnattended ? { kind: 'accept', grants: question.wants } : DECLINED;
      cancels.push(
        clock.at(now + silent, () => {
          answered.resolve(decision);
          abort.abort('answered');
        }),
      );
    }
    abort.signal.addEventListener('abort', () => answered.resolve(DECLINED), { once: true });
    sharer.decide(question, abort.signal).then(answered.resolve, answered.reject);
    return answered.promise.finally(() => {
      for (const cancel of cancels) cancel();
    });
  }

  /** The device is in before it says yes: nobody is admitted to a session that it cannot watch over. */
  async #begin({ sessionKey, helper }: Question, grants: SessionGrants): Promise<void> {
    const { server, sharer } = this.#options;
    const part = this.#newPart(sessionKey);
    this.#part = part;
    this.#partKey = sessionKey;
    try {
      await part.open();
      part.grant(grants);
      await server.accept(sessionKey, grants);
      sharer.notice({ kind: 'began', helper, grants, expiresAt: part.expiresAt });
    } catch (error) {
      part.end('failed');
      throw error;
    }
  }

  #newPart(sessionKey: string): SessionPart {
    const { server, signer, crypto, openSocket, clock, sharer } = this.#options;
    const part: SessionPart = new SessionPart({
      ...{ sessionKey, server, signer, crypto, openSocket, clock },
      notice: (notice: Notice) => sharer.notice(notice),
      nameOf: (userId) => this.#names.get(userId) ?? 'A helper',
      over: (reason: EndReason) => {
        if (this.#part === part) this.#part = undefined;
        sharer.notice({ kind: 'ended', reason });
      },
    });
    return part;
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
