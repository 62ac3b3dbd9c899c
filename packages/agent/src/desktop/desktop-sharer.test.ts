import { HOSTILE_TEXTS, ManualClock } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING, type Notice, type Question, VIEW_ALONE } from '../sharer.ts';
import { ALLOW_ARMED_AFTER_MS, DesktopSharer } from './desktop-sharer.ts';
import type { Dialog } from './dialog.ts';
import { COMES_BACK_AFTER_MS, STANDS_FOR_MS } from './session-window.ts';

interface Shown {
  readonly dialog: Dialog;
  readonly signal: AbortSignal;
  /** Presses the button with that id; none is Escape, closing, a crash. */
  press(id?: string): Promise<void>;
  /** What it was told after it was shown. */
  readonly retold: (readonly string[])[];
}

let clock: ManualClock;
let shown: Shown[];
let entries: ((text?: string) => Promise<void>)[];
let done: string[];
/** Whether the program takes another text into a dialog that is open. */
let retells: boolean;
let sharer: DesktopSharer;

/** Lets promises go on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

beforeEach(() => {
  clock = new ManualClock();
  [shown, entries, done, retells] = [[], [], [], false];
  const answerable = <T>(signal: AbortSignal, offer: (answer: (value?: T) => Promise<void>) => void) =>
    new Promise<T | undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      offer((value) => {
        resolve(value);
        return settle();
      });
    });
  const show = (dialog: Dialog, signal: AbortSignal, retold: (readonly string[])[]) =>
    answerable<string>(signal, (press) => {
      shown.push({ dialog, signal, press, retold });
    });
  sharer = new DesktopSharer({
    clock,
    dialogs: {
      ask: (dialog, signal) => show(dialog, signal, []),
      stand: (dialog, signal) => {
        const retold: (readonly string[])[] = [];
        const retell = (lines: readonly string[]) => retells && retold.push(lines) > 0;
        return { pressed: show(dialog, signal, retold), retell };
      },
      type: (_, signal) =>
        answerable<string>(signal, (typed) => {
          entries.push(typed);
        }),
    },
  });
  const say = async (text: string) => done.push(`say ${text}`);
  sharer.join({
    stop: async () => void done.push('stop'),
    narrow: async (keep) => void done.push(`narrow ${JSON.stringify(keep)}`),
    session: { say } as never,
  });
});

const HELPER = { userId: 'anna', name: 'Anna Berg', mail: 'anna@example.org', organization: 'Example Corp' };

function question(changes: Partial<Question> = {}): Question {
  return {
    ...{
      kind: 'session',
      sessionKey: 'rh_key',
      helper: HELPER,
      helperSays: { reason: 'Your printer', ticket: 'INC-7' },
    },
    ...{ wants: EVERYTHING, until: clock.now() + 300_000, isUnattended: false },
    ...changes,
  };
}

const never = new AbortController().signal;
const no = { kind: 'decline', isReported: false };
const latest = () => shown.at(-1) as Shown;
const lines = () => latest().retold.at(-1) ?? latest().dialog.lines;
const text = () => lines().join('\n');

// DEV-30
describe('a question on the desktop', () => {
  it('says who asks for what, sets unchecked words apart, and warns', () => {
    void sharer.decide(question(), never);
    expect(latest().dialog.lines).toEqual([
      'Somebody asks to help you on this computer.',
      '',
      'Name:  Anna Berg',
      'Mail:  anna@example.org',
      'Organisation:  Example Corp',
      '',
      'They ask to see the screen, control it and share the clipboard.',
      '',
      'In their own words, which nobody has checked:',
      '    “Your printer”',
      '    ticket “INC-7”',
      '',
      'Accept only if you asked for help.',
      'No answer within 5:00 is a no.',
    ]);
  });

  it('offers what the terminal does, with the no first', () => {
    void sharer.decide(question(), never);
    expect(latest().dialog.choices.map(({ id }) => id)).toEqual(['decline', 'report', 'view', 'control', 'all']);
    void sharer.decide(question({ wants: VIEW_ALONE }), never);
    expect(latest().dialog.choices.map(({ id }) => id)).toEqual(['decline', 'report', 'view']);
    void sharer.decide(question({ kind: 'access' }), never);
    expect(latest().dialog.choices.map(({ id }) => id)).toEqual(['decline', 'report', 'allow']);
  });

  it.each([
    ['decline', no],
    ['report', { kind: 'decline', isReported: true }],
    ['view', { kind: 'accept', grants: VIEW_ALONE }],
    ['control', { kind: 'accept', grants: { ...VIEW_ALONE, control: true } }],
    ['all', { kind: 'accept', grants: EVERYTHING }],
    ['allow', no],
    ['something else', no],
    [undefined, no],
  ])('takes %s for %j', async (pressed, decision) => {
    const decided = sharer.decide(question(), never);
    clock.advanceBy(ALLOW_ARMED_AFTER_MS);
    await latest().press(pressed);
    expect(await decided).toEqual(decision);
  });

  it('a yes sooner than a second after it opened allows nothing: it is put again, and says so', async () => {
    const decided = sharer.decide(question(), never);
    clock.advanceBy(ALLOW_ARMED_AFTER_MS - 1);
    await latest().press('all');
    expect(shown).toHaveLength(2);
    expect(text()).toContain('quicker than anybody reads');
    clock.advanceBy(ALLOW_ARMED_AFTER_MS);
    await latest().press('view');
    expect(await decided).toEqual({ kind: 'accept', grants: VIEW_ALONE });
  });

  it('who says yes too soon again and again is no person: no', async () => {
    const decided = sharer.decide(question(), never);
    for (let i = 0; i < 3; i++) await latest().press('all');
    expect(await decided).toEqual(no);
    expect(shown).toHaveLength(3);
  });

  it('a no counts at once', async () => {
    const decided = sharer.decide(question(), never);
    await latest().press('report');
    expect(await decided).toEqual({ kind: 'decline', isReported: true });
  });

  it('is taken from the screen when it is taken back, or the agent goes off', async () => {
    const abort = new AbortController();
    const decided = sharer.decide(question(), abort.signal);
    abort.abort();
    expect(latest().signal.aborted).toBe(true);
    expect(await decided).toEqual(no);
    const another = sharer.decide(question(), never);
    sharer.close();
    expect(latest().signal.aborted).toBe(true);
    expect(await another).toEqual(no);
  });

  // DEV-27
  it('that comes unattended says so, and closing it is a no', async () => {
    const decided = sharer.decide(question({ isUnattended: true }), never);
    expect(text()).toContain('They come in by themselves in 30 seconds unless you decline.');
    await latest().press();
    expect(await decided).toEqual(no);
  });
});

const BEGAN: Notice = { kind: 'began', helper: HELPER, grants: EVERYTHING, expiresAt: 1_800_003_600_000 };

// DEV-31
describe('the window while somebody looks', () => {
  const ids = () => latest().dialog.choices.map(({ id }) => id);

  it('is there from the beginning to the end, which it tells', async () => {
    expect(shown).toEqual([]);
    sharer.notice(BEGAN);
    expect(text()).toMatch(/^Somebody can see this screen:\n {4}Anna Berg\n\nThey may see the screen, control it/);
    const window = latest();
    sharer.notice({ kind: 'ended', reason: 'endedByHelper' });
    await settle();
    expect(window.signal.aborted).toBe(true);
    expect(text()).toBe('The session is over: nobody sees this screen any more.\n\nWhy: the helper ended it.');
    clock.advanceBy(COMES_BACK_AFTER_MS);
    expect(shown).toHaveLength(2);
  });

  it('stops by one click', async () => {
    sharer.notice(BEGAN);
    await latest().press('stop');
    expect(done).toEqual(['stop']);
  });

  it('comes back when it was closed or put aside, and that stops nothing', async () => {
    sharer.notice(BEGAN);
    for (const pressed of [undefined, 'aside']) {
      const before = shown.length;
      await latest().press(pressed);
      clock.advanceBy(COMES_BACK_AFTER_MS - 1);
      expect(shown).toHaveLength(before);
      clock.advanceBy(1);
      expect(shown).toHaveLength(before + 1);
    }
    expect(done).toEqual([]);
  });

  it('what an Enter means that was meant for another window changes nothing', () => {
    sharer.notice(BEGAN);
    expect(ids()[0]).toBe('aside');
  });

  // DEV-29
  it('takes back what is more than seeing, and offers that while there is something to take', async () => {
    sharer.notice(BEGAN);
    await latest().press('narrow');
    expect(done).toEqual([`narrow ${JSON.stringify(VIEW_ALONE)}`]);
    sharer.notice({ kind: 'granted', grants: VIEW_ALONE });
    expect(ids()).toEqual(['aside', 'answer', 'stop']);
  });

  it('shows who else is in, the digits, the chat, and is one at a time', () => {
    sharer.notice(BEGAN);
    clock.advanceBy(STANDS_FOR_MS);
    sharer.notice({ kind: 'presence', userId: 'ben', name: 'Ben', isPresent: true });
    clock.advanceBy(STANDS_FOR_MS);
    const assurance = {
      kind: 'endToEnd',
      digits: '012345',
      deviceKey: new Uint8Array(65),
      isExpectedDevice: false,
    } as const;
    sharer.notice({ kind: 'sealed', userId: 'ben', name: 'Ben', assurance });
    sharer.notice({ kind: 'chat', name: 'Ben', text: 'Hello' });
    clock.advanceBy(STANDS_FOR_MS);
    expect(text()).toContain('    Ben\n    Ask which six digits they see: 012 345.');
    expect(text()).toContain('Chat:\n    Ben: Hello');
    sharer.notice({ kind: 'looking', userId: 'ben', name: 'Ben', isLooking: true });
    clock.advanceBy(STANDS_FOR_MS);
    expect(text()).toContain('    Ben, who sees it now\n    Ask which six digits they see: 012 345.');
    expect(shown.map(({ signal }) => signal.aborted)).toEqual([true, true, true, true, false]);
    sharer.notice({ kind: 'presence', userId: 'ben', name: 'Ben', isPresent: false });
    clock.advanceBy(STANDS_FOR_MS);
    expect(text()).not.toContain('    Ben,');
  });

  // DEV-31
  it('is told what has changed where its program can be told, and shown anew for other buttons alone', async () => {
    retells = true;
    sharer.notice(BEGAN);
    for (const isPresent of [true, false]) {
      clock.advanceBy(STANDS_FOR_MS);
      sharer.notice({ kind: 'presence', userId: 'ben', name: 'Ben', isPresent });
      expect(text().includes('    Ben')).toBe(isPresent);
    }
    sharer.notice({ kind: 'granted', grants: { ...VIEW_ALONE, control: true } });
    expect(text()).toContain('They may see the screen and control it.');
    expect(shown.map(({ signal }) => signal.aborted)).toEqual([false]);
    sharer.notice({ kind: 'granted', grants: VIEW_ALONE });
    expect(shown.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await latest().press('stop');
    expect(done).toEqual(['stop']);
  });

  it('that went by its own timeout, as the session was extended since, is back at once', async () => {
    retells = true;
    sharer.notice(BEGAN);
    sharer.notice({ kind: 'renewed', expiresAt: BEGAN.expiresAt + 3_600_000 });
    clock.advanceTo(BEGAN.expiresAt);
    await latest().press();
    expect(shown).toHaveLength(2);
  });

  // DEV-31
  it('stands long enough to be stopped, whatever helpers send', async () => {
    sharer.notice(BEGAN);
    for (let said = 0; said < 500; said++) {
      sharer.notice({ kind: 'chat', name: 'Anna Berg', text: `No. ${said}` });
      sharer.notice({ kind: 'presence', userId: 'ben', name: 'Ben', isPresent: said % 2 === 0 });
      clock.advanceBy(100);
    }
    expect(shown.length).toBeLessThanOrEqual(1 + (500 * 100) / STANDS_FOR_MS);
    await latest().press('stop');
    expect(done).toEqual(['stop']);
    clock.advanceBy(STANDS_FOR_MS);
    expect(text()).toContain('Anna Berg: No. 499');
  });

  it('answers chat', async () => {
    sharer.notice(BEGAN);
    await latest().press('answer');
    expect(shown).toHaveLength(2);
    await entries[0]?.('Thanks\u202e');
    expect(done).toEqual(['say Thanks']);
    expect(text()).toContain('    You: Thanks');
    sharer.notice({ kind: 'policy', isChatBlocked: true });
    clock.advanceBy(STANDS_FOR_MS);
    expect(ids()).not.toContain('answer');
  });

  it('keeps its lines, whatever names and chat hold', () => {
    const linesFor = (hostile: string) => {
      const { expiresAt } = BEGAN;
      sharer.notice({ kind: 'began', helper: { ...HELPER, name: hostile }, grants: EVERYTHING, expiresAt });
      sharer.notice({ kind: 'chat', name: hostile, text: hostile });
      return latest().dialog.lines;
    };
    const usual = linesFor('Anna').length;
    for (const hostile of HOSTILE_TEXTS) {
      expect(linesFor(hostile)).toHaveLength(usual);
      expect(linesFor(hostile).filter((line) => /[\p{Cc}\p{Cf}]/u.test(line) || line.length > 330)).toEqual([]);
    }
  });
});
