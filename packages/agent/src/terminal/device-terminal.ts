/** The person at a device, at a terminal: is asked there, types there, and stops the session there. */
import { EventRefusal } from '@open-remote-help/protocol/events';
import type { Clock } from '../clock.ts';
import type { Device } from '../device.ts';
import { type Decision, type Notice, type Question, type Sharer, VIEW_ALONE } from '../sharer.ts';
import type { LiveTerminal } from './live-terminal.ts';
import { noticeLines } from './notice.ts';
import { answerHint, questionLines, readAnswer } from './question.ts';
import { durationText, foreign, type Styler } from './text.ts';

const SECOND = 1_000;
const KEYS = 's and Enter, or Ctrl+C, stops it at any time; v takes back all but seeing; anything else is chat.';

interface Open {
  readonly question: Question;
  readonly resolve: (decision: Decision) => void;
}

export class DeviceTerminal implements Sharer {
  readonly #clock: Clock;
  readonly #style: Styler;
  /** Joined after this was made: each needs the other. */
  #terminal: LiveTerminal | undefined;
  #device: Device | undefined;
  #open: Open | undefined;
  #isDeaf = false;
  #isClosed = false;
  #cancelTick: () => void = () => undefined;

  constructor(clock: Clock, style: Styler) {
    this.#clock = clock;
    this.#style = style;
  }

  join(terminal: LiveTerminal, device: Device): void {
    this.#terminal = terminal;
    this.#device = device;
    this.#tick();
  }

  decide(question: Question, signal: AbortSignal): Promise<Decision> {
    const { promise, resolve } = Promise.withResolvers<Decision>();
    // It was meant for something else, or typed by a helper with control, to go off with the person's Enter.
    this.#terminal?.forgetTyped();
    this.#terminal?.print(...questionLines(question, this.#clock.now(), this.#style));
    if (this.#isDeaf && !question.isUnattended) {
      this.#terminal?.print('Nobody can answer here: declined.');
      return Promise.resolve({ kind: 'decline', isReported: false });
    }
    this.#open = { question, resolve };
    signal.addEventListener('abort', () => this.#takeAway(question), { once: true });
    this.#draw();
    return promise;
  }

  notice(notice: Notice): void {
    this.#draw();
    this.#terminal?.print(...noticeLines(notice, this.#clock.now(), this.#style));
    if (notice.kind === 'began') this.#terminal?.print(KEYS);
  }

  /** A line was typed. */
  typed(line: string): void {
    const word = line.trim().toLowerCase();
    if (this.#open) this.#answered(this.#open, line);
    else if (!this.#device?.session) {
      if (word !== '') this.#terminal?.print('Nobody is here to read it. Ctrl+C switches the device off.');
    } else if (word === 's' || word === 'stop') void this.#device.stop();
    else if (word === 'v') void this.#device.narrow(VIEW_ALONE);
    else if (word !== '') void this.#say(line);
  }

  /** Ctrl+C: what is asked is declined, what goes on is stopped; with nothing of that, the device goes off. */
  interrupted(): void {
    if (this.#open) this.#answered(this.#open, 'n');
    else if (this.#device?.session) void this.#device.stop();
    else void this.#device?.close();
  }

  /** Nothing will be typed any more: from now on the answer is no. */
  deaf(): void {
    this.#isDeaf = true;
    if (this.#open && !this.#open.question.isUnattended) this.#answered(this.#open, 'n');
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTick();
  }

  #answered(open: Open, line: string): void {
    const decision = readAnswer(line, open.question);
    if (!decision) {
      this.#terminal?.print(answerHint(open.question));
      return;
    }
    this.#open = undefined;
    if (decision.kind === 'decline') {
      this.#terminal?.print(decision.isReported ? 'Declined and reported.' : 'Declined.');
    }
    open.resolve(decision);
    this.#draw();
  }

  #takeAway(question: Question): void {
    if (this.#open?.question === question) {
      this.#open.resolve({ kind: 'decline', isReported: false });
      this.#open = undefined;
    }
    this.#draw();
  }

  async #say(line: string): Promise<void> {
    const text = foreign(line);
    try {
      const reached = (await this.#device?.session?.say(text)) ?? 0;
      const who = reached > 0 ? `${this.#style('bold', 'you')}: ${text}` : 'No helper can read chat yet.';
      this.#terminal?.print(who);
    } catch (error) {
      if (!(error instanceof EventRefusal)) throw error;
      this.#terminal?.print(error.reason === 'blocked' ? 'Chat is switched off.' : `Not sent: ${error.message}`);
    }
  }

  #tick(): void {
    if (this.#isClosed) return;
    this.#draw();
    this.#cancelTick = this.#clock.at(this.#clock.now() + SECOND, () => this.#tick());
  }

  #draw(): void {
    this.#terminal?.status(this.#status());
  }

  #status(): string {
    const now = this.#clock.now();
    const session = this.#device?.session;
    if (this.#open) return `${this.#style('yellow', `answer, ${durationText(this.#open.question.until - now)}`)} > `;
    if (session)
      return `${this.#style('red', '●')} session, ${durationText(session.expiresAt - now)} left, s stops, v see only > `;
    return this.#style('dim', 'waiting for helpers, Ctrl+C switches off ');
  }
}
