/** What a live session's page says of the moment, in the words of the catalogue. Pure. */
import type { SessionGrants } from '@open-remote-help/protocol/events';
import type { Instant } from '../clock.ts';
import type { Texts } from '../i18n/en/index.ts';
import type { HelperState, News } from './helper-state.ts';
import { clockText } from './use-now.ts';

/** Why keys and pointer do not reach the remote screen; undefined when they do. */
export function viewOnlyReason(t: Texts['screen'], state: HelperState, isWanted: boolean): string | undefined {
  const { allowance, holdsInput, inputHolder, picture, session } = state;
  if (session.isUnenrolled) return t.viewOnlyPage;
  if (!allowance.grants.control) return t.viewOnlyGrant;
  if (picture.kind === 'live' && picture.frozen === 'prompt') return t.frozenPrompt;
  if (picture.kind === 'live' && picture.frozen === 'paused') return t.frozenPaused;
  if (!holdsInput) return inputHolder === null ? t.viewOnlyInputNobody : t.viewOnlyInput(inputHolder);
  return isWanted ? undefined : t.viewOnlyMine;
}

/** What lies over the picture while it does not move, and whether somebody has to do something about it. */
export interface Standstill {
  readonly title: string;
  readonly detail?: string | undefined;
  /** Whether trying again is of any use; it is not while it happens by itself. */
  readonly mayRetry: boolean;
}

export function standstillOf(t: Texts['screen'], state: HelperState, now: Instant): Standstill | undefined {
  const { connection, isSharerPresent, frozen, picture, allowance } = state;
  if (connection === 'broken') return { title: t.connectionBroken, mayRetry: false };
  if (!isSharerPresent || frozen?.cause === 'sharerAway') {
    const detail = frozen?.until === undefined ? undefined : t.sharerAwayUntil(clockText(frozen.until - now));
    return { title: t.sharerAway, detail, mayRetry: false };
  }
  switch (picture.kind) {
    case 'live':
      // On a device it is the input that is paused; a page has nothing but its picture.
      return state.session.isUnenrolled && picture.frozen === 'paused'
        ? { title: t.picturePaused, mayRetry: false }
        : undefined;
    case 'opening':
      return { title: t.pictureOpening, mayRetry: false };
    case 'broken':
      return { title: t.pictureBroken, mayRetry: true };
    case 'refused':
      return {
        title: t.pictureRefused[picture.why],
        detail: picture.text === '' ? undefined : t.deviceSays(picture.text),
        mayRetry: true,
      };
    case 'none':
      return { title: allowance.grants.view ? t.pictureNone : t.noView, mayRetry: false };
  }
}

/** What is granted, as a list; the word for nothing where nothing is. */
export function grantsText(t: Texts['sessions'], grants: SessionGrants | null | undefined, language: string): string {
  const names = (['view', 'control', 'clipboardToHelper', 'clipboardToSharer'] as const).filter(
    (name) => grants?.[name],
  );
  if (names.length === 0) return t.grantsNone;
  return new Intl.ListFormat(language, { type: 'unit', style: 'short' }).format(names.map((name) => t.grants[name]));
}

/** News in one line; undefined for what shows itself. */
export function newsText(
  { screen: t, sessions }: Texts,
  news: News,
  state: HelperState,
  speech: { readonly language: string; readonly time: (instant: Instant) => string },
): string | undefined {
  const words = t.news;
  switch (news.kind) {
    case 'joined':
      return words.joined(news.name || words.aHelper);
    case 'left':
      return words.left(news.name || words.aHelper);
    case 'extended':
      return words.extended(speech.time(state.expiresAt));
    case 'granted':
      return words.granted(grantsText(sessions, state.allowance.grants, speech.language));
    case 'rightsAnswered':
      return { granted: words.rightsGranted, declined: words.rightsDeclined, timedOut: words.rightsTimedOut }[
        news.decision
      ];
    default:
      return words[news.kind];
  }
}

/** A lease that is about to end is said at these many minutes before. */
const WARN_AT_MINUTES = [5, 1];

/** The warning of the moment; undefined while there is time. */
export function leaseWarning(leftMs: number): number | undefined {
  return WARN_AT_MINUTES.toReversed().find((minutes) => leftMs <= minutes * 60_000);
}
