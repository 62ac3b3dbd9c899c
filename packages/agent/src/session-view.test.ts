/** What the person at the device is told of who is in. */
import { describe, expect, it } from 'vitest';
import { type SessionView, viewAfter } from './session-view.ts';
import { type Notice, VIEW_ALONE } from './sharer.ts';

const ANNA = { userId: 'anna', name: 'Anna Berg' };
/** Somebody else who calls himself the same. */
const OTHER = { userId: 'other', name: 'Anna Berg' };
const BEGAN: Notice = {
  kind: 'began',
  helper: { ...ANNA, mail: null, organization: 'Example Corp' },
  grants: VIEW_ALONE,
  expiresAt: 1,
};

function after(...notices: readonly Notice[]): SessionView['helpers'] {
  let view: SessionView | undefined;
  for (const notice of [BEGAN, ...notices]) view = viewAfter(view, notice);
  return view?.helpers ?? [];
}

// DEV-31
describe('helpers of one name', () => {
  it('are each told, and none hides another', () => {
    const both = [
      { kind: 'presence', ...OTHER, isPresent: true },
      { kind: 'looking', ...OTHER, isLooking: true },
    ] as const;
    expect(after(...both)).toEqual([
      { ...ANNA, isLooking: false },
      { ...OTHER, isLooking: true },
    ]);
    const gone = { kind: 'presence', ...ANNA, isPresent: false } as const;
    expect(after(...both, gone)).toEqual([{ ...OTHER, isLooking: true }]);
    const away = { kind: 'looking', ...ANNA, isLooking: false } as const;
    expect(after(...both, away)).toContainEqual({ ...OTHER, isLooking: true });
  });
});

// DEV-31
it('a helper who left is not told as being there because his picture ended after that', () => {
  const left = { kind: 'presence', ...ANNA, isPresent: false } as const;
  expect(after(left, { kind: 'looking', ...ANNA, isLooking: false })).toEqual([]);
});
