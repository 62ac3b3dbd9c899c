import { describe, expect, it } from 'vitest';
import { en } from '../i18n/en/index.ts';
import { type HelperState, initialState, type News } from './helper-state.ts';
import type { LivePicture } from './picture.ts';
import { grantsText, leaseWarning, newsText, standstillOf, viewOnlyReason } from './screen-words.ts';
import type { SessionRecord } from './session-server.ts';

const t = en.screen;
const ALL = { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true };
const record = { state: 'active', deviceName: 'Front desk', isUnenrolled: false } as SessionRecord;
const live: LivePicture = {
  ...{ kind: 'live', source: { attach: () => Promise.reject() as never }, screens: [], screen: null },
  ...{ way: 'relayed', frozen: undefined },
};
const good: HelperState = {
  ...initialState(record),
  ...{ connection: 'open', allowance: { grants: ALL, blockChat: false }, holdsInput: true, picture: live },
};

describe('why keys do not reach the screen', () => {
  const reasonOf = (change: Partial<HelperState>, isWanted = true) =>
    viewOnlyReason(t, { ...good, ...change }, isWanted);

  it('is nothing while they do', () => {
    expect(reasonOf({})).toBeUndefined();
  });

  it('is the first thing that stands against it', () => {
    const noControl = { grants: { ...ALL, control: false }, blockChat: false };
    expect(reasonOf({ allowance: noControl, holdsInput: false }, false)).toBe(t.viewOnlyGrant);
    expect(reasonOf({ session: { ...record, isUnenrolled: true } })).toBe(t.viewOnlyPage);
    expect(reasonOf({ picture: { ...live, frozen: 'prompt' } })).toBe(t.frozenPrompt);
    expect(reasonOf({ picture: { ...live, frozen: 'paused' }, holdsInput: false })).toBe(t.frozenPaused);
    expect(reasonOf({ holdsInput: false, inputHolder: 'Ben' })).toBe('View only: Ben has the input.');
    expect(reasonOf({ holdsInput: false })).toBe(t.viewOnlyInputNobody);
    expect(reasonOf({}, false)).toBe(t.viewOnlyMine);
  });
});

describe('why the picture stands still', () => {
  const standstill = (change: Partial<HelperState>) => standstillOf(t, { ...good, ...change }, 1_000);

  it('is said, with what can be done', () => {
    expect(standstill({})).toBeUndefined();
    expect(standstill({ connection: 'broken', picture: { kind: 'opening' } })).toEqual({
      ...{ title: t.connectionBroken, mayRetry: false },
    });
    expect(standstill({ frozen: { cause: 'sharerAway', until: 61_000 } })).toEqual({
      ...{ title: t.sharerAway, detail: t.sharerAwayUntil('1:00'), mayRetry: false },
    });
    expect(standstill({ picture: { kind: 'broken', againAt: 2_000 } })).toEqual({
      title: t.pictureBroken,
      mayRetry: true,
    });
    expect(standstill({ picture: { kind: 'refused', why: 'wayland', text: 'No.' } })).toEqual({
      ...{ title: t.pictureRefused.wayland, detail: 'The device says: No.', mayRetry: true },
    });
    const noView = { grants: { ...ALL, view: false }, blockChat: false };
    expect(standstill({ picture: { kind: 'none' }, allowance: noView })?.title).toBe(t.noView);
    expect(standstill({ picture: { kind: 'none' } })?.title).toBe(t.pictureNone);
  });
});

describe('what is said in passing', () => {
  const said = (news: News) =>
    newsText(en, news, { ...good, expiresAt: 7 }, { language: 'en', time: (instant) => `at ${instant}` });

  it('is one line', () => {
    expect(said({ number: 1, kind: 'joined', name: '' })).toBe('A helper has joined.');
    expect(said({ number: 2, kind: 'extended' })).toBe('The session lasts until at 7.');
    expect(said({ number: 3, kind: 'rightsAnswered', decision: 'timedOut' })).toBe(t.news.rightsTimedOut);
    expect(said({ number: 4, kind: 'granted' })).toContain('View, Control');
    expect(said({ number: 5, kind: 'inputGone' })).toBe(t.news.inputGone);
  });

  it('names nothing that is not granted', () => {
    expect(grantsText(en.sessions, null, 'en')).toBe('Nothing');
    expect(grantsText(en.sessions, { ...ALL, clipboardToHelper: false, clipboardToSharer: false }, 'en')).toBe(
      'View, Control',
    );
  });
});

it('a lease is warned of five minutes and one minute before its end', () => {
  expect([300_001, 300_000, 60_001, 60_000, 0].map(leaseWarning)).toEqual([undefined, 5, 5, 1, 1]);
});
