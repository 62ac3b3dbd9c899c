/** Texts of a terminal. What comes from elsewhere passes `foreign` before it is shown. Pure. */
import { styleText } from 'node:util';
import { toLine } from '@open-remote-help/protocol/events';

const SECOND = 1_000;
const LONGEST_FOREIGN = 4_000;

/**
 * One line of anybody's text, without characters that could move the cursor, reorder or hide what stands beside it.
 * @param otherwise what stands for nothing
 */
export function foreign(text: unknown, otherwise = '', most = LONGEST_FOREIGN): string {
  return toLine(typeof text === 'string' ? text : '', most) || otherwise;
}

/** A span of time as a clock shows it: `4:59`, `1:02:03`; what is over is `0:00`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Members of grants in words: `see the screen, control it`. */
export function grantsText(grants: {
  readonly view: boolean;
  readonly control: boolean;
  readonly clipboardToHelper: boolean;
  readonly clipboardToSharer: boolean;
}): string {
  const { view, control, clipboardToHelper, clipboardToSharer } = grants;
  const words = [
    ...(view ? ['see the screen'] : []),
    ...(control ? ['control it'] : []),
    ...(clipboardToHelper && clipboardToSharer ? ['share the clipboard'] : []),
    ...(clipboardToHelper && !clipboardToSharer ? ['read the clipboard'] : []),
    ...(clipboardToSharer && !clipboardToHelper ? ['fill the clipboard'] : []),
  ];
  if (words.length === 0) return 'nothing';
  return words.length === 1 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Why a session ended, as people say it. */
export const END_REASON_TEXTS: Readonly<Record<string, string>> = {
  declined: 'declined on the device',
  timedOut: 'nobody answered on the device in time',
  cancelled: 'the helper took the request back',
  expired: 'its time was up',
  endedByHelper: 'the helper ended it',
  endedBySharer: 'stopped on the device',
  endedByAdmin: 'an admin ended it',
  helperLeft: 'no helper was connected for a minute',
  sharerLeft: 'the device was away for a minute',
  revoked: 'it was no longer allowed',
  failed: 'it could not go on',
};

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

/** Style where it is seen, plain text elsewhere. */
export type Styler = (style: Style, text: string) => string;

export const plain: Styler = (_, text) => text;
export const styled: Styler = (style, text) => styleText(style, text, { validateStream: false });
