/** A sharer whose every question and session is kept in the device's history. What cannot be kept is declined. */
import type { Clock } from './clock.ts';
import { messageOf } from './device-error.ts';
import { Gathered } from './gathered.ts';
import { type History, type HistoryEntry, isUninvited } from './history.ts';
import type { Decision, Notice, Question, Sharer } from './sharer.ts';

const DECLINED: Decision = { kind: 'decline', isReported: false };

/** So many entries an hour of each event that needs nobody's yes; it is more than a server of good will asks. */
const MOST_AN_HOUR = 30;
/** So many entries a session of each event that helpers and the server bring about. */
const MOST_A_SESSION = 100;
const HOUR_MS = 3_600_000;
/** Decided on the device, or once a session. */
const ALWAYS: ReadonlySet<HistoryEntry['event']> = new Set(['allowed', 'began', 'ended', 'gathered']);

export class RecordedSharer implements Sharer {
  readonly #sharer: Sharer;
  readonly #history: Pick<History, 'add'>;
  readonly #clock: Clock;
  readonly #ofHour = new Gathered(MOST_AN_HOUR);
  readonly #ofSession = new Gathered(MOST_A_SESSION);
  #cancelHour: (() => void) | undefined;
  #sessionKey: string | undefined;
  /** Allowed while another session may still be on. */
  #nextKey: string | undefined;
  #isOn = false;

  constructor(sharer: Sharer, history: Pick<History, 'add'>, clock: Clock) {
    this.#sharer = sharer;
    this.#history = history;
    this.#clock = clock;
  }

  async decide(question: Question, signal: AbortSignal): Promise<Decision> {
    const { kind, helper, helperSays, wants, isUnattended, sessionKey } = question;
    if (!this.#keep({ event: 'asked', kind, helper, helperSays, wants, isUnattended }, sessionKey)) return DECLINED;
    const decision = await this.#sharer.decide(question, signal);
    const entry = signal.aborted ? silenceOf(question, signal.reason) : answerOf(question, decision);
    const isKept = this.#keep(entry, sessionKey);
    // Silence is a yes there, whatever is returned.
    if (!isKept && isUnattended && signal.aborted) throw new Error('What is not written down is not allowed.');
    if (isKept && entry.event === 'allowed' && kind === 'session') this.#allowed(sessionKey);
    return isKept ? decision : DECLINED;
  }

  notice(notice: Notice): void {
    const entry = entryOf(notice);
    if (notice.kind === 'began') this.#isOn = true;
    if (notice.kind === 'ended') this.#gather(this.#ofSession, this.#sessionKey);
    const isWorthALine = !entry || this.#isWorthALine(entry);
    if (entry && isWorthALine) this.#write(entry, isUninvited(entry) ? undefined : this.#sessionKey);
    if (isWorthALine || !entry || !isUninvited(entry)) this.#sharer.notice(notice);
    if (notice.kind === 'ended') this.#ended();
  }

  /** Writes down what was counted so far. */
  close(): void {
    this.#cancelHour?.();
    this.#gather(this.#ofHour, undefined);
  }

  #allowed(sessionKey: string): void {
    this.#nextKey = sessionKey;
    if (!this.#isOn) this.#sessionKey = sessionKey;
  }

  #ended(): void {
    this.#isOn = false;
    if (this.#nextKey === this.#sessionKey) this.#nextKey = undefined;
    this.#sessionKey = this.#nextKey;
  }

  /** @returns false where it could not be written; what is counted alone is kept as well */
  #keep(entry: HistoryEntry, sessionKey: string | undefined): boolean {
    return !this.#isWorthALine(entry) || this.#write(entry, sessionKey);
  }

  #isWorthALine(entry: HistoryEntry): boolean {
    if (ALWAYS.has(entry.event)) return true;
    if (!isUninvited(entry)) return this.#ofSession.take(entry.event);
    this.#cancelHour ??= this.#clock.at(this.#clock.now() + HOUR_MS, () => {
      this.#cancelHour = undefined;
      this.#gather(this.#ofHour, undefined);
    });
    return this.#ofHour.take(entry.event);
  }

  #gather(gathered: Gathered, sessionKey: string | undefined): void {
    const counts = gathered.rest();
    if (counts) this.#write({ event: 'gathered', counts }, sessionKey);
  }

  #write(entry: HistoryEntry, sessionKey: string | undefined): boolean {
    try {
      this.#history.add(entry, this.#clock.now(), sessionKey);
      return true;
    } catch (error) {
      this.#sharer.notice({
        kind: 'failed',
        what: 'The history on this device cannot be written',
        why: messageOf(error),
      });
      return false;
    }
  }
}

function answerOf({ kind, helper, helperSays }: Question, decision: Decision): HistoryEntry {
  if (decision.kind === 'accept') return { event: 'allowed', kind, helper, helperSays, grants: decision.grants };
  return { event: 'declined', kind, how: decision.isReported ? 'reported' : 'byPerson' };
}

/** What it means that nobody answered, by why the question was taken away (`Device`). */
function silenceOf({ kind, helper, helperSays, isUnattended, wants }: Question, reason: unknown): HistoryEntry {
  if (reason === 'answered') {
    return isUnattended
      ? { event: 'allowed', kind, helper, helperSays, grants: wants }
      : { event: 'declined', kind, how: 'bySilence' };
  }
  if (reason === 'closed') return { event: 'declined', kind, how: 'switchedOff' };
  return { event: 'withdrawn', kind, why: reason === 'timedOut' ? 'timedOut' : 'byServer' };
}

function entryOf(notice: Notice): HistoryEntry | undefined {
  switch (notice.kind) {
    case 'refusedUnattended':
      return { event: 'refused', why: 'unattendedIsOff', helper: notice.helper };
    case 'refusedUnasked':
      return { event: 'refused', why: 'askedTooOften', helper: notice.helper };
    case 'began':
      return { event: 'began', helper: notice.helper, grants: notice.grants };
    case 'granted':
      return { event: 'grants', grants: notice.grants };
    case 'presence':
      return { event: notice.isPresent ? 'came' : 'left', name: notice.name };
    case 'looking':
      return { event: notice.isLooking ? 'looked' : 'lookedAway', name: notice.name };
    case 'failed':
      return { event: 'failed', what: notice.what };
    case 'ended':
      return { event: 'ended', reason: notice.reason };
    default:
      return undefined;
  }
}
