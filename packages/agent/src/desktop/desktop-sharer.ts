/** The person at a desktop: is asked in a dialog, and has a window there for as long as somebody looks. */
import { type ChoiceId, decisionOf } from '../choices.ts';
import type { Clock } from '../clock.ts';
import type { Device } from '../device.ts';
import type { Decision, Notice, Question, Sharer } from '../sharer.ts';
import type { DialogRunner } from './dialog-runner.ts';
import { questionDialog } from './question-dialog.ts';
import { SessionWindow } from './session-window.ts';

const DECLINED: Decision = { kind: 'decline', isReported: false };

/** Who allows sooner than that after the dialog was started has not read it, or was about to click something else. */
export const ALLOW_ARMED_AFTER_MS = 1_000;
/** So many answers in a row that came too soon are a program's, not a person's. */
const MOST_HASTY = 3;

export interface DesktopSharerOptions {
  readonly clock: Clock;
  readonly dialogs: Pick<DialogRunner, 'ask' | 'stand' | 'type'>;
}

export class DesktopSharer implements Sharer {
  readonly #options: DesktopSharerOptions;
  readonly #window: SessionWindow;
  readonly #closed = new AbortController();

  constructor(options: DesktopSharerOptions) {
    this.#options = options;
    this.#window = new SessionWindow(options);
  }

  /** Joined after this was made: each needs the other. */
  join(device: Pick<Device, 'stop' | 'narrow' | 'session'>): void {
    this.#window.join(device);
  }

  /** Settles when the dialog is gone from the screen. Whatever is not a deliberate yes is a no. */
  async decide(question: Question, signal: AbortSignal): Promise<Decision> {
    const { clock, dialogs } = this.#options;
    const taken = AbortSignal.any([signal, this.#closed.signal]);
    for (let hasty = 0; hasty < MOST_HASTY; hasty++) {
      const openedAt = clock.now();
      const id = await dialogs.ask(questionDialog(question, openedAt, hasty > 0), taken);
      if (taken.aborted) return DECLINED;
      const decision = decisionOf(id as ChoiceId | undefined, question);
      if (decision.kind === 'decline' || clock.now() - openedAt >= ALLOW_ARMED_AFTER_MS) return decision;
    }
    return DECLINED;
  }

  notice(notice: Notice): void {
    this.#window.notice(notice);
  }

  /** Takes everything from the screen. */
  close(): void {
    this.#closed.abort();
    this.#window.close();
  }
}
