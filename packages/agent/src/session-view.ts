/** A session as whoever is at the device sees it, gathered from notices. Pure. */
import type { Assurance, SessionGrants } from '@open-remote-help/protocol/events';
import { NOTHING, type Notice } from './sharer.ts';

export interface HelperView {
  /** Tells helpers of one name apart: none of them hides another. */
  readonly userId: string;
  readonly name: string;
  /** Whether the screen is on his now. */
  readonly isLooking: boolean;
  readonly assurance?: Assurance;
}

export interface SessionView {
  readonly grants: SessionGrants;
  readonly expiresAt: number;
  readonly isInterrupted: boolean;
  readonly isChatBlocked: boolean;
  /** Helpers who are in, and what the keys shared with each are worth, once there are any. */
  readonly helpers: readonly HelperView[];
  /** The latest. */
  readonly chat: readonly { readonly name: string; readonly text: string }[];
}

const MOST_CHAT = 4;
const EMPTY: SessionView = {
  ...{ grants: NOTHING, expiresAt: 0, isInterrupted: false, isChatBlocked: false },
  ...{ helpers: [], chat: [] },
};

/** The view after a notice; the same one when the notice is not about it, undefined when no session is on. */
export function viewAfter(view: SessionView | undefined, notice: Notice): SessionView | undefined {
  if (notice.kind === 'began') {
    const { helper, grants, expiresAt } = notice;
    return { ...EMPTY, grants, expiresAt, helpers: [{ userId: helper.userId, name: helper.name, isLooking: false }] };
  }
  if (!view) return undefined;
  switch (notice.kind) {
    case 'granted':
      return { ...view, grants: notice.grants };
    case 'renewed':
      return { ...view, expiresAt: notice.expiresAt };
    case 'policy':
      return { ...view, isChatBlocked: notice.isChatBlocked };
    case 'interrupted':
    case 'resumed':
      return { ...view, isInterrupted: notice.kind === 'interrupted' };
    case 'chat':
      return withChat(view, notice.name, notice.text);
    case 'presence':
      return { ...view, helpers: notice.isPresent ? withHelper(view, notice) : without(view, notice.userId) };
    case 'looking': {
      const { isLooking } = notice;
      // Who left is not back because he looks no more.
      if (!isLooking && !view.helpers.some(({ userId }) => userId === notice.userId)) return view;
      return { ...view, helpers: withHelper(view, notice, { isLooking }) };
    }
    case 'sealed':
      return { ...view, helpers: withHelper(view, notice, { assurance: notice.assurance }) };
    case 'ended':
      return undefined;
    default:
      return view;
  }
}

export function withChat(view: SessionView, name: string, text: string): SessionView {
  return { ...view, chat: [...view.chat, { name, text }].slice(-MOST_CHAT) };
}

function withHelper(
  view: SessionView,
  { userId, name }: Pick<HelperView, 'userId' | 'name'>,
  facts: Partial<HelperView> = {},
): SessionView['helpers'] {
  const known = view.helpers.find((helper) => helper.userId === userId) ?? { userId, name, isLooking: false };
  return [...without(view, userId), { ...known, ...facts }];
}

function without({ helpers }: SessionView, userId: string): SessionView['helpers'] {
  return helpers.filter((helper) => helper.userId !== userId);
}
