import { describe, expect, it } from 'vitest';
import { instantOf } from '../clock.ts';
import { type AuditEvent, csvHead, csvRow, filterText } from './audit-query.ts';

const NONE = { from: '', to: '', actor: '', category: '', sessionId: '' };

const EVENT = {
  id: '1',
  activityDateTime: '2026-01-31T10:00:00Z',
  activity: 'Create "x"',
  activityResult: 'Success',
  category: 'RemoteHelp',
  actor: { userPrincipalName: '=cmd|calc', userId: 'u', applicationId: null, ipAddress: '::1' },
  resources: [{ displayName: 'desk, left' }, { displayName: null, resourceId: 'r2' }],
  sessionId: null,
  correlationId: 'c',
} as unknown as AuditEvent;

describe('the filter of the audit log', () => {
  it('is none where nothing is asked', () => {
    expect(filterText(NONE)).toBeUndefined();
  });

  it('counts the last day whole', () => {
    const text = filterText({ ...NONE, from: '2026-01-31', to: '2026-01-31' }) ?? '';
    const [begin, end] = [...text.matchAll(/\S+Z/g)].map(([instant]) => instantOf(instant));
    expect((end ?? 0) - (begin ?? 0)).toBe(24 * 3_600_000);
  });

  it('escapes what was typed', () => {
    expect(filterText({ ...NONE, actor: "o'neil", category: 'Role' })).toBe(
      "(contains(actor/userPrincipalName,'o''neil') or contains(actor/applicationDisplayName,'o''neil')) and category eq 'Role'",
    );
  });
});

describe('a record as CSV', () => {
  it('keeps commas and quotes, and is no formula', () => {
    expect(csvRow(EVENT)).toBe(
      `1,2026-01-31T10:00:00Z,"Create ""x""",Success,RemoteHelp,'=cmd|calc,u,,::1,"desk, left, r2",,c\r\n`,
    );
    expect(csvHead().split(',')).toHaveLength(12);
  });

  it.each([
    ['=1+1', "'=1+1"],
    [' \t@SUM(A1)', "' \t@SUM(A1)"],
    ['＝1', "'＝1"],
    ['printer;=HYPERLINK(A1)', "printer;'=HYPERLINK(A1)"],
    ['a;; -1', "a;;' -1"],
    ['a\r\n+1', `"a\r\n'+1"`],
    ['a-b; c', 'a-b; c'],
  ])('is no formula where lines are cut at semicolons either: %j', (activity, cell) => {
    expect(csvRow({ ...EVENT, activity })).toContain(`Z,${cell},Success`);
  });
});
