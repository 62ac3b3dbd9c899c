/**
 * The window that stays while somebody looks. It is told what has changed, and shown anew where that can't be done or its
 * buttons are others. Closing it is no stop, for that would end help by a stray Escape, and no farewell either, for who
 * has control could close it: it comes back.
 */
import { EventRefusal } from '@open-remote-help/protocol/events';
import type { Clock } from '../clock.ts';
import type { Device } from '../device.ts';
import { type SessionView, viewAfter, withChat } from '../session-view.ts';
import { type Notice, VIEW_ALONE } from '../sharer.ts';
import { END_REASON_TEXTS, foreign } from '../terminal/text.ts';
import type { Dialog } from './dialog.ts';
import type { DialogRunner, Standing } from './dialog-runner.ts';
import { TITLE } from './question-dialog.ts';
import { type SessionChoice, sessionDialog } from './session-dialog.ts';

export interface SessionWindowOptions {
  readonly clock: Clock;
  readonly dialogs: Pick<DialogRunner, 'stand' | 'type'>;
}

/** A window that was closed or put aside is back after that. */
export const COMES_BACK_AFTER_MS = 15_000;
/** What helpers can make happen, such as chat, redraws it no sooner: else they could keep its buttons from being pressed. */
export const STANDS_FOR_MS = 3_000;
const ANSWER_SECONDS = 300;
/** For so long the end is told to who looks at the screen. */
const FAREWELL_SECONDS = 20;

export class SessionWindow {
  readonly #options: SessionWindowOptions;
  #device: Pick<Device, 'stop' | 'narrow' | 'session'> | undefined;
  #view: SessionView | undefined;
  /** Takes away what is on the screen, as it is no longer true. */
  #shown = new AbortController();
  #standing: { readonly dialog: Dialog; readonly window: Standing } | undefined;
  #typing = new AbortController();
  #shownAt = Number.NEGATIVE_INFINITY;
  #cancelRedraw: (() => void) | undefined;

  constructor(options: SessionWindowOptions) {
    this.#options = options;
  }

  join(device: Pick<Device, 'stop' | 'narrow' | 'session'>): void {
    this.#device = device;
  }

  notice(notice: Notice): void {
    const view = viewAfter(this.#view, notice);
    if (view === this.#view) return;
    this.#view = view;
    if (!view) this.#typing.abort();
    if (view && !OURS.has(notice.kind)) this.#showSoon();
    else this.#show();
    if (notice.kind === 'ended') this.#options.dialogs.stand(farewell(notice.reason), this.#shown.signal);
  }

  close(): void {
    this.#view = undefined;
    this.#cancelRedraw?.();
    this.#shown.abort();
    this.#typing.abort();
  }

  /** At once, or when the one that stands has stood long enough to be read and pressed. */
  #showSoon(): void {
    const { clock } = this.#options;
    const at = this.#shownAt + STANDS_FOR_MS;
    if (clock.now() >= at) this.#show();
    else this.#cancelRedraw ??= clock.at(at, () => this.#show());
  }

  #show(): void {
    const { clock } = this.#options;
    this.#cancelRedraw?.();
    this.#cancelRedraw = undefined;
    this.#shownAt = clock.now();
    const dialog = this.#view && sessionDialog(this.#view, clock.now());
    const { dialog: before, window } = this.#standing ?? {};
    if (dialog && before && sameButtons(dialog, before) && window?.retell(dialog.lines)) return;
    this.#shown.abort();
    this.#shown = new AbortController();
    this.#standing = undefined;
    if (dialog) void this.#present(dialog, this.#shown.signal);
  }

  async #present(dialog: Dialog, signal: AbortSignal): Promise<void> {
    const { clock, dialogs } = this.#options;
    const over = clock.now() + dialog.timeoutSeconds * 1_000;
    const window = dialogs.stand(dialog, signal);
    this.#standing = { dialog, window };
    const choice = (await window.pressed) as SessionChoice | undefined;
    if (signal.aborted) return;
    this.#standing = undefined;
    // The session was extended after it was shown.
    if (choice === undefined && clock.now() >= over) return this.#show();
    if (choice === 'stop') return this.#device?.stop();
    if (choice === 'narrow') return this.#device?.narrow(VIEW_ALONE);
    if (choice === 'answer') {
      // The window is back at once, beside the one to type in.
      this.#show();
      return this.#answer();
    }
    const cancel = clock.at(clock.now() + COMES_BACK_AFTER_MS, () => this.#show());
    signal.addEventListener('abort', cancel, { once: true });
  }

  async #answer(): Promise<void> {
    this.#typing.abort();
    this.#typing = new AbortController();
    const entry = { title: TITLE, text: 'Your answer to who helps you:', timeoutSeconds: ANSWER_SECONDS };
    const text = foreign(await this.#options.dialogs.type(entry, this.#typing.signal));
    const session = this.#device?.session;
    if (text === '' || !session) return;
    try {
      await session.say(text);
      if (this.#view) this.#view = withChat(this.#view, 'You', text);
      this.#show();
    } catch (error) {
      // Chat was switched off meanwhile, which the window says.
      if (!(error instanceof EventRefusal)) throw error;
    }
  }
}

/** What happens by the person's own doing, or once. */
const OURS: ReadonlySet<Notice['kind']> = new Set(['began', 'granted', 'ended']);

function sameButtons(one: Dialog, other: Dialog): boolean {
  return one.choices.map(({ id }) => id).join() === other.choices.map(({ id }) => id).join();
}

function farewell(reason: Extract<Notice, { kind: 'ended' }>['reason']): Dialog {
  return {
    title: TITLE,
    lines: [
      'The session is over: nobody sees this screen any more.',
      '',
      `Why: ${END_REASON_TEXTS[reason] ?? reason}.`,
    ],
    choices: [{ id: 'ok', label: 'OK' }],
    timeoutSeconds: FAREWELL_SECONDS,
  };
}
