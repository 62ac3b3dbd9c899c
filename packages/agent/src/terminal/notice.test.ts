import { HOSTILE_TEXTS } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERYTHING, type Notice, VIEW_ALONE } from '../sharer.ts';
import { noticeLines } from './notice.ts';
import { durationText, grantsText, plain } from './text.ts';

const NOW = 1_800_000_000_000;
const UNFIT = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d]]/v;

const helper = (name: string) => ({ userId: 'anna', name, mail: null, organization: 'Example Corp' });
const endToEnd = {
  kind: 'endToEnd',
  digits: '012345',
  deviceKey: new Uint8Array(65),
  isExpectedDevice: false,
} as const;

/** Every notice that shows a text of somebody else. */
function withText(text: string): Notice[] {
  return [
    { kind: 'refusedUnattended', helper: helper(text) },
    { kind: 'refusedUnasked', helper: helper(text) },
    { kind: 'began', helper: helper(text), grants: VIEW_ALONE, expiresAt: NOW + 3_600_000 },
    { kind: 'presence', userId: 'anna', name: text, isPresent: true },
    { kind: 'looking', userId: 'anna', name: text, isLooking: true },
    { kind: 'looking', userId: 'anna', name: text, isLooking: false },
    { kind: 'sealed', userId: 'anna', name: text, assurance: endToEnd },
    { kind: 'sealed', userId: 'anna', name: text, assurance: { kind: 'serverKey' } },
    { kind: 'chat', name: text, text },
    { kind: 'failed', what: 'It failed', why: text },
  ];
}

describe('a notice', () => {
  // DEV-26
  it('shows no character that moves, hides or reorders, and keeps its lines', () => {
    const usual = withText('Anna').map((notice) => noticeLines(notice, NOW, plain).length);
    const texts = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(texts, (text) => {
        const lines = withText(text).map((notice) => noticeLines(notice, NOW, plain));
        expect(lines.map(({ length }) => length)).toEqual(usual);
        expect(lines.flat().filter((line) => UNFIT.test(line))).toEqual([]);
      }),
    );
  });

  // DEV-39
  it.each([
    [{ latestAt: NOW + 28_800_000 }, 'It ends by itself in 1:00:00; helpers can make that 8:00:00, and no more.'],
    [{}, 'It ends by itself in 1:00:00.'],
  ])('tells to when a session can be extended: %j', (latest, line) => {
    const times = { expiresAt: NOW + 3_600_000, ...latest };
    expect(noticeLines({ kind: 'began', helper: helper('Anna'), grants: VIEW_ALONE, ...times }, NOW, plain)[1]).toBe(
      line,
    );
  });

  // EV-12
  it('tells a chat that the server could read from one that is sealed', () => {
    const of = (assurance: Extract<Notice, { kind: 'sealed' }>['assurance']) =>
      noticeLines({ kind: 'sealed', userId: 'anna', name: 'Anna', assurance }, NOW, plain);
    expect(of(endToEnd)).toEqual([
      'Chat with Anna is sealed from end to end. Six digits: 012 345',
      'Ask which six digits they see. If theirs are others, somebody reads along: stop the session.',
    ]);
    expect(of({ kind: 'serverKey' })).toEqual(['Chat with Anna is encrypted, but the server could read it.']);
  });
});

describe('texts', () => {
  it.each([
    [-1, '0:00'],
    [0, '0:00'],
    [1, '0:01'],
    [59_001, '1:00'],
    [3_599_000, '59:59'],
    [3_723_000, '1:02:03'],
    [8 * 3_600_000, '8:00:00'],
  ])('%d ms are %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it.each([
    [{ ...VIEW_ALONE, view: false }, 'nothing'],
    [VIEW_ALONE, 'see the screen'],
    [{ ...VIEW_ALONE, clipboardToHelper: true }, 'see the screen and read the clipboard'],
    [EVERYTHING, 'see the screen, control it and share the clipboard'],
  ])('%j is to %s', (grants, text) => expect(grantsText(grants)).toBe(text));
});
