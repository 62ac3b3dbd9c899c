import { plain } from '@open-remote-help/agent/terminal';
import type { ControlEvent } from '@open-remote-help/protocol/events';
import { HOSTILE_TEXTS } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toIsoText } from '../clock.ts';
import { detailLines, eventLines, leftText, listRow } from './session-words.ts';

const NOW = 1_800_000_000_000;
const RECKONING = { now: NOW, consentMs: 300_000 };
const UNFIT = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d]]/v;
const hostile = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary' }));

const session = (text: string, changes: object = {}) => ({
  ...{ id: text, sessionKey: text, state: 'active', endReason: 'notEnded', endedBy: null, sessionType: 'viewScreen' },
  grants: { view: true, control: false, clipboardToHelper: false, clipboardToSharer: false },
  ...{ deviceId: text, deviceName: text, helperId: 'anna', helperDisplayName: text, helperUserPrincipalName: text },
  helpers: [{ userId: 'ben', displayName: text, access: 'admitted' }],
  ...{ reason: text, ticket: text, createdDateTime: toIsoText(NOW - 60_000), acceptedDateTime: null },
  endedDateTime: null,
  sessionExpirationDateTime: toIsoText(NOW + 3_540_000),
  latestExpirationDateTime: toIsoText(NOW + 28_740_000),
  ...changes,
});

describe('a session in words', () => {
  it('shows no character that moves, hides or reorders, and keeps its lines, whatever it holds', () => {
    const usual = detailLines(session('usual'), RECKONING).length;
    fc.assert(
      fc.property(hostile, (text) => {
        for (const state of ['requested', 'active', 'ended']) {
          const shown = session(text, { state, endReason: text, endedBy: state === 'ended' ? text : null });
          const lines = detailLines(shown, RECKONING);
          expect(lines).toHaveLength(state === 'ended' ? usual - 1 : usual);
          expect([...lines, ...listRow(shown, RECKONING)].filter((line) => UNFIT.test(line))).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });

  // SES-2, SES-3
  it.each([
    ['active', 3_540_000, '59:00'],
    ['requested', 3_540_000, '4:00 to answer'],
    ['requested', 30_000, '0:30 to answer'],
    ['active', -1, '0:00'],
  ])('%s, its lease ending in %d ms, has %s left', (state, ms, text) => {
    const shown = session('x', { state, sessionExpirationDateTime: toIsoText(NOW + ms) });
    expect(leftText(shown, RECKONING)).toBe(text);
  });
});

describe('an event in words', () => {
  const head = { sessionKey: 'rh_key', revision: 1 };
  const linesOf = (event: ControlEvent, name = 'Anna') => eventLines(event, NOW, () => name, plain);

  it.each<[ControlEvent, string]>([
    [{ ...head, event: 'consent', kind: 'session', decision: 'granted', retryAt: null }, 'The device said yes.'],
    [
      { ...head, event: 'consent', kind: 'session', decision: 'declined', retryAt: toIsoText(NOW + 30_000) },
      'The device said no.\nYou can ask again in 0:30.',
    ],
    [
      { ...head, event: 'consent', kind: 'access', decision: 'declined', retryAt: null },
      'The device does not let you join.',
    ],
    [
      { ...head, event: 'consent', kind: 'rights', decision: 'timedOut', retryAt: null },
      'Nobody answered on the device.',
    ],
    [{ ...head, event: 'leaseRenewed', expiresAt: toIsoText(NOW + 60_000) }, 'Extended: 1:00 left.'],
    [{ ...head, event: 'presence', party: 'sharer', userId: 'd', isPresent: false }, 'The device has left.'],
    [{ ...head, event: 'policy', blockChat: true }, 'Chat is switched off'],
    [{ ...head, event: 'ended', reason: 'expired' }, 'The session is over: its time was up.'],
  ])('%j', (event, text) => {
    expect(linesOf(event).join('\n')).toContain(text);
  });

  it('names a helper on one plain line, whatever he is called', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const lines = linesOf({ ...head, event: 'presence', party: 'helper', userId: 'ben', isPresent: true }, name);
        expect(lines).toHaveLength(1);
        expect(lines[0]).not.toMatch(UNFIT);
      }),
    );
  });
});
