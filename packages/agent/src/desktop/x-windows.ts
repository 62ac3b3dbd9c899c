/**
 * Windows of dialogs on an X desktop, which other programs open: a notice stands small at the top edge, above other
 * windows and on every desktop, and leaves the keyboard where it is; a question stands above the notice. Asked of the
 * window manager where there is one (EWMH 1.5), done where there is none.
 */
import x11, { type XEvent } from 'x11';
import type { Clock } from '../clock.ts';
import { XDisplay } from '../x11/x-display.ts';
import { monitorsOf } from '../x11/x-monitors.ts';
import type { WindowCare } from './dialog-runner.ts';
import {
  type Keyboard,
  keepAbove,
  keyboardOf,
  numbersOf,
  onEveryDesktop,
  passKeyboardTo,
  topOfWorkArea,
} from './x-hints.ts';

/** A keyboard that comes to a notice so soon after it was shown was not given to it by a person. */
const GIVEN_BACK_WITHIN_MS = 500;
/** A notice that is covered is raised no oftener: another program may want the same place. */
const RAISED_EVERY_MS = 1_000;
/** NotifyPointer and those after it: the keyboard follows the pointer, nobody gave it to the window. */
const FOLLOWS_POINTER = 5;
const [UNOBSCURED, VIEWABLE, ABOVE] = [0, 2, 0];
const { StructureNotify, SubstructureNotify, FocusChange, VisibilityChange } = x11.eventMask;

export class XWindows implements WindowCare {
  readonly #display: string;
  readonly #clock: Clock;
  #questions = 0;

  constructor(display: string, clock: Clock) {
    this.#display = display;
    this.#clock = clock;
  }

  /**
   * GTK passes the time in it on as `_NET_WM_USER_TIME`: of a window that is older than the latest key press window
   * managers leave the keyboard where it is. X servers count the milliseconds of the monotonic clock in 32 bits.
   */
  get quiet(): Readonly<Record<string, string>> {
    const longAgo = BigInt.asUintN(32, process.hrtime.bigint() / 1_000_000n - 2n ** 30n) | 1n;
    return { DESKTOP_STARTUP_ID: `open-remote-help_TIME${longAgo}` };
  }

  tend(pid: number, kind: 'question' | 'notice', ended: AbortSignal): void {
    if (kind === 'question') {
      this.#questions++;
      ended.addEventListener('abort', () => this.#questions--, { once: true });
    }
    // On a display that can't be reached windows stand where their program puts them.
    XDisplay.open(this.#display).then(
      (display) => this.#tendOn(display, pid, kind, ended),
      () => undefined,
    );
  }

  #tendOn(display: XDisplay, pid: number, kind: 'question' | 'notice', ended: AbortSignal): void {
    const tended = new TendedWindow(display, this.#clock, pid, kind === 'notice', () => this.#questions > 0);
    ended.addEventListener('abort', () => tended.close(), { once: true });
    // The window may go, and the display with it, at any moment.
    display.client.on('event', (event) => tended.happened(event).catch(() => undefined));
    if (ended.aborted) tended.close();
    else tended.find().catch(() => undefined);
  }
}

class TendedWindow {
  readonly #display: XDisplay;
  readonly #clock: Clock;
  readonly #pid: number;
  readonly #isNotice: boolean;
  readonly #isCoverable: () => boolean;
  readonly #candidates = new Set<number>();
  #window: number | undefined;
  #mappedAt = 0;
  #isCovered = false;
  #raisedAt = Number.NEGATIVE_INFINITY;
  #cancelRaise: (() => void) | undefined;
  /** The window that the keyboard came to last, of those that may be the one. */
  #focused: number | undefined;
  #keyboardBefore: Keyboard | undefined;

  constructor(display: XDisplay, clock: Clock, pid: number, isNotice: boolean, isCoverable: () => boolean) {
    this.#display = display;
    this.#clock = clock;
    this.#pid = pid;
    this.#isNotice = isNotice;
    this.#isCoverable = isCoverable;
  }

