/** What an agent says of itself when it is asked, gathered from what its sharer is asked and told. */
import type { Clock } from './clock.ts';
import type { AgentStatus } from './control.ts';
import { type SessionView, viewAfter } from './session-view.ts';
import type { Decision, Notice, Question, Sharer } from './sharer.ts';

export class AgentState implements Sharer {
  readonly #sharer: Sharer;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #runsSince: number;
  #isOnline = false;
  #asked: string | null = null;
  #view: SessionView | undefined;
  #since = 0;

  constructor(sharer: Sharer, clock: Pick<Clock, 'now'>) {
    this.#sharer = sharer;
    this.#clock = clock;
    this.#runsSince = clock.now();
  }

  async decide(question: Question, signal: AbortSignal): Promise<Decision> {
    this.#asked = question.helper.name;
    try {
      return await this.#sharer.decide(question, signal);
    } finally {
      this.#asked = null;
    }
  }

  notice(notice: Notice): void {
    if (notice.kind === 'online' || notice.kind === 'offline') this.#isOnline = notice.kind === 'online';
    if (notice.kind === 'began') this.#since = this.#clock.now();
    this.#view = viewAfter(this.#view, notice);
    this.#sharer.notice(notice);
  }

  status(): AgentStatus {
    return {
      isOnline: this.#isOnline,
      runsSince: this.#runsSince,
      asked: this.#asked,
      session: this.#view ? this.#sessionOf(this.#view) : null,
    };
  }

  #sessionOf({ expiresAt, helpers, grants, isInterrupted }: SessionView): NonNullable<AgentStatus['session']> {
    const looking = helpers.filter(({ isLooking }) => isLooking).map(({ name }) => name);
    return { since: this.#since, expiresAt, helpers: helpers.map(({ name }) => name), looking, grants, isInterrupted };
  }
}
