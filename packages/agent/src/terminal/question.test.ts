import { HOSTILE_TEXTS } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERYTHING, narrower, type Question, VIEW_ALONE } from '../sharer.ts';
import { answerHint, questionLines, readAnswer } from './question.ts';
import { plain } from './text.ts';

const NOW = 1_800_000_000_000;
const UNFIT = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d]]/v;
const hostile = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 200 }));

function question(changes: Partial<Question> = {}): Question {
  return {
    kind: 'session',
    sessionKey: 'rh_key',
    helper: { userId: 'anna', name: 'Anna Berg', mail: 'anna@example.org', organization: 'Example Corp' },
    helperSays: { reason: 'Your printer', ticket: 'INC-7' },
    wants: EVERYTHING,
    until: NOW + 300_000,
    isUnattended: false,
    ...changes,
  };
}

// DEV-26
describe('a question', () => {
  it('says who asks for what, and sets the words that nobody checked apart', () => {
    const lines = questionLines(question(), NOW, plain);
    expect(lines.slice(1, 7)).toEqual([
      'Anna Berg  <anna@example.org>',
      'of Example Corp',
      'asks to help you: to see the screen, control it and share the clipboard.',
      'In their own words, which nobody has checked:',
      '  “Your printer”',
      '  ticket “INC-7”',
    ]);
    expect(lines).toContain('  No answer within 5:00 is a no.');
  });

  it('shows no character that moves, hides or reorders, and keeps its lines, whatever names and words hold', () => {
    const usual = questionLines(question(), NOW, plain).length;
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (name, mail, reason, ticket) => {
        const helper = { userId: 'anna', name, mail, organization: name };
        const lines = questionLines(question({ helper, helperSays: { reason, ticket } }), NOW, plain);
        expect(lines).toHaveLength(usual);
        expect(lines.filter((line) => UNFIT.test(line))).toEqual([]);
      }),
    );
  });

  it('offers no more than can be granted', () => {
    const offered = (wants: Question['wants']) => answerHint(question({ wants }));
    expect(offered(EVERYTHING)).toBe('Type Enter, r, v, c or a.');
    expect(offered(VIEW_ALONE)).toBe('Type Enter, r or v.');
    expect(answerHint(question({ kind: 'rights' }))).toBe('Type Enter, r or y.');
  });
});

// DEV-26
describe('an answer', () => {
  it.each(['', ' ', 'n', 'N', 'no'])('%j is a no', (typed) => {
    expect(readAnswer(typed, question())).toEqual({ kind: 'decline', isReported: false });
  });

  it.each([
    ['v', VIEW_ALONE],
    ['C', { ...VIEW_ALONE, control: true }],
    [' a ', EVERYTHING],
  ])('%j grants just that', (typed, grants) => {
    expect(readAnswer(typed, question())).toEqual({ kind: 'accept', grants });
  });

  it('r is a no, and a report', () => {
    expect(readAnswer('r', question())).toEqual({ kind: 'decline', isReported: true });
  });

  it('of anything else there is none, and nothing that was typed grants more than was asked for', () => {
    expect(readAnswer('c', question({ wants: VIEW_ALONE }))).toBeUndefined();
    expect(readAnswer('y', question())).toBeUndefined();
    expect(readAnswer('yes please', question({ kind: 'access' }))).toBeUndefined();
    const typed = fc.oneof(fc.constantFrom('v', 'c', 'a', 'y', 'n', 'r', ''), fc.string());
    const wants = fc.record({
      view: fc.boolean(),
      control: fc.boolean(),
      clipboardToHelper: fc.boolean(),
      clipboardToSharer: fc.boolean(),
    });
    const kind = fc.constantFrom('session', 'access', 'rights');
    fc.assert(
      fc.property(typed, wants, kind, (line, most, of) => {
        const decision = readAnswer(line, question({ kind: of, wants: most }));
        if (decision?.kind === 'accept') expect(narrower(decision.grants, most)).toEqual(decision.grants);
      }),
    );
  });
});
