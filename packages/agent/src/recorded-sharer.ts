/** A sharer whose every question and session is kept in the device's history. What cannot be kept is declined. */
import type { Clock } from './clock.ts';
import { messageOf } from './device-error.ts';
import type { History, HistoryEntry } from './history.ts';
import type { Decision, Notice, Question, Sharer } from './sharer.ts';

const DECLINED: Decision = { kind: 'decline', isReported: false };

export class RecordedSharer implements Sharer {
  readonly #sharer: Sharer;
  readonly #history: Pick<History, 'add'>;
  readonly #clock: Pick<Clock, 'now'>;
  #sessionKey: string | undefined;

  constructor(sharer: Sharer, history: Pick<History, 'add'>, clock: Pick<Clock, 'now'>) {
    this.#sharer = sharer;
    this.#history = history;
    this.#clock = clock;
  }

  async decide(question: Question, signal: AbortSignal): Promise<Decision> {
    const { kind, helper, helperSays, wants, isUnattended, sessionKey } = question;
    const keep = (entry: HistoryEntry) => this.#keep(entry, sessionKey);
    if (kind === 'session') this.#sessionKey = sessionKey;
    if (!keep({ event: 'asked', kind, helper, helperSays, wants, isUnattended })) return DECLINED;
    const decision = await this.#sharer.decide(question, signal);
    const isKept = keep(signal.aborted ? silenceOf(question, signal.reason) : answerOf(question, decision));
    return isKept ? decision : DECLINED;
  }

  notice(notice: Notice): void {
    const entry = entryOf(notice);
    if (entry) this.#keep(entry, entry.event === 'refused' ? undefined : this.#sessionKey);
    this.#sharer.notice(notice);
    if (notice.kind === 'ended') this.#sessionKey = undefined;
  }

  #keep(entry: HistoryEntry, sessionKey: string | undefined): boolean {
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

function answerOf({ kind }: Question, decision: Decision): HistoryEntry {
  if (decision.kind === 'accept') return { event: 'allowed', kind, grants: decision.grants };
  return { event: 'declined', kind, how: decision.isReported ? 'reported' : 'byPerson' };
}

/** What it means that nobody answered, by why the question was taken away (`Device`). */
function silenceOf({ kind, isUnattended, wants }: Question, reason: unknown): HistoryEntry {
  if (reason === 'answered') {
    return isUnattended ? { event: 'allowed', kind, grants: wants } : { event: 'declined', kind, how: 'bySilence' };
  }
  if (reason === 'closed') return { event: 'declined', kind, how: 'switchedOff' };
  return { event: 'withdrawn', kind, why: reason === 'timedOut' ? 'timedOut' : 'byServer' };
}

function entryOf(notice: Notice): HistoryEntry | undefined {
  switch (notice.kind) {
    case 'refusedUnattended':
      return { event: 'refused', why: 'unattendedIsOff', helper: notice.helper };
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