  async find(): Promise<void> {
    const { client, screen } = this.#display;
    client.ChangeWindowAttributes(screen.root, { eventMask: SubstructureNotify });
    const { children } = await this.#display.ask<{ children: number[] }>((reply) =>
      client.QueryTree(screen.root, reply),
    );
    await Promise.all(children.map((window) => this.#consider(window)));
  }

  async happened(event: XEvent): Promise<void> {
    const window = event.wid as number;
    if (event.name === 'CreateNotify') return this.#consider(window);
    if (event.name === 'MapNotify') return this.#adopt(window);
    if (event.name === 'FocusIn' && (event.detail as number) < FOLLOWS_POINTER) {
      this.#focused = window;
      await this.#giveKeyboardBack();
    }
    if (event.name === 'VisibilityNotify' && window === this.#window && this.#isNotice) {
      this.#isCovered = event.state !== UNOBSCURED;
      this.#raise();
    }
  }

  /** It is watched before it is known to be the one: what it is told by is set just before it is mapped. */
  async #consider(window: number): Promise<void> {
    if (this.#window !== undefined || this.#candidates.has(window)) return;
    this.#candidates.add(window);
    const { client } = this.#display;
    client.ChangeWindowAttributes(window, { eventMask: StructureNotify | FocusChange | VisibilityChange });
    const [keyboard, { mapState }] = await Promise.all([
      keyboardOf(this.#display),
      this.#display.ask<{ mapState: number }>((reply) => client.GetWindowAttributes(window, reply)),
    ]);
    if (keyboard.focus !== window) this.#keyboardBefore ??= keyboard;
    if (mapState === VIEWABLE) await this.#adopt(window);
  }

  async #adopt(window: number): Promise<void> {
    if (this.#window !== undefined) return;
    const [pid] = await numbersOf(this.#display, window, '_NET_WM_PID');
    if (pid !== this.#pid || this.#window !== undefined) return;
    this.#window = window;
    this.#mappedAt = this.#clock.now();
    const { client, screen } = this.#display;
    client.ChangeWindowAttributes(screen.root, { eventMask: 0 });
    if (this.#isNotice) await Promise.all([this.#giveKeyboardBack(), this.#toTop(window)]);
    await keepAbove(this.#display, window);
    if (this.#isNotice) await onEveryDesktop(this.#display, window);
  }

  async #toTop(window: number): Promise<void> {
    const { client } = this.#display;
    const [{ width }, monitors, top] = await Promise.all([
      this.#display.ask<{ width: number }>((reply) => client.GetGeometry(window, reply)),
      monitorsOf(this.#display),
      topOfWorkArea(this.#display),
    ]);
    const monitor = monitors.find(({ isPrimary }) => isPrimary) ?? monitors[0];
    if (!monitor) return;
    const x = monitor.x + Math.max(0, Math.floor((monitor.width - width) / 2));
    client.ConfigureWindow(window, { x, y: Math.max(monitor.y, top), stackMode: ABOVE });
  }

  /** A question that stands over it stays there. */
  #raise(): void {
    this.#cancelRaise?.();
    if (this.#window === undefined || !this.#isCovered) return;
    const at = this.#raisedAt + RAISED_EVERY_MS;
    if (this.#clock.now() < at || this.#isCoverable()) {
      this.#cancelRaise = this.#clock.at(Math.max(at, this.#clock.now() + RAISED_EVERY_MS), () => this.#raise());
      return;
    }
    this.#raisedAt = this.#clock.now();
    this.#display.client.ConfigureWindow(this.#window, { stackMode: ABOVE });
  }

  close(): void {
    this.#cancelRaise?.();
    this.#window = undefined;
    this.#display.close();
  }

  async #giveKeyboardBack(): Promise<void> {
    if (!this.#isNotice || this.#window === undefined || this.#focused !== this.#window || !this.#keyboardBefore)
      return;
    if (this.#clock.now() >= this.#mappedAt + GIVEN_BACK_WITHIN_MS) return;
    await passKeyboardTo(this.#display, this.#keyboardBefore);
  }
}
